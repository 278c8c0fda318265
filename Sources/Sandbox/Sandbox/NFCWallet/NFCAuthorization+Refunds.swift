public import BlueTap

extension NFCAuthorization {
    public enum MerchantRefund: Hashable, Sendable {
        case refunded(Refund)
        /// Of more than was left of the payment: the rest was deposited. Nothing was left where there is no refund.
        case exceeded(Refund?, Adjustment)
        /// A refund of that name was there before, and was of something else; or the name is one of the network's own.
        case inconsistent
        case refused(Payment.Refusal)
    }

    /// A merchant's refund of a payment: `refund`, and where it is of more than was paid `adjustRefund` of the rest.
    ///
    /// Where a part was refunded before, what is left counts in the place of the payment's amount, which is chosen. What a
    /// clearing took beyond the authorisation is a payment of its own.
    ///
    /// - Parameter requestID: the `refundRequestId`.
    public func refund(
        id: String, requestID: String, _ sum: Money, at now: Instant
    ) throws(LedgerError) -> MerchantRefund {
        let (payment, _) = try authorizedPayment(id, at: now)
        guard !Cause.allCases.contains(where: { requestID.hasPrefix($0.rawValue + ":") }) else { return .inconsistent }
        let terms = "\(AdjustScenario.exceedRefund.rawValue) of \(sum.minorUnits) \(sum.currency)"
        let excess: Adjustment
        if let old = try ledger.adjustment(client: payment.client, requestID: requestID) {
            guard old.terms == terms, old.paymentID == id else { return .inconsistent }
            excess = old
        } else {
            switch try ledger.refund(id: id, requestID: requestID, sum, at: now) {
            case .entry(.made(let refund)), .entry(.repeated(let refund)): return .refunded(refund)
            case .entry(.inconsistent): return .inconsistent
            case .refused(.amount, let payment) where sum.minorUnits > payment.refundable:
                let end = payment.paidAt.map(ledger.windows.refundEnd(of:))
                if let end, now >= end { return .refused(.tooLate) }
                // The deposit is made first: it tells a repeated request how the sum was divided.
                guard let payer = payment.payer, let rest = sum.less(payment.refundable),
                    case .made(let made)? = try ledger.adjust(
                        client: payment.client, requestID: requestID, terms: terms, rest, to: payer, paymentID: id,
                        at: now)
                else { return .inconsistent }
                excess = made
            case .refused(let refusal, _): return .refused(refusal)
            }
        }
        guard let part = sum.less(excess.amount.minorUnits), part.minorUnits > 0 else { return .exceeded(nil, excess) }
        switch try ledger.refund(id: id, requestID: requestID, part, at: now) {
        case .entry(.made(let refund)), .entry(.repeated(let refund)): return .exceeded(refund, excess)
        case .entry(.inconsistent): return .inconsistent
        case .refused(let refusal, _): return .refused(refusal)
        }
    }

    /// `subScenarioType`.
    public enum AdjustScenario: String, CaseIterable, Sendable {
        /// What a merchant refunds beyond a payment.
        case exceedRefund = "EXCEED_REFUND"
        /// A refund that no payment is known of.
        case unlinkedRefund = "UNLINKED_REFUND"
    }

    /// `adjustRefund` as Alipay+ calls it: a deposit, which the wallet does not refuse.
    ///
    /// - Parameters:
    ///   - requestID: the `refundRequestId`.
    ///   - paymentID: the payment; nil where the refund is unlinked.
    /// - Returns: nil where it is of no money.
    public func adjustRefund(
        _ scenario: AdjustScenario, client: String, requestID: String, _ sum: Money, to wallet: String,
        paymentID: String? = nil, at now: Instant
    ) throws(LedgerError) -> Ledger.Entry<Adjustment>? {
        try catchUpOwn(to: now)
        return try ledger.adjust(
            client: client, requestID: requestID, terms: scenario.rawValue, sum, to: wallet, paymentID: paymentID,
            at: now)
    }
}

extension Money {
    /// Without so much of it; nil where it is less.
    fileprivate func less(_ minorUnits: Int64) -> Money? {
        Money(currency: currency, minorUnits: self.minorUnits - minorUnits)
    }
}
