internal import USBDevice

extension USBPacket {
    private enum Stage {
        static let setup: UInt8 = 0
        static let data: UInt8 = 1
    }

    /// Reads a packet of USBPcap, which is little-endian in any file. Up to version 1.4 a control transfer's data come in
    /// a packet of their own, and interrupt transfers have one packet; since 1.5 all have a submission and a completion.
    /// Source: desowin.org/usbpcap/captureformat.html, `USBPcapDriver/include/USBPcap.h`.
    init?(usbpcap packet: ByteView) {
        guard let headerSize = packet.integer(UInt16.self, at: 0), headerSize >= 27, packet.count >= headerSize,
            let id = packet.integer(UInt64.self, at: 2), let status = packet.integer(UInt32.self, at: 10),
            let info = packet.integer(UInt8.self, at: 16), let bus = packet.integer(UInt16.self, at: 17),
            let address = packet.integer(UInt16.self, at: 19), let endpoint = packet.integer(UInt8.self, at: 21),
            let type = packet.integer(UInt8.self, at: 22), let length = packet.integer(UInt32.self, at: 23)
        else { return nil }
        self.id = id
        self.device = DeviceAddress(bus: bus, address: address)
        self.endpoint = endpoint
        self.type = TransferType(rawValue: type)
        let isCompletion = info & 1 == 1
        var phase: Phase =
            isCompletion ? .completion(TransferStatus(system: .windows, code: status)) : .submission
        var setup: SetupPacket?
        var dataOffset = Int(headerSize)
        var dataLength = length
        if self.type == .control {
            guard headerSize >= 28, let stage = packet.integer(UInt8.self, at: 27) else { return nil }
            if stage == Stage.data, !isCompletion { phase = .dataStage }
            if stage == Stage.setup, !isCompletion {
                guard length >= 8, let bytes = packet.slice(at: dataOffset, count: 8) else { return nil }
                setup = SetupPacket(bytes)
                dataOffset += 8
                dataLength -= 8
            }
        }
        self.phase = phase
        identity = nil
        self.setup = setup
        data = TransferData(
            captured: packet.available(at: dataOffset, count: Int(dataLength)), length: dataLength)
    }
}
