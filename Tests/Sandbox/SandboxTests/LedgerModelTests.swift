import BlueTap
import Foundation
import TestSupport
import Testing

@testable import Sandbox

@Suite("The ledger beside a plain model of it")
struct LedgerModelTests {
    /// A ledger and its model, to which the same things happen.
    struct Pair {
        let folder: TemporaryFolder
        var generator: SeededGenerator
        var ledger: Ledger
        var model: LedgerModel
        /// The ledger's names of the model's payments.
        var ids: [String] = []
        var crashes = 0

        init(seed: UInt64) throws {
            folder = try TemporaryFolder()
            generator = SeededGenerator(seed: seed)
            ledger = try Ledger(path: "\(folder.path)/0.sqlite", ordersArePaidOnce: seed % 2 == 0)
            model = LedgerModel(now: Int(PaymentTests.start.secondsSince1970), ordersArePaidOnce: seed % 2 == 0)
        }

        var now: Instant { Instant(secondsSinceEpoch: Int64(model.now)) }

        mutating func number(_ range: ClosedRange<Int>) -> Int { Int.random(in: range, using: &generator) }

        mutating func name(_ names: String...) -> String { names.randomElement(using: &generator)! }

        /// Does one thing to both; the difference, if there is one.
        mutating func step() throws -> String? {
            let index = ids.isEmpty ? nil : number(max(0, ids.count - 30)...ids.count - 1)
            switch (number(0...99), index) {
            case (0..<24, _), (_, nil): return try make()
            case (24..<48, let index?): return try pay(index)
            case (48..<53, let index?):
                let code = name("RISK_REJECT", "USER_NOT_EXIST")
                model.fail(index, code)
                _ = try ledger.fail(id: ids[index], code, at: now)
                return try compare(index)
            case (53..<63, let index?):
                let expected = model.cancel(index)
                let got = "\(try ledger.cancel(id: ids[index], at: now))"
                return try differ("cancel", expected, got) ?? compare(index)
            case (63..<78, let index?): return try refund(index)
            case (78..<86, _): return try notify()
            case (86..<90, let index?):
                let (wallet, delay) = (name("Alice", "Bob", "Carol"), number(1...3000))
                model.plan(index, wallet, due: model.now + delay)
                try ledger.plan(id: ids[index], by: wallet, due: now + .seconds(delay), at: now)
                return nil
            case (90..<92, _):
                let (amount, wallet, currency) = (number(1...5000), name("Alice", "Bob"), name("HKD", "JPY"))
                model.deposit(amount, currency, wallet)
                try ledger.deposit(
                    Money(currency: currency, minorUnits: Int64(amount))!, in: wallet, at: now)
                return nil
            case (92..<95, _): return try register()
            case (95..<99, _):
                let isLong = number(0...199) == 0
                model.advance(by: number(isLong ? 1...400 * 86_400 : 1...4000))
                return nil
            default:
                try crash()
                return nil
            }
        }

        private mutating func make() throws -> String? {
            let isNew = ids.isEmpty || number(0...3) > 0
            var payment = LedgerModel.Payment(
                client: name("C1", "C2"), request: "R\(ids.count)",
                order: number(0...9) == 0 ? nil : "A\(number(0...ids.count))",
                currency: name("HKD", "JPY"), amount: number(1...2000), created: model.now,
                expires: model.now + number(60...5000), isNotified: number(0...2) > 0)
            // One of few, so that codes are scanned again.
            if number(0...1) == 0 { payment.code = "2810010200000000000\(10_000 + number(0...ids.count))" }
            if !isNew {
                let old = model.payments[number(0...ids.count - 1)]
                (payment.client, payment.request) = (old.client, old.request)
                if number(0...2) > 0 { (payment.currency, payment.amount) = (old.currency, old.amount) }
            }
            let expected = model.make(payment)
            let made = try ledger.makeByCode(
                Ledger.Draft(
                    client: payment.client, requestID: payment.request, orderID: payment.order,
                    amount: Money(currency: payment.currency, minorUnits: Int64(payment.amount))!,
                    expiresAt: Instant(secondsSinceEpoch: Int64(payment.expires)),
                    notifyURL: payment.isNotified ? "http://till" : nil, code: payment.code), at: now)
            guard case .entry(let entry) = made else { return differ("make", expected, "\(made)") }
            switch entry {
            case .made(let made):
                ids.append(made.id)
                return differ("make", expected, "made")
            case .repeated(let old):
                return differ("make", expected, "repeated \(ids.firstIndex(of: old.id).map(String.init) ?? "?")")
            case .inconsistent: return differ("make", expected, "inconsistent")
            }
        }

        private mutating func register() throws -> String? {
            let (client, request, merchant) = (name("C1", "C2"), "M\(number(0...200))", name("Tea House", "Noodles"))
            let expected = model.register("\(client) \(request)", merchant)
            let got = try ledger.register(
                Ledger.RegistrationDraft(
                    client: client, requestID: request, terms: merchant, merchant: merchant, body: "{}",
                    dueAt: now + .seconds(10)), at: now)
            return differ("register", expected, "\(got)")
        }

