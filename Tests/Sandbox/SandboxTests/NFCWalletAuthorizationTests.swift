import BlueTap
import Testing

@testable import Sandbox

@Suite("Authorisations of the NFC wallet")
struct NFCWalletAuthorizationTests {
    /// A ledger with Mastercard's side of it.
    struct Bench {
        let ledger: Ledger
        let network: NFCAuthorization

        init(_ settings: NFCAuthorization.Settings = NFCAuthorization.Settings()) throws {
            ledger = try Ledger(path: nil)
            network = NFCAuthorization(ledger: ledger, settings: settings)
        }

        static let start = PaymentTests.start
        static func money(_ minorUnits: Int64, _ currency: String = "HKD") -> Money {
            PaymentTests.money(minorUnits, currency)
        }

        func authorize(
            _ id: String = "R1", _ amount: Int64 = 1250, _ behaviour: SimulatedWallet.Behaviour = .pays,
            customData: String? = nil, at now: Instant = start
        ) throws -> NFCAuthorization.Authorization {
            try network.authorize(
                NFCAuthorization.Request(client: "C1", id: id, amount: Self.money(amount), customData: customData),
                by: SimulatedWallet(name: "Alice", behaviour: behaviour), at: now)
        }

        /// An authorisation that was approved.
        func approved(_ id: String = "R1", _ amount: Int64 = 1250, at now: Instant = start) throws -> Payment {
            guard case .approved(let payment) = try authorize(id, amount, at: now) else { throw Unexpected() }
            return payment
        }

        var alice: Int64 { get throws { try ledger.balance(ofWallet: "Alice", currency: "HKD") } }

        func kinds(_ payment: Payment) throws -> [Change.Kind] {
            try ledger.changes(ofPayment: payment.id).map(\.kind)
        }
    }

    struct Unexpected: Error {}

    static let day: Int64 = 86_400

    @Test("takes the money at once, and once for each request")
    func approved() throws {
        let bench = try Bench()
        let payment = try bench.approved()
        #expect(try bench.alice == -1250)
        #expect(try bench.authorize() == .approved(payment))
        #expect(try bench.authorize("R1", 1251) == .inconsistent)
        #expect(try bench.authorize("R2", 0) == .inconsistent)
        #expect(try bench.alice == -1250)
        #expect(try bench.ledger.audit() == [])
    }

    @Test("a wallet that refuses declines; the wallet finds its tap again by the custom data")
    func declined() throws {
        let bench = try Bench()
        guard case .declined(let payment) = try bench.authorize("R1", 1250, .declines("RISK_REJECT"), customData: "T1")
        else { throw Unexpected() }
        #expect(payment.failure == "RISK_REJECT")
        #expect(try bench.network.payments(customData: "T1", at: Bench.start) == [payment])
        #expect(try bench.network.payments(customData: "T2", at: Bench.start) == [])
    }

