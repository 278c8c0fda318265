public import BlueTap
internal import GRDB
internal import Glibc

#if canImport(FoundationEssentials)
    internal import FoundationEssentials
#else
    internal import Foundation
#endif

/// Payments, refunds, notifications and the money that they move, in an SQLite file.
///
/// Each call is one transaction: it has happened, with a row for every change, or nothing has. What a call returned outlives
/// a `kill -9` of the process; a power failure may take the last of them, but leaves the file whole. Calls may come from any
/// thread. What is due by the instant that is passed in is settled before anything else, at its own instant.
///
/// Every change that moves money moves it from accounts to accounts: the balances of a currency add up to nothing.
public final class Ledger: Sendable {
    private let writer: any DatabaseWriter
    private let name: String
    /// How long what is in it can be cancelled and refunded, where a call does not say otherwise.
    public let windows: PaymentWindows
    private let schedule: NotificationSchedule
    private let ordersArePaidOnce: Bool
    /// Tells the names that it gives from those of other ledgers.
    private let identity: Int64

    /// Opens the ledger in this file, or makes it; nil: one that is forgotten with the object.
    ///
    /// - Parameters:
    ///   - identity: of a new ledger: tells the names that it gives from those of others, from 0 to 999,999.
    ///   - ordersArePaidOnce: whether a second payment of an order is refused. What Alipay+ does is not public.
    public init(
        path: String?, windows: PaymentWindows = PaymentWindows(),
        schedule: NotificationSchedule = NotificationSchedule(), identity: Int64 = 0, ordersArePaidOnce: Bool = false
    ) throws(LedgerError) {
        self.windows = windows
        self.schedule = schedule
        self.ordersArePaidOnce = ordersArePaidOnce
        name = path ?? "the ledger in memory"
        var configuration = Configuration()
        // Somebody may look into it with sqlite3.
        configuration.busyMode = .timeout(5)
        do {
            if let path {
                try Self.check(path)
                Self.make(path)
                writer = try DatabasePool(path: path, configuration: configuration)
            } else {
                writer = try DatabaseQueue(configuration: configuration)
            }
            try LedgerSchema.migrator.migrate(writer)
            self.identity = try Self.identity(of: writer, new: identity)
        } catch let error as LedgerError {
            throw error
        } catch {
            throw Self.explain(error, path ?? name)
        }
    }

    private static func identity(of writer: any DatabaseWriter, new: Int64) throws -> Int64 {
        try writer.write { database in
            if let old = try Int64.fetchOne(database, sql: "SELECT number FROM identity") { return old }
            try database.execute(sql: "INSERT INTO identity (number) VALUES (?)", arguments: [new])
            return new
        }
    }

    /// Makes a file that only its owner can read, where there is none: SQLite gives its others the same mode.
    private static func make(_ path: String) {
        // Of what keeps it from being made SQLite tells.
        let descriptor = open(path, O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC, 0o600)
        if descriptor >= 0 { close(descriptor) }
    }

    /// A file of someone else, or of a newer bluetap, is left as it is: it is looked at before it is opened.
    private static func check(_ path: String) throws {
        guard FileManager.default.fileExists(atPath: path) else { return }
        var configuration = Configuration()
        configuration.readonly = true
        let queue = try DatabaseQueue(path: path, configuration: configuration)
        let (owner, tables, isNewer) = try queue.read { database in
            (
                try Int.fetchOne(database, sql: "PRAGMA application_id") ?? 0,
                try Int.fetchOne(database, sql: "SELECT count(*) FROM sqlite_master") ?? 0,
                try LedgerSchema.migrator.hasBeenSuperseded(database)
            )
        }
        guard owner == LedgerSchema.applicationID || tables == 0 else {
            throw LedgerError(.format, "\(path) is a database, but no ledger", remedy: "name another file")
        }
        if isNewer {
            throw LedgerError(
                .format, "\(path) was written by a newer bluetap", remedy: "update this one, or name another file")
        }
    }

