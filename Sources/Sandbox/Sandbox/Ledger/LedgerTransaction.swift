internal import BlueTap
internal import GRDB

/// What a transaction on a ledger consists of.
struct LedgerTransaction {
    let database: Database
    /// Tells this ledger's names from those of others.
    let identity: Int64
    /// Whether an order that was paid can be paid no more.
    let ordersArePaidOnce: Bool

    // MARK: Payments

    func payment(id: String) throws -> Payment? {
        try payment(where: "id = ?", [id])
    }

    func payment(client: String, requestID: String) throws -> Payment? {
        try payment(where: "client = ? AND request_id = ?", [client, requestID])
    }

    /// The first for which an SQL condition holds.
    private func payment(where condition: String, _ arguments: StatementArguments) throws -> Payment? {
        try Row.fetchOne(
            try database.cachedStatement(sql: "SELECT * FROM payment WHERE \(condition)"), arguments: arguments
        ).map(Payment.init(row:))
    }

    func existingPayment(_ id: String) throws -> Payment {
        guard let payment = try payment(id: id) else {
            throw LedgerError(.unknownPayment, "there is no payment \(id)")
        }
        return payment
    }

    /// The payment of an order that a customer would find: the newest that waits, else the newest.
    func newestPayment(ofOrder id: String) throws -> Payment? {
        try Row.fetchOne(
            database,
            sql: "SELECT * FROM payment WHERE order_id = ? ORDER BY state = 'processing' DESC, number DESC LIMIT 1",
            arguments: [id]
        ).map(Payment.init(row:))
    }

    /// Makes a payment, once for each request of a client.
    func make(_ draft: Ledger.Draft, at now: Instant) throws -> Ledger.Entry<Payment> {
        if let payment = try payment(client: draft.client, requestID: draft.requestID) {
            return payment.terms == draft.terms && payment.amount == draft.amount ? .repeated(payment) : .inconsistent
        }
        let payment = Payment(
            id: try nextID(after: "payment", at: now), gateway: draft.gateway, client: draft.client,
            requestID: draft.requestID, terms: draft.terms, orderID: draft.orderID, amount: draft.amount,
            createdAt: now, expiresAt: draft.expiresAt, notifyURL: draft.notifyURL, code: draft.code,
            details: draft.details)
        try payment.insert(database)
        try record(.created, of: payment, at: now)
        return .made(payment)
    }

    /// The newest other payment that has paid the order of this one; nil: none.
    ///
    /// - Parameter isAny: whether one counts of which all went back.
    func otherPayment(ofOrderOf payment: Payment, isAny: Bool) throws -> String? {
        guard let orderID = payment.orderID else { return nil }
        return try String.fetchOne(
            try database.cachedStatement(
                sql: """
                    SELECT id FROM payment WHERE client = ? AND order_id = ? AND state = 'succeeded' AND id <> ?
                      AND (? OR refunded < amount) ORDER BY number DESC LIMIT 1
                    """), arguments: [payment.client, orderID, payment.id, isAny])
    }

    /// Digits that tell the names of one table from those of another. What is not here is only a part of a name.
    private static let kinds = ["refund": "01", "adjustment": "02", "registration": "03"]

    /// The next name in a table: the day in UTC+8, two digits for the table, six for the ledger, then the row's number; 28
    /// digits, as Alipay's trade numbers have.
    func nextID(after table: String, at now: Instant) throws -> String {
        let last =
            try Int64.fetchOne(
                try database.cachedStatement(sql: "SELECT seq FROM sqlite_sequence WHERE name = ?"),
                arguments: [table]) ?? 0
        let number = String(last + 1)
        let day = (now + .seconds(8 * 3600)).description.prefix(10).filter { $0 != "-" }
        func padded(_ text: String, _ size: Int) -> String {
            String(repeating: "0", count: max(0, size - text.utf8.count)) + text
        }
        return day + (Self.kinds[table] ?? "00") + padded(String(identity % 1_000_000), 6) + padded(number, 12)
    }

