internal import BlueTap
internal import GRDB

extension Ledger {
    /// Keeps an authorisation of a payment; one that is there stays.
    func keepAuthorization(ofPayment id: String, customData: String?, due: Instant, at now: Instant) throws(LedgerError)
    {
        try write(at: now) { transaction in
            try transaction.database.execute(
                sql: "INSERT OR IGNORE INTO card_authorization (payment, custom_data, due_at) VALUES (?, ?, ?)",
                arguments: [id, customData, due.nanoseconds])
        }
    }

    func authorization(ofPayment id: String) throws(LedgerError) -> CardAuthorization {
        let found = try read { transaction in
            try Row.fetchOne(
                transaction.database, sql: "SELECT * FROM card_authorization WHERE payment = ?", arguments: [id]
            ).map(CardAuthorization.init(row:))
        }
        guard let found else { throw LedgerError(.noAuthorization, "no card has authorised a payment \(id)") }
        return found
    }

    /// The payments that came with these custom data, oldest first.
    func authorizedPayments(customData: String) throws(LedgerError) -> [Payment] {
        try read { transaction in
            try Row.fetchAll(
                transaction.database,
                sql: """
                    SELECT payment.* FROM payment JOIN card_authorization ON card_authorization.payment = payment.id
                    WHERE custom_data = ? ORDER BY number
                    """, arguments: [customData]
            ).map(Payment.init(row:))
        }
    }

    /// The first authorisation that is due by an instant.
    func firstDueAuthorization(upTo now: Instant) throws(LedgerError) -> CardAuthorization? {
        try read { transaction in
            try Row.fetchOne(
                transaction.database,
                sql: "SELECT * FROM card_authorization WHERE due_at <= ? ORDER BY due_at, payment LIMIT 1",
                arguments: [now.nanoseconds]
            ).map(CardAuthorization.init(row:))
        }
    }

    /// Looks at an authorisation again then; nil: it has ended.
    func setDue(_ due: Instant?, ofAuthorization id: String, at now: Instant) throws(LedgerError) {
        try write(at: now) { transaction in
            try transaction.database.execute(
                sql: "UPDATE card_authorization SET due_at = ? WHERE payment = ?", arguments: [due?.nanoseconds, id])
        }
    }

    /// An authorisation was cleared, and has ended with that.
    func clearAuthorization(
        ofPayment id: String, clearing: String, _ cleared: Money, at now: Instant
    ) throws(LedgerError) {
        try write(at: now) { transaction in
            try transaction.database.execute(
                sql: "UPDATE card_authorization SET due_at = NULL, clearing = ?, cleared = ? WHERE payment = ?",
                arguments: [clearing, cleared.minorUnits, id])
        }
    }
}
