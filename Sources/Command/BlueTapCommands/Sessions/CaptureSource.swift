internal import Documents
internal import USBCaptures
internal import WireFormat

/// One device in a capture file, and one of its interfaces.
struct CaptureSource {
    /// Never empty, in order: a device that was plugged in anew is there again.
    let devices: [CapturedDevice]
    /// The one whose reports count; nil where the capture tells of none.
    let interface: HIDInterface?
    /// What was left out of the file and why, one line each.
    let warnings: [String]

    init(path: String, _ choice: CaptureChoice) throws {
        try self.init(SessionFile.read(path), path: path, choice)
    }

    /// - Parameters:
    ///   - path: what errors call it.
    ///   - otherwise: what is to be said as well of a file that is something else.
    init(_ bytes: [UInt8], path: String, _ choice: CaptureChoice, otherwise: String? = nil) throws {
        let capture: USBCapture
        do throws(USBCaptureError) {
            capture = try USBCapture(bytes)
        } catch {
            let isForeign = error.code == .notACapture && error.reason.hasPrefix("the file is neither")
            let addition = isForeign ? otherwise.map { "; \($0)" } : nil
            throw CommandError("\(path): \(error.description.printable)\(addition ?? "")")
        }
        let found = ReconnectedDevice.all(capture.devices)
        let device = try Self.device(of: found, capture, path: path, choice)
        let interface = try Self.interface(of: device, path: path, choice)
        devices = device.connections
        self.interface = interface
        let passedOver =
            Self.interfacesPassedOver(of: device, interface)
            + found.filter { $0.address != device.address && $0.hostReportCount() > 0 }.map(Self.passedOver)
        warnings =
            capture.warnings.map { "\(path): \($0.printable)" }
            + (passedOver.isEmpty ? [] : ["\(path): passed over: \(passedOver.joined(separator: "; "))"])
    }

    // MARK: The device

    private static func device(
        of found: [ReconnectedDevice], _ capture: USBCapture, path: String, _ choice: CaptureChoice
    ) throws -> ReconnectedDevice {
        var candidates = found
        if let usbID = choice.usbID { candidates = candidates.filter { $0.usbIDText == usbID.description } }
        if let wanted = choice.device {
            let names = candidates.map { $0.serialNumber?.printable ?? $0.address }.joined(separator: ", ")
            candidates = candidates.filter { $0.isMeant(by: wanted) }
            if candidates.isEmpty, !names.isEmpty {
                throw CommandError("\(path) has no device \(wanted.printable): it has \(names)")
            }
        }
        // Who names an interface means it, whatever it is for.
        if choice.usbID == nil, choice.device == nil {
            candidates = candidates.filter {
                $0.isSpokenTo || choice.interface.map($0.hostReportCount(interface:)) ?? 0 > 0
            }
        }
        guard !candidates.isEmpty else { throw nothing(found, capture, path: path, choice) }
        if candidates.count > 1, choice.usbID == nil, choice.device == nil, let usb = choice.profile?.usb {
            // The profile's own is meant, where it is there once.
            let own = candidates.filter {
                $0.usbID == USBIdentifier(vendorID: usb.vendorID, productID: usb.productID)
            }
            if own.count == 1 { return own[0] }
        }
        guard candidates.count > 1 else { return candidates[0] }
        throw CommandError("\(path) has several devices: say which with \(question(candidates))")
    }

    /// Values that options take, which tell the devices apart.
    private static func question(_ devices: [ReconnectedDevice]) -> String {
        let ids = devices.map(\.usbIDText)
        let isEachKnown = !ids.contains(nil) && Set(ids).count == ids.count
        if isEachKnown {
            return "--usb-id: "
                + devices.map { device in
                    (device.usbIDText ?? "") + (device.product.map { " (\($0.printable))" } ?? "")
                }.joined(separator: ", ")
        }
        let serials = devices.map(\.serialNumber)
        let areSerialsPlain = serials.allSatisfy { text in
            text.map { !$0.isEmpty && $0.allSatisfy { $0.isASCII && ($0.isLetter || $0.isNumber || $0 == "-") } }
                ?? false
        }
        if areSerialsPlain, Set(serials).count == serials.count {
            return "--device: \(serials.compactMap(\.self).joined(separator: ", "))"
        }
        return "--device: "
            + devices.map { $0.address + ($0.usbID == nil ? "" : " (\($0.name))") }.joined(separator: ", ")
    }

