public import BlueTap

/// Mastercard's side of a tap, which Alipay+ turns into pay, cancelPayment and refund of the wallet.
///
/// Every call may be repeated under its name, after a time-out or a crash: it is done once. What is due comes first, at its
/// own instant. Source: Alipay+, "Make a payment" and "Cancel a payment"; "Convert authorization to pay" could not be read,
/// and what is inferred in its place is told at each call.
public struct NFCAuthorization: Sendable {
    /// What nobody's documents settle.
    public struct Settings: Hashable, Sendable {
        /// How long a wallet has for its final result; then the payment is cancelled. Chosen.
        public var paymentExpiry = Duration.seconds(60)
        /// How long an authorisation waits for its clearing; then all goes back. Chosen: Mastercard's 7 days for a final
        /// authorisation; of a pre-authorisation they are 30.
        public var authorizationExpiry = Duration.seconds(7 * 86_400)
        /// How long after the midnight (UTC+8) that follows its request a payment is still cancelled. Source: the wallet's
        /// window, until 00:30. With nothing only the same day counts.
        public var cancelGrace = Duration.seconds(30 * 60)

        public init() {}
    }

    /// A tap that has come to the Ant server.
    public struct Request: Hashable, Sendable {
        /// Who takes the money.
        public var client: String
        /// The `paymentRequestId`.
        public var id: String
        public var orderID: String?
        public var amount: Money
        /// What came with the tap, by which the wallet finds it again.
        public var customData: String?

        public init(client: String, id: String, orderID: String? = nil, amount: Money, customData: String? = nil) {
            self.client = client
            self.id = id
            self.orderID = orderID
            self.amount = amount
            self.customData = customData
        }
    }

    let ledger: Ledger
    let settings: Settings

    public init(ledger: Ledger, settings: Settings = Settings()) {
        self.ledger = ledger
        self.settings = settings
    }

    // MARK: Authorising

    public enum Authorization: Hashable, Sendable {
        /// The wallet has paid.
        case approved(Payment)
        /// The wallet has refused, or cannot pay any more.
        case declined(Payment)
        /// The wallet has no final result.
        case pending(Payment)
        /// A request of that name was there before, and asked for something else.
        case inconsistent
    }

    /// An authorisation: `pay`, which takes the money at once. Of nothing it is inconsistent with every payment.
    public func authorize(
        _ request: Request, by wallet: SimulatedWallet, at now: Instant
    ) throws(LedgerError) -> Authorization {
        try catchUpOwn(to: now)
        guard request.amount.minorUnits > 0 else { return .inconsistent }
        let draft = Ledger.Draft(
            client: request.client, requestID: request.id, terms: "NFC \(wallet.name)", orderID: request.orderID,
            amount: request.amount, expiresAt: now + settings.paymentExpiry)
        let payment: Payment
        switch try ledger.make(draft, at: now) {
        case .inconsistent: return .inconsistent
        case .made(let made), .repeated(let made): payment = made
        }
        try ledger.keepAuthorization(
            ofPayment: payment.id, customData: request.customData, due: payment.expiresAt, at: now)
        let isOpen = payment.state == .processing
        return Self.authorization(isOpen ? try ask(wallet, for: payment, at: now) : payment)
    }

    /// A wallet that was asked before, by a request that is repeated, is asked again.
    private func ask(_ wallet: SimulatedWallet, for payment: Payment, at now: Instant) throws(LedgerError) -> Payment {
        switch wallet.behaviour {
        case .pays:
            switch try ledger.pay(id: payment.id, by: wallet.name, at: now) {
            case .paid(let payment), .alreadyPaid(let payment), .returned(let payment), .failed(let payment):
                return payment
            }
        case .declines(let code): return try ledger.fail(id: payment.id, code, at: now)
        case .paysLater(let delay):
            try ledger.plan(id: payment.id, by: wallet.name, due: payment.createdAt + delay, at: now)
            return payment
        case .ignores: return payment
        }
    }

