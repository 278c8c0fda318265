/// The NFC link that a pay command makes.
public struct Link: Hashable, Sendable {
    public let token: LinkToken
    public let url: String
    public let androidPackage: String
    public let paymentMethod: PaymentMethod
    public let amount: String?
    public let orderID: String?
    public let madeAt: Instant
    /// The first instant at which the link is dead.
    public let expiresAt: Instant
    /// When a phone first read it.
    public internal(set) var openedAt: Instant?

    /// What a phone reads: a URI record, then an Android application record.
    public var message: NDEFMessage {
        NDEFMessage(records: [.uri(url), .androidApplication(package: androidPackage)])
    }

    public func isLive(at now: Instant) -> Bool { now < expiresAt }
}
