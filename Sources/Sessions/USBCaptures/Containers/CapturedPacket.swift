/// A packet as a file has it.
struct CapturedPacket {
    /// From 1, over all interfaces.
    let number: Int
    /// Since the first packet.
    let time: Duration
    let linkType: UInt16
    /// That of the host that captured it.
    let order: ByteOrder
    let bytes: ArraySlice<UInt8>
    /// Which of the file's interfaces saw it, from 0 in each section.
    var interface: UInt32 = 0
    /// How many bytes the packet had before it was cut to the snapshot length.
    let originalLength: Int
    /// What the file says of the most bytes of a packet; 0: nothing.
    let snapshotLength: Int
}

/// Gives a file's packets one after another.
protocol PacketReader {
    /// Those of the interfaces met so far.
    var linkTypes: Set<UInt16> { get }

    /// Nil after the last packet. Nothing can be read any more after an error.
    mutating func next() throws(USBCaptureError) -> CapturedPacket?
}

/// The link types whose packets are USB transfers. Source: www.tcpdump.org/linktypes.html.
enum USBLinkType: UInt16 {
    case usbmon = 189
    case usbmonMmapped = 220
    case usbpcap = 249
    /// macOS' XHC interfaces.
    case darwin = 266
}

/// Makes times since the first packet of the units that a file counts in.
struct PacketClock {
    private var first: Int64?
    private var last: Duration = .zero

    /// - Parameters:
    ///   - unitsPerSecond: Not 0.
    ///   - offset: seconds to add.
    mutating func time(_ units: UInt64, unitsPerSecond: UInt128, offset: Int64 = 0) -> Duration {
        // Centuries beside 1970 are nonsense, and may be subtracted from each other.
        let bound = Int128(Int64.max / 4)
        let nanoseconds =
            Int128(units) * 1_000_000_000 / Int128(clamping: unitsPerSecond) + Int128(offset) * 1_000_000_000
        let time = Int64(max(-bound, min(bound, nanoseconds)))
        let first = first ?? time
        self.first = first
        last = .nanoseconds(time - first)
        return last
    }

    /// The time of a packet that has none: that of the one before.
    var unknown: Duration { last }
}
