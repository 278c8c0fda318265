internal import BlueTap
internal import GRDB

// The ledger's rows as values.

extension Payment {
    init(row: Row) throws {
        guard let amount = Money(currency: row["currency"], minorUnits: row["amount"]),
            let state = State(rawValue: row["state"]), let gateway = Gateway(rawValue: row["gateway"])
        else { throw LedgerError(.format, "the ledger's payment \(row["id"] as String) is damaged") }
        self.init(
            id: row["id"], gateway: gateway, client: row["client"], requestID: row["request_id"], terms: row["terms"],
            orderID: row["order_id"], amount: amount, createdAt: Instant(nanoseconds: row["created_at"]),
            expiresAt: Instant(nanoseconds: row["expires_at"]), notifyURL: row["notify_url"], state: state,
            failure: row["failure"], payer: row["payer"],
            paidAt: (row["paid_at"] as Int64?).map(Instant.init(nanoseconds:)),
            endedAt: (row["ended_at"] as Int64?).map(Instant.init(nanoseconds:)), refunded: row["refunded"],
            code: row["code"], details: row["details"])
    }
}

extension Payment {
    func insert(_ database: Database) throws {
        try database.cachedStatement(
            sql: """
                INSERT INTO payment (
                  id, gateway, client, request_id, terms, order_id, currency, amount, created_at, expires_at, notify_url,
                  state, code, details)
                VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
                """
        ).execute(
            arguments: [
                id, gateway.rawValue, client, requestID, terms, orderID, amount.currency, amount.minorUnits,
                createdAt.nanoseconds,
                expiresAt.nanoseconds, notifyURL, state.rawValue, code, details,
            ])
    }

    /// Stores what can change of it.
    func update(_ database: Database) throws {
        try database.cachedStatement(
            sql: """
                UPDATE payment SET state = ?, failure = ?, payer = ?, paid_at = ?, ended_at = ?, refunded = ? WHERE id = ?
                """
        ).execute(
            arguments: [
                state.rawValue, failure, payer, paidAt?.nanoseconds, endedAt?.nanoseconds, refunded, id,
            ])
    }
}

extension Refund {
    /// - Parameter row: with the payment's currency.
    init(row: Row) throws {
        guard let amount = Money(currency: row["currency"], minorUnits: row["amount"]) else {
            throw LedgerError(.format, "the ledger's refund \(row["id"] as String) is damaged")
        }
        self.init(
            id: row["id"], paymentID: row["payment"], requestID: row["request_id"], amount: amount,
            createdAt: Instant(nanoseconds: row["created_at"]))
    }
}

extension Change {
    init(row: Row) throws {
        guard let kind = Kind(rawValue: row["kind"]) else {
            throw LedgerError(.format, "the ledger's change \(row["number"] as Int64) is damaged")
        }
        self.init(
            number: row["number"], time: Instant(nanoseconds: row["at"]), paymentID: row["payment"], kind: kind,
            detail: row["detail"])
    }
}

extension PaymentNotification {
    init(row: Row) throws {
        guard let kind = Change.Kind(rawValue: row["kind"]) else {
            throw LedgerError(.format, "the ledger's notification \(row["number"] as Int64) is damaged")
        }
        self.init(
            number: row["number"], paymentID: row["payment"] ?? "", registrationID: row["registration"], kind: kind,
            refundID: row["refund"], url: row["url"],
            attempts: row["attempts"], isPostponed: row["is_postponed"],
            dueAt: (row["due_at"] as Int64?).map(Instant.init(nanoseconds:)),
            acknowledgedAt: (row["acknowledged_at"] as Int64?).map(Instant.init(nanoseconds:)), problem: row["problem"])
    }
}