    /// Fails a payment; nil where it had ended.
    func fail(_ payment: Payment, _ code: String, at now: Instant) throws -> Payment? {
        var payment = payment
        guard payment.fail(code, at: now) else { return nil }
        try payment.update(database)
        try record(.failed, of: payment, code, at: now)
        try queueNotification(of: payment, .failed, at: now)
        return payment
    }

    /// A wallet pays.
    func pay(_ payment: Payment, by wallet: String, at now: Instant) throws -> Ledger.Settlement {
        var payment = payment
        if payment.state == .processing {
            guard try canSpend(payment.amount, wallet) else {
                return .failed(try fail(payment, "USER_BALANCE_NOT_ENOUGH", at: now) ?? payment)
            }
            if ordersArePaidOnce, try otherPayment(ofOrderOf: payment, isAny: true) != nil {
                payment = try fail(payment, "ORDER_IS_CLOSED", at: now) ?? payment
            }
        }
        switch payment.pay(by: wallet, at: now) {
        case .alreadyPaid: return .alreadyPaid(payment)
        case .returned:
            try record(
                .returned, of: payment, wallet, at: now,
                moving: purchase(payment, by: wallet) + giveBack(payment, to: wallet))
            return .returned(payment)
        case .paid:
            try payment.update(database)
            try record(.paid, of: payment, wallet, at: now, moving: purchase(payment, by: wallet))
            if let other = try otherPayment(ofOrderOf: payment, isAny: false) {
                try record(.orderPaidAgain, of: payment, other, at: now)
            }
            try queueNotification(of: payment, .paid, at: now)
            return .paid(payment)
        }
    }

    func plan(_ payment: Payment, by wallet: String, due: Instant) throws {
        try database.execute(
            sql: "INSERT OR REPLACE INTO plan (payment, wallet, due_at) VALUES (?, ?, ?)",
            arguments: [payment.id, wallet, due.nanoseconds])
    }

    /// Whether a payment that waits does so no more.
    func hasDue(_ payment: Payment, at now: Instant) throws -> Bool {
        guard payment.state == .processing else { return false }
        if now >= payment.expiresAt { return true }
        return try Bool.fetchOne(
            try database.cachedStatement(sql: "SELECT EXISTS (SELECT 1 FROM plan WHERE payment = ? AND due_at <= ?)"),
            arguments: [payment.id, now.nanoseconds]) ?? false
    }

    /// Settles what is due, each thing at its own instant; what is of one instant ends before it is paid.
    func catchUp(to now: Instant) throws {
        let next = """
            SELECT 0 AS kind, expires_at AS due, id AS payment, NULL AS wallet, number FROM payment
              WHERE state = 'processing' AND expires_at <= ?1
            UNION ALL SELECT 1, due_at, payment, wallet, rowid FROM plan WHERE due_at <= ?1
            ORDER BY due, kind, number LIMIT 1
            """
        while let row = try Row.fetchOne(try database.cachedStatement(sql: next), arguments: [now.nanoseconds]) {
            let payment = try existingPayment(row["payment"])
            let due = Instant(nanoseconds: row["due"])
            if let wallet = row["wallet"] as String? {
                try database.execute(sql: "DELETE FROM plan WHERE payment = ?", arguments: [payment.id])
                _ = try pay(payment, by: wallet, at: due)
            } else {
                try expire(payment, at: due)
            }
        }
    }

    /// Closes a payment that nobody has paid in time.
    private func expire(_ payment: Payment, at now: Instant) throws {
        var payment = payment
        guard payment.expire(at: now) else { return }
        try payment.update(database)
        try record(.closed, of: payment, at: now)
        try queueNotification(of: payment, .closed, at: now)
    }

    // MARK: Refunds

    func refund(client: String, requestID: String) throws -> Refund? {
        try Row.fetchOne(
            database,
            sql: """
                SELECT refund.*, payment.currency FROM refund JOIN payment ON payment.id = refund.payment
                WHERE refund.client = ? AND refund.request_id = ?
                """, arguments: [client, requestID]
        ).map(Refund.init(row:))
    }

    func refund(client: String, id: String) throws -> Refund? {
        try Row.fetchOne(
            database,
            sql: """
                SELECT refund.*, payment.currency FROM refund JOIN payment ON payment.id = refund.payment
                WHERE refund.client = ? AND refund.id = ?
                """, arguments: [client, id]
        ).map(Refund.init(row:))
    }

