internal import BlueTap

/// How long a payment can be cancelled and refunded.
///
/// Source: Alipay+, cancelPayment ("00:15 UTC+8 of T+1") and refund ("usually within one calendar year"; the wallet allows
/// 366 days, which is chosen here).
public struct PaymentWindows: Hashable, Sendable {
    /// How long after the midnight (UTC+8) that follows a payment it can still be cancelled.
    public var cancelGrace: Duration
    /// How long after it was paid a payment can be refunded.
    public var refund: Duration

    public init(cancelGrace: Duration = .seconds(15 * 60), refund: Duration = .seconds(366 * 86_400)) {
        self.cancelGrace = cancelGrace
        self.refund = refund
    }

    private static let day: Int64 = 86_400
    /// UTC+8, in seconds.
    private static let offset: Int64 = 8 * 3600

    /// The first instant at which a payment of `created` can no longer be cancelled.
    func cancelEnd(of created: Instant) -> Instant {
        let local = created.secondsSince1970 + Self.offset
        return Instant(secondsSinceEpoch: (local / Self.day + 1) * Self.day - Self.offset) + cancelGrace
    }

    /// The first instant at which a payment of `paid` can no longer be refunded.
    func refundEnd(of paid: Instant) -> Instant { paid + refund }
}
