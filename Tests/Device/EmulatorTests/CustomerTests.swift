import BlueTap
import Emulator
import Testing

@Suite("Customers")
struct CustomerTests {
    /// What happens after a tap by this customer: seconds since the tap, and the event's kind, with its reason.
    private static func story(
        _ customer: Customer, cancelling cancelTime: Int? = nil, expiry: Int64 = 900
    ) throws -> [String] {
        let bench = try Bench()
        _ = try bench.send(.pay(PayCommand(.trueMoney, orderID: "A1", expiryTime: expiry)))
        let before = bench.device.status.lastSequence
        bench.device.tap(customer)
        if let cancelTime {
            bench.emulator.advance(by: .seconds(cancelTime))
            _ = try bench.send(.cancel(CancelCommand()))
        }
        bench.emulator.advance(by: .seconds(2000))
        return bench.device.events(after: before).filter { !["cancelReceived", "replySent"].contains($0.kind) }.map {
            let seconds = ($0.time - EmulatorClock.virtualStart).components.seconds
            return "\(seconds) \($0.kind)" + ($0.fields["reason"].map { ": \($0)" } ?? "")
        }
    }

    struct Case: CustomTestStringConvertible, Sendable {
        let customer: Customer
        let story: [String]

        var testDescription: String { "\(customer.wallet) \(customer.outcome)" }
    }

    static let cases = [
        Case(customer: Customer(named: "Alice"), story: ["0 linkTapped", "0 paymentSucceeded", "900 linkExpired"]),
        Case(
            customer: Customer(named: "Nok"),
            story: [
                "0 linkTapped", "0 paymentPending: the wallet asks for a password", "8 paymentSucceeded",
                "900 linkExpired",
            ]),
        Case(
            customer: Customer(named: "Somchai", after: .seconds(60)),
            story: [
                "0 linkTapped", "0 paymentPending: the customer takes time", "60 paymentSucceeded", "900 linkExpired",
            ]),
        Case(
            customer: Customer(outcome: .paysLater, after: .seconds(900)),
            story: [
                "0 linkTapped", "0 paymentPending: the customer takes time", "900 linkExpired",
                "900 paymentFailed: the link ended before the customer paid",
            ]),
        Case(
            customer: Customer(named: "Bob"),
            story: ["0 linkTapped", "0 paymentFailed: USER_BALANCE_NOT_ENOUGH", "900 linkExpired"]),
        Case(
            customer: Customer(outcome: .declines),
            story: ["0 linkTapped", "0 paymentFailed: the customer declined", "900 linkExpired"]),
        Case(customer: Customer(named: "Ploy"), story: ["0 linkTapped", "900 linkExpired"]),
        Case(
            customer: Customer(named: "Krit"),
            story: [
                "0 linkTapped", "0 paymentSucceeded", "0 tapPlanned", "2 linkTapped",
                "2 paymentFailed: the link is paid already", "900 linkExpired",
            ]),
        Case(
            customer: Customer(named: "Yuki"),
            story: [
                "0 linkTapped", "0 paymentFailed: UNAVAILABLE_PAYMENT_METHOD: the wallet is none for TRUEMONEY",
                "900 linkExpired",
            ]),
        Case(
            customer: Customer(named: "Lek"),
            story: ["0 tapPlanned", "900 linkExpired", "901 tapMissed: no link is live"]),
        Case(
            customer: Customer(named: "Mei"),
            story: [
                "0 linkTapped", "0 paymentPending: paid, and the network is gone", "30 paymentSucceeded",
                "900 linkExpired",
            ]),
    ]

    @Test("each does what they are known for, at exact instants", arguments: cases)
    func habits(test: Case) throws {
        #expect(try Self.story(test.customer) == test.story)
    }

    @Test("a cancel stops who has not paid yet, and not who has")
    func cancelled() throws {
        #expect(
            try Self.story(Customer(named: "Nok"), cancelling: 3) == [
                "0 linkTapped", "0 paymentPending: the wallet asks for a password", "3 linkCancelled",
                "8 paymentFailed: the link ended before the customer paid",
            ])
        #expect(
            try Self.story(Customer(named: "Mei"), cancelling: 3) == [
                "0 linkTapped", "0 paymentPending: paid, and the network is gone", "3 linkCancelled",
                "30 paymentSucceeded",
            ])
    }

    @Test("who is named does what they always do, but for what is said of this time")
    func names() {
        #expect(Customer(named: "Bob") == Customer(wallet: "Bob", outcome: .declines, reason: .balanceNotEnough))
        #expect(Customer(named: "Bob", outcome: .pays) == Customer(wallet: "Bob"))
        #expect(Customer(named: "Bob", reason: .riskReject).reason == .riskReject)
        #expect(Customer(named: "Nobody") == Customer(wallet: "Nobody"))
        #expect(Set(Customer.known.map(\.wallet)).count == Customer.known.count)
        #expect(Set(Customer.known.map(\.outcome)) == Set(Customer.Outcome.allCases))
    }

    @Test("a link is paid once, whoever is on the way")
    func once() throws {
        let bench = try Bench()
        _ = try bench.send(.pay(PayCommand(.trueMoney)))
        for name in ["Somchai", "Nok", "Mei", "Alice"] { bench.device.tap(Customer(named: name)) }
        bench.emulator.advance(by: .seconds(100))
        #expect(bench.kinds().count { $0 == "paymentSucceeded" } == 1)
        #expect(bench.kinds().count { $0 == "paymentFailed" } == 3)
    }

    @Test("more customers than a device remembers are forgotten, and it says so")
    func crowd() throws {
        let bench = try Bench()
        _ = try bench.send(.pay(PayCommand(.trueMoney)))
        for _ in 0..<5000 { bench.device.tap(Customer(outcome: .paysLater)) }
        #expect(bench.kinds().contains("note"))
        bench.emulator.advance(by: .seconds(30))
        #expect(bench.kinds().count { $0 == "paymentSucceeded" } == 1)
    }

    @Test("who comes late or taps twice takes no link that is another's")
    func anotherLink() throws {
        for (outcome, seconds) in [(Customer.Outcome.arrivesLate, 901), (.tapsTwice, 2)] {
            let bench = try Bench()
            _ = try bench.send(.pay(PayCommand(.trueMoney, orderID: "A1")))
            bench.device.tap(Customer(wallet: "Lek", outcome: outcome))
            _ = try bench.send(.cancel(CancelCommand()))
            bench.emulator.advance(by: .seconds(1))
            _ = try bench.send(.pay(PayCommand(.trueMoney, orderID: "B", expiryTime: 3600)))
            bench.emulator.advance(by: .seconds(seconds - 1))
            let last = bench.device.events(after: 0).last
            #expect(last?.kind == "tapMissed" && last?.fields["reason"] == "the link is another customer's by now")
            #expect(bench.device.status.state == .linkReady, "\(outcome)")
        }
    }

    @Test(
        "what nobody with that outcome does is said",
        arguments: [
            (Customer(outcome: .pays, after: .seconds(1)), "a time goes with pays-later"),
            (Customer(outcome: .walksAway, after: .seconds(1)), "who walks-away does so at once"),
            (Customer(outcome: .pays, reason: .riskReject), "a reason goes with declines, not with pays"),
        ])
    func contradictions(customer: Customer, part: String) {
        #expect(customer.contradiction?.contains(part) == true)
        for known in Customer.known { #expect(known.contradiction == nil) }
    }
}
