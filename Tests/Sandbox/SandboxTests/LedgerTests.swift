import BlueTap
import Foundation
import Testing

@testable import Sandbox

@Suite("The ledger")
struct LedgerTests {
    static let start = PaymentTests.start

    static func draft(_ request: String = "R1", order: String? = "A1", _ amount: Int64 = 1250) -> Ledger.Draft {
        Ledger.Draft(
            client: "C1", requestID: request, terms: "alipay", orderID: order, amount: PaymentTests.money(amount),
            expiresAt: start + .seconds(900), notifyURL: "http://till/notify")
    }

    /// A ledger with one payment.
    static func ledger(path: String? = nil) throws -> (ledger: Ledger, payment: Payment) {
        let ledger = try Ledger(path: path)
        guard case .made(let payment) = try ledger.make(draft(), at: start) else { throw Unexpected() }
        return (ledger, payment)
    }

    struct Unexpected: Error {}

    static func kinds(_ ledger: Ledger) throws -> [Change.Kind] { try ledger.changes().map(\.kind) }

    @Test("makes a payment once for each request, and tells a request that asks for something else")
    func idempotency() throws {
        let (ledger, payment) = try Self.ledger()
        #expect(payment.id == "2026010100000000000000000001")
        #expect(try ledger.make(Self.draft(), at: Self.start + .seconds(5)) == .repeated(payment))
        #expect(try ledger.make(Self.draft(order: "A1", 1251), at: Self.start) == .inconsistent)
        var other = Self.draft()
        other.terms = "other"
        #expect(try ledger.make(other, at: Self.start) == .inconsistent)
        // The name is the client's own.
        other.client = "C2"
        guard case .made(let second) = try ledger.make(other, at: Self.start) else { throw Unexpected() }
        #expect(second.id == "2026010100000000000000000002")
        #expect(try Self.kinds(ledger) == [.created, .created])
    }

