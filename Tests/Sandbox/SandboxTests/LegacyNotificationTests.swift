import BlueTap
import Foundation
import TestSupport
import Testing

@testable import Sandbox

@Suite("Notifications of the legacy gateway")
struct LegacyNotificationTests {
    /// The fields of what is sent.
    static func form(
        _ bench: LegacyBench, _ notification: PaymentNotification, _ now: Instant
    ) throws -> [String: String] {
        let message = try #require(try bench.gateway.message(for: notification, at: now))
        let pairs = String(decoding: message.body, as: UTF8.self).split(separator: "&").map {
            $0.split(separator: "=").map { $0.replacing("+", with: " ").removingPercentEncoding ?? "" }
        }
        return Dictionary(uniqueKeysWithValues: pairs.map { ($0[0], $0[1]) })
    }

    @Test("each end of a payment has its action and its state, and a refund is told where it says")
    func actions() throws {
        let bench = try LegacyBench()
        func told(_ wallet: String, _ requests: [LegacyBench.Parameters]) throws -> [String] {
            let name = "T-\(wallet)-\(requests.count)"
            _ = try bench.send(LegacyBench.pay(name, wallet: wallet))
            for request in requests {
                let named = LegacyBench.with(
                    request, [request["service"] == "alipay.acquire.cancel" ? "out_trade_no" : "partner_trans_id": name]
                )
                #expect(try LegacyBench.result(bench.send(named, after: .seconds(5))) == "SUCCESS")
            }
            let now = LegacyBench.start + .seconds(180)
            try bench.ledger.catchUp(to: now)
            let payment = try #require(
                try bench.ledger.payment(client: LegacyBench.partner, requestID: name, at: now))
            return try bench.ledger.notifications(ofPayment: payment.id).map { notification in
                let form = try Self.form(bench, notification, now)
                #expect(form["out_trade_no"] == name && form["subject"] == "Noodles")
                #expect(form["notify_type"] == "trade_status_sync" && form["total_fee"] == "12.50")
                return [
                    form["notify_action_type"], form["trade_status"], form["partner_refund_id"], form["refund_amount"],
                    notification.url.split(separator: "/").last.map(String.init),
                ].compactMap { $0 }.joined(separator: " ")
            }
        }
        let paid = "payByAccountAction TRADE_SUCCESS notify"
        let closed = "closeTradeAction TRADE_CLOSED notify"
        #expect(try told("Alice", []) == [paid])
        #expect(try told("Alice", [LegacyBench.cancel()]) == [paid, "reverseAction TRADE_CLOSED notify"])
        #expect(try told("Bob", []) == [closed])
        #expect(try told("Ploy", []) == [closed])
        #expect(try told("Ploy", [LegacyBench.cancel()]) == [closed])
        #expect(
            try told(
                "Alice",
                [
                    LegacyBench.refund("F1", "2.50"), LegacyBench.refund("F2", "3", ["is_sync": "Y"]),
                    LegacyBench.refund("F3", "7.00", ["is_sync": "N"]),
                ]) == [
                    paid,
                    // A later one does not change what an earlier one tells.
                    "refundFPAction TRADE_SUCCESS F1 2.50 refunds", "refundFPAction TRADE_CLOSED F3 7.00 refunds",
                ])
        #expect(
            try told("Alice", [LegacyBench.refund("F4", "1"), LegacyBench.query()])[1]
                == "refundFPAction TRADE_SUCCESS F4 1.00 refunds")
    }

    @Test("Python finds notifications good, and bad with anything changed", arguments: LegacySignType.allCases)
    func python(_ type: LegacySignType) throws {
        let partner =
            type == .md5
            ? LegacyPartner(md5Key: LegacyBench.md5Key)
            : LegacyPartner(publicKey: LegacyBench.key.publicKey, notificationSignType: type == .rsa ? .rsa : nil)
        let bench = try LegacyBench(LegacySettings(), .known([LegacyBench.partner: partner]))
        let pay = try LegacyBench.signed(LegacyBench.pay(changes: ["trans_name": "牛肉面 & ~a=b+"]), type)
        #expect(LegacyBench.result(bench.get(pay)) == "SUCCESS")
        let told = try bench.ledger.dueNotifications(at: LegacyBench.start, limit: 9)
        let body = try #require(try bench.gateway.message(for: told[0], at: LegacyBench.start)).body
        let key = type == .md5 ? LegacyBench.md5Key : LegacyBench.gatewayKey.publicKey.pem
        #expect(try LegacySigningTests.python("form", type, key, file: body) == "good")
        let tampered = String(decoding: body, as: UTF8.self).replacing("total_fee=12.50", with: "total_fee=12.51")
        #expect(try LegacySigningTests.python("form", type, key, file: Array(tampered.utf8)) == "bad")
    }

    @Test("a notification is signed as the request was that asked for it", arguments: LegacySignType.allCases)
    func signType(_ type: LegacySignType) throws {
        let bench = try LegacyBench()
        for request in [LegacyBench.pay(), LegacyBench.order("create", ["passback_parameters": "p"])] {
            #expect(LegacyBench.result(bench.get(try LegacyBench.signed(request, type))) == "SUCCESS")
            let name = request["partner_trans_id"] ?? request["out_trade_no"] ?? ""
            let payment = try #require(
                try bench.ledger.payment(client: LegacyBench.partner, requestID: name, at: LegacyBench.start))
            _ = try bench.ledger.pay(id: payment.id, by: "Alice", at: LegacyBench.start)
            let told = try bench.ledger.notifications(ofPayment: payment.id)
            let form = try Self.form(bench, told[0], LegacyBench.start)
            #expect(form["sign_type"] == type.rawValue)
            #expect(form["passback_parameters"] == request["passback_parameters"])
        }
    }

    @Test("attempts come at the documented gaps, eight in all, with one notify_id, and end with success")
    func attempts() throws {
        let bench = try LegacyBench()
        _ = try bench.send(LegacyBench.pay())
        var now = LegacyBench.start
        var names: Set<String> = []
        var gaps: [Int64] = []
        while let due = try bench.ledger.nextDue {
            gaps.append((due - now).components.seconds / 60)
            now = due
            let told = try #require(try bench.ledger.dueNotifications(at: now, limit: 9).first)
            names.insert(try #require(try Self.form(bench, told, now)["notify_id"]))
            try bench.ledger.notificationSent(
                told.number, isAcknowledged: LegacyGateway.isAcknowledgement("fail".utf8), at: now)
        }
        #expect(gaps == [0, 2, 10, 10, 60, 120, 360, 900] && names.count == 1)
    }

    @Test(
        "Python finds notifications in GBK good, told in the encoding of the request or in the one that is set",
        arguments: [LegacyCharset.gbk, .gb2312, .utf8])
    func charsets(_ charset: LegacyCharset) throws {
        for set in [nil, LegacyCharset.gbk] {
            var settings = LegacySettings()
            settings.notificationCharset = set
            let bench = try LegacyBench(settings)
            let pay = try LegacyBench.signed(LegacyBench.pay(changes: ["trans_name": "牛肉面"]), .md5, charset)
            #expect(LegacyBench.result(bench.get(pay, charset)) == "SUCCESS")
            let told = try bench.ledger.dueNotifications(at: LegacyBench.start, limit: 9)
            let message = try #require(try bench.gateway.message(for: told[0], at: LegacyBench.start))
            let name = (set ?? charset).rawValue
            #expect(message.headers.map(\.value) == ["application/x-www-form-urlencoded; charset=\(name)"])
            let subject = name == "UTF-8" ? "%E7%89%9B%E8%82%89%E9%9D%A2" : "%C5%A3%C8%E2%C3%E6"
            #expect(String(decoding: message.body, as: UTF8.self).contains("&subject=\(subject)&"))
            #expect(
                try LegacySigningTests.python("form", .md5, LegacyBench.md5Key, file: message.body, [name]) == "good")
        }
    }

    @Test("a payment that can be refunded no more is told as finished, once, and only where there is money left")
    func finished() throws {
        for (refund, expected) in [(nil, ["paid", "finished"]), ("12.50", ["paid", "refunded"])]
            as [(String?, [String])]
        {
            let sandbox = PaymentSandbox(ledger: try Ledger(path: nil), logger: .silent)
            func send(_ parameters: LegacyBench.Parameters) {
                let query = LegacyBench.form(parameters.merging(["partner": LegacyBench.partner]) { $1 })
                _ = sandbox.legacy.respond(
                    to: LegacyGateway.Request(method: "GET", query: query), at: LegacyBench.start)
            }
            send(LegacyBench.pay())
            var told: [(kind: Change.Kind, body: String)] = []
            func tell(until end: Instant) throws {
                while let outgoing = try sandbox.nextOutgoing(at: end) {
                    told.append((outgoing.notification.kind, String(decoding: outgoing.message.body, as: UTF8.self)))
                    try sandbox.sent(outgoing, problem: nil)
                }
            }
            try tell(until: LegacyBench.start)
            if let refund { send(LegacyBench.refund("F1", refund)) }
            let end = LegacyBench.start + .seconds(366 * 86_400)
            try tell(until: end.advanced(byNanoseconds: -1))
            #expect(!told.contains { $0.kind == .finished })
            #expect(try sandbox.ledger.nextDue == end)
            try tell(until: end + .seconds(9 * 86_400))
            #expect(told.map(\.kind.rawValue) == expected)
            #expect(try sandbox.ledger.nextDue == nil)
            let id = try #require(try sandbox.ledger.payments(limit: 1).first?.payment.id)
            #expect(try sandbox.ledger.notifications(ofPayment: id).map(\.kind.rawValue) == expected)
            if refund == nil {
                #expect(told[1].body.contains("notify_action_type=finishFPAction&"))
                #expect(told[1].body.contains("&trade_status=TRADE_FINISHED&"))
            }
        }
    }

    @Test("a payment of another API has no notification of this one")
    func others() throws {
        let bench = try LegacyBench()
        let (ledger, payment) = try LedgerTests.ledger()
        _ = try ledger.pay(id: payment.id, by: "Alice", at: LegacyBench.start)
        let told = try #require(try ledger.dueNotifications(at: LegacyBench.start, limit: 1).first)
        #expect(try bench.gateway.message(for: told, at: LegacyBench.start) == nil)
        let gateway = LegacyGateway(
            ledger: ledger, wallets: AcquirerBench.wallets, partners: .any, key: LegacyBench.key, logger: .silent)
        #expect(try gateway.message(for: told, at: LegacyBench.start) == nil)
    }

    @Test(
        "an acknowledgement is success in any case, with nothing but space around it",
        arguments: [
            ("success", true), ("SUCCESS", true), (" Success\r\n", true), ("\n\tsucceSS ", true), ("", false),
            ("fail", false), ("success!", false), ("successful", false), ("succes", false), ("\"success\"", false),
            ("s uccess", false), ("SUCCESS success", false), ("\u{53}UCCE\u{13}\u{13}", false),
        ])
    func acknowledgement(_ body: String, _ isOne: Bool) {
        #expect(LegacyGateway.isAcknowledgement(body.utf8) == isOne)
    }
}