    func insert(_ refund: Refund, of payment: Payment) throws {
        try database.execute(
            sql: "INSERT INTO refund (id, payment, client, request_id, amount, created_at) VALUES (?, ?, ?, ?, ?, ?)",
            arguments: [
                refund.id, payment.id, payment.client, refund.requestID, refund.amount.minorUnits,
                refund.createdAt.nanoseconds,
            ])
    }

    // MARK: Changes and money

    func record(
        _ kind: Change.Kind, of payment: Payment?, _ detail: String? = nil, at now: Instant,
        moving postings: [Posting] = []
    ) throws {
        try database.cachedStatement(sql: "INSERT INTO change (at, payment, kind, detail) VALUES (?, ?, ?, ?)").execute(
            arguments: [now.nanoseconds, payment?.id, kind.rawValue, detail])
        let change = database.lastInsertedRowID
        for posting in postings {
            try database.cachedStatement(
                sql: "INSERT INTO posting (change, account, currency, amount) VALUES (?, ?, ?, ?)"
            ).execute(arguments: [change, posting.account, posting.currency, posting.amount])
            try database.cachedStatement(
                sql: """
                    INSERT INTO account (name, currency, balance) VALUES (?1, ?2, ?3)
                    ON CONFLICT (name, currency) DO UPDATE SET balance = balance + ?3
                    """
            ).execute(arguments: [posting.account, posting.currency, posting.amount])
        }
    }

    func purchase(_ payment: Payment, by wallet: String) -> [Posting] {
        [
            Posting(Account.wallet(wallet), payment.amount.currency, -payment.amount.minorUnits),
            Posting(Account.client(payment.client), payment.amount.currency, payment.amount.minorUnits),
        ]
    }

    func giveBack(_ payment: Payment, to wallet: String) -> [Posting] {
        purchase(payment, by: wallet).map { Posting($0.account, $0.currency, -$0.amount) }
    }

    func balance(_ account: String, _ currency: String) throws -> Int64 {
        try Int64.fetchOne(
            try database.cachedStatement(sql: "SELECT balance FROM account WHERE name = ? AND currency = ?"),
            arguments: [account, currency]) ?? 0
    }

    func canSpend(_ amount: Money, _ wallet: String) throws -> Bool {
        try Bool.fetchOne(
            try database.cachedStatement(
                sql: "SELECT NOT is_limited OR balance >= ? FROM account WHERE name = ? AND currency = ?"),
            arguments: [amount.minorUnits, Account.wallet(wallet), amount.currency]) ?? true
    }

    /// Lets an account spend no more than it has; false where that was so before.
    func limit(_ account: String, _ currency: String) throws -> Bool {
        try database.execute(
            sql: """
                INSERT INTO account (name, currency, balance, is_limited) VALUES (?, ?, 0, 1)
                ON CONFLICT (name, currency) DO UPDATE SET is_limited = 1 WHERE NOT is_limited
                """, arguments: [account, currency])
        return database.changesCount > 0
    }

    // MARK: Time

    var nextDue: Instant? {
        get throws {
            try Int64.fetchOne(
                try database.cachedStatement(
                    sql: """
                        SELECT min(due) FROM (
                          SELECT min(expires_at) AS due FROM payment WHERE state = 'processing'
                          UNION ALL SELECT min(due_at) FROM plan
                          UNION ALL SELECT min(due_at) FROM notification WHERE due_at IS NOT NULL)
                        """)
            ).map(Instant.init(nanoseconds:))
        }
    }

    // MARK: Notifications

    /// - Parameter url: where it is told; nil: where the payment says.
    func queueNotification(
        of payment: Payment, _ kind: Change.Kind, refund: Refund? = nil, url: String? = nil, at now: Instant
    ) throws {
        guard payment.gateway.tells(kind), let url = url ?? payment.notifyURL else { return }
        try database.cachedStatement(
            sql: "INSERT INTO notification (payment, kind, refund, url, due_at) VALUES (?, ?, ?, ?, ?)"
        ).execute(arguments: [payment.id, kind.rawValue, refund?.id, url, now.nanoseconds])
    }

