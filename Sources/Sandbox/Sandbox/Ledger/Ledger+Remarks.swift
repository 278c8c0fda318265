public import BlueTap
internal import GRDB

// What a developer must be able to see of a payment, beside what happens to its money.

extension Ledger {
    /// Notes something of a payment, once.
    public func remark(_ kind: Change.Kind, ofPayment id: String, _ detail: String, at now: Instant) throws(LedgerError)
    {
        try write(at: now) { transaction in
            try transaction.remark(kind, of: try transaction.existingPayment(id), detail, at: now)
        }
    }

    /// Notes something that is of no payment.
    func remark(_ kind: Change.Kind, _ detail: String, at now: Instant) throws(LedgerError) {
        try write(at: now) { try $0.record(kind, of: nil, detail, at: now) }
    }

    /// What was noted of payments, by their ids: paid again, a code that was refused, requests that are not as documented.
    public func remarks(ofPayments ids: [String]) throws(LedgerError) -> [String: [Change]] {
        try read { transaction in
            var remarks: [String: [Change]] = [:]
            for id in ids {
                let changes = try Row.fetchAll(
                    try transaction.database.cachedStatement(
                        sql: """
                            SELECT * FROM change WHERE payment = ? AND kind IN ('orderPaidAgain', 'codeRefused', 'warned')
                            ORDER BY number LIMIT 20
                            """), arguments: [id]
                ).map(Change.init(row:))
                if !changes.isEmpty { remarks[id] = changes }
            }
            return remarks
        }
    }

    /// The newest links that could not be paid, oldest first.
    public func refusedLinks(limit: Int = 20) throws(LedgerError) -> [Change] {
        try read { transaction in
            try Row.fetchAll(
                transaction.database,
                sql: "SELECT * FROM change WHERE payment IS NULL AND kind = 'linkRefused' ORDER BY number DESC LIMIT ?",
                arguments: [limit]
            ).map(Change.init(row:)).reversed()
        }
    }

    /// What an order has cost by all payments of its client, less what went back, and how many have paid it.
    public func orderTotal(of payment: Payment) throws(LedgerError) -> (payments: Int, minorUnits: Int64) {
        try read { transaction in
            let row = try Row.fetchOne(
                try transaction.database.cachedStatement(
                    sql: """
                        SELECT count(*) AS payments, coalesce(sum(amount - refunded), 0) AS total FROM payment
                        WHERE client = ? AND order_id = ? AND currency = ? AND state = 'succeeded' AND refunded < amount
                        """), arguments: [payment.client, payment.orderID, payment.amount.currency])
            return (row?["payments"] ?? 0, row?["total"] ?? 0)
        }
    }
}

extension LedgerTransaction {
    /// Most remarks of one payment.
    private static let mostRemarks = 100

    /// Records something of a payment, unless that is there already.
    func remark(_ kind: Change.Kind, of payment: Payment, _ detail: String, at now: Instant) throws {
        let isKnown =
            try Bool.fetchOne(
                database,
                sql: """
                    SELECT EXISTS (SELECT 1 FROM change WHERE payment = ?1 AND kind = ?2 AND detail = ?3)
                      OR (SELECT count(*) FROM change WHERE payment = ?1 AND kind = ?2) >= ?4
                    """, arguments: [payment.id, kind.rawValue, detail, Self.mostRemarks]) ?? false
        if !isKnown { try record(kind, of: payment, detail, at: now) }
    }
}