    private static func authorization(_ payment: Payment) -> Authorization {
        switch payment.state {
        case .succeeded: .approved(payment)
        case .processing: .pending(payment)
        case .failed, .closed, .cancelled: .declined(payment)
        }
    }

    /// The payments that came with these custom data, oldest first: how a wallet learns what became of a tap.
    public func payments(customData: String, at now: Instant) throws(LedgerError) -> [Payment] {
        try catchUp(to: now)
        return try ledger.authorizedPayments(customData: customData)
    }

    // MARK: Time

    /// When something happens by itself next; nil: nothing does.
    public var nextDue: Instant? {
        get throws(LedgerError) { [try ledger.nextDue, try nextOwnDue].compactMap(\.self).min() }
    }

    /// The same without what the ledger does by itself.
    public var nextOwnDue: Instant? {
        get throws(LedgerError) { try ledger.firstDueAuthorization(upTo: .distantFuture)?.dueAt }
    }

    /// Cancels what has no final result at its expiry, and gives back what was authorised and never cleared.
    public func catchUp(to now: Instant) throws(LedgerError) {
        try catchUpOwn(to: now)
        try ledger.catchUp(to: now)
    }

    /// Without what the ledger settles by itself, whatever it is asked next.
    func catchUpOwn(to now: Instant) throws(LedgerError) {
        while let authorization = try ledger.firstDueAuthorization(upTo: now), let due = authorization.dueAt {
            try conclude(authorization.paymentID, at: due)
        }
    }

    private func conclude(_ id: String, at due: Instant) throws(LedgerError) {
        var next: Instant?
        if let payment = try ledger.payment(id: id, at: due) {
            switch payment.state {
            case .processing, .closed: _ = try cancel(payment, at: due)
            case .succeeded where due < expiry(of: payment): next = expiry(of: payment)
            case .succeeded: _ = try giveBack(payment, payment.refundable, for: .expiry, "", at: due)
            case .failed, .cancelled: break
            }
        }
        try ledger.setDue(next, ofAuthorization: id, at: due)
    }

    private func expiry(of payment: Payment) -> Instant {
        (payment.paidAt ?? payment.createdAt) + settings.authorizationExpiry
    }

    /// `cancelPayment`, within the wallet's window.
    func cancel(_ payment: Payment, at now: Instant) throws(LedgerError) -> Ledger.Cancellation {
        let windows = PaymentWindows(cancelGrace: settings.cancelGrace)
        return try ledger.cancel(id: payment.id, until: { windows.cancelEnd(of: $0.createdAt) }, at: now)
    }

    // MARK: Giving back

    /// Why the network gives money back: its refunds are named after that.
    enum Cause: String, CaseIterable {
        case reversal
        case expiry
        case clearing

        func name(_ requestID: String, of payment: Payment) -> String { "\(rawValue):\(payment.id):\(requestID)" }
    }

    /// A refund of the network's own, once for each of its requests.
    func giveBack(
        _ payment: Payment, _ minorUnits: Int64, for cause: Cause, _ requestID: String, at now: Instant
    ) throws(LedgerError) -> Ledger.Repayment {
        guard let sum = Money(currency: payment.amount.currency, minorUnits: minorUnits) else {
            return .refused(.amount, payment)
        }
        return try ledger.refund(id: payment.id, requestID: cause.name(requestID, of: payment), sum, at: now)
    }

    /// The payment of an authorisation.
    func authorizedPayment(_ id: String, at now: Instant) throws(LedgerError) -> (Payment, CardAuthorization) {
        try catchUpOwn(to: now)
        let authorization = try ledger.authorization(ofPayment: id)
        guard let payment = try ledger.payment(id: id, at: now) else {
            throw LedgerError(.unknownPayment, "there is no payment \(id)")
        }
        return (payment, authorization)
    }
}
