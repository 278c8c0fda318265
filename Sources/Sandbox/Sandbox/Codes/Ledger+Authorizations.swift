public import BlueTap
internal import Crypto
internal import GRDB

extension Ledger {
    /// A wallet allows an app to ask who its owner is.
    ///
    /// - Parameters:
    ///   - code: what the code is, in the place of an earlier one of that name; nil: a new one.
    ///   - life: how long the code is worth something, within ``Authorization/life``.
    public func authorize(
        wallet: String, client: String, code: String? = nil, life: Duration = Authorization.life.lowerBound,
        at now: Instant
    ) throws(LedgerError) -> Authorization {
        let range = Authorization.life
        let life = min(max(life, range.lowerBound), range.upperBound)
        return try write(at: now) { transaction in
            let id = try transaction.nextID(after: "authorization", at: now)
            let authorization = Authorization(
                code: code ?? Self.name("code", id, client, wallet), client: client, wallet: wallet,
                expiresAt: now + life)
            try transaction.database.execute(
                sql: "INSERT OR REPLACE INTO authorization (code, client, wallet, expires_at) VALUES (?, ?, ?, ?)",
                arguments: [authorization.code, client, wallet, authorization.expiresAt.nanoseconds])
            return authorization
        }
    }

    /// Takes a code for a token, once; nil where the client has no such code, or where it is used or has expired.
    ///
    /// - Parameters:
    ///   - life: of the token.
    ///   - refreshLife: how long the token can be renewed.
    public func token(
        forCode code: String, client: String, life: Duration, refreshLife: Duration, at now: Instant
    ) throws(LedgerError) -> AccessToken? {
        try write(at: now) { transaction in
            let wallet = try String.fetchOne(
                transaction.database,
                sql: """
                    UPDATE authorization SET used_at = ?1
                    WHERE code = ?2 AND client = ?3 AND used_at IS NULL AND expires_at > ?1 RETURNING wallet
                    """, arguments: [now.nanoseconds, code, client])
            return try wallet.map { try transaction.newToken(of: $0, client, life, refreshLife, at: now) }
        }
    }

    /// Renews a token, once; nil where the client has no such token, or where it was renewed or cannot be any more.
    public func token(
        renewing refresh: String, client: String, life: Duration, refreshLife: Duration, at now: Instant
    ) throws(LedgerError) -> AccessToken? {
        try write(at: now) { transaction in
            let wallet = try String.fetchOne(
                transaction.database,
                sql: """
                    UPDATE token SET renewed_at = ?1
                    WHERE refresh = ?2 AND client = ?3 AND renewed_at IS NULL AND refresh_expires_at > ?1
                    RETURNING wallet
                    """, arguments: [now.nanoseconds, refresh, client])
            return try wallet.map { try transaction.newToken(of: $0, client, life, refreshLife, at: now) }
        }
    }

    /// 32 hexadecimal digits that follow from what they name: nothing of a sandbox is secret, and runs are to be alike.
    fileprivate static func name(_ parts: String...) -> String {
        LegacySignType.hexadecimal(SHA256.hash(data: Array(parts.joined(separator: "|").utf8)).prefix(16))
    }
}

extension LedgerTransaction {
    fileprivate func newToken(
        of wallet: String, _ client: String, _ life: Duration, _ refreshLife: Duration, at now: Instant
    ) throws -> AccessToken {
        let id = try nextID(after: "token", at: now)
        // Source: the form of a public sample.
        let token = AccessToken(
            access: "authusrB" + Ledger.name("access", id, client, wallet),
            refresh: "authusrB" + Ledger.name("refresh", id, client, wallet), client: client, wallet: wallet,
            expiresAt: now + life, refreshExpiresAt: now + refreshLife)
        try database.execute(
            sql: """
                INSERT INTO token (access, refresh, client, wallet, expires_at, refresh_expires_at)
                VALUES (?, ?, ?, ?, ?, ?)
                """,
            arguments: [
                token.access, token.refresh, client, wallet, token.expiresAt.nanoseconds,
                token.refreshExpiresAt.nanoseconds,
            ])
        return token
    }
}
