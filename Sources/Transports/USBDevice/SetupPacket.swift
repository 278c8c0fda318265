/// What a host asks on endpoint 0: the eight bytes of a SETUP transaction. Source: USB 2.0, section 9.3.
public struct SetupPacket: Hashable, Sendable {
    public enum Kind: UInt8, Hashable, Sendable {
        case standard = 0
        case ofClass = 1
        case vendor = 2
        case reserved = 3
    }

    /// Whom it is about.
    public enum Recipient: Hashable, Sendable {
        case device
        case interface
        case endpoint
        /// A hub's port, of which `usbip-win2` speaks to a device.
        case other
        case reserved
    }

    /// bmRequestType.
    public var requestType: UInt8
    /// bRequest.
    public var request: UInt8
    /// wValue.
    public var value: UInt16
    /// wIndex.
    public var index: UInt16
    /// wLength: how many bytes follow, or are wanted at most.
    public var length: UInt16

    public init(requestType: UInt8, request: UInt8, value: UInt16, index: UInt16, length: UInt16) {
        self.requestType = requestType
        self.request = request
        self.value = value
        self.index = index
        self.length = length
    }

    /// - Parameter bytes: as they are on the wire; nil where they are not eight.
    public init?(_ bytes: some Collection<UInt8>) {
        guard bytes.count == 8 else { return nil }
        let bytes = Array(bytes)
        func word(_ offset: Int) -> UInt16 { UInt16(bytes[offset]) | UInt16(bytes[offset + 1]) << 8 }
        self.init(
            requestType: bytes[0], request: bytes[1], value: word(2), index: word(4), length: word(6))
    }

    /// As they are on the wire.
    public var bytes: [UInt8] {
        [requestType, request] + [value, index, length].flatMap { [UInt8(truncatingIfNeeded: $0), UInt8($0 >> 8)] }
    }

    public var isToHost: Bool { requestType & 0x80 != 0 }

    public var kind: Kind { Kind(rawValue: requestType >> 5 & 3) ?? .reserved }

    public var recipient: Recipient {
        switch requestType & 0x1F {
        case 0: .device
        case 1: .interface
        case 2: .endpoint
        case 3: .other
        default: .reserved
        }
    }

    /// The upper byte of wValue: a descriptor's or a report's type.
    public var type: UInt8 { UInt8(value >> 8) }
    /// The lower byte of wValue: a descriptor's index, a report's ID.
    public var number: UInt8 { UInt8(truncatingIfNeeded: value) }
}
