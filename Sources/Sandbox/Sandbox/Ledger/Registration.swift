public import BlueTap
internal import GRDB

/// A merchant whom a client has registered with Antom or Alipay+.
public struct Registration: Hashable, Sendable {
    /// The ledger's name of it.
    public let id: String
    public let client: String
    /// The client's name of it, under which it is made once.
    public let requestID: String
    /// What a repeated request must say as the first did.
    public let terms: String
    public let merchant: String
    public let store: String?
    /// The request's body, as JSON.
    public let body: String
    public let createdAt: Instant
    /// When it is decided.
    public let dueAt: Instant
    /// Nil: it is approved then.
    public let rejectReason: String?
}

extension Ledger {
    /// What a client asks for when it registers a merchant.
    struct RegistrationDraft: Hashable {
        var client: String
        var requestID: String
        var terms: String
        var merchant: String
        var store: String?
        var body: String
        var dueAt: Instant
        var rejectReason: String?
        var notifyURL: String?
    }

    /// Registers a merchant, once for each request of a client; who is told is told when it is decided.
    func register(_ draft: RegistrationDraft, at now: Instant) throws(LedgerError) -> Entry<Registration> {
        try write(at: now) { transaction in
            if let old = try transaction.registration(
                where: "client = ? AND request_id = ?", [draft.client, draft.requestID])
            {
                return old.terms == draft.terms ? .repeated(old) : .inconsistent
            }
            let registration = Registration(
                id: try transaction.nextID(after: "registration", at: now), client: draft.client,
                requestID: draft.requestID, terms: draft.terms, merchant: draft.merchant, store: draft.store,
                body: draft.body, createdAt: now, dueAt: draft.dueAt, rejectReason: draft.rejectReason)
            try transaction.database.execute(
                sql: """
                    INSERT INTO registration (
                      id, client, request_id, terms, merchant, store, body, created_at, due_at, reject_reason)
                    VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
                    """,
                arguments: [
                    registration.id, draft.client, draft.requestID, draft.terms, draft.merchant, draft.store,
                    draft.body,
                    now.nanoseconds, draft.dueAt.nanoseconds, draft.rejectReason,
                ])
            try transaction.record(.registered, of: nil, registration.id, at: now)
            if let url = draft.notifyURL {
                try transaction.database.execute(
                    sql: "INSERT INTO notification (registration, kind, url, due_at) VALUES (?, ?, ?, ?)",
                    arguments: [registration.id, Change.Kind.registered.rawValue, url, draft.dueAt.nanoseconds])
            }
            return .made(registration)
        }
    }

    /// The registration of that id; nil: none.
    public func registration(id: String) throws(LedgerError) -> Registration? {
        try read { try $0.registration(where: "id = ?", [id]) }
    }

    /// The newest registration of a client's request, or else of its merchant and store; nil: none.
    func registration(
        client: String, requestID: String?, merchant: String?, store: String?
    ) throws(LedgerError) -> Registration? {
        try read { transaction in
            try transaction.registration(
                where: """
                    client = ?1 AND (?2 IS NULL OR request_id = ?2) AND (?3 IS NULL OR merchant = ?3)
                      AND (?4 IS NULL OR store = ?4)
                    """, [client, requestID, merchant, store])
        }
    }
}

extension LedgerTransaction {
    /// The newest for which an SQL condition holds.
    fileprivate func registration(where condition: String, _ arguments: StatementArguments) throws -> Registration? {
        try Row.fetchOne(
            database, sql: "SELECT * FROM registration WHERE \(condition) ORDER BY number DESC LIMIT 1",
            arguments: arguments
        ).map { row in
            Registration(
                id: row["id"], client: row["client"], requestID: row["request_id"], terms: row["terms"],
                merchant: row["merchant"], store: row["store"], body: row["body"],
                createdAt: Instant(nanoseconds: row["created_at"]), dueAt: Instant(nanoseconds: row["due_at"]),
                rejectReason: row["reject_reason"])
        }
    }
}
