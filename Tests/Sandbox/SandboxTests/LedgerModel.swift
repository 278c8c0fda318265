import BlueTap
import Foundation

/// What a ledger must do, told once more in the plainest way: arrays, dictionaries and a calendar.
struct LedgerModel {
    struct Payment {
        var client: String
        var request: String
        var order: String?
        var currency: String
        var amount: Int
        var created: Int
        var expires: Int
        var isNotified: Bool
        var state = "processing"
        var failure: String?
        var payer: String?
        var paid: Int?
        var refunded = 0
        var code: String?
    }

    struct Refund: Equatable {
        var payment: Int
        var amount: Int
        var currency: String
    }

    struct Told {
        var payment: Int
        var attempts = 0
        var due: Int?
    }

    /// In seconds since 1970.
    var now: Int
    var ordersArePaidOnce = false
    /// The merchants that were registered, by client and request.
    var registrations: [String: String] = [:]
    var payments: [Payment] = []
    var refunds: [String: Refund] = [:]
    var notifications: [Told] = []
    var balances: [String: Int] = [:]
    var limited: Set<String> = []
    /// What wallets will do, by payment.
    var plans: [Int: (wallet: String, due: Int, number: Int)] = [:]
    var planCount = 0

    private static let calendar: Calendar = {
        var calendar = Calendar(identifier: .gregorian)
        calendar.timeZone = TimeZone(secondsFromGMT: 8 * 3600)!
        return calendar
    }()

    mutating func advance(by seconds: Int) {
        let end = now + seconds
        while true {
            let expiries = payments.indices.filter { payments[$0].state == "processing" }
                .map { (due: payments[$0].expires, kind: 0, number: $0, wallet: "") }
            let visits = plans.map { (due: $1.due, kind: 1, number: $1.number, wallet: $1.wallet) }
            let next = (expiries + visits).filter { $0.due <= end }
                .min { ($0.due, $0.kind, $0.number) < ($1.due, $1.kind, $1.number) }
            guard let next else { break }
            now = next.due
            if next.kind == 0 {
                payments[next.number].state = "closed"
                tell(next.number, at: now)
            } else if let index = plans.first(where: { $1.number == next.number })?.key {
                plans[index] = nil
                _ = pay(index, next.wallet)
            }
        }
        now = end
    }

    mutating func plan(_ index: Int, _ wallet: String, due: Int) {
        planCount += 1
        plans[index] = (wallet, due, planCount)
    }

    private mutating func tell(_ payment: Int, at time: Int) {
        if payments[payment].isNotified { notifications.append(Told(payment: payment, due: time)) }
    }

    mutating func make(_ payment: Payment) -> String {
        let old = payments.firstIndex { $0.client == payment.client && $0.request == payment.request }
        guard let old else {
            let isUsed = payments.contains {
                $0.code != nil && $0.code == payment.code
                    && (["processing", "succeeded"].contains($0.state) || $0.paid != nil)
            }
            if isUsed { return "used" }
            payments.append(payment)
            return "made"
        }
        let isSame = payments[old].amount == payment.amount && payments[old].currency == payment.currency
        return isSame ? "repeated \(old)" : "inconsistent"
    }

    mutating func pay(_ index: Int, _ wallet: String) -> String {
        let payment = payments[index]
        let purse = "\(wallet) \(payment.currency)"
        if payment.state == "succeeded" { return payment.payer == wallet ? "alreadyPaid" : "returned" }
        guard payment.state == "processing" else { return "returned" }
        if limited.contains(purse), balances[purse, default: 0] < payment.amount {
            fail(index, "USER_BALANCE_NOT_ENOUGH")
            return "failed"
        }
        let isPaid =
            ordersArePaidOnce
            && payments.contains {
                $0.order != nil && $0.order == payment.order && $0.client == payment.client && $0.state == "succeeded"
            }
        if isPaid {
            fail(index, "ORDER_IS_CLOSED")
            return "returned"
        }
        payments[index].state = "succeeded"
        payments[index].payer = wallet
        payments[index].paid = now
        move(payment.amount, payment.currency, from: wallet, to: payment.client)
        tell(index, at: now)
        return "paid"
    }

    private mutating func move(_ amount: Int, _ currency: String, from payer: String, to payee: String) {
        balances["\(payer) \(currency)", default: 0] -= amount
        balances["\(payee) \(currency)", default: 0] += amount
    }

    mutating func fail(_ index: Int, _ code: String) {
        guard payments[index].state == "processing" else { return }
        payments[index].state = "failed"
        payments[index].failure = code
        tell(index, at: now)
    }

    mutating func cancel(_ index: Int) -> String {
        let payment = payments[index]
        if payment.state == "cancelled" { return "alreadyCancelled" }
        let made = Date(timeIntervalSince1970: Double(payment.created))
        let midnight = Self.calendar.date(byAdding: .day, value: 1, to: Self.calendar.startOfDay(for: made))!
        if Double(now) >= midnight.timeIntervalSince1970 + 900 { return "refused tooLate" }
        if payment.refunded > 0 { return "refused partlyRefunded" }
        payments[index].state = "cancelled"
        guard payment.state == "succeeded" else { return "closed" }
        payments[index].refunded = payment.amount
        move(payment.amount, payment.currency, from: payment.client, to: payment.payer!)
        return "reversed"
    }

    mutating func refund(_ index: Int, _ request: String, _ amount: Int, _ currency: String) -> String {
        let payment = payments[index]
        let wanted = Refund(payment: index, amount: amount, currency: currency)
        if let old = refunds["\(payment.client) \(request)"] { return old == wanted ? "repeated" : "inconsistent" }
        if payment.state == "processing" { return "refused processing" }
        guard payment.state == "succeeded" else { return "refused notPaid" }
        if currency != payment.currency { return "refused currency" }
        if amount < 1 || amount > payment.amount - payment.refunded { return "refused amount" }
        if now >= payment.paid! + 366 * 86_400 { return "refused tooLate" }
        refunds["\(payment.client) \(request)"] = wanted
        payments[index].refunded += amount
        move(amount, currency, from: payment.client, to: payment.payer!)
        return "made"
    }

    mutating func register(_ name: String, _ merchant: String) -> String {
        if let old = registrations[name] { return old == merchant ? "repeated" : "inconsistent" }
        registrations[name] = merchant
        return "made"
    }

    mutating func deposit(_ amount: Int, _ currency: String, _ wallet: String) {
        if limited.insert("\(wallet) \(currency)").inserted { balances["\(wallet) \(currency)"] = 0 }
        balances["\(wallet) \(currency)", default: 0] += amount
    }

    /// The numbers, from 1, of the notifications that are due, that which has waited longest first.
    var due: [Int] {
        notifications.indices.filter { (notifications[$0].due ?? .max) <= now }
            .sorted { (notifications[$0].due!, $0) < (notifications[$1].due!, $1) }.map { $0 + 1 }
    }

    mutating func sent(_ number: Int, isAcknowledged: Bool) {
        let gaps = [2, 10, 10, 60, 120, 360, 900]
        let attempts = notifications[number - 1].attempts
        notifications[number - 1].attempts += 1
        notifications[number - 1].due =
            isAcknowledged || attempts >= gaps.count ? nil : now + gaps[attempts] * 60
    }
}
