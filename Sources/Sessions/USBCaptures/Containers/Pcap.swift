/// Reads the pcap format of libpcap. Source: draft-ietf-opsawg-pcap.
struct PcapReader: PacketReader {
    struct Format {
        let order: ByteOrder
        let unitsPerSecond: UInt64

        init?(magic: ArraySlice<UInt8>) {
            switch Array(magic) {
            case [0xA1, 0xB2, 0xC3, 0xD4]: (order, unitsPerSecond) = (.big, 1_000_000)
            case [0xA1, 0xB2, 0x3C, 0x4D]: (order, unitsPerSecond) = (.big, 1_000_000_000)
            case [0xD4, 0xC3, 0xB2, 0xA1]: (order, unitsPerSecond) = (.little, 1_000_000)
            case [0x4D, 0x3C, 0xB2, 0xA1]: (order, unitsPerSecond) = (.little, 1_000_000_000)
            default: return nil
            }
        }
    }

    private static let headerSize = 24
    private static let recordHeaderSize = 16

    private let file: ByteView
    private let format: Format
    private let linkType: UInt16
    private let snapshotLength: Int
    private var offset = headerSize
    private var number = 0
    private var clock = PacketClock()

    var linkTypes: Set<UInt16> { [linkType] }

    init(_ bytes: [UInt8], _ format: Format) throws(USBCaptureError) {
        file = ByteView(bytes[...], format.order)
        self.format = format
        guard let network = file.integer(UInt32.self, at: 20) else {
            throw USBCaptureError(
                .damaged, "the file has \(bytes.count) of the \(Self.headerSize) bytes of a pcap header: copy it again")
        }
        // The upper half tells of frame check sequences.
        linkType = UInt16(truncatingIfNeeded: network)
        snapshotLength = Int(file.integer(UInt32.self, at: 16) ?? 0)
    }

    mutating func next() throws(USBCaptureError) -> CapturedPacket? {
        guard offset < file.count else { return nil }
        number += 1
        guard let seconds = file.integer(UInt32.self, at: offset),
            let fraction = file.integer(UInt32.self, at: offset + 4),
            let captured = file.integer(UInt32.self, at: offset + 8),
            let original = file.integer(UInt32.self, at: offset + 12),
            let header = file.slice(at: offset, count: Self.recordHeaderSize)
        else {
            throw USBCaptureError(.damaged, packet: number, offset: offset, "the file ends within the packet's header")
        }
        guard let bytes = file.slice(at: offset + header.count, count: Int(captured)) else {
            let left = file.count - offset - header.count
            throw USBCaptureError(
                .damaged, packet: number, offset: offset, "the packet has \(captured) bytes and the file \(left) more")
        }
        offset += header.count + bytes.count
        // Both factors fit into 32 bits.
        let units = UInt64(seconds) * format.unitsPerSecond + UInt64(fraction)
        return CapturedPacket(
            number: number, time: clock.time(units, unitsPerSecond: UInt128(format.unitsPerSecond)), linkType: linkType,
            order: format.order, bytes: bytes, originalLength: Int(original), snapshotLength: snapshotLength)
    }
}
