internal import BlueTap
internal import GRDB

/// A payment that a client has declared to customs.
struct Declaration: Hashable {
    let client: String
    /// The client's name of it, under which it is made once.
    let requestID: String
    let paymentID: String
    /// What a repeated request must say as the first did.
    let terms: String
    /// The request's body, as JSON.
    let body: String
    let createdAt: Instant
}

extension Ledger {
    /// Keeps a declaration, once for each request of a client.
    func declare(_ declaration: Declaration, at now: Instant) throws(LedgerError) -> Entry<Declaration> {
        try write(at: now) { transaction in
            if let old = try transaction.declaration(client: declaration.client, requestID: declaration.requestID) {
                return old.terms == declaration.terms ? .repeated(old) : .inconsistent
            }
            try transaction.database.execute(
                sql: """
                    INSERT INTO declaration (client, request_id, payment, terms, body, created_at)
                    VALUES (?, ?, ?, ?, ?, ?)
                    """,
                arguments: [
                    declaration.client, declaration.requestID, declaration.paymentID, declaration.terms,
                    declaration.body, now.nanoseconds,
                ])
            return .made(declaration)
        }
    }

    /// A client's declaration of that name; nil: none.
    func declaration(client: String, requestID: String) throws(LedgerError) -> Declaration? {
        try read { try $0.declaration(client: client, requestID: requestID) }
    }
}

extension LedgerTransaction {
    fileprivate func declaration(client: String, requestID: String) throws -> Declaration? {
        try Row.fetchOne(
            database, sql: "SELECT * FROM declaration WHERE client = ? AND request_id = ?",
            arguments: [client, requestID]
        ).map {
            Declaration(
                client: $0["client"], requestID: $0["request_id"], paymentID: $0["payment"], terms: $0["terms"],
                body: $0["body"], createdAt: Instant(nanoseconds: $0["created_at"]))
        }
    }
}