        private mutating func pay(_ index: Int) throws -> String? {
            let wallet = name("Alice", "Bob", "Carol")
            let expected = model.pay(index, wallet)
            let got = "\(try ledger.pay(id: ids[index], by: wallet, at: now))"
            return try differ("pay", expected, got) ?? compare(index)
        }

        private mutating func refund(_ index: Int) throws -> String? {
            let payment = model.payments[index]
            let request = "F\(number(0...max(20, ids.count)))"
            let amount = number(0...3) == 0 ? payment.amount : number(0...payment.amount + 1)
            let currency = number(0...19) == 0 ? "THB" : payment.currency
            let expected = model.refund(index, request, amount, currency)
            let got = try ledger.refund(
                id: ids[index], requestID: request, Money(currency: currency, minorUnits: Int64(amount))!, at: now)
            let text =
                switch got {
                case .entry(.made): "made"
                case .entry(.repeated): "repeated"
                case .entry(.inconsistent): "inconsistent"
                case .refused(let refusal, _): "refused \(refusal.rawValue)"
                }
            return expected == text ? try compare(index) : "refund: expected \(expected), got \(text)"
        }

        private mutating func notify() throws -> String? {
            let due = try ledger.dueNotifications(at: now, limit: .max)
            guard due.map({ Int($0.number) }) == model.due else {
                return "notifications due: expected \(model.due), got \(due.map(\.number))"
            }
            for notification in due.prefix(number(0...30)) {
                let isAcknowledged = number(0...2) == 0
                model.sent(Int(notification.number), isAcknowledged: isAcknowledged)
                try ledger.notificationSent(notification.number, isAcknowledged: isAcknowledged, at: now)
            }
            return nil
        }

        /// The process is gone at this instant: what SQLite left is opened by the next.
        private mutating func crash() throws {
            crashes += 1
            let (old, new) = ("\(folder.path)/\(crashes - 1).sqlite", "\(folder.path)/\(crashes).sqlite")
            for suffix in ["", "-wal"] where FileManager.default.fileExists(atPath: old + suffix) {
                try FileManager.default.copyItem(atPath: old + suffix, toPath: new + suffix)
            }
            ledger = try Ledger(path: new, ordersArePaidOnce: model.ordersArePaidOnce)
            for suffix in ["", "-wal", "-shm"] { try? FileManager.default.removeItem(atPath: old + suffix) }
        }

        /// - Parameter got: the case of an enum, of which the beginning counts.
        private func differ(_ what: String, _ expected: String, _ got: String) -> String? {
            let beginning = expected.replacing("refused ", with: "refused(Sandbox.Payment.Refusal.")
            return got.hasPrefix(beginning) ? nil : "\(what): expected \(expected), got \(got)"
        }

        /// Whether a payment is in the ledger as in the model.
        func compare(_ index: Int) throws -> String? {
            let expected = model.payments[index]
            guard let payment = try ledger.payment(id: ids[index], at: now) else { return "payment \(index) is gone" }
            let isAlike =
                payment.state.rawValue == expected.state && payment.failure == expected.failure
                && payment.payer == expected.payer && Int(payment.refunded) == expected.refunded
                && Int(payment.amount.minorUnits) == expected.amount && payment.orderID == expected.order
                && payment.paidAt?.secondsSince1970 == expected.paid.map(Int64.init)
            return isAlike ? nil : "payment \(index): expected \(expected), got \(payment)"
        }

        /// Whether all is as in the model.
        func compareAll() throws -> [String] {
            var differences = try model.payments.indices.compactMap { try compare($0) }
            for currency in ["HKD", "JPY"] {
                for wallet in ["Alice", "Bob", "Carol"] {
                    let expected = model.balances["\(wallet) \(currency)", default: 0]
                    if try Int(ledger.balance(ofWallet: wallet, currency: currency)) != expected {
                        differences.append("\(wallet)'s \(currency)")
                    }
                }
                for client in ["C1", "C2"] {
                    let expected = model.balances["\(client) \(currency)", default: 0]
                    if try Int(ledger.balance(ofClient: client, currency: currency)) != expected {
                        differences.append("\(client)'s \(currency)")
                    }
                }
            }
            return try differences + ledger.audit()
        }
    }

    @Test(
        "random pays, split orders, codes scanned again, refusals, cancels, refunds, registrations, notifications, crashes: alike",
        arguments: [UInt64(1), 2])
    func alike(_ seed: UInt64) async throws {
        var pair = try Pair(seed: seed)
        for await step in Rounds(2000, soak: 50_000) {
            if let difference = try pair.step() {
                Issue.record("seed \(seed), step \(step): \(difference)")
                return
            }
            let differences = step % 500 == 499 ? try pair.compareAll() : []
            #expect(differences == [], "seed \(seed), step \(step)")
        }
        let differences = try pair.compareAll()
        #expect(differences == [], "seed \(seed)")
        #expect(pair.crashes > 10)
    }
}
