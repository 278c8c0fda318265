public import BlueTap

/// Money that went back to who paid.
public struct Refund: Hashable, Sendable {
    /// The gateway's name of it.
    public let id: String
    /// The payment's.
    public let paymentID: String
    /// The client's name of it, under which it is made once.
    public let requestID: String
    public let amount: Money
    public let createdAt: Instant
}
