public import BlueTap
internal import GRDB

// A payment code pays once, and grows old.

extension Ledger {
    /// What became of a request that has scanned a code.
    public enum CodeEntry: Hashable, Sendable {
        case entry(Entry<Payment>)
        /// Another payment has been paid by the code, or waits for its wallet.
        case used
        /// The wallet has shown it too long ago.
        case expired
    }

    /// A wallet shows a code.
    ///
    /// - Parameter life: how long it can be used.
    public func show(_ code: PaymentCode, for life: Duration, at now: Instant) throws(LedgerError) {
        try write(at: now) { transaction in
            try transaction.database.execute(
                sql: "INSERT OR REPLACE INTO payment_code (code, expires_at) VALUES (?, ?)",
                arguments: [code.digits, (now + life).nanoseconds])
        }
    }

    /// Makes a payment by the code of a draft, once for each request of a client, and once for each code.
    ///
    /// A code whose payment came to nothing can be used again. One that no wallet has shown here does not grow old.
    public func makeByCode(_ draft: Draft, at now: Instant) throws(LedgerError) -> CodeEntry {
        try write(at: now) { transaction in
            if try transaction.payment(client: draft.client, requestID: draft.requestID) == nil, let code = draft.code {
                let end = try Int64.fetchOne(
                    transaction.database, sql: "SELECT expires_at FROM payment_code WHERE code = ?", arguments: [code])
                if let end, end <= now.nanoseconds { return .expired }
                let user = try Row.fetchOne(
                    try transaction.database.cachedStatement(
                        sql: """
                            SELECT * FROM payment WHERE code = ?
                              AND (state IN ('processing', 'succeeded') OR paid_at IS NOT NULL) LIMIT 1
                            """), arguments: [code]
                ).map(Payment.init(row:))
                if let user {
                    try transaction.remark(.codeRefused, of: user, "request \(draft.requestID)", at: now)
                    return .used
                }
            }
            return .entry(try transaction.make(draft, at: now))
        }
    }
}