    /// Why there is no device, and what to do.
    private static func nothing(
        _ found: [ReconnectedDevice], _ capture: USBCapture, path: String, _ choice: CaptureChoice
    ) -> CommandError {
        if let length = capture.snapshotLength {
            return CommandError(
                "\(path) has \(length) bytes of each packet, its snapshot length, and that is too few: "
                    + "capture with a snapshot length of 65535 (tcpdump -s 0)")
        }
        let seen = found.map { device in
            device.hostReportCount() > 0 ? "\(device.name) (\(Self.reason(device)))" : device.name
        }
        let remedy =
            found.contains { $0.hostReportCount() > 0 } && choice.usbID == nil
            ? "name the device with \(question(found.filter { $0.hostReportCount() > 0 }))"
            : "begin the capture before the device is plugged in"
        return CommandError(
            "\(path) has no HID device that the host sends reports to"
                + (choice.usbID.map { " with the id \($0)" } ?? "")
                + (seen.isEmpty ? "" : "; it has \(seen.joined(separator: ", "))") + ": \(remedy)"
                + (capture.warnings.first.map { " (\(path): \($0.printable))" } ?? ""))
    }

    private static func reason(_ device: ReconnectedDevice) -> String {
        let count = device.hostReportCount()
        let reports = "\(count) \(count == 1 ? "report" : "reports") of the host"
        return device.isSpokenTo ? reports : "a keyboard or mouse, \(reports)"
    }

    private static func passedOver(_ device: ReconnectedDevice) -> String {
        let option = device.usbIDText.map { "--usb-id \($0)" } ?? "--device \(device.address)"
        return "\(device.name) (\(reason(device)): \(option))"
    }

    // MARK: The interface

    /// The one that is meant, else the one that the host sends reports to: a vendor's own before others, and those before
    /// a keyboard's.
    private static func interface(
        of device: ReconnectedDevice, path: String, _ choice: CaptureChoice
    ) throws -> HIDInterface? {
        let interfaces = device.interfaces
        if let number = choice.interface {
            if let interface = interfaces.first(where: { $0.number == number }) { return interface }
            if interfaces.isEmpty, device.hostReportCount(interface: number) > 0 {
                return HIDInterface(number: number)
            }
            let names = interfaces.map { "\($0.number)" }.joined(separator: ", ")
            throw CommandError(
                "\(path): \(device.name) has no HID interface \(number)"
                    + (names.isEmpty ? " that the capture tells of: leave --interface out" : ": it has \(names)"))
        }
        let spokenTo = interfaces.filter { device.hostReportCount(interface: $0.number) > 0 }
        let candidates = spokenTo.isEmpty ? interfaces : spokenTo
        guard let best = candidates.map(\.purpose).min() else { return nil }
        let equals = candidates.filter { $0.purpose == best }
        guard equals.count > 1, !spokenTo.isEmpty else { return equals[0] }
        if let descriptor = choice.profile?.hid.reportDescriptor.bytes {
            let own = equals.filter { $0.reportDescriptor == descriptor }
            if own.count == 1 { return own[0] }
        }
        throw CommandError(
            "\(path): the host sends reports to several interfaces of \(device.name): say which with --interface: "
                + equals.map { "\($0.number)" }.joined(separator: ", "))
    }

    private static func interfacesPassedOver(of device: ReconnectedDevice, _ chosen: HIDInterface?) -> [String] {
        device.interfaces.filter { $0.number != chosen?.number }.map { interface in
            let count = device.hostReportCount(interface: interface.number)
            let purpose = interface.purpose == .inputDevice ? "a keyboard or mouse, " : ""
            return "interface \(interface.number) of \(device.name) (\(purpose)\(count) "
                + "\(count == 1 ? "report" : "reports") of the host: --interface \(interface.number))"
        }
    }
}
