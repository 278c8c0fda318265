/// Finds packets that a file has twice, because two of usbmon's interfaces saw the same bus: usbmon0 sees all of them.
///
/// Such packets have the same URB, step, time and data. A URB that is used again has another time.
struct DoubledPackets {
    private struct Key: Hashable {
        let time: Duration
        let header: ArraySlice<UInt8>
        let setup: ArraySlice<UInt8>
        let data: ArraySlice<UInt8>
    }

    /// usbmon's interfaces are read one after another, some packets at a time.
    private static let capacity = 4096

    /// With the interface that saw the packet first.
    private var recent: [Key: UInt32] = [:]
    private var older: [Key: UInt32] = [:]

    /// Whether the packet has been there; remembers it.
    mutating func contain(_ packet: CapturedPacket, _ linkType: USBLinkType) -> Bool {
        guard let headerSize = linkType.usbmonHeaderSize, packet.bytes.count >= headerSize else { return false }
        let bytes = packet.bytes
        let key = Key(
            time: packet.time,
            // Without how much of the data was captured: that is each interface's own.
            header: Self.part(bytes, 0..<36), setup: Self.part(bytes, 40..<48), data: bytes.dropFirst(headerSize))
        if let first = recent[key] ?? older[key], first != packet.interface || Self.hasTime(packet) { return true }
        if recent.count >= Self.capacity { (older, recent) = (recent, [:]) }
        recent[key] = packet.interface
        return false
    }

    /// Whether usbmon has said when it was: tools that merge files forget the interfaces. Those that make packets up may
    /// leave all times out, and mean several reports that are alike.
    private static func hasTime(_ packet: CapturedPacket) -> Bool { part(packet.bytes, 16..<28).contains { $0 != 0 } }

    private static func part(_ bytes: ArraySlice<UInt8>, _ range: Range<Int>) -> ArraySlice<UInt8> {
        bytes[(bytes.startIndex + range.lowerBound)..<(bytes.startIndex + range.upperBound)]
    }
}

extension USBLinkType {
    /// Nil for what is not usbmon's.
    var usbmonHeaderSize: Int? {
        switch self {
        case .usbmon: 48
        case .usbmonMmapped: 64
        case .usbpcap, .darwin: nil
        }
    }
}