    private static func explain(_ error: any Error, _ name: String) -> LedgerError {
        guard let error = error as? DatabaseError else { return LedgerError(.storage, "\(name): \(error)") }
        return switch error.resultCode {
        case .SQLITE_NOTADB: LedgerError(.format, "\(name) is no ledger", remedy: "name another file")
        case .SQLITE_CORRUPT: LedgerError(.format, "\(name) is damaged", remedy: "name another file")
        case .SQLITE_FULL: LedgerError(.storage, "\(name) cannot be written: the disk is full")
        case .SQLITE_CANTOPEN:
            LedgerError(.storage, "\(name) cannot be opened", remedy: "check that its folder exists and can be written")
        case .SQLITE_IOERR:
            LedgerError(.storage, "\(name) cannot be read or written", remedy: "check that it is a file, and its disk")
        case .SQLITE_READONLY: LedgerError(.storage, "\(name) cannot be written", remedy: "check its permissions")
        case .SQLITE_BUSY: LedgerError(.storage, "\(name) is held by another program", remedy: "end that")
        default: LedgerError(.storage, "\(name): \(error.message ?? "SQLite error \(error.resultCode.rawValue)")")
        }
    }

    // MARK: Payments

    /// What a client asks for when it makes a payment.
    public struct Draft: Hashable, Sendable {
        public var gateway: Gateway
        public var client: String
        public var requestID: String
        /// What a repeated request must say as the first did.
        public var terms: String
        public var orderID: String?
        public var amount: Money
        public var expiresAt: Instant
        public var notifyURL: String?
        /// The payment code by which it is asked for; nil: by none.
        public var code: String?
        /// What else it is asked for with, as JSON.
        var details: String?

        public init(
            gateway: Gateway = .alipayPlus, client: String, requestID: String, terms: String = "",
            orderID: String? = nil, amount: Money, expiresAt: Instant, notifyURL: String? = nil, code: String? = nil
        ) {
            self.code = code
            self.gateway = gateway
            self.client = client
            self.requestID = requestID
            self.terms = terms
            self.orderID = orderID
            self.amount = amount
            self.expiresAt = expiresAt
            self.notifyURL = notifyURL
        }
    }

    /// What became of a request that has a name.
    public enum Entry<Value: Hashable & Sendable>: Hashable, Sendable {
        case made(Value)
        /// The request was there before: nothing has changed.
        case repeated(Value)
        /// A request of that name was there before, and asked for something else.
        case inconsistent
    }

    /// Makes a payment, once for each request of a client.
    public func make(_ draft: Draft, at now: Instant) throws(LedgerError) -> Entry<Payment> {
        try write(at: now) { try $0.make(draft, at: now) }
    }

    /// The payment of that name, as it is at `now`; nil: none.
    public func payment(id: String, at now: Instant) throws(LedgerError) -> Payment? {
        try lookUp(at: now) { try $0.payment(id: id) }
    }

    /// The payment of a client's request, as it is at `now`; nil: none.
    public func payment(client: String, requestID: String, at now: Instant) throws(LedgerError) -> Payment? {
        try lookUp(at: now) { try $0.payment(client: client, requestID: requestID) }
    }

    /// The newest payments, the newest first; each with its place.
    public func newestPayments(limit: Int) throws(LedgerError) -> [(place: Int64, payment: Payment)] {
        try read { transaction in
            try Row.fetchAll(
                transaction.database, sql: "SELECT * FROM payment ORDER BY number DESC LIMIT ?", arguments: [limit]
            ).map { ($0["number"], try Payment(row: $0)) }
        }
    }

    /// The payment that people call so, whosever: by the gateway's name, the client's, or the order's, in that order.
    public func payment(named name: String, at now: Instant) throws(LedgerError) -> Payment? {
        try write(at: now) { transaction in
            try Row.fetchOne(
                transaction.database,
                sql: """
                    SELECT * FROM payment WHERE id = ?1 OR request_id = ?1 OR order_id = ?1
                    ORDER BY id = ?1 DESC, request_id = ?1 DESC, state = 'processing' DESC, number DESC LIMIT 1
                    """, arguments: [name]
            ).map(Payment.init(row:))
        }
    }

