public import BlueTap
internal import GRDB

extension Ledger {
    /// Moves money from a client to a wallet beyond what was paid, once for each request of the client.
    ///
    /// - Parameters:
    ///   - terms: what a repeated request must say as the first did.
    ///   - paymentID: the payment that it goes beyond; nil: it is of none.
    /// - Returns: nil where it is of no money.
    public func adjust(
        client: String, requestID: String, terms: String = "", _ amount: Money, to wallet: String,
        paymentID: String? = nil, at now: Instant
    ) throws(LedgerError) -> Entry<Adjustment>? {
        guard amount.minorUnits > 0 else { return nil }
        return try write(at: now) { transaction in
            if let old = try transaction.adjustment(client: client, requestID: requestID) {
                let isSame =
                    old.terms == terms && old.amount == amount && old.wallet == wallet && old.paymentID == paymentID
                return isSame ? .repeated(old) : .inconsistent
            }
            let payment = try paymentID.map(transaction.existingPayment)
            let adjustment = Adjustment(
                id: try transaction.nextID(after: "adjustment", at: now), client: client, requestID: requestID,
                terms: terms, wallet: wallet, paymentID: paymentID, amount: amount, createdAt: now)
            try adjustment.insert(transaction.database)
            try transaction.record(
                .adjusted, of: payment, adjustment.id, at: now,
                moving: [
                    Posting(Account.client(client), amount.currency, -amount.minorUnits),
                    Posting(Account.wallet(wallet), amount.currency, amount.minorUnits),
                ])
            return .made(adjustment)
        }
    }

    /// The adjustment of a client's request; nil: none.
    public func adjustment(client: String, requestID: String) throws(LedgerError) -> Adjustment? {
        try read { try $0.adjustment(client: client, requestID: requestID) }
    }
}

extension LedgerTransaction {
    func adjustment(client: String, requestID: String) throws -> Adjustment? {
        try Row.fetchOne(
            database, sql: "SELECT * FROM adjustment WHERE client = ? AND request_id = ?",
            arguments: [client, requestID]
        ).map(Adjustment.init(row:))
    }
}
