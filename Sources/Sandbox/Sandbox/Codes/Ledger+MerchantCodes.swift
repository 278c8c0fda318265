public import BlueTap
internal import GRDB

extension Ledger {
    /// Makes a code, once for each store with or without commission: one that is there is returned as it is.
    ///
    /// - Parameter prefix: what its URL begins with.
    public func makeCode(
        _ details: MerchantCode.Details, of client: String, prefix: String, notifyURL: String?, at now: Instant
    ) throws(LedgerError) -> MerchantCode {
        try write(at: now) { transaction in
            if let code = try transaction.merchantCode(of: client, details) { return code }
            let id = try transaction.nextID(after: "merchant_code", at: now)
            let code = MerchantCode(
                code: prefix + id, client: client, details: details, notifyURL: notifyURL, state: .active,
                createdAt: now)
            try transaction.insert(code)
            return code
        }
    }

    /// What became of a change of a code.
    public enum CodeChange: Hashable, Sendable {
        case changed(MerchantCode)
        /// The client has no such code.
        case unknown
        /// Another code has that store.
        case taken
    }

    /// Changes what a code says.
    public func changeCode(
        _ code: String, of client: String, to details: MerchantCode.Details, notifyURL: String?, at now: Instant
    ) throws(LedgerError) -> CodeChange {
        try write(at: now) { transaction in
            guard let old = try transaction.merchantCode(code), old.client == client else { return .unknown }
            if let other = try transaction.merchantCode(of: client, details), other.code != code { return .taken }
            let new = MerchantCode(
                code: code, client: client, details: details, notifyURL: notifyURL ?? old.notifyURL, state: old.state,
                createdAt: old.createdAt)
            try transaction.update(new)
            return .changed(new)
        }
    }

    /// Stops a code, or lets customers use it again.
    public func setState(
        _ state: MerchantCode.State, ofCode code: String, of client: String, notifyURL: String? = nil, at now: Instant
    ) throws(LedgerError) -> CodeChange {
        try write(at: now) { transaction in
            guard let old = try transaction.merchantCode(code), old.client == client else { return .unknown }
            let new = MerchantCode(
                code: code, client: client, details: old.details, notifyURL: notifyURL ?? old.notifyURL, state: state,
                createdAt: old.createdAt)
            try transaction.update(new)
            return .changed(new)
        }
    }

    /// The code of that URL; nil: none.
    public func merchantCode(_ code: String) throws(LedgerError) -> MerchantCode? {
        try read { try $0.merchantCode(code) }
    }

    /// At most `limit` codes after the one of that place, oldest first; each with its place.
    public func merchantCodes(
        after place: Int64 = 0, limit: Int
    ) throws(LedgerError) -> [(place: Int64, code: MerchantCode)] {
        try read { transaction in
            try Row.fetchAll(
                transaction.database, sql: "SELECT * FROM merchant_code WHERE number > ? ORDER BY number LIMIT ?",
                arguments: [place, limit]
            ).map { ($0["number"], try MerchantCode(row: $0)) }
        }
    }

    /// What became of a customer's scan of a merchant's code.
    public enum CodePayment: Hashable, Sendable {
        case settled(Settlement)
        /// There is no such code, or it is stopped.
        case invalidCode
        /// The code is for another currency, or nothing was to be paid.
        case invalidAmount
    }

    /// A customer scans a merchant's code and pays: that makes a payment of the code's partner, which is told of it.
    ///
    /// The payment's name is the gateway's own: under it the partner queries and refunds it.
    public func pay(
        merchantCode code: String, amount: Money, by wallet: String, expiry: Duration = .seconds(180), at now: Instant
    ) throws(LedgerError) -> CodePayment {
        try write(at: now) { transaction in
            guard let code = try transaction.merchantCode(code), code.state == .active else { return .invalidCode }
            guard amount.currency == code.details.currency, amount.minorUnits > 0 else { return .invalidAmount }
            let id = try transaction.nextID(after: "payment", at: now)
            let terms = LegacyTerms(
                currency: code.details.settlementCurrency, code: code.code, subject: code.details.name)
            let payment = Payment(
                id: id, gateway: .legacy, client: code.client, requestID: id, terms: terms.text, orderID: nil,
                amount: amount, createdAt: now, expiresAt: now + expiry, notifyURL: code.notifyURL)
            try payment.insert(transaction.database)
            try transaction.record(.created, of: payment, at: now)
            try transaction.database.execute(
                sql: "INSERT INTO scan (payment, code, passback) VALUES (?, ?, ?)",
                arguments: [id, code.code, code.details.passback])
            return .settled(try transaction.pay(payment, by: wallet, at: now))
        }
    }

    /// The merchant's code by which a payment came; nil: by none.
    public func scan(ofPayment id: String) throws(LedgerError) -> Scan? {
        try read { transaction in
            try Row.fetchOne(transaction.database, sql: "SELECT * FROM scan WHERE payment = ?", arguments: [id])
                .map { Scan(code: $0["code"], passback: $0["passback"]) }
        }
    }
}

extension LedgerTransaction {
    fileprivate func merchantCode(_ code: String) throws -> MerchantCode? {
        try Row.fetchOne(database, sql: "SELECT * FROM merchant_code WHERE code = ?", arguments: [code])
            .map(MerchantCode.init(row:))
    }

    /// The client's of the same store, with or without commission as `details` say.
    fileprivate func merchantCode(of client: String, _ details: MerchantCode.Details) throws -> MerchantCode? {
        try Row.fetchOne(
            database, sql: "SELECT * FROM merchant_code WHERE client = ? AND store = ? AND has_commission = ?",
            arguments: [client, details.store, details.hasCommission]
        ).map(MerchantCode.init(row:))
    }

    fileprivate func insert(_ code: MerchantCode) throws {
        let details = code.details
        try database.execute(
            sql: """
                INSERT INTO merchant_code (
                  code, client, store, has_commission, name, currency, settlement_currency, data, passback, notify_url,
                  state, created_at)
                VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
                """,
            arguments: [
                code.code, code.client, details.store, details.hasCommission, details.name, details.currency,
                details.settlementCurrency, details.data, details.passback, code.notifyURL, code.state.rawValue,
                code.createdAt.nanoseconds,
            ])
    }

    fileprivate func update(_ code: MerchantCode) throws {
        let details = code.details
        try database.execute(
            sql: """
                UPDATE merchant_code SET store = ?, has_commission = ?, name = ?, currency = ?, settlement_currency = ?,
                  data = ?, passback = ?, notify_url = ?, state = ? WHERE code = ?
                """,
            arguments: [
                details.store, details.hasCommission, details.name, details.currency, details.settlementCurrency,
                details.data, details.passback, code.notifyURL, code.state.rawValue, code.code,
            ])
    }
}

extension MerchantCode {
    fileprivate init(row: Row) throws {
        guard let state = State(rawValue: row["state"]) else {
            throw LedgerError(.format, "the ledger's merchant code \(row["number"] as Int64) is damaged")
        }
        self.init(
            code: row["code"], client: row["client"],
            details: Details(
                store: row["store"], hasCommission: row["has_commission"], name: row["name"],
                currency: row["currency"], settlementCurrency: row["settlement_currency"], data: row["data"],
                passback: row["passback"]),
            notifyURL: row["notify_url"], state: state, createdAt: Instant(nanoseconds: row["created_at"]))
    }
}