    /// The payment of an order, whosever, that a customer would find: the newest that waits, else the newest; nil: none.
    public func newestPayment(ofOrder id: String, at now: Instant) throws(LedgerError) -> Payment? {
        try write(at: now) { try $0.newestPayment(ofOrder: id) }
    }

    /// Where something has come due for it, that is settled first.
    private func lookUp(
        at now: Instant, _ find: (LedgerTransaction) throws -> Payment?
    ) throws(LedgerError) -> Payment? {
        let (found, isDue) = try read { transaction in
            let found = try find(transaction)
            return (found, try found.map { try transaction.hasDue($0, at: now) } ?? false)
        }
        return isDue ? try write(at: now, find) : found
    }

    /// At most `limit` payments after the one of that place, oldest first; each with its place.
    public func payments(after place: Int64 = 0, limit: Int) throws(LedgerError) -> [(place: Int64, payment: Payment)] {
        try read { transaction in
            try Row.fetchAll(
                transaction.database, sql: "SELECT * FROM payment WHERE number > ? ORDER BY number LIMIT ?",
                arguments: [place, limit]
            ).map { ($0["number"], try Payment(row: $0)) }
        }
    }

    // MARK: What wallets do

    public enum Settlement: Hashable, Sendable {
        case paid(Payment)
        /// By the same wallet.
        case alreadyPaid(Payment)
        /// The payment had ended, or its order was paid by another one: the money went back at once.
        case returned(Payment)
        /// The wallet has too little money: the payment has failed.
        case failed(Payment)

        /// As it is then.
        public var payment: Payment {
            switch self {
            case .paid(let payment), .alreadyPaid(let payment), .returned(let payment), .failed(let payment): payment
            }
        }
    }

    /// A wallet pays.
    public func pay(id: String, by wallet: String, at now: Instant) throws(LedgerError) -> Settlement {
        try write(at: now) { transaction in
            try transaction.pay(try transaction.existingPayment(id), by: wallet, at: now)
        }
    }

    /// A wallet will pay at an instant, in the place of what was planned before.
    public func plan(id: String, by wallet: String, due: Instant, at now: Instant) throws(LedgerError) {
        try write(at: now) { transaction in
            try transaction.plan(try transaction.existingPayment(id), by: wallet, due: due)
        }
    }

    /// A wallet refuses, with a code of Alipay+. Returns the payment as it is then: one that had ended is as before.
    public func fail(id: String, _ code: String, at now: Instant) throws(LedgerError) -> Payment {
        try write(at: now) { transaction in
            let payment = try transaction.existingPayment(id)
            return try transaction.fail(payment, code, at: now) ?? payment
        }
    }

    /// Puts money into a wallet, which from then on spends no more than it has. What it owed before is forgiven.
    public func deposit(_ amount: Money, in wallet: String, at now: Instant) throws(LedgerError) {
        try write(at: now) { transaction in
            let account = Account.wallet(wallet)
            let isNew = try transaction.limit(account, amount.currency)
            let sum = amount.minorUnits - (isNew ? try transaction.balance(account, amount.currency) : 0)
            try transaction.record(
                .deposited, of: nil, wallet, at: now,
                moving: [Posting(Account.outside, amount.currency, -sum), Posting(account, amount.currency, sum)])
        }
    }

    /// A wallet has so much from now on, whatever it had, and spends no more.
    public func setBalance(_ amount: Money, of wallet: String, at now: Instant) throws(LedgerError) {
        try write(at: now) { transaction in
            let account = Account.wallet(wallet)
            _ = try transaction.limit(account, amount.currency)
            let sum = amount.minorUnits - (try transaction.balance(account, amount.currency))
            try transaction.record(
                .deposited, of: nil, wallet, at: now,
                moving: [Posting(Account.outside, amount.currency, -sum), Posting(account, amount.currency, sum)])
        }
    }

    /// What a wallet has, in smallest units: less than nothing where it was given nothing and has paid.
    public func balance(ofWallet wallet: String, currency: String) throws(LedgerError) -> Int64 {
        try read { try $0.balance(Account.wallet(wallet), currency) }
    }

