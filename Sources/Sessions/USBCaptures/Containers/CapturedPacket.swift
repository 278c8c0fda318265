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
}

/// Makes times since the first packet of the units that a file counts in.
struct PacketClock {
    private var first: Int64?
    private var last: Duration = .zero

    /// - Parameter unitsPerSecond: Not 0.
    mutating func time(_ units: UInt64, unitsPerSecond: UInt128) -> Duration {
        let nanoseconds = Int64(clamping: UInt128(units) * 1_000_000_000 / unitsPerSecond)
        let first = first ?? nanoseconds
        self.first = first
        // Neither is below 0.
        last = .nanoseconds(nanoseconds - first)
        return last
    }

    /// The time of a packet that has none: that of the one before.
    var unknown: Duration { last }
}
