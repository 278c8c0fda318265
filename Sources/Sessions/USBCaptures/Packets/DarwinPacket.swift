internal import USBDevice

extension USBPacket {
    /// A completion has what went over the bus, in whichever direction; a submission has a setup packet at most.
    /// All is little-endian, and USB_DARWIN headers may grow: their length stands in them.
    /// Source: `dissect_darwin_buffer_packet_header` in Wireshark's epan/dissectors/packet-usb.c.
    init?(darwin packet: ByteView) {
        guard let headerSize = packet.integer(UInt8.self, at: 2).map(Int.init), headerSize >= 32,
            packet.count >= headerSize, let request = packet.integer(UInt8.self, at: 3), request <= 1,
            let length = packet.integer(UInt32.self, at: 4), let status = packet.integer(UInt32.self, at: 8),
            let id = packet.integer(UInt64.self, at: 16), let bus = packet.integer(UInt8.self, at: 27),
            let address = packet.integer(UInt8.self, at: 29), let endpoint = packet.integer(UInt8.self, at: 30),
            let type = packet.integer(UInt8.self, at: 31)
        else { return nil }
        self.id = id
        device = DeviceAddress(bus: UInt16(bus), address: UInt16(address))
        self.endpoint = endpoint
        self.type = Self.darwinTypes[type]
        if headerSize >= 40, let vendorID = packet.integer(UInt16.self, at: 36),
            let productID = packet.integer(UInt16.self, at: 38), vendorID != 0
        {
            identity = USBIdentifier(vendorID: vendorID, productID: productID)
        } else {
            identity = nil
        }
        let isSubmission = request == 0
        phase = isSubmission ? .submission : .completion(TransferStatus(system: .macOS, code: status))
        var offset = headerSize
        var setup: SetupPacket?
        if isSubmission, self.type == .control {
            guard let bytes = packet.slice(at: offset, count: 8) else { return nil }
            setup = SetupPacket(bytes)
            offset += 8
        }
        self.setup = setup
        let rest = packet.available(at: offset, count: Int(length))
        data = rest.isEmpty && isSubmission ? .none : TransferData(captured: rest, length: length)
    }

    private static let darwinTypes: [UInt8: TransferType] = [0: .control, 1: .isochronous, 2: .bulk, 3: .interrupt]
}
