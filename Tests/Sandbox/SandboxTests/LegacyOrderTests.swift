import BlueTap
import Foundation
import SandboxFaults
import TestSupport
import Testing

@testable import Sandbox

@Suite("Orders of the legacy gateway that a customer pays later")
struct LegacyOrderTests {
    private static let trade = "2026010100000000000000000001"

    @Test("precreate answers a code, once for each order, and the payment is the order's")
    func precreate() throws {
        let bench = try LegacyBench()
        let first = try bench.send(LegacyBench.order())
        #expect(
            first.contains(
                """
                <response><alipay>\
                <big_pic_url>https://mobilecodec.alipay.com/show.htm?code=bax\(Self.trade)&amp;picSize=L</big_pic_url>\
                <out_trade_no>O1</out_trade_no>\
                <pic_url>https://mobilecodec.alipay.com/show.htm?code=bax\(Self.trade)&amp;picSize=M</pic_url>\
                <qr_code>https://qr.alipay.com/bax\(Self.trade)</qr_code><result_code>SUCCESS</result_code>\
                <small_pic_url>https://mobilecodec.alipay.com/show.htm?code=bax\(Self.trade)&amp;picSize=S</small_pic_url>\
                <voucher_type>qrcode</voucher_type></alipay></response>
                """))
        #expect(try bench.send(LegacyBench.order()) == first)
        #expect(
            try LegacyBench.result(bench.send(LegacyBench.order("precreate", ["total_fee": "12.51"])))
                == "FAIL DISCORDANT_REPEAT_REQUEST")
        #expect(try LegacyBench.status(bench.send(LegacyBench.query("O1"))) == "WAIT_BUYER_PAY")
        _ = try bench.ledger.pay(id: Self.trade, by: "Alice", at: LegacyBench.start + .seconds(60))
        let paid = try bench.send(LegacyBench.query("O1"), after: .seconds(61))
        #expect(LegacyBench.status(paid) == "TRADE_SUCCESS" && LegacyBench.field("currency", paid) == "HKD")
        #expect(try LegacyBench.result(bench.send(LegacyBench.order())) == "FAIL TRADE_HAS_SUCCESS")
        let back = try bench.send(
            LegacyBench.refund("F1", "12.50", ["partner_trans_id": "O1"]), after: .seconds(62))
        #expect(LegacyBench.result(back) == "SUCCESS")
        #expect(try LegacyBench.result(bench.send(LegacyBench.order())) == "FAIL TRADE_HAS_CLOSE")
    }

    @Test("create answers the trade, which its customer pays in an app; what is passed back is told")
    func create() throws {
        let bench = try LegacyBench()
        let made = try bench.send(LegacyBench.order("create", ["passback_parameters": "a|b;=牛&"]))
        #expect(
            made.contains(
                "<response><alipay><out_trade_no>O1</out_trade_no><result_code>SUCCESS</result_code>"
                    + "<trade_no>\(Self.trade)</trade_no></alipay></response>"))
        _ = try bench.ledger.pay(id: Self.trade, by: "Alice", at: LegacyBench.start)
        let told = try #require(try bench.ledger.dueNotifications(at: LegacyBench.start, limit: 9).first)
        let form = try LegacyNotificationTests.form(bench, told, LegacyBench.start)
        #expect(form["passback_parameters"] == "a|b;=牛&" && form["subject"] == "Noodles")
        #expect(form["out_trade_no"] == "O1" && form["trade_no"] == Self.trade)
    }

    @Test(
        "an order closes after it_b_pay, or after two hours",
        arguments: [
            (nil, 7200), ("1m", 60), ("90m", 5400), ("24h", 86_400), ("15d", 1_296_000),
            // At 20:00 in UTC+8: until midnight.
            ("1c", 4 * 3600),
        ] as [(String?, Int64)])
    func expiry(_ life: String?, _ seconds: Int64) throws {
        let bench = try LegacyBench()
        _ = try bench.send(LegacyBench.order("precreate", ["it_b_pay": life]))
        for (after, status) in [
            (Duration.seconds(seconds) - .nanoseconds(1), "WAIT_BUYER_PAY"), (.seconds(seconds), "TRADE_CLOSED"),
        ] {
            #expect(try LegacyBench.status(bench.send(LegacyBench.query("O1"), after: after)) == status)
        }
    }

    @Test("a request that is too old is refused, in either form of its time")
    func timestamps() throws {
        let bench = try LegacyBench()
        for stamp in ["2026-01-01 20:00:00", "1767268800000"] {
            let order = LegacyBench.order("precreate", ["timestamp": stamp])
            let late = try bench.send(order, after: .seconds(1800))
            #expect(LegacyBench.result(late) == "F SESSION_TIMEOUT")
            #expect(try LegacyBench.result(bench.send(order, after: .seconds(1799))) == "SUCCESS")
        }
    }

    @Test("the first gateway's clients say 156 for CNY, or nothing")
    func renminbi() throws {
        for changes in [["currency": "156", "trans_currency": nil], ["currency": nil, "trans_currency": nil]] {
            let bench = try LegacyBench()
            _ = try bench.send(LegacyBench.order("precreate", changes))
            #expect(try LegacyBench.field("currency", bench.send(LegacyBench.query("O1"))) == "CNY")
        }
    }

    @Test("faults hold for orders")
    func faults() throws {
        for (effect, expected) in [
            (SandboxFault.Effect.unknown, "UNKNOWN"), (.answer(code: "SYSTEM_ERROR"), "F SYSTEM_ERROR"),
            (.answer(code: "EXIST_FORBIDDEN_WORD"), "FAIL EXIST_FORBIDDEN_WORD"),
            (.failure(code: "RISK_REJECT"), "FAIL BEYOND_PAY_RESTRICTION"),
        ] {
            let gateway = LegacyGateway(
                ledger: try Ledger(path: nil), wallets: AcquirerBench.wallets, partners: LegacyBench.known,
                faults: SandboxFaultBoard([SandboxFault(effect, on: .pay, order: "O*", above: 1249)]),
                key: LegacyBench.gatewayKey, logger: .silent)
            let query = LegacyBench.form(try LegacyBench.signed(LegacyBench.order()))
            let answer = gateway.respond(
                to: LegacyGateway.Request(method: "GET", query: query), at: LegacyBench.start)
            #expect(LegacyBench.result(String(decoding: answer.body, as: UTF8.self)) == expected)
        }
    }

    // MARK: Amounts that decide

    @Test(
        "with mocking amounts decide the answer; without it they are amounts",
        arguments: [
            ("9901", "UNKNOW"), ("9901.00", "UNKNOW"), ("9902", "F SYSTEM_ERROR"),
            ("9903", "FAILED BUYER_BALANCE_NOT_ENOUGH"), ("9904", "FAILED SOUNDWAVE_PARSER_FAIL"),
            ("9905", "FAILED BEYOND_PAY_RESTRICTION"), ("9907", "FAILED BUYER_PAYMENT_AMOUNT_DAY_LIMIT_ERROR"),
            ("9908", "F ILLEGAL_SIGN"), ("9901.01", "SUCCESS"), ("99.01", "SUCCESS"), ("9900", "SUCCESS"),
        ])
    func mocking(_ amount: String, _ expected: String) throws {
        for (mocks, expected) in [(true, expected), (false, "SUCCESS")] {
            var settings = LegacySettings()
            settings.mocksByAmount = mocks
            let bench = try LegacyBench(settings)
            #expect(
                try LegacyBench.result(bench.send(LegacyBench.pay(changes: ["trans_amount": amount]))) == expected)
        }
    }

    @Test(
        "what a customer pays in CNY follows from fixed rates, whatever the currency's decimals",
        arguments: [
            ("HKD", "12.50", "0.922000", "11.53"), ("CNY", "0.01", "1.000000", "0.01"),
            ("THB", "85", "0.213000", "18.11"),
            ("JPY", "100", "0.048100", "4.81"), ("KRW", "1000", "0.005180", "5.18"),
            ("VND", "1000", "0.000283", "0.28"),
            ("USD", "100000000", "7.198000", "719800000.00"), ("USD", "0.01", "7.198000", "0.07"),
            ("XTS", "1", nil, nil),
        ] as [(String, String, String?, String?)])
    func rates(_ currency: String, _ amount: String, _ rate: String?, _ renminbi: String?) throws {
        let answer = try LegacyBench().send(LegacyBench.pay(changes: ["currency": currency, "trans_amount": amount]))
        #expect(LegacyBench.result(answer) == "SUCCESS")
        #expect(LegacyBench.field("exchange_rate", answer) == rate)
        #expect(LegacyBench.field("trans_amount_cny", answer) == renminbi)
    }

    // MARK: notify_verify

    private static func verify(
        _ gateway: LegacyGateway, _ query: String, at now: Instant, body: String = ""
    ) -> String {
        let request = LegacyGateway.Request(
            method: body.isEmpty ? "GET" : "POST", query: query, contentType: "application/x-www-form-urlencoded",
            body: Array(body.utf8))
        return String(decoding: gateway.respond(to: request, at: now).body, as: UTF8.self)
    }

    @Test("a notification is vouched for on its way and for a minute, to its partner, until it is acknowledged")
    func notifyVerify() throws {
        let bench = try LegacyBench()
        _ = try bench.send(LegacyBench.pay())
        let told = try #require(try bench.ledger.dueNotifications(at: LegacyBench.start, limit: 1).first)
        let id = try #require(try LegacyNotificationTests.form(bench, told, LegacyBench.start)["notify_id"])
        #expect(id.utf8.count == 34)
        let start = "service=notify_verify&partner="
        func ask(_ id: String, of partner: String = LegacyBench.partner, after: Duration) -> String {
            Self.verify(bench.gateway, "\(start)\(partner)&notify_id=\(id)", at: LegacyBench.start + after)
        }
        #expect(ask(id, after: .zero) == "true")
        #expect(
            Self.verify(
                bench.gateway, "", at: LegacyBench.start, body: "\(start)\(LegacyBench.partner)&notify_id=\(id)")
                == "true")
        for other in [
            "0" + id.dropFirst(), String(id.dropLast()), id + "0", "\(id.dropLast())9", "x",
            String(repeating: "9", count: 43),
        ] where other != id {
            #expect(ask(other, after: .zero) == "false", "\(other)")
        }
        #expect(ask(id, of: "2088000000000002", after: .zero) == "invalid")
        #expect(ask(id, of: "", after: .zero) == "invalid" && ask("", after: .zero) == "invalid")
        #expect(ask(String(repeating: "9", count: 65), after: .zero) == "invalid")
        // Nobody has answered: it comes again after two minutes.
        try bench.ledger.notificationSent(told.number, isAcknowledged: false, at: LegacyBench.start)
        #expect(ask(id, after: .seconds(60) - .nanoseconds(1)) == "true")
        #expect(ask(id, after: .seconds(60)) == "false")
        #expect(ask(id, after: .seconds(120)) == "true")
        try bench.ledger.notificationSent(told.number, isAcknowledged: true, at: LegacyBench.start + .seconds(120))
        #expect(ask(id, after: .seconds(120)) == "false")
    }

    @Test("another partner's notification is nobody else's")
    func others() throws {
        let others = ["2088000000000001", "2088000000000002"]
        let gateway = LegacyGateway(
            ledger: try Ledger(path: nil), wallets: AcquirerBench.wallets, partners: .any, key: nil, logger: .silent)
        let pay = LegacyBench.form(LegacyBench.pay().merging(["partner": others[0]]) { $1 })
        _ = gateway.respond(to: LegacyGateway.Request(method: "GET", query: pay), at: LegacyBench.start)
        let told = try #require(try gateway.ledger.dueNotifications(at: LegacyBench.start, limit: 1).first)
        let id = LegacyNotification.id(of: told)
        #expect(
            others.map {
                Self.verify(gateway, "service=notify_verify&partner=\($0)&notify_id=\(id)", at: LegacyBench.start)
            } == ["true", "false"])
    }
}
