internal import Documents
internal import USBCaptures
internal import WireFormat

/// The devices of one identity in a capture file.
struct CaptureSource {
    /// Never empty, in the order in which they were found: one that was plugged in anew is there again.
    let devices: [CapturedDevice]
    /// What was left out of the file and why.
    let warnings: [String]

    /// - Parameter usbID: of the device that is meant; nil: there is only one that a host sends reports to.
    init(path: String, usbID: USBID?) throws {
        try self.init(SessionFile.read(path), path: path, usbID: usbID)
    }

    /// - Parameters:
    ///   - path: what errors call it.
    ///   - otherwise: what is to be said as well of a file that is something else.
    init(_ bytes: [UInt8], path: String, usbID: USBID?, otherwise: String? = nil) throws {
        let capture: USBCapture
        do throws(USBCaptureError) {
            capture = try USBCapture(bytes)
        } catch {
            let isForeign = error.code == .notACapture && !bytes.isEmpty && !bytes.starts(with: [0x1F, 0x8B])
            let addition = isForeign ? otherwise.map { "; \($0)" } : nil
            throw CommandError("\(path): \(error.description.printable)\(addition ?? "")")
        }
        warnings = capture.warnings.map { "\(path): \($0.printable)" }
        let candidates = capture.devices.filter { device in
            if let usbID { return device.deviceDescriptor.map { $0.usbID == usbID.description } ?? false }
            return device.transfers.contains { $0.isFromHost } && !device.isKeyboardOrMouse
        }
        guard !candidates.isEmpty else {
            let seen = capture.devices.map(\.name)
            throw CommandError(
                "\(path) has no HID device that the host sends reports to"
                    + (usbID.map { " with the id \($0)" } ?? "")
                    + (seen.isEmpty ? "" : "; it has \(seen.joined(separator: ", "))")
                    + ": begin the capture before the device is plugged in"
                    + (warnings.first.map { " (\($0))" } ?? ""))
        }
        guard Set(candidates.map(\.name)).count == 1 else {
            throw CommandError(
                "\(path) has several HID devices: say which with --usb-id: \(candidates.map(\.name).joined(separator: ", "))"
            )
        }
        devices = candidates
    }

    /// Those of one device, where there are several alike.
    ///
    /// - Parameter serialNumber: of the one that is meant; nil: there is only one.
    func devices(serialNumber: String?, path: String) throws -> [CapturedDevice] {
        var serialNumbers: [String] = []
        for device in devices where !serialNumbers.contains(device.serialNumber) {
            serialNumbers.append(device.serialNumber)
        }
        let names = serialNumbers.map(\.printable).joined(separator: ", ")
        guard let wanted = serialNumber ?? (serialNumbers.count == 1 ? serialNumbers.first : nil) else {
            throw CommandError("\(path) has several devices: say which with --device: \(names)")
        }
        let found = devices.filter { $0.serialNumber == wanted }
        if found.isEmpty { throw CommandError("\(path) has no device \(wanted): it has \(names)") }
        // One that was plugged in anew has another address when the old one is gone.
        for (device, next) in zip(found, found.dropFirst()) where next.firstPacket.number < device.lastPacket.number {
            throw CommandError(
                "\(path) has several devices alike, which no serial number tells apart: capture one of them alone")
        }
        return found
    }
}

extension DeviceDescriptor {
    fileprivate var usbID: String { USBID(vendorID: vendorID, productID: productID).description }
}

extension CapturedDevice {
    fileprivate var serialNumber: String { deviceDescriptor?.serialNumber ?? "on bus \(bus)" }

    /// As `lsusb` says it: "1209:0001 BlueTap"; "device 1.5" where nothing is known of it.
    fileprivate var name: String {
        guard let descriptor = deviceDescriptor else { return "device \(bus).\(address)" }
        return descriptor.usbID + (descriptor.product.map { " \($0.printable)" } ?? "")
    }

    fileprivate var isKeyboardOrMouse: Bool {
        !interfaces.isEmpty && interfaces.allSatisfy { ($0.protocolCode ?? 0) != 0 }
    }

    /// The interface that the host sends reports to, else the first.
    var spokenInterface: HIDInterface? {
        let spokenTo = transfers.first { $0.isFromHost }?.interface
        return interfaces.first { $0.number == spokenTo } ?? interfaces.first
    }
}