    /// What a client has taken in, in smallest units.
    public func balance(ofClient client: String, currency: String) throws(LedgerError) -> Int64 {
        try read { try $0.balance(Account.client(client), currency) }
    }

    // MARK: Cancelling and refunding

    public enum Cancellation: Hashable, Sendable {
        /// Nobody had paid.
        case closed(Payment)
        /// The money went back.
        case reversed(Payment)
        case alreadyCancelled(Payment)
        case refused(Payment.Refusal, Payment)
    }

    /// Undoes a payment.
    ///
    /// - Parameter end: the first instant at which a payment in its state is cancelled no more; nil: as ``windows`` say.
    public func cancel(
        id: String, until end: (@Sendable (Payment) -> Instant)? = nil, at now: Instant
    ) throws(LedgerError) -> Cancellation {
        try write(at: now) { [windows] transaction in
            var payment = try transaction.existingPayment(id)
            switch payment.cancel(until: end?(payment) ?? windows.cancelEnd(of: payment.createdAt), at: now) {
            case .alreadyCancelled: return .alreadyCancelled(payment)
            case .refused(let refusal): return .refused(refusal, payment)
            case .closed:
                try payment.update(transaction.database)
                try transaction.record(.cancelled, of: payment, at: now)
                try transaction.queueNotification(of: payment, .cancelled, at: now)
                return .closed(payment)
            case .reversed:
                try payment.update(transaction.database)
                try transaction.record(
                    .reversed, of: payment, payment.payer, at: now,
                    moving: transaction.giveBack(payment, to: payment.payer ?? ""))
                try transaction.queueNotification(of: payment, .reversed, at: now)
                return .reversed(payment)
            }
        }
    }

    public enum Repayment: Hashable, Sendable {
        case entry(Entry<Refund>)
        case refused(Payment.Refusal, Payment)
    }

    /// Gives a part of a payment back, or all of it, once for each request of its client.
    ///
    /// - Parameter notifyURL: where that is told, if its gateway tells it; nil: nowhere.
    public func refund(
        id: String, requestID: String, _ amount: Money, notifyURL: String? = nil, at now: Instant
    ) throws(LedgerError) -> Repayment {
        try write(at: now) { [windows] transaction in
            var payment = try transaction.existingPayment(id)
            if let refund = try transaction.refund(client: payment.client, requestID: requestID) {
                let isSame = refund.paymentID == id && refund.amount == amount
                return .entry(isSame ? .repeated(refund) : .inconsistent)
            }
            do throws(Payment.Refusal) {
                try payment.refund(amount, within: windows, at: now)
            } catch {
                return .refused(error, payment)
            }
            let refund = Refund(
                id: try transaction.nextID(after: "refund", at: now), paymentID: id, requestID: requestID,
                amount: amount, createdAt: now)
            try payment.update(transaction.database)
            try transaction.insert(refund, of: payment)
            try transaction.record(
                .refunded, of: payment, refund.id, at: now,
                moving: [
                    Posting(Account.client(payment.client), amount.currency, -amount.minorUnits),
                    Posting(Account.wallet(payment.payer ?? ""), amount.currency, amount.minorUnits),
                ])
            if let notifyURL {
                try transaction.queueNotification(of: payment, .refunded, refund: refund, url: notifyURL, at: now)
            }
            return .entry(.made(refund))
        }
    }

    /// The refunds of a payment, oldest first.
    public func refunds(ofPayment id: String) throws(LedgerError) -> [Refund] {
        try read { transaction in
            try Row.fetchAll(
                try transaction.database.cachedStatement(
                    sql: """
                        SELECT refund.*, payment.currency FROM refund JOIN payment ON payment.id = refund.payment
                        WHERE refund.payment = ? ORDER BY refund.number
                        """), arguments: [id]
            ).map(Refund.init(row:))
        }
    }

    // MARK: Time

    /// When something happens by itself next, or a notification is to be sent; nil: nothing is.
    public var nextDue: Instant? {
        get throws(LedgerError) { try read { try $0.nextDue } }
    }

