/// Makes capture files of the packets that a test is about.
struct CaptureBuilder {
    var linkType: UInt16 = 189
    private(set) var packets: [[UInt8]] = []

    /// The file as pcap, little-endian, a packet each millisecond.
    var pcap: [UInt8] {
        var file = bytes(0xA1B2_C3D4 as UInt32, 2 as UInt16, 4 as UInt16, 0 as UInt64, 65535 as UInt32)
        file += bytes(UInt32(linkType))
        for (index, packet) in packets.enumerated() {
            file += bytes(0 as UInt32, UInt32(index) * 1000, UInt32(packet.count), UInt32(packet.count)) + packet
        }
        return file
    }

    /// A packet of usbmon with the 48-byte header.
    mutating func usbmon(
        _ event: Character, id: UInt64 = 1, type: UInt8 = 1, endpoint: UInt8 = 0x81, device: UInt8 = 5, bus: UInt16 = 1,
        status: Int32 = 0, setup: [UInt8]? = nil, _ data: [UInt8] = [], length: Int? = nil
    ) {
        let status = event == "S" ? -115 : status
        packets.append(
            bytes(id, event.asciiValue!, type, endpoint, device, bus, UInt8(setup == nil ? 0x2D : 0), 0 as UInt8)
                + bytes(0 as UInt64, 0 as UInt32, UInt32(bitPattern: status), UInt32(length ?? data.count))
                + bytes(UInt32(data.count)) + (setup ?? [UInt8](repeating: 0, count: 8)) + data)
    }

    /// A control transfer in usbmon's two packets.
    mutating func usbmonControl(
        _ setup: [UInt8], device: UInt8 = 5, out: [UInt8] = [], answer: [UInt8] = [], status: Int32 = 0
    ) {
        let endpoint = setup[0] & 0x80
        usbmon("S", id: 77, type: 2, endpoint: endpoint, device: device, setup: setup, out)
        usbmon("C", id: 77, type: 2, endpoint: endpoint, device: device, status: status, answer)
    }

    /// A packet of macOS with the 40-byte header; the identity is 1209:0001.
    mutating func darwin(
        id: UInt64 = 3, isCompletion: Bool, type: UInt8 = 3, endpoint: UInt8 = 0x81, device: UInt8 = 5,
        status: UInt32 = 0, length: Int? = nil, _ data: [UInt8] = []
    ) {
        packets.append(
            bytes(0x0101 as UInt16, 40 as UInt8, UInt8(isCompletion ? 1 : 0), UInt32(length ?? data.count), status)
                + bytes(0 as UInt32, id, 0x1400_0000 as UInt32, 1 as UInt8, device, endpoint, type)
                + bytes(0 as UInt32, 0x1209 as UInt16, 1 as UInt16) + data)
    }

    /// A packet of USBPcap; `stage` for a control transfer.
    mutating func usbpcap(
        irp: UInt64 = 9, isCompletion: Bool, type: UInt8 = 1, endpoint: UInt8 = 0x81, device: UInt16 = 5,
        status: UInt32 = 0, stage: UInt8? = nil, _ data: [UInt8] = [], length: Int? = nil
    ) {
        packets.append(
            bytes(UInt16(stage == nil ? 27 : 28), irp, status, 9 as UInt16, UInt8(isCompletion ? 1 : 0))
                + bytes(1 as UInt16, device, endpoint, type, UInt32(length ?? data.count)) + (stage.map { [$0] } ?? [])
                + data)
    }
}

/// Little-endian.
func bytes(_ values: any FixedWidthInteger...) -> [UInt8] {
    func one(_ value: some FixedWidthInteger) -> [UInt8] {
        (0..<value.bitWidth / 8).map { UInt8(truncatingIfNeeded: value >> ($0 * 8)) }
    }
    return values.flatMap { one($0) }
}

/// The bytes of digits and comments: what follows a `#` on its line is left out.
func hex(_ text: String) -> [UInt8] {
    let digits = text.split(separator: "\n").map { $0.prefix { $0 != "#" } }.joined().filter { $0.isHexDigit }
    return stride(from: 0, to: digits.count, by: 2).map { offset in
        UInt8(digits.dropFirst(offset).prefix(2), radix: 16)!
    }
}
