public import BlueTap

extension NFCAuthorization {
    public enum Reversal: Hashable, Sendable {
        /// By `cancelPayment`.
        case cancelled(Payment)
        case refunded(Refund)
        /// Nothing was left to give back.
        case nothing(Payment)
        /// A reversal of that name was there before, and was of something else.
        case inconsistent
        case refused(Payment.Refusal)
    }

    /// A reversal. Of all, within the wallet's window and before anything went back: `cancelPayment`. Later, or of a part:
    /// `refund`, which is inferred.
    ///
    /// - Parameter sum: what is reversed; nil: all that is left.
    public func reverse(
        id: String, requestID: String, _ sum: Money? = nil, at now: Instant
    ) throws(LedgerError) -> Reversal {
        let (payment, _) = try authorizedPayment(id, at: now)
        if let sum, sum.currency != payment.amount.currency { return .refused(.currency) }
        let name = Cause.reversal.name(requestID, of: payment)
        if let old = try ledger.refunds(ofPayment: id).first(where: { $0.requestID == name }) {
            return sum.map { $0 == old.amount } ?? true ? .refunded(old) : .inconsistent
        }
        if sum ?? payment.amount == payment.amount {
            switch try cancel(payment, at: now) {
            case .closed(let payment), .reversed(let payment), .alreadyCancelled(let payment):
                try ledger.setDue(nil, ofAuthorization: id, at: now)
                return .cancelled(payment)
            case .refused: break
            }
        }
        let minorUnits = sum?.minorUnits ?? payment.refundable
        guard payment.state != .succeeded || minorUnits > 0 else { return .nothing(payment) }
        switch try giveBack(payment, minorUnits, for: .reversal, requestID, at: now) {
        case .entry(.made(let refund)), .entry(.repeated(let refund)): return .refunded(refund)
        case .entry(.inconsistent): return .inconsistent
        case .refused(.notPaid, let payment): return .nothing(payment)
        case .refused(let refusal, _): return .refused(refusal)
        }
    }

    public enum Clearing: Hashable, Sendable {
        /// Of what was authorised: nothing moves.
        case settled(Payment)
        /// Of less: the difference went back.
        case refunded(Refund)
        /// Of more: the difference was paid, by a payment of its own.
        case charged(Payment)
        /// Of more, which the wallet could not pay.
        case notCharged(Payment)
        /// It was cleared before, under another name or with another amount.
        case inconsistent
        case refused(Payment.Refusal)
    }

    /// A clearing, one for each authorisation. Below what is authorised: a `refund` of the difference; above: a further
    /// `pay`; both are inferred. What reversals and expiry gave back is no longer authorised; what the merchant refunded is.
    /// Of nothing it gives all back.
    public func clear(
        id: String, requestID: String, _ amount: Money, at now: Instant
    ) throws(LedgerError) -> Clearing {
        let (payment, authorization) = try authorizedPayment(id, at: now)
        guard amount.currency == payment.amount.currency else { return .refused(.currency) }
        let name = Cause.clearing.name(requestID, of: payment)
        let refunds = try ledger.refunds(ofPayment: id)
        if let clearing = authorization.clearing {
            guard clearing == requestID, authorization.cleared == amount.minorUnits else { return .inconsistent }
            if let refund = refunds.first(where: { $0.requestID == name }) { return .refunded(refund) }
            return try ledger.payment(client: payment.client, requestID: name, at: now).map(Self.charge)
                ?? .settled(payment)
        }
        if payment.state == .processing { return .refused(.processing) }
        guard let payer = payment.payer else { return .refused(.notPaid) }
        let difference = amount.minorUnits - authorized(payment, refunds)
        let outcome: Clearing
        if difference > 0 {
            outcome = try charge(difference, of: payment, by: payer, name, at: now)
        } else {
            outcome = try giveBack(payment, -difference, requestID, refunds.first { $0.requestID == name }, at: now)
        }
        switch outcome {
        case .settled, .refunded, .charged, .notCharged:
            try ledger.clearAuthorization(ofPayment: id, clearing: requestID, amount, at: now)
        case .inconsistent, .refused: break
        }
        return outcome
    }

    /// What is still authorised, in smallest units.
    private func authorized(_ payment: Payment, _ refunds: [Refund]) -> Int64 {
        guard payment.state == .succeeded else { return 0 }
        let ended = [Cause.reversal, .expiry].map { "\($0.rawValue):\(payment.id):" }
        return refunds.filter { refund in ended.contains { refund.requestID.hasPrefix($0) } }
            .reduce(payment.amount.minorUnits) { $0 - $1.amount.minorUnits }
    }

    /// - Parameter old: what was given back before a crash, which kept the clearing from being kept.
    private func giveBack(
        _ payment: Payment, _ minorUnits: Int64, _ requestID: String, _ old: Refund?, at now: Instant
    ) throws(LedgerError) -> Clearing {
        // A merchant may have refunded what was not cleared.
        let sum = min(minorUnits, payment.refundable + (old?.amount.minorUnits ?? 0))
        guard sum > 0 else { return .settled(payment) }
        switch try giveBack(payment, sum, for: .clearing, requestID, at: now) {
        case .entry(.made(let refund)), .entry(.repeated(let refund)): return .refunded(refund)
        case .entry(.inconsistent): return .inconsistent
        case .refused(let refusal, _): return .refused(refusal)
        }
    }

    private func charge(
        _ minorUnits: Int64, of payment: Payment, by wallet: String, _ name: String, at now: Instant
    ) throws(LedgerError) -> Clearing {
        guard let sum = Money(currency: payment.amount.currency, minorUnits: minorUnits) else {
            return .refused(.amount)
        }
        let draft = Ledger.Draft(
            client: payment.client, requestID: name, terms: "NFC \(wallet)", amount: sum,
            expiresAt: now + settings.paymentExpiry)
        switch try ledger.make(draft, at: now) {
        case .inconsistent: return .inconsistent
        case .repeated(let further) where further.state != .processing: return Self.charge(further)
        case .made(let further), .repeated(let further):
            switch try ledger.pay(id: further.id, by: wallet, at: now) {
            case .paid(let further), .alreadyPaid(let further), .returned(let further), .failed(let further):
                return Self.charge(further)
            }
        }
    }

    private static func charge(_ payment: Payment) -> Clearing {
        payment.state == .succeeded ? .charged(payment) : .notCharged(payment)
    }
}
