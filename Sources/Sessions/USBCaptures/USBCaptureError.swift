public import Essentials

/// A capture that cannot be read or written: what failed, where in the file, and what to do.
public struct USBCaptureError: ReportableError, Hashable {
    public enum Code: String, Sendable {
        /// Empty, or of another format.
        case notACapture = "not-a-capture"
        /// A capture of something else.
        case noUSB = "no-usb-in-capture"
        /// Broken or cut off.
        case damaged = "capture-damaged"
        /// To be written, and cannot be.
        case notWritable = "capture-not-writable"
    }

    public let code: Code
    /// From 1, as Wireshark numbers them; nil where no packet is meant.
    public let packet: Int?
    /// In bytes from the file's beginning.
    public let offset: Int?
    /// One line.
    public let reason: String

    init(_ code: Code, packet: Int? = nil, offset: Int? = nil, _ reason: String) {
        self.code = code
        self.packet = packet
        self.offset = offset
        self.reason = reason
    }
}

extension USBCaptureError {
    /// `packet 12, at offset 4096: REASON`
    public var problem: String {
        let place = [packet.map { "packet \($0)" }, offset.map { "at offset \($0)" }].compactMap(\.self)
        return place.isEmpty ? reason : "\(place.joined(separator: ", ")): \(reason)"
    }

    public var description: String { problem }
}

extension USBCaptureError {
    static func noUSB(linkTypes: Set<UInt16>) -> USBCaptureError {
        let read = "captures of usbmon (189, 220), USBPcap (249) and macOS (266) are read"
        guard !linkTypes.isEmpty else {
            return USBCaptureError(.noUSB, "the file has no interface: \(read)")
        }
        let named = linkTypes.sorted().prefix(8).map { type in
            linkTypeNames[type].map { "\(type) (\($0))" } ?? "\(type)"
        }
        return USBCaptureError(.noUSB, "the file has link type \(named.joined(separator: ", ")): \(read)")
    }

    /// Those that someone who looks for USB may have taken. Source: www.tcpdump.org/linktypes.html.
    private static let linkTypeNames: [UInt16: String] = [
        1: "Ethernet", 113: "Linux cooked", 186: "USB of FreeBSD", 187: "Bluetooth", 201: "Bluetooth",
        251: "Bluetooth LE", 276: "Linux cooked v2",
        288: "USB 2.0 packets", 293: "low-speed USB packets", 294: "full-speed USB packets",
        295: "high-speed USB packets",
    ]
}
