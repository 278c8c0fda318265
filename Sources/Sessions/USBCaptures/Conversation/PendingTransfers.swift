/// The transfers under way whose completions matter. Those whose completions the capture lacks are forgotten in time.
struct PendingTransfers {
    /// A host has one transfer under way with an ID: a submission means that the one before it is over.
    struct Key: Hashable {
        let device: DeviceAddress
        let id: UInt64

        init(_ packet: USBPacket) {
            device = packet.device
            id = packet.id
        }
    }

    enum Transfer {
        /// The host asked for it; the data are yet to come.
        case request(HIDRequest)
        /// A report to the device, which counts unless its completion fails.
        case sent(conversation: Int, DeviceConversation.ReportIndex)
    }

    /// More than any host has under way at once.
    private static let capacity = 32_768

    private var recent: [Key: Transfer] = [:]
    /// Those before them, which are forgotten next.
    private var older: [Key: Transfer] = [:]

    subscript(key: Key) -> Transfer? { recent[key] ?? older[key] }

    mutating func insert(_ transfer: Transfer, _ key: Key) {
        remove(key)
        if recent.count >= Self.capacity / 2 { (older, recent) = (recent, [:]) }
        recent[key] = transfer
    }

    @discardableResult
    mutating func remove(_ key: Key) -> Transfer? { recent.removeValue(forKey: key) ?? older.removeValue(forKey: key) }
}
