public import BlueTap

/// What became of a payment, which its client is told until it says that it has heard.
public struct PaymentNotification: Hashable, Sendable {
    /// From 1, in the order in which they were caused.
    public let number: Int64
    /// Empty where it tells of a registration.
    public let paymentID: String
    /// The merchant's registration that it tells of; nil: of none.
    public let registrationID: String?
    /// What it tells of.
    public let kind: Change.Kind
    /// The refund's, where it tells of one.
    public let refundID: String?
    public let url: String
    public let attempts: Int
    /// Whether the next attempt is later than it was to be.
    public let isPostponed: Bool
    /// When the next attempt is due; nil: none is.
    public let dueAt: Instant?
    public let acknowledgedAt: Instant?
    /// Why the last attempt was in vain; nil: it was not, or there was none.
    public let problem: String?
}

/// When a client that does not answer is told again.
///
/// Source: for the legacy gateway the gaps of its documentation ("up to 8 in 25 h"). For Alipay+ none are public; the same
/// are chosen.
public struct NotificationSchedule: Hashable, Sendable {
    /// The gaps before the second attempt, the third and so on; after the last it is given up.
    public var gaps: [Duration]

    public init(gaps: [Duration] = [2, 10, 10, 60, 120, 360, 900].map { .seconds($0 * 60) }) {
        self.gaps = gaps
    }
}
