/// A HID device in a capture, and what it and the host said.
public struct CapturedDevice: Hashable, Sendable {
    public var bus: UInt16
    public var address: UInt16
    /// Nil where the capture began after the device was enumerated, as with all descriptors.
    public var deviceDescriptor: DeviceDescriptor?
    /// What is known also where the device descriptor is not.
    public var usbID: USBIdentifier?
    /// The interfaces of class HID that a descriptor told of.
    public var interfaces: [HIDInterface]
    /// The reports, in the order of the capture: one from the host where it was submitted, one from the device where it
    /// was completed. Those that failed are left out.
    public var transfers: [HIDTransfer]
    /// The reports of the host that the device did not take, with why: `failure`.
    public var failedWrites: [HIDTransfer]
    /// The first packet that tells something of it, and the last one about it.
    public var firstPacket: Packet
    public var lastPacket: Packet
    /// Where the host gave up to wait for an input report, or had to.
    public var abandonedReads: [AbandonedRead]
    /// Where the host was told that the device is not there any more; nil where it was there to the end.
    public var gone: Packet?
    /// How many reports were dropped because the capture has only a part of them.
    public var truncatedReports: Int

    /// A packet in the file.
    public struct Packet: Hashable, Sendable {
        /// From 1.
        public var number: Int
        /// Since the first packet of the file.
        public var time: Duration

        public init(number: Int, time: Duration) {
            self.number = number
            self.time = time
        }
    }

    /// A transfer for an input report that brought none.
    public struct AbandonedRead: Hashable, Sendable {
        public var packet: Packet
        public var status: TransferStatus
        /// Nil where the endpoint is not known from descriptors.
        public var interface: UInt8?
        /// What the device had sent all the same: nobody took it.
        public var bytes: [UInt8]
        var endpoint: UInt8
    }

    /// The reports of one interface, with those of which the capture does not tell the interface.
    public func reports(interface number: UInt8) -> [HIDTransfer] {
        transfers.filter { $0.interface == nil || $0.interface == number }
    }
}

/// An interface of class HID. Source: HID 1.11, sections 4 and 7.1.
public struct HIDInterface: Hashable, Sendable {
    /// bInterfaceNumber.
    public var number: UInt8
    /// bInterfaceSubClass, 1 for a boot interface; nil without a configuration descriptor.
    public var subclass: UInt8?
    /// bInterfaceProtocol, 1 for a keyboard and 2 for a mouse; nil without a configuration descriptor.
    public var protocolCode: UInt8?
    /// The length in bytes that the HID descriptor gives.
    public var reportDescriptorLength: Int?
    /// Nil where the host did not read the whole of it during the capture.
    public var reportDescriptor: [UInt8]?
    public var interruptIn: InterruptEndpoint?
    public var interruptOut: InterruptEndpoint?

    public init(number: UInt8) {
        self.number = number
    }
}

/// An interrupt endpoint. Source: USB 2.0, section 9.6.6.
public struct InterruptEndpoint: Hashable, Sendable {
    /// bEndpointAddress, with 0x80 for a device's input.
    public var address: UInt8
    /// In bytes.
    public var maximumPacketSize: Int
    /// bInterval: milliseconds at full speed, an exponent of microframes at high speed.
    public var interval: UInt8
}
