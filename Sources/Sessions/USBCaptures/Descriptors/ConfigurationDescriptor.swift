extension HIDInterface {
    private enum DescriptorType {
        static let interface: UInt8 = 4
        static let endpoint: UInt8 = 5
        static let hid: UInt8 = 0x21
        static let report: UInt8 = 0x22
    }

    private static let hidClass: UInt8 = 3

    /// The HID interfaces of a configuration, read as far as its bytes make descriptors. The alternate settings of an
    /// interface count as one. Source: USB 2.0, sections 9.6.3 to 9.6.6.
    static func interfaces(configuration bytes: ArraySlice<UInt8>) -> [HIDInterface] {
        var interfaces: [HIDInterface] = []
        /// In `interfaces`; nil within those of another class.
        var current: Int?
        var rest = bytes
        while let length = rest.first, length >= 2, Int(length) <= rest.count {
            let descriptor = ByteView(rest.prefix(Int(length)), .little)
            rest = rest.dropFirst(Int(length))
            if descriptor.integer(UInt8.self, at: 1) == DescriptorType.interface {
                current = HIDInterface(interface: descriptor).map { interface in
                    if let index = interfaces.firstIndex(where: { $0.number == interface.number }) { return index }
                    interfaces.append(interface)
                    return interfaces.count - 1
                }
            } else if let current {
                interfaces[current].take(descriptor)
            }
        }
        return interfaces
    }

    private init?(interface descriptor: ByteView) {
        guard descriptor.integer(UInt8.self, at: 5) == Self.hidClass,
            let number = descriptor.integer(UInt8.self, at: 2)
        else { return nil }
        self.init(number: number)
        subclass = descriptor.integer(UInt8.self, at: 6)
        protocolCode = descriptor.integer(UInt8.self, at: 7)
    }

    /// Takes what one of the interface's descriptors says, unless another alternate setting has said it.
    private mutating func take(_ descriptor: ByteView) {
        switch descriptor.integer(UInt8.self, at: 1) {
        case DescriptorType.hid:
            reportDescriptorLength = reportDescriptorLength ?? Self.reportDescriptorLength(hid: descriptor)
        case DescriptorType.endpoint:
            guard let endpoint = InterruptEndpoint(descriptor) else { return }
            if endpoint.address & 0x80 != 0 {
                interruptIn = interruptIn ?? endpoint
            } else {
                interruptOut = interruptOut ?? endpoint
            }
        default: break
        }
    }

    /// Of the class descriptors that a HID descriptor lists. Source: HID 1.11, section 6.2.1.
    private static func reportDescriptorLength(hid descriptor: ByteView) -> Int? {
        stride(from: 6, to: descriptor.count, by: 3).lazy
            .filter { descriptor.integer(UInt8.self, at: $0) == DescriptorType.report }
            .compactMap { descriptor.integer(UInt16.self, at: $0 + 1).map(Int.init) }.first
    }
}

extension InterruptEndpoint {
    /// Nil for an endpoint of another transfer type.
    fileprivate init?(_ descriptor: ByteView) {
        guard let address = descriptor.integer(UInt8.self, at: 2),
            let attributes = descriptor.integer(UInt8.self, at: 3), attributes & 3 == 3,
            let size = descriptor.integer(UInt16.self, at: 4), let interval = descriptor.integer(UInt8.self, at: 6)
        else { return nil }
        // The upper bits count the transactions in a microframe.
        self.init(address: address, maximumPacketSize: Int(size & 0x7FF), interval: interval)
    }
}
