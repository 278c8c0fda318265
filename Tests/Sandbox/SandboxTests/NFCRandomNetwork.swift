import BlueTap

@testable import Sandbox

/// A card network and its merchants, who do as they like.
struct NFCRandomNetwork {
    let ledger: Ledger
    let service: NFCAuthorization
    private var generator: SeededGenerator
    private var payments: [String] = []
    private var requests = 0

    init(seed: UInt64) throws {
        generator = SeededGenerator(seed: seed &+ 1000)
        ledger = try Ledger(path: nil)
        service = NFCAuthorization(ledger: ledger)
    }

    mutating func number(_ range: ClosedRange<Int>) -> Int { Int.random(in: range, using: &generator) }

    mutating func authorize(customData: String?, at now: Instant) throws {
        requests += 1
        let behaviours: [SimulatedWallet.Behaviour] = [
            .pays, .pays, .declines("RISK_REJECT"), .paysLater(.seconds(number(1...120))), .ignores,
        ]
        let wallet = SimulatedWallet(
            name: number(0...1) == 0 ? "Alice" : "Bob", behaviour: behaviours.randomElement(using: &generator)!)
        let request = NFCAuthorization.Request(
            client: "C1", id: "R\(number(max(0, requests - 3)...requests))",
            amount: PaymentTests.money(Int64(number(1...3000))), customData: customData)
        switch try service.authorize(request, by: wallet, at: now) {
        case .approved(let payment), .declined(let payment), .pending(let payment): payments.append(payment.id)
        case .inconsistent: break
        }
    }

    /// Does something with a payment, twice; what is wrong then, if something is.
    mutating func settleUp(at now: Instant) throws -> String? {
        guard !payments.isEmpty else { return nil }
        let id = payments[number(max(0, payments.count - 20)...payments.count - 1)]
        let (kind, request) = (number(0...5), "N\(number(0...requests * 3))")
        let (sum, isWhole) = (PaymentTests.money(Int64(number(0...4000))), number(0...1) == 0)
        func act() throws -> String {
            switch kind {
            case 0: return "\(try service.reverse(id: id, requestID: request, isWhole ? nil : sum, at: now))"
            case 1: return "\(try service.clear(id: id, requestID: request, sum, at: now))"
            case 2: return "\(try service.refund(id: id, requestID: request, sum, at: now))"
            case 3:
                switch try service.adjustRefund(
                    .unlinkedRefund, client: "C1", requestID: request, sum, to: "Bob", at: now)
                {
                case .made(let adjustment)?, .repeated(let adjustment)?: return "\(adjustment)"
                case .inconsistent?: return "inconsistent"
                case nil: return "nothing"
                }
            case 4 where number(of: request) % 5 == 0:
                // A wallet that has money spends only that.
                try ledger.deposit(sum, in: "Bob", at: now)
                return "deposited"
            default:
                try service.catchUp(to: now)
                return "settled"
            }
        }
        let first = try act()
        let balances = try Self.balances(of: ledger)
        if kind == 4 { return nil }
        let second = try act()
        guard first == second else { return "first \(first), then \(second)" }
        return try Self.balances(of: ledger) == balances ? nil : "\(first) moved money twice"
    }

    private func number(of request: String) -> Int { Int(request.dropFirst()) ?? 0 }

    private static func balances(of ledger: Ledger) throws -> [Int64] {
        try ["Alice", "Bob"].map { try ledger.balance(ofWallet: $0, currency: "HKD") }
            + [ledger.balance(ofClient: "C1", currency: "HKD")]
    }
}
