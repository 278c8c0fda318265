public import BlueTap

/// Something that has happened to a payment or to a wallet's money.
public struct Change: Hashable, Sendable {
    public enum Kind: String, CaseIterable, Sendable {
        case created
        case paid
        case failed
        case closed
        case cancelled
        /// Cancelled when it was paid: the money went back.
        case reversed
        /// Paid when it had ended, or when its order was paid by another payment: the money went back at once.
        case returned
        case refunded
        /// The time in which it can be refunded is over. Told, and no row of its own.
        case finished
        case notificationSent
        /// It could not be sent, or who was told did not answer that it was heard: the detail says why.
        case notificationFailed
        case notificationAcknowledged
        case notificationGivenUp
        /// Money came into a wallet from outside.
        case deposited
        /// More came back than was paid, or without a payment.
        case adjusted
        /// Another payment has paid the order already: its id.
        case orderPaidAgain
        /// Another request has asked for the payment's code, which has paid already: its name.
        case codeRefused
        /// A request of it was not as the documents have it.
        case warned
        /// A device's link had an amount that its currency does not have: nothing was paid.
        case linkRefused
        /// A merchant was registered: the registration's id.
        case registered
    }

    /// From 1, without gaps.
    public let number: Int64
    public let time: Instant
    /// Nil where it is of no payment.
    public let paymentID: String?
    public let kind: Kind
    /// The wallet, the code, or the refund's id.
    public let detail: String?
}