    @Test(
        "without a final result at its expiry of 60 s it is cancelled, and a later success is returned",
        arguments: [(59, true), (60, false), (61, false)] as [(Int64, Bool)])
    func expiry(_ delay: Int64, _ isPaid: Bool) throws {
        let bench = try Bench()
        guard case .pending(let payment) = try bench.authorize("R1", 1250, .paysLater(.seconds(delay))) else {
            throw Unexpected()
        }
        try bench.network.catchUp(to: Bench.start + .seconds(60) + .nanoseconds(-1))
        #expect(try bench.kinds(payment) == [.created] + (delay < 60 ? [.paid] : []))
        try bench.network.catchUp(to: Bench.start + .seconds(61))
        #expect(
            try bench.kinds(payment).filter { $0 != .returned } == [.created]
                + (isPaid ? [.paid] : [.closed, .cancelled])
        )
        #expect(try bench.kinds(payment).contains(.returned) == !isPaid)
        #expect(try bench.alice == (isPaid ? -1250 : 0))
        #expect(try bench.ledger.audit() == [])
    }

    @Test(
        "voided before 00:30 of the next day in UTC+8 it is cancelled, from then on refunded",
        arguments: [
            ("2026-01-01T12:00:00Z", "2026-01-01T16:30:00Z"), ("2026-01-01T15:59:59Z", "2026-01-01T16:30:00Z"),
            ("2026-01-01T16:00:00Z", "2026-01-02T16:30:00Z"),
        ])
    func voided(_ paid: String, _ end: String) throws {
        let (paid, end) = (try #require(Instant(iso8601: paid)), try #require(Instant(iso8601: end)))
        let early = try Bench()
        let payment = try early.approved(at: paid)
        let last = end.advanced(byNanoseconds: -1)
        guard case .cancelled(let cancelled) = try early.network.reverse(id: payment.id, requestID: "V1", at: last)
        else { throw Unexpected() }
        #expect(cancelled.state == .cancelled)
        #expect(try early.kinds(payment) == [.created, .paid, .reversed])
        #expect(try early.network.reverse(id: payment.id, requestID: "V1", at: end) == .cancelled(cancelled))
        #expect(try early.network.nextDue == nil)

        let late = try Bench()
        let other = try late.approved(at: paid)
        guard case .refunded(let refund) = try late.network.reverse(id: other.id, requestID: "V1", at: end) else {
            throw Unexpected()
        }
        #expect(refund.amount == Bench.money(1250))
        #expect(try late.kinds(other) == [.created, .paid, .refunded])
        #expect(try late.network.reverse(id: other.id, requestID: "V1", at: end) == .refunded(refund))
        for bench in [early, late] { #expect(try bench.alice == 0 && bench.ledger.audit() == []) }
    }

    @Test("a grace of nothing cancels on the same day only")
    func sameDay() throws {
        var settings = NFCAuthorization.Settings()
        settings.cancelGrace = .zero
        let bench = try Bench(settings)
        let payment = try bench.approved()
        let midnight = try #require(Instant(iso8601: "2026-01-01T16:00:00Z"))
        guard case .refunded = try bench.network.reverse(id: payment.id, requestID: "V1", at: midnight) else {
            throw Unexpected()
        }
    }

    @Test("a part is reversed by a refund, also on the same day, and the rest after it")
    func partial() throws {
        let bench = try Bench()
        let payment = try bench.approved()
        let now = Bench.start + .seconds(5)
        let part = try bench.network.reverse(id: payment.id, requestID: "V1", Bench.money(250), at: now)
        guard case .refunded = part else { throw Unexpected() }
        #expect(try bench.network.reverse(id: payment.id, requestID: "V1", Bench.money(250), at: now) == part)
        #expect(try bench.network.reverse(id: payment.id, requestID: "V1", Bench.money(251), at: now) == .inconsistent)
        #expect(
            try bench.network.reverse(id: payment.id, requestID: "V2", Bench.money(1001), at: now) == .refused(.amount))
        #expect(
            try bench.network.reverse(id: payment.id, requestID: "V2", Bench.money(1, "JPY"), at: now)
                == .refused(.currency))
        guard case .refunded(let rest) = try bench.network.reverse(id: payment.id, requestID: "V3", at: now) else {
            throw Unexpected()
        }
        #expect(rest.amount == Bench.money(1000))
        guard case .nothing = try bench.network.reverse(id: payment.id, requestID: "V4", at: now) else {
            throw Unexpected()
        }
        #expect(try bench.alice == 0 && bench.ledger.audit() == [])
    }

    @Test(
        "cleared below gives the difference back, above takes it, of the same moves nothing; once",
        arguments: [(1250, -1250), (1000, -1000), (0, 0), (1300, -1300)] as [(Int64, Int64)])
    func cleared(_ amount: Int64, _ balance: Int64) throws {
        let bench = try Bench()
        let payment = try bench.approved()
        let now = Bench.start + .seconds(Self.day)
        let clearing = try bench.network.clear(id: payment.id, requestID: "S1", Bench.money(amount), at: now)
        switch clearing {
        case .settled: #expect(amount == 1250)
        case .refunded(let refund): #expect(refund.amount.minorUnits == 1250 - amount)
        case .charged(let further): #expect(further.amount.minorUnits == amount - 1250)
        case .notCharged, .inconsistent, .refused: Issue.record("\(clearing)")
        }
        #expect(try bench.alice == balance)
        let again = now + .seconds(7 * Self.day)
        #expect(try bench.network.clear(id: payment.id, requestID: "S1", Bench.money(amount), at: again) == clearing)
        #expect(
            try bench.network.clear(id: payment.id, requestID: "S1", Bench.money(amount + 1), at: again)
                == .inconsistent)
        #expect(
            try bench.network.clear(id: payment.id, requestID: "S2", Bench.money(amount), at: again) == .inconsistent)
        // What is cleared does not expire.
        #expect(try bench.alice == balance && bench.ledger.audit() == [])
        #expect(try bench.network.nextDue == nil)
    }

    @Test("what was reversed in part is cleared against what is left")
    func clearedAfterReversal() throws {
        let bench = try Bench()
        let payment = try bench.approved()
        _ = try bench.network.reverse(id: payment.id, requestID: "V1", Bench.money(250), at: Bench.start)
        let now = Bench.start + .seconds(Self.day)
        guard case .settled = try bench.network.clear(id: payment.id, requestID: "S1", Bench.money(1000), at: now)
        else { throw Unexpected() }
        #expect(try bench.alice == -1000)
    }

    @Test(
        "a clearing that a crash cut in two is completed when it comes again",
        arguments: [(1000, 0), (1000, 1050), (1300, 0)] as [(Int64, Int64)])
    func cut(_ amount: Int64, _ refunded: Int64) throws {
        let bench = try Bench()
        let payment = try bench.approved()
        let now = Bench.start + .seconds(Self.day)
        let name = "clearing:\(payment.id):S1"
        _ = try bench.network.refund(id: payment.id, requestID: "F1", Bench.money(refunded), at: now)
        if amount < 1250 {
            let left = try #require(try bench.ledger.payment(id: payment.id, at: now)).refundable
            _ = try bench.ledger.refund(id: payment.id, requestID: name, Bench.money(min(250, left)), at: now)
        } else {
            let draft = Ledger.Draft(
                client: "C1", requestID: name, terms: "NFC Alice", amount: Bench.money(50),
                expiresAt: now + .seconds(60))
            _ = try bench.ledger.make(draft, at: now)
        }
        let before = try bench.alice
        switch try bench.network.clear(id: payment.id, requestID: "S1", Bench.money(amount), at: now) {
        case .refunded: #expect(try bench.alice == before)
        case .charged: #expect(try bench.alice == before - 50)
        case let other: Issue.record("\(other)")
        }
        #expect(try bench.network.nextDue == nil && bench.ledger.audit() == [])
    }

    @Test("a wallet that has too little for a clearing above is not charged, and owes nothing")
    func notCharged() throws {
        let bench = try Bench()
        try bench.ledger.deposit(Bench.money(1300), in: "Alice", at: Bench.start)
        let payment = try bench.approved()
        let now = Bench.start + .seconds(Self.day)
        let clearing = try bench.network.clear(id: payment.id, requestID: "S1", Bench.money(1301), at: now)
        guard case .notCharged(let further) = clearing else { throw Unexpected() }
        #expect(further.failure == "USER_BALANCE_NOT_ENOUGH")
        #expect(try bench.network.clear(id: payment.id, requestID: "S1", Bench.money(1301), at: now) == clearing)
        #expect(try bench.alice == 50 && bench.ledger.audit() == [])
    }

    @Test("that was never cleared goes back after 7 days at its exact instant, and a clearing after that takes it anew")
    func authorizationExpiry() throws {
        let bench = try Bench()
        let payment = try bench.approved()
        let end = Bench.start + .seconds(7 * Self.day)
        try bench.network.catchUp(to: end.advanced(byNanoseconds: -1))
        #expect(try bench.network.nextDue == end)
        #expect(try bench.alice == -1250)
        try bench.network.catchUp(to: end + .seconds(5))
        #expect(try bench.alice == 0)
        #expect(try bench.ledger.changes().last?.time == end)
        guard
            case .charged(let further) = try bench.network.clear(
                id: payment.id, requestID: "S1", Bench.money(1250), at: end + .seconds(9))
        else { throw Unexpected() }
        #expect(further.amount == Bench.money(1250))
        #expect(try bench.alice == -1250 && bench.ledger.audit() == [])
    }

    @Test("what is asked of a payment that no card has authorised is refused by its name")
    func unknown() throws {
        let bench = try Bench()
        guard case .made(let payment) = try bench.ledger.make(LedgerTests.draft(), at: Bench.start) else {
            throw Unexpected()
        }
        for id in [payment.id, "X"] {
            let error = #expect(throws: LedgerError.self) {
                try bench.network.reverse(id: id, requestID: "V1", at: Bench.start)
            }
            #expect(error?.description == "no card has authorised a payment \(id)")
        }
    }

    @Test("the end of time is no trap")
    func endOfTime() throws {
        var settings = NFCAuthorization.Settings()
        settings.authorizationExpiry = .seconds(Int64.max)
        settings.paymentExpiry = .seconds(Int64.max)
        let bench = try Bench(settings)
        _ = try bench.approved()
        _ = try bench.authorize("R2", 5, .ignores)
        try bench.network.catchUp(to: .distantFuture)
        #expect(try bench.network.nextDue == nil && bench.ledger.audit() == [])
    }
}
