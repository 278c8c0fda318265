internal import BlueTap
internal import Documents
internal import USBCaptures
internal import WireFormat

/// A capture of USB traffic, and the one device in it that is to be learned.
struct CaptureFile {
    private let device: CapturedDevice
    private let interface: HIDInterface?
    private let transfers: [HIDTransfer]
    /// Whether the host commands by feature reports: it sends no others.
    private let isCommandedByFeature: Bool
    /// Whether it reads the answers as feature reports: the device sends none by itself, and it is asked each time.
    private let isAnsweredByFeature: Bool
    /// What was left out of the file and why.
    let warnings: [String]

    /// Longest file, in bytes.
    private static let maximumSize = 1 << 28

    /// Commands and answers follow each other faster than commands do.
    private static let silence = Duration.milliseconds(200)

    init(path: String, usbID: USBID?) throws {
        let bytes: [UInt8]
        do {
            bytes = try WholeFile.read(path, atMost: Self.maximumSize)
        } catch {
            throw CommandError("\(path) cannot be read: \(error)")
        }
        guard bytes.count <= Self.maximumSize else {
            throw CommandError(
                "\(path) is larger than \(Self.maximumSize >> 20) MB: capture only while commands are made")
        }
        let capture: USBCapture
        do throws(USBCaptureError) {
            capture = try USBCapture(bytes)
        } catch {
            throw CommandError("\(path): \(error.description.printable)")
        }
        warnings = capture.warnings.map { "\(path): \($0.printable)" }
        let candidates = capture.devices.filter { device in
            if let usbID { return device.deviceDescriptor.map { $0.usbID == usbID.description } ?? false }
            return device.transfers.contains { $0.isFromHost } && !device.isKeyboardOrMouse
        }
        guard let device = candidates.first else {
            let seen = capture.devices.map(\.name)
            throw CommandError(
                "\(path) has no HID device that the host sends reports to"
                    + (usbID.map { " with the id \($0)" } ?? "")
                    + (seen.isEmpty ? "" : "; it has \(seen.joined(separator: ", "))")
                    + ": begin the capture before the device is plugged in")
        }
        guard candidates.count == 1 || Set(candidates.map(\.name)).count == 1 else {
            throw CommandError(
                "\(path) has several HID devices: say which with --usb-id: \(candidates.map(\.name).joined(separator: ", "))"
            )
        }
        self.device = device
        let spokenTo = device.transfers.first { $0.isFromHost }?.interface
        let interface = device.interfaces.first { $0.number == spokenTo } ?? device.interfaces.first
        self.interface = interface
        transfers = interface.map { device.reports(interface: $0.number) } ?? device.transfers
        let fromHost = transfers.filter(\.isFromHost)
        let answers = transfers.filter { !$0.isFromHost }
        let byFeature = fromHost.allSatisfy { $0.reportType == .feature }
        isCommandedByFeature = byFeature
        let commands = fromHost.count { ($0.reportType == .feature) == byFeature }
        isAnsweredByFeature =
            answers.allSatisfy { $0.reportType == .feature } && answers.count >= max(commands, 1)
    }

    /// What host and device said to each other by the reports that carry commands and answers.
    func session(_ labels: [Session.Label]) -> Session {
        var turns: [Session.Turn] = []
        var last: Duration?
        for transfer in transfers {
            if transfer.isFromHost, (transfer.reportType == .feature) == isCommandedByFeature {
                let isQuiet = last.map { transfer.time - $0 > Self.silence } ?? true
                if isQuiet || turns.last?.replies.isEmpty == false {
                    turns.append(Session.Turn(reports: [transfer.bytes]))
                } else {
                    turns[turns.count - 1].reports.append(transfer.bytes)
                }
                last = transfer.time
            } else if !transfer.isFromHost, (transfer.reportType == .feature) == isAnsweredByFeature, !turns.isEmpty,
                // A host that asks again gets the same again.
                !isAnsweredByFeature || turns[turns.count - 1].replies.last != transfer.bytes
            {
                turns[turns.count - 1].replies.append(transfer.bytes)
            }
        }
        return Session(
            turns: turns, labels: labels, isCommandedByFeature: isCommandedByFeature,
            isAnsweredByFeature: isAnsweredByFeature)
    }

    /// What else was said by feature reports: it is answered again as it was.
    var featureExchanges: [Exchange] {
        var exchanges: [Exchange] = []
        for transfer in transfers where transfer.reportType == .feature {
            if transfer.isFromHost ? isCommandedByFeature : isAnsweredByFeature { continue }
            let exchange =
                transfer.isFromHost
                ? Exchange(request: .setFeature(BytePattern(transfer.bytes)), answers: [])
                : Exchange(request: .getFeature(id: transfer.reportID ?? 0), answers: [HexBytes(transfer.bytes)])
            if !exchanges.contains(where: { $0.request == exchange.request }) { exchanges.append(exchange) }
        }
        return exchanges
    }

    var reportDescriptor: [UInt8]? { interface?.reportDescriptor }

    /// What the host sees of the device; nil where the capture began too late for it.
    var usb: USBIdentity? {
        device.deviceDescriptor.map {
            USBIdentity(
                vendorID: $0.vendorID, productID: $0.productID, release: $0.release,
                manufacturer: $0.manufacturer ?? "",
                product: $0.product ?? "", serialNumber: $0.serialNumber ?? "")
        }
    }
}

extension DeviceDescriptor {
    fileprivate var usbID: String { USBID(vendorID: vendorID, productID: productID).description }
}

extension CapturedDevice {
    /// As `lsusb` says it: "1209:0001 BlueTap"; "device 1.5" where nothing is known of it.
    fileprivate var name: String {
        guard let descriptor = deviceDescriptor else { return "device \(bus).\(address)" }
        return descriptor.usbID + (descriptor.product.map { " \($0.printable)" } ?? "")
    }

    fileprivate var isKeyboardOrMouse: Bool {
        !interfaces.isEmpty && interfaces.allSatisfy { ($0.protocolCode ?? 0) != 0 }
    }
}
