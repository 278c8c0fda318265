internal import BlueTap
internal import GRDB

/// What a card network knows of a payment: its own reversals, its clearing, its expiry.
struct CardAuthorization: Hashable {
    let paymentID: String
    let customData: String?
    /// When it is looked at again; nil: it has ended.
    let dueAt: Instant?
    /// The network's name of the clearing; nil: none has come.
    let clearing: String?
    /// What was cleared, in smallest units.
    let cleared: Int64?

    init(row: Row) {
        paymentID = row["payment"]
        customData = row["custom_data"]
        dueAt = (row["due_at"] as Int64?).map(Instant.init(nanoseconds:))
        clearing = row["clearing"]
        cleared = row["cleared"]
    }
}