    /// Settles what is due by an instant, each thing at its own.
    public func catchUp(to now: Instant) throws(LedgerError) {
        try write(at: now) { _ in }
    }

    // MARK: Notifications

    /// At most `limit` notifications whose attempt is due, that which has waited longest first.
    public func dueNotifications(at now: Instant, limit: Int) throws(LedgerError) -> [PaymentNotification] {
        try write(at: now) { try $0.dueNotifications(at: now, limit: limit) }
    }

    /// All notifications of a payment, oldest first; but that which will tell that it is finished only once it does.
    public func notifications(ofPayment id: String) throws(LedgerError) -> [PaymentNotification] {
        try read { transaction in
            try Row.fetchAll(
                transaction.database,
                sql: """
                    SELECT * FROM notification WHERE payment = ? AND (kind <> 'finished' OR attempts > 0) ORDER BY number
                    """, arguments: [id]
            ).map(PaymentNotification.init(row:))
        }
    }

    /// An attempt was made. One that is acknowledged, or given up, is sent no more.
    ///
    /// - Parameter problem: why it was in vain; nil: it was sent.
    public func notificationSent(
        _ number: Int64, isAcknowledged: Bool, problem: String? = nil, at now: Instant
    ) throws(LedgerError) {
        try write(at: now) { [schedule] transaction in
            try transaction.notificationSent(
                number, isAcknowledged: isAcknowledged, problem: problem, schedule, at: now)
        }
    }

    /// An attempt is made later than it was to be.
    public func postpone(_ number: Int64, to due: Instant, at now: Instant) throws(LedgerError) {
        try write(at: now) { transaction in
            try transaction.database.execute(
                sql: "UPDATE notification SET due_at = ?, is_postponed = 1 WHERE number = ? AND due_at IS NOT NULL",
                arguments: [due.nanoseconds, number])
        }
    }

    /// The newest notification of a payment is sent once more, at once; false where there is none.
    public func sendAgain(ofPayment id: String, at now: Instant) throws(LedgerError) -> Bool {
        try write(at: now) { transaction in
            try transaction.database.execute(
                sql: """
                    UPDATE notification SET due_at = ?, acknowledged_at = NULL WHERE number = (
                      SELECT max(number) FROM notification WHERE payment = ?
                        AND (kind <> 'finished' OR attempts > 0))
                    """, arguments: [now.nanoseconds, id])
            return transaction.database.changesCount > 0
        }
    }

    // MARK: What has happened

    /// At most `limit` of the changes after the one of that number, oldest first.
    public func changes(
        after number: Int64 = 0, ofPayment id: String? = nil, limit: Int = .max
    ) throws(LedgerError) -> [Change] {
        try read { transaction in
            try Row.fetchAll(
                transaction.database,
                sql: "SELECT * FROM change WHERE number > ?1 AND (?2 IS NULL OR payment = ?2) ORDER BY number LIMIT ?3",
                arguments: [number, id, limit]
            ).map(Change.init(row:))
        }
    }

    /// Whether the ledger is in itself without contradiction: one line for each that it has.
    public func audit() throws(LedgerError) -> [String] { try read { try $0.audit() } }

    // MARK: Inside

    private func transaction(on database: Database) -> LedgerTransaction {
        LedgerTransaction(database: database, identity: identity, ordersArePaidOnce: ordersArePaidOnce)
    }

    func read<Value>(_ body: (LedgerTransaction) throws -> Value) throws(LedgerError) -> Value {
        do {
            return try writer.read { try body(transaction(on: $0)) }
        } catch let error as LedgerError {
            throw error
        } catch {
            throw Self.explain(error, name)
        }
    }

    func write<Value>(
        at now: Instant, _ body: (LedgerTransaction) throws -> Value
    ) throws(LedgerError) -> Value {
        do {
            return try writer.write { database in
                let transaction = transaction(on: database)
                try transaction.catchUp(to: now)
                return try body(transaction)
            }
        } catch let error as LedgerError {
            throw error
        } catch {
            throw Self.explain(error, name)
        }
    }
}