    @Test("moves the money of a payment, of its refunds, and of its cancelling, and tells each")
    func money() throws {
        let (ledger, payment) = try Self.ledger()
        guard case .paid = try ledger.pay(id: payment.id, by: "Alice", at: Self.start + .seconds(10)) else {
            throw Unexpected()
        }
        #expect(try ledger.balance(ofWallet: "Alice", currency: "HKD") == -1250)
        #expect(try ledger.balance(ofClient: "C1", currency: "HKD") == 1250)
        let now = Self.start + .seconds(20)
        let made = try ledger.refund(id: payment.id, requestID: "F1", PaymentTests.money(250), at: now)
        guard case .entry(.made(let refund)) = made else { throw Unexpected() }
        #expect(
            try ledger.refund(id: payment.id, requestID: "F1", PaymentTests.money(250), at: now + .seconds(1))
                == .entry(.repeated(refund)))
        #expect(
            try ledger.refund(id: payment.id, requestID: "F1", PaymentTests.money(251), at: now)
                == .entry(.inconsistent))
        #expect(try ledger.refunds(ofPayment: payment.id) == [refund])
        #expect(try ledger.balance(ofWallet: "Alice", currency: "HKD") == -1000)
        #expect(try Self.kinds(ledger) == [.created, .paid, .refunded])

        _ = try ledger.make(Self.draft("R2", order: "A2"), at: now)
        let second = try #require(try ledger.payment(client: "C1", requestID: "R2", at: now))
        _ = try ledger.pay(id: second.id, by: "Alice", at: now)
        guard case .reversed(let cancelled) = try ledger.cancel(id: second.id, at: now) else { throw Unexpected() }
        #expect(try ledger.cancel(id: second.id, at: now + .seconds(9)) == .alreadyCancelled(cancelled))
        #expect(try ledger.balance(ofWallet: "Alice", currency: "HKD") == -1000)
        #expect(try ledger.changes(ofPayment: second.id).map(\.kind) == [.created, .paid, .reversed])
        #expect(try ledger.audit() == [])
    }

    @Test("a payment that arrives after the cancel is returned at once")
    func late() throws {
        let (ledger, payment) = try Self.ledger()
        guard case .closed = try ledger.cancel(id: payment.id, at: Self.start + .seconds(5)),
            case .returned(let returned) = try ledger.pay(id: payment.id, by: "Alice", at: Self.start + .seconds(6))
        else { throw Unexpected() }
        #expect(returned.state == .cancelled)
        #expect(try ledger.balance(ofWallet: "Alice", currency: "HKD") == 0)
        #expect(try Self.kinds(ledger) == [.created, .cancelled, .returned])
    }

    @Test(
        "an order is paid again by another request, which is noted; where it is paid once, the later success is returned"
    )
    func order() throws {
        let (open, first) = try Self.ledger()
        _ = try open.make(Self.draft("R2"), at: Self.start)
        let again = try #require(try open.payment(client: "C1", requestID: "R2", at: Self.start))
        _ = try open.pay(id: first.id, by: "Alice", at: Self.start)
        guard case .paid = try open.pay(id: again.id, by: "Bob", at: Self.start) else { throw Unexpected() }
        #expect(try Self.kinds(open) == [.created, .created, .paid, .paid, .orderPaidAgain])
        #expect(
            try open.remarks(ofPayments: [first.id, again.id]).mapValues { $0.map(\.detail) } == [again.id: [first.id]])
        #expect(try open.orderTotal(of: again) == (2, 2500))
        // What went back was not charged: a sale after it is the first.
        let (resold, sold) = try Self.ledger()
        _ = try resold.pay(id: sold.id, by: "Alice", at: Self.start)
        _ = try resold.refund(id: sold.id, requestID: "F1", sold.amount, at: Self.start)
        _ = try resold.make(Self.draft("R2"), at: Self.start)
        let sale = try #require(try resold.payment(client: "C1", requestID: "R2", at: Self.start))
        guard case .paid = try resold.pay(id: sale.id, by: "Bob", at: Self.start) else { throw Unexpected() }
        #expect(try Self.kinds(resold) == [.created, .paid, .refunded, .created, .paid])
        #expect(try open.audit() + resold.audit() == [])

        let ledger = try Ledger(path: nil, ordersArePaidOnce: true)
        _ = try ledger.make(Self.draft("R1"), at: Self.start)
        let payment = try #require(try ledger.payment(client: "C1", requestID: "R1", at: Self.start))
        _ = try ledger.make(Self.draft("R2"), at: Self.start)
        let second = try #require(try ledger.payment(client: "C1", requestID: "R2", at: Self.start))
        _ = try ledger.pay(id: second.id, by: "Alice", at: Self.start)
        guard case .returned(let closed) = try ledger.pay(id: payment.id, by: "Bob", at: Self.start) else {
            throw Unexpected()
        }
        #expect(closed.state == .failed && closed.failure == "ORDER_IS_CLOSED")
        #expect(try ledger.balance(ofWallet: "Bob", currency: "HKD") == 0)
        #expect(try ledger.audit() == [])
    }

    @Test("a wallet that was given money spends no more than that")
    func limits() throws {
        let (ledger, payment) = try Self.ledger()
        // What was paid before counts for nothing.
        _ = try ledger.make(Self.draft("R0", order: "A0"), at: Self.start)
        let first = try #require(try ledger.payment(client: "C1", requestID: "R0", at: Self.start))
        _ = try ledger.pay(id: first.id, by: "Alice", at: Self.start)
        try ledger.deposit(PaymentTests.money(1249), in: "Alice", at: Self.start)
        guard case .failed(let failed) = try ledger.pay(id: payment.id, by: "Alice", at: Self.start) else {
            throw Unexpected()
        }
        #expect(failed.failure == "USER_BALANCE_NOT_ENOUGH")
        try ledger.deposit(PaymentTests.money(1), in: "Alice", at: Self.start)
        _ = try ledger.make(Self.draft("R2", order: "A2"), at: Self.start)
        let second = try #require(try ledger.payment(client: "C1", requestID: "R2", at: Self.start))
        guard case .paid = try ledger.pay(id: second.id, by: "Alice", at: Self.start) else { throw Unexpected() }
        #expect(try ledger.balance(ofWallet: "Alice", currency: "HKD") == 0)
        #expect(try ledger.audit() == [])
    }

    @Test("closes what nobody paid at the instant at which it expired, whoever asks when")
    func expiry() throws {
        let (ledger, payment) = try Self.ledger()
        let end = Self.start + .seconds(900)
        #expect(try ledger.nextDue == end)
        #expect(try ledger.payment(id: payment.id, at: end.advanced(byNanoseconds: -1))?.state == .processing)
        #expect(try ledger.payment(id: payment.id, at: end + .seconds(70))?.state == .closed)
        let last = try #require(try ledger.changes().last)
        #expect(last.kind == .closed && last.time == end)
    }

    @Test("a notification is due again after each gap, until it is acknowledged or given up")
    func notifications() throws {
        let (ledger, payment) = try Self.ledger()
        var now = Self.start + .seconds(3)
        _ = try ledger.pay(id: payment.id, by: "Alice", at: now)
        for gap in [2, 10, 10, 60, 120, 360, 900] as [Int64] {
            let due = try ledger.dueNotifications(at: now, limit: 10)
            #expect(due.map(\.paymentID) == [payment.id] && due.map(\.dueAt) == [now])
            try ledger.notificationSent(due[0].number, isAcknowledged: false, at: now)
            now = now + .seconds(gap * 60)
            #expect(try ledger.nextDue == now)
            #expect(try ledger.dueNotifications(at: now.advanced(byNanoseconds: -1), limit: 10) == [])
        }
        let due = try ledger.dueNotifications(at: now, limit: 10)
        try ledger.notificationSent(due[0].number, isAcknowledged: false, at: now)
        #expect(try ledger.nextDue == nil)
        #expect(try Self.kinds(ledger).count { $0 == .notificationSent } == 8)
        #expect(try Self.kinds(ledger).last == .notificationGivenUp)

        _ = try ledger.make(Self.draft("R2", order: "A2"), at: Self.start)
        let second = try #require(try ledger.payment(client: "C1", requestID: "R2", at: Self.start))
        let failed = try ledger.fail(id: second.id, "RISK_REJECT", at: Self.start)
        #expect(failed.failure == "RISK_REJECT")
        let told = try #require(try ledger.dueNotifications(at: Self.start, limit: 10).first)
        try ledger.notificationSent(told.number, isAcknowledged: true, at: Self.start)
        #expect(try ledger.dueNotifications(at: Self.start + .seconds(1_000_000), limit: 10) == [])
        #expect(try ledger.notifications(ofPayment: second.id).map(\.acknowledgedAt) == [Self.start])
    }

    @Test("what is asked of a payment that is not there is refused by its name")
    func unknown() throws {
        let (ledger, _) = try Self.ledger()
        let error = #expect(throws: LedgerError.self) { try ledger.cancel(id: "X", at: Self.start) }
        #expect(error?.code == .unknownPayment && error?.description == "there is no payment X")
        #expect(try ledger.payment(id: "X", at: Self.start) == nil)
    }

    // MARK: Files

    @Test("what was there is there again when the file is opened anew")
    func reopened() throws {
        let folder = try TemporaryFolder()
        let path = "\(folder.path)/ledger.sqlite"
        let id = try Self.ledger(path: path).payment.id
        let ledger = try Ledger(path: path)
        #expect(try ledger.payment(id: id, at: Self.start)?.requestID == "R1")
        #expect(try ledger.payments(limit: 10).map(\.payment.id) == [id])
        _ = try ledger.make(Self.draft("R2"), at: Self.start)
        #expect(try ledger.payments(after: 1, limit: 10).map(\.payment.requestID) == ["R2"])
    }

    enum Trouble: String, CaseIterable {
        case noFolder = "cannot be opened: check that its folder exists and can be written"
        case aFolder = "cannot be read or written: check that it is a file, and its disk"
        case noDatabase = "is no ledger: name another file"
        case otherDatabase = "is a database, but no ledger: name another file"
        case newer = "was written by a newer bluetap: update this one, or name another file"
        case cut = "is damaged: name another file"
    }

    @Test("a file that is no good ledger is refused in one line, and left as it was", arguments: Trouble.allCases)
    func trouble(_ trouble: Trouble) throws {
        let folder = try TemporaryFolder()
        var path = "\(folder.path)/ledger.sqlite"
        switch trouble {
        case .noFolder: path = "\(folder.path)/nowhere/ledger.sqlite"
        case .aFolder: path = folder.path
        case .noDatabase: try Data("this is not a database, but it is long enough".utf8).write(to: URL(filePath: path))
        case .otherDatabase: try folder.sqlite(path, "CREATE TABLE cats (name TEXT)")
        case .newer:
            _ = try Self.ledger(path: path)
            try folder.sqlite(path, "INSERT INTO grdb_migrations VALUES ('of the future')")
        case .cut:
            _ = try Self.ledger(path: path)
            try folder.sqlite(path, "PRAGMA wal_checkpoint(TRUNCATE)")
            let bytes = try Data(contentsOf: URL(filePath: path))
            try (bytes.prefix(4096) + Data(repeating: 0xAA, count: bytes.count - 4096)).write(to: URL(filePath: path))
        }
        func contents() throws -> [String: Data] {
            var contents: [String: Data] = [:]
            for name in try FileManager.default.subpathsOfDirectory(atPath: folder.path) where name == "ledger.sqlite" {
                contents[name] = try Data(contentsOf: URL(filePath: "\(folder.path)/\(name)"))
            }
            return contents
        }
        let before = try contents()
        #expect(before.isEmpty == [.noFolder, .aFolder].contains(trouble))
        let error = #expect(throws: LedgerError.self) { _ = try Self.ledger(path: path) }
        #expect(error?.description == "\(path) \(trouble.rawValue)")
        #expect(try contents() == before)
        // And nothing was made where there was nothing.
        if before.isEmpty {
            #expect(try FileManager.default.subpathsOfDirectory(atPath: folder.path).isEmpty)
        }
    }
}
