internal import BlueTap
internal import Documents
internal import Learning
internal import USBCaptures
internal import WireFormat

/// A capture of USB traffic, and the one device in it that is to be learned.
struct CaptureFile {
    /// Under every address at which the host found it.
    private let devices: [CapturedDevice]
    private let interface: HIDInterface?
    private let transfers: [HIDTransfer]
    /// Whether the host commands by feature reports: it sends no others.
    private let isCommandedByFeature: Bool
    /// Whether it reads the answers as feature reports: the device sends none by itself, and it is asked each time.
    private let isAnsweredByFeature: Bool
    /// What was left out of the file and why.
    let warnings: [String]

    /// Commands and answers follow each other faster than commands do.
    private static let silence = Duration.milliseconds(200)

    init(path: String, _ choice: CaptureChoice) throws {
        let source = try CaptureSource(path: path, choice)
        warnings = source.warnings
        devices = source.devices
        let interface = source.interface
        self.interface = interface
        transfers = devices.flatMap {
            $0.wholeReports(interface: interface?.number, reportDescriptor: interface?.reportDescriptor)
        }
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
        devices.lazy.compactMap(\.deviceDescriptor).last.map {
            USBIdentity(
                vendorID: $0.vendorID, productID: $0.productID, release: $0.release,
                manufacturer: $0.manufacturer ?? "",
                product: $0.product ?? "", serialNumber: $0.serialNumber ?? "")
        }
    }
}
