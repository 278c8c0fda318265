internal import USBDevice

extension USBPacket {
    /// Reads a packet of Linux's usbmon, in the byte order of the host that captured it.
    /// Source: `struct mon_bin_hdr` in Documentation/usb/usbmon.rst.
    init?(usbmon packet: ByteView, headerSize: Int) {
        guard packet.count >= headerSize,
            let id = packet.integer(UInt64.self, at: 0), let event = packet.integer(UInt8.self, at: 8),
            let type = packet.integer(UInt8.self, at: 9), let endpoint = packet.integer(UInt8.self, at: 10),
            let address = packet.integer(UInt8.self, at: 11), let bus = packet.integer(UInt16.self, at: 12),
            let setupFlag = packet.integer(UInt8.self, at: 14), let status = packet.integer(UInt32.self, at: 28),
            let length = packet.integer(UInt32.self, at: 32), let capturedLength = packet.integer(UInt32.self, at: 36),
            let setup = packet.slice(at: 40, count: 8)
        else { return nil }
        switch event {
        case UInt8(ascii: "S"): phase = .submission
        case UInt8(ascii: "C"): phase = .completion(TransferStatus(system: .linux, code: status))
        // What could not even be submitted; 0 would be none of its statuses.
        case UInt8(ascii: "E"):
            phase = .completion(TransferStatus(system: .linux, code: status == 0 ? .max : status))
        default: return nil
        }
        self.id = id
        identity = nil
        self.device = DeviceAddress(bus: bus, address: UInt16(address))
        self.endpoint = endpoint
        self.type = TransferType(rawValue: type)
        self.setup = phase == .submission && setupFlag == 0 ? SetupPacket(setup) : nil
        // The length is that of the buffer or of the answer, whichever way the data go.
        let hasData = (phase == .submission) == (endpoint & 0x80 == 0)
        data =
            hasData
            ? TransferData(
                captured: packet.available(at: headerSize, count: Int(min(length, capturedLength))), length: length)
            : .none
    }
}
