public import BlueTap
internal import GRDB

/// Money that came back to a wallet beyond what it had paid.
public struct Adjustment: Hashable, Sendable {
    /// The ledger's name of it.
    public let id: String
    /// Who gave it.
    public let client: String
    /// The client's name of it, under which it is made once.
    public let requestID: String
    /// What a repeated request must say as the first did.
    public let terms: String
    public let wallet: String
    /// The payment that it goes beyond; nil: it is of none.
    public let paymentID: String?
    public let amount: Money
    public let createdAt: Instant
}

extension Adjustment {
    init(row: Row) throws {
        guard let amount = Money(currency: row["currency"], minorUnits: row["amount"]) else {
            throw LedgerError(.format, "the ledger's adjustment \(row["id"] as String) is damaged")
        }
        self.init(
            id: row["id"], client: row["client"], requestID: row["request_id"], terms: row["terms"],
            wallet: row["wallet"], paymentID: row["payment"], amount: amount,
            createdAt: Instant(nanoseconds: row["created_at"]))
    }

    func insert(_ database: Database) throws {
        try database.execute(
            sql: """
                INSERT INTO adjustment (id, client, request_id, terms, wallet, payment, currency, amount, created_at)
                VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)
                """,
            arguments: [
                id, client, requestID, terms, wallet, paymentID, amount.currency, amount.minorUnits,
                createdAt.nanoseconds,
            ])
    }
}
