public import BlueTap

/// A payment, from its request to its end: a value without a store, a clock or a wallet.
///
/// A success that comes when the payment has ended otherwise does not bring it back: the money is returned.
public struct Payment: Hashable, Sendable {
    public enum State: String, CaseIterable, Sendable {
        /// The wallet has not answered.
        case processing
        case succeeded
        /// ``Payment/failure`` says why.
        case failed
        /// Nobody paid before it expired.
        case closed
        case cancelled
    }

    /// The gateway's name of it.
    public let id: String
    public let gateway: Gateway
    /// Whose it is: the acquirer's or partner's id.
    public let client: String
    /// The client's name of it, under which it is made once.
    public let requestID: String
    /// What a repeated request must say as the first did.
    public let terms: String
    /// The client's name of what is sold; nil: a payment of nothing that has a name.
    public let orderID: String?
    public let amount: Money
    public let createdAt: Instant
    /// The first instant at which it can no longer be paid.
    public let expiresAt: Instant
    /// Where its end is told; nil: nowhere.
    public let notifyURL: String?

    public internal(set) var state = State.processing
    /// The code with which it failed.
    public internal(set) var failure: String?
    /// The wallet that paid.
    public internal(set) var payer: String?
    public internal(set) var paidAt: Instant?
    /// When it ended in failure, or was closed or cancelled.
    public internal(set) var endedAt: Instant?
    /// What went back to the payer, in smallest units.
    public internal(set) var refunded: Int64 = 0
    /// The payment code by which it was asked for; nil: by none.
    public internal(set) var code: String?
    /// What else it was asked for with, as JSON of ``PaymentDetails``.
    var details: String?

    /// Whether all that was paid has gone back.
    public var isFullyRefunded: Bool { state == .succeeded && refunded == amount.minorUnits }

    public var refundable: Int64 { state == .succeeded ? amount.minorUnits - refunded : 0 }

    // MARK: Inputs

    public enum PayAction: Hashable, Sendable {
        case paid
        /// By the same wallet; nothing changes.
        case alreadyPaid
        /// The payment had ended: the money goes back at once.
        case returned
    }

    /// A wallet has paid.
    mutating func pay(by wallet: String, at now: Instant) -> PayAction {
        switch state {
        case .processing where now < expiresAt:
            state = .succeeded
            payer = wallet
            paidAt = now
            return .paid
        case .succeeded where payer == wallet: return .alreadyPaid
        case .processing, .succeeded, .failed, .closed, .cancelled: return .returned
        }
    }

    /// The wallet has refused; false where the payment had ended.
    mutating func fail(_ code: String, at now: Instant) -> Bool {
        guard state == .processing else { return false }
        state = .failed
        failure = code
        endedAt = now
        return true
    }

    /// Closes it once it has expired; false where it has not, or had ended.
    mutating func expire(at now: Instant) -> Bool {
        guard state == .processing, now >= expiresAt else { return false }
        state = .closed
        endedAt = expiresAt
        return true
    }

    public enum CancelAction: Hashable, Sendable {
        /// Nobody had paid.
        case closed
        /// It was paid: all the money goes back.
        case reversed
        case alreadyCancelled
        case refused(Refusal)
    }

    /// Why a payment cannot be cancelled or refunded.
    public enum Refusal: String, Error, Hashable, Sendable {
        /// The window is over.
        case tooLate
        /// More than is left, or nothing.
        case amount
        /// Of another currency than the payment.
        case currency
        /// A part of it was refunded, and only the whole can be cancelled.
        case partlyRefunded
        /// The wallet has not answered.
        case processing
        /// It ended without money.
        case notPaid
    }

    /// The client wants it undone, whatever its state.
    ///
    /// - Parameter end: the first instant at which it is cancelled no more.
    mutating func cancel(until end: Instant, at now: Instant) -> CancelAction {
        if state == .cancelled { return .alreadyCancelled }
        guard now < end else { return .refused(.tooLate) }
        guard refunded == 0 else { return .refused(.partlyRefunded) }
        let wasPaid = state == .succeeded
        state = .cancelled
        endedAt = now
        if wasPaid { refunded = amount.minorUnits }
        return wasPaid ? .reversed : .closed
    }

    /// The client gives a part or all of it back.
    mutating func refund(_ sum: Money, within windows: PaymentWindows, at now: Instant) throws(Refusal) {
        switch state {
        case .processing: throw .processing
        case .failed, .closed, .cancelled: throw .notPaid
        case .succeeded: break
        }
        guard sum.currency == amount.currency else { throw .currency }
        guard sum.minorUnits > 0, sum.minorUnits <= refundable else { throw .amount }
        guard let paidAt, now < windows.refundEnd(of: paidAt) else { throw .tooLate }
        refunded += sum.minorUnits
    }
}