    func dueNotifications(at now: Instant, limit: Int) throws -> [PaymentNotification] {
        try Row.fetchAll(
            database,
            sql: """
                SELECT * FROM notification WHERE due_at IS NOT NULL AND due_at <= ? ORDER BY due_at, number LIMIT ?
                """, arguments: [now.nanoseconds, limit]
        ).map(PaymentNotification.init(row:))
    }

    func notificationSent(
        _ number: Int64, isAcknowledged: Bool, problem: String?, _ schedule: NotificationSchedule, at now: Instant
    ) throws {
        let row = try Row.fetchOne(database, sql: "SELECT * FROM notification WHERE number = ?", arguments: [number])
        guard let notification = try row.map(PaymentNotification.init(row:)), notification.dueAt != nil else { return }
        let payment = try payment(id: notification.paymentID)
        if let problem {
            try record(.notificationFailed, of: payment, "\(notification.url): \(problem)", at: now)
        } else {
            try record(.notificationSent, of: payment, notification.url, at: now)
        }
        let gap = schedule.gaps.dropFirst(notification.attempts).first
        let due = isAcknowledged ? nil : gap.map { now + $0 }
        if isAcknowledged {
            try record(.notificationAcknowledged, of: payment, at: now)
        } else if due == nil {
            try record(.notificationGivenUp, of: payment, at: now)
        }
        try database.execute(
            sql: "UPDATE notification SET attempts = attempts + 1, is_postponed = 0, due_at = ?, acknowledged_at = ?,"
                + " problem = ? WHERE number = ?",
            arguments: [due?.nanoseconds, isAcknowledged ? now.nanoseconds : nil, problem, number])
    }

    // MARK: Audit

    /// What contradicts what, a line each.
    func audit() throws -> [String] {
        let questions: [(String, String)] = [
            (
                "money is not conserved in",
                "SELECT currency FROM account GROUP BY currency HAVING sum(balance) <> 0"
            ),
            (
                "the postings of a change do not balance: change",
                "SELECT change FROM posting GROUP BY change, currency HAVING sum(amount) <> 0"
            ),
            (
                "the balance is not what the postings say:",
                """
                SELECT name FROM account WHERE balance <> (SELECT coalesce(sum(amount), 0) FROM posting
                  WHERE account = name AND posting.currency = account.currency)
                """
            ),
            (
                "a payment code has paid twice:",
                "SELECT code FROM payment WHERE code IS NOT NULL AND paid_at IS NOT NULL GROUP BY code HAVING count(*) > 1"
            ),
            (
                "the refunds are not what the payment says:",
                """
                SELECT id FROM payment WHERE state = 'succeeded' AND refunded <> (
                  SELECT coalesce(sum(amount), 0) FROM refund WHERE refund.payment = payment.id)
                """
            ),
            (
                "the adjustments are not what the postings say:",
                """
                SELECT account FROM (
                  SELECT 'wallet:' || wallet AS account, currency, sum(amount) AS total FROM adjustment GROUP BY 1, 2
                ) AS told LEFT JOIN (
                  SELECT account, currency, sum(amount) AS total FROM posting JOIN change ON change.number = posting.change
                  WHERE kind = 'adjusted' GROUP BY 1, 2
                ) AS moved USING (account, currency) WHERE told.total IS NOT moved.total
                """
            ),
            ("a limited wallet owes:", "SELECT name FROM account WHERE is_limited AND balance < 0"),
        ]
        return try questions.flatMap { question, sql in
            try String.fetchAll(database, sql: sql).map { "\(question) \($0)" }
        }
    }
}

/// Whose money it is.
enum Account {
    /// Where deposits come from.
    static let outside = "outside"
    static func wallet(_ name: String) -> String { "wallet:\(name)" }
    static func client(_ id: String) -> String { "client:\(id)" }
}

/// Money that comes to an account, or goes from it.
struct Posting {
    let account: String
    let currency: String
    let amount: Int64

    init(_ account: String, _ currency: String, _ amount: Int64) {
        self.account = account
        self.currency = currency
        self.amount = amount
    }
}
