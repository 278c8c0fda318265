import BlueTap
import Foundation
import TestSupport
import Testing

@testable import Sandbox

@Suite("Payments of the legacy gateway")
struct LegacyPaymentTests {
    private static let trade = "2026010100000000000000000001"

    @Test("a scanned code is paid, and queried, to the byte")
    func paid() throws {
        let bench = try LegacyBench()
        let buyer =
            "<alipay_buyer_login_id>Ali***</alipay_buyer_login_id>"
            + "<alipay_buyer_user_id>\(LegacyBuyer.userID(of: "Alice"))</alipay_buyer_user_id>"
            + "<alipay_pay_time>20260101200000</alipay_pay_time><alipay_trans_id>\(Self.trade)</alipay_trans_id>"
            + "<alipay_trans_status>TRADE_SUCCESS</alipay_trans_status><currency>HKD</currency>"
            + "<exchange_rate>0.922000</exchange_rate>"
        let end =
            "<partner_trans_id>T1</partner_trans_id><payment_inst>ALIPAYCN</payment_inst>"
            + "<result_code>SUCCESS</result_code><trans_amount>12.50</trans_amount>"
            + "<trans_amount_cny>11.53</trans_amount_cny></alipay></response>"
        let pay = try bench.send(LegacyBench.pay())
        #expect(pay.contains("<response><alipay>\(buyer)\(end)<sign>"))
        #expect(pay.hasSuffix("</sign><sign_type>MD5</sign_type></alipay>"))

        let parameters = try LegacyBench.signed(LegacyBench.query())
        let text =
            "alipay_buyer_login_id=Ali***&alipay_buyer_user_id=\(LegacyBuyer.userID(of: "Alice"))"
            + "&alipay_pay_time=20260101200000&alipay_trans_id=\(Self.trade)&alipay_trans_status=TRADE_SUCCESS"
            + "&currency=HKD&exchange_rate=0.922000&out_trade_no=T1&partner_trans_id=T1&payment_inst=ALIPAYCN&result_code=SUCCESS"
            + "&trans_amount=12.50&trans_amount_cny=11.53"
        #expect(
            bench.get(parameters, after: .seconds(3)) == """
                <?xml version="1.0" encoding="UTF-8"?>
                <alipay><is_success>T</is_success><request>\
                <param name="_input_charset">UTF-8</param><param name="partner">2088000000000001</param>\
                <param name="partner_trans_id">T1</param><param name="service">alipay.acquire.overseas.query</param>\
                <param name="sign">\(try #require(parameters["sign"]))</param><param name="sign_type">MD5</param>\
                </request><response><alipay>\(buyer)<out_trade_no>T1</out_trade_no>\(end)\
                <sign>\(LegacySignType.digest(Array(text.utf8), LegacyBench.md5Key))</sign><sign_type>MD5</sign_type>\
                </alipay>
                """)
        #expect(
            bench.get(LegacyBench.with(parameters, ["sign": "x"])) == """
                <?xml version="1.0" encoding="UTF-8"?>
                <alipay><is_success>F</is_success><error>ILLEGAL_SIGN</error></alipay>
                """)
    }

    @Test("what partners are told of a buyer is always the same")
    func buyer() {
        // FNV-1a of the name, by an implementation in Python.
        #expect(LegacyBuyer.userID(of: "Alice") == "2088536507228519")
        #expect(LegacyBuyer.userID(of: "").utf8.count == 16)
        #expect(LegacyBuyer.loginID(of: "Al") == "Al***")
    }

    @Test("the same request is answered alike and pays once; another of its name is refused")
    func idempotency() throws {
        let bench = try LegacyBench()
        let first = try bench.send(LegacyBench.pay())
        #expect(try bench.send(LegacyBench.pay(), after: .seconds(100)) == first)
        for changes in [
            ["trans_amount": "12.51"], ["currency": "USD"], ["trans_name": "Rice"], ["trans_currency": "CNY"],
            ["buyer_identity_code": AcquirerBench.code("Bob")],
        ] {
            let answer = try bench.send(LegacyBench.pay(changes: changes))
            #expect(LegacyBench.result(answer) == "FAILED DISCORDANT_REPEAT_REQUEST", "\(changes)")
            #expect(LegacyBench.field("detail_error_code", answer) == "DISCORDANT_REPEAT_REQUEST")
        }
        #expect(try bench.kinds() == [.created, .paid])
    }

    @Test("nobody knows before the wallet has answered; then a repeated pay tells, or refuses")
    func repeated() throws {
        for (choice, paid, closed) in [
            (LegacySettings.RepeatedPay.tellsState, "SUCCESS", "FAILED TRADE_HAS_CLOSE"),
            (.fails, "FAILED TRADE_HAS_SUCCESS", "FAILED TRADE_HAS_CLOSE"),
        ] {
            var settings = LegacySettings()
            settings.repeatedPay = choice
            let bench = try LegacyBench(settings)
            let late = LegacyBench.pay(wallet: "Somchai")
            let never = LegacyBench.pay("T2", wallet: "Ploy")
            for (parameters, seconds, expected, status) in [
                (late, 0.0, "UNKNOW", "WAIT_BUYER_PAY"), (never, 0, "UNKNOW", "WAIT_BUYER_PAY"),
                (late, 19.999, "UNKNOW", "WAIT_BUYER_PAY"), (late, 20, paid, "TRADE_SUCCESS"),
                (never, 179.999, "UNKNOW", "WAIT_BUYER_PAY"), (never, 180, closed, "TRADE_CLOSED"),
            ] {
                let answer = try bench.send(parameters, after: .seconds(seconds))
                #expect(LegacyBench.result(answer) == expected, "\(seconds)")
                if choice == .tellsState || expected == "UNKNOW" { #expect(LegacyBench.status(answer) == status) }
                let name = try #require(parameters["partner_trans_id"])
                #expect(
                    try LegacyBench.status(bench.send(LegacyBench.query(name), after: .seconds(seconds))) == status)
            }
        }
    }

    @Test("the words that the documents spell differently are settings")
    func words() throws {
        var settings = LegacySettings()
        (settings.payUnknown, settings.payFailed, settings.queryNotFound) = ("UNKNOWN", "FAIL", "TRADE_NOT_EXIST")
        (settings.failedTradeStatus, settings.paymentInstitution) = ("TRADE_FAIL", nil)
        settings.forbiddenWords = ["durian"]
        settings.transactionCurrencies = ["MOP", "TWD", "CNY"]
        let bench = try LegacyBench(settings)
        func result(_ parameters: LegacyBench.Parameters) throws -> String {
            try LegacyBench.result(bench.send(parameters))
        }
        #expect(try result(LegacyBench.pay(wallet: "Ploy")) == "UNKNOWN")
        #expect(try result(LegacyBench.pay("T2", wallet: "Bob")) == "FAIL BUYER_BALANCE_NOT_ENOUGH")
        #expect(try LegacyBench.status(bench.send(LegacyBench.query("T2"))) == "TRADE_FAIL")
        #expect(try result(LegacyBench.query("T3")) == "FAIL TRADE_NOT_EXIST")
        #expect(
            try result(LegacyBench.pay("T4", changes: ["trans_name": "A durian"])) == "FAIL EXIST_FORBIDDEN_WORD")
        #expect(try result(LegacyBench.pay("T5", changes: ["trans_currency": "HKD"])) == "F ILLEGAL_ARGUMENT")
        let cny = try bench.send(LegacyBench.pay("T6", changes: ["trans_currency": "CNY", "currency": "USD"]))
        #expect(LegacyBench.field("currency", cny) == "CNY" && !cny.contains("payment_inst"))
    }

    @Test(
        "a wallet that refuses with a code of Alipay+ is told in the gateway's words, others as they are",
        arguments: [
            ("USER_BALANCE_NOT_ENOUGH", "BUYER_BALANCE_NOT_ENOUGH"), ("USER_NOT_EXIST", "BUYER_NOT_EXIST"),
            ("USER_STATUS_ABNORMAL", "BUYER_ENABLE_STATUS_FORBID"),
            ("USER_AMOUNT_EXCEED_LIMIT", "BUYER_PAYMENT_AMOUNT_DAY_LIMIT_ERROR"),
            ("RISK_REJECT", "BEYOND_PAY_RESTRICTION"), ("INVALID_CODE", "SOUNDWAVE_PARSER_FAIL"),
            ("ORDER_IS_CLOSED", "TRADE_HAS_CLOSE"), ("PULL_MOBILE_CASHIER_FAIL", "PULL_MOBILE_CASHIER_FAIL"),
        ])
    func declined(_ code: String, _ word: String) throws {
        let gateway = LegacyGateway(
            ledger: try Ledger(path: nil),
            wallets: WalletBook([SimulatedWallet(name: "W", behaviour: .declines(code))]),
            partners: LegacyBench.known, key: LegacyBench.gatewayKey, logger: .silent)
        for _ in 1...2 {
            let request = LegacyGateway.Request(
                method: "GET", query: LegacyBench.form(try LegacyBench.signed(LegacyBench.pay())))
            let answer = String(decoding: gateway.respond(to: request, at: LegacyBench.start).body, as: UTF8.self)
            #expect(LegacyBench.result(answer) == "FAILED \(word)")
            #expect(LegacyBench.status(answer) == "TRADE_CLOSED")
        }
    }

    @Test(
        "no payment code is told as such, and makes no payment",
        arguments: [
            "2810010200000000000000700", "281001020000000", "31100102000000000000", "abcdefghijklmnop",
            "２８１００１０２００００００００",
        ])
    func code(_ code: String) throws {
        let bench = try LegacyBench()
        let answer = try bench.send(LegacyBench.pay(changes: ["buyer_identity_code": code]))
        #expect(LegacyBench.result(answer) == "FAILED SOUNDWAVE_PARSER_FAIL")
        #expect(try bench.kinds() == [])
    }

    @Test(
        "amounts are of whole units, with decimals where the currency has them",
        arguments: [
            ("HKD", "12.5", "12.50"), ("HKD", "12", "12.00"), ("HKD", "0.01", "0.01"),
            ("HKD", "100000000.00", "100000000.00"),
            ("JPY", "100", "100"), ("JPY", "100.00", "100"), ("KRW", "100000000", "100000000"), ("VND", "1", "1"),
            ("HKD", "100000000.01", nil), ("JPY", "100.50", nil), ("HKD", "12.505", nil), ("HKD", "0.00", nil),
            ("HKD", ".5", nil), ("HKD", "5.", nil), ("HKD", "05", nil), ("HKD", "-1", nil), ("HKD", "+1", nil),
            ("HKD", "1e3", nil), ("HKD", "1,5", nil), ("HKD", "99999999999999999999", nil), ("hkd", "1", nil),
            ("HKD", "1.2.3", nil), ("HKD", " 1", nil), ("HKD", "١", nil), ("JPY", "100000001", nil),
        ] as [(String, String, String?)])
    func amounts(_ currency: String, _ amount: String, _ told: String?) throws {
        let bench = try LegacyBench()
        let answer = try bench.send(
            LegacyBench.pay(changes: ["currency": currency, "trans_amount": amount]))
        #expect(LegacyBench.field("trans_amount", answer) == told)
        #expect(LegacyBench.result(answer) == (told == nil ? "F ILLEGAL_ARGUMENT" : "SUCCESS"))
    }

    // MARK: Queries

    @Test("a payment is found by either name, of which the gateway's wins, and is its partner's alone")
    func query() throws {
        let bench = try LegacyBench()
        _ = try bench.send(LegacyBench.pay())
        for (changes, expected) in [
            (["alipay_trans_id": Self.trade], "SUCCESS"),
            (["alipay_trans_id": Self.trade, "partner_trans_id": nil], "SUCCESS"),
            (["alipay_trans_id": Self.trade, "partner_trans_id": "other"], "SUCCESS"),
            (["alipay_trans_id": "1"], "FAIL TRANS_NOT_FOUND"), (["partner_trans_id": "t1"], "FAIL TRANS_NOT_FOUND"),
            (["partner_trans_id": nil], "F ILLEGAL_ARGUMENT"),
        ] as [([String: String?], String)] {
            #expect(
                try LegacyBench.result(bench.send(LegacyBench.query("T1", changes))) == expected, "\(changes)")
        }
        // Of another partner, and of another API.
        for (gateway, client) in [(Gateway.legacy, "2088000000000009"), (.alipayPlus, LegacyBench.partner)] {
            let entry = try bench.ledger.make(
                Ledger.Draft(
                    gateway: gateway, client: client, requestID: "X1", amount: PaymentTests.money(1),
                    expiresAt: LegacyBench.start + .seconds(9)), at: LegacyBench.start)
            guard case .made(let payment) = entry else { throw LedgerTests.Unexpected() }
            for changes in [["alipay_trans_id": payment.id], [:]] {
                #expect(
                    try LegacyBench.result(bench.send(LegacyBench.query("X1", changes))) == "FAIL TRANS_NOT_FOUND")
            }
        }
    }

    @Test(
        "the pages of China and Hong Kong need other parameters",
        arguments: [
            LegacySettings.Pages.china, .hongKong,
        ])
    func pages(_ pages: LegacySettings.Pages) throws {
        var settings = LegacySettings()
        settings.pages = pages
        let bench = try LegacyBench(settings)
        #expect(try LegacyBench.result(bench.send(LegacyBench.pay(changes: ["notify_url": nil]))) == "SUCCESS")
        let query = LegacyBench.query("T1", ["partner_trans_id": nil, "alipay_trans_id": Self.trade])
        #expect(try LegacyBench.result(bench.send(query)) == "F ILLEGAL_ARGUMENT")
        #expect(
            try LegacyBench.result(bench.send(LegacyBench.refund("F1", "1.00", ["notify_url": nil]))) == "SUCCESS")
    }

    @Test("a payment is finished when it can be refunded no more, and closed when all of it was")
    func states() throws {
        let bench = try LegacyBench()
        _ = try bench.send(LegacyBench.pay())
        func status(_ after: Duration) throws -> String? {
            try LegacyBench.status(bench.send(LegacyBench.query(), after: after))
        }
        _ = try bench.send(LegacyBench.refund("F1", "12.49"), after: .seconds(1))
        let end = Duration.seconds(366 * 86_400)
        #expect(try status(end - .nanoseconds(1)) == "TRADE_SUCCESS")
        #expect(try status(end) == "TRADE_FINISHED")
        _ = try bench.send(LegacyBench.refund("F2", "0.01"), after: end - .nanoseconds(1))
        #expect(try status(end - .nanoseconds(1)) == "TRADE_CLOSED")
        #expect(
            try LegacyBench.result(bench.send(LegacyBench.pay(), after: end)) == "FAILED TRADE_HAS_CLOSE")
    }

    // MARK: Cancels

    @Test("a payment that was paid is cancelled until midnight in UTC+8, one that was not 15 minutes longer")
    func cancel() throws {
        var settings = LegacySettings()
        settings.payExpiry = .seconds(86_400)
        // At 20:00 in UTC+8.
        let midnight = Duration.seconds(4 * 3600)
        let instant = Duration.nanoseconds(1)
        for (wallet, after, expected) in [
            ("Alice", midnight - instant, "SUCCESS"), ("Alice", midnight, "FAIL REASON_ILLEGAL_STATUS"),
            ("Ploy", midnight, "SUCCESS"), ("Ploy", midnight + .seconds(900) - instant, "SUCCESS"),
            ("Ploy", midnight + .seconds(900), "FAIL REASON_ILLEGAL_STATUS"),
        ] {
            let bench = try LegacyBench(settings)
            _ = try bench.send(LegacyBench.pay(wallet: wallet))
            let answer = try bench.send(LegacyBench.cancel(), after: after)
            #expect(LegacyBench.result(answer) == expected, "\(wallet) \(after)")
            #expect(LegacyBench.field("retry_flag", answer) == "N")
            #expect(LegacyBench.field("trade_no", answer) == Self.trade)
            guard expected == "SUCCESS" else { continue }
            #expect(LegacyBench.field("action", answer) == (wallet == "Alice" ? "refund" : "close"))
            // Twice is as good as once, however late.
            #expect(
                LegacyBench.field("action", try bench.send(LegacyBench.cancel(), after: .seconds(86_400)))
                    == LegacyBench.field("action", answer))
            #expect(try LegacyBench.status(bench.send(LegacyBench.query(), after: after)) == "TRADE_CLOSED")
            #expect(try bench.ledger.balance(ofWallet: wallet, currency: "HKD") == 0)
            #expect(
                try LegacyBench.result(bench.send(LegacyBench.refund(), after: after)) == "FAIL TRADE_HAS_CLOSE")
        }
    }

    @Test("a payment is cancelled by either name, of which the gateway's wins; one that is not there is not")
    func cancelNames() throws {
        let bench = try LegacyBench()
        _ = try bench.send(LegacyBench.pay())
        let missing = try bench.send(LegacyBench.cancel("T2"))
        #expect(LegacyBench.result(missing) == "FAIL TRADE_NOT_EXIST")
        #expect(LegacyBench.field("retry_flag", missing) == "N")
        #expect(
            try LegacyBench.result(bench.send(LegacyBench.cancel("T1", ["trade_no": "1234567890123456"])))
                == "FAIL TRADE_NOT_EXIST")
        #expect(try LegacyBench.result(bench.send(LegacyBench.cancel("T2", ["trade_no": Self.trade]))) == "SUCCESS")
        #expect(try bench.kinds() == [.created, .paid, .reversed])
    }

    @Test("a wallet that pays after the cancel gets its money back at once")
    func lateSuccess() throws {
        let bench = try LegacyBench()
        _ = try bench.send(LegacyBench.pay(wallet: "Somchai"))
        #expect(try LegacyBench.result(bench.send(LegacyBench.cancel(), after: .seconds(19))) == "SUCCESS")
        #expect(
            try LegacyBench.status(bench.send(LegacyBench.query(), after: .seconds(20))) == "TRADE_CLOSED")
        try bench.ledger.catchUp(to: LegacyBench.start + .seconds(20))
        #expect(try bench.kinds() == [.created, .cancelled, .returned])
        #expect(try bench.ledger.balance(ofWallet: "Somchai", currency: "HKD") == 0)
    }

    // MARK: Refunds

    @Test("a payment is refunded in parts, once for each request, and no more than was paid")
    func refund() throws {
        let bench = try LegacyBench()
        func result(_ parameters: LegacyBench.Parameters, _ after: Duration = .seconds(5)) throws -> String {
            try LegacyBench.result(bench.send(parameters, after: after))
        }
        #expect(try result(LegacyBench.refund()) == "FAIL TRADE_NOT_EXIST")
        _ = try bench.send(LegacyBench.pay())
        let first = try bench.send(LegacyBench.refund(), after: .seconds(5))
        #expect(
            first.contains(
                "<response><alipay><alipay_trans_id>\(Self.trade)</alipay_trans_id><currency>HKD</currency>"
                    + "<partner_refund_id>F1</partner_refund_id><partner_trans_id>T1</partner_trans_id>"
                    + "<refund_amount>2.50</refund_amount><result_code>SUCCESS</result_code></alipay></response>"))
        #expect(try bench.send(LegacyBench.refund(), after: .seconds(9)) == first)
        #expect(try result(LegacyBench.refund("F1", "2.51")) == "FAIL DISCORDANT_REPEAT_REQUEST")
        #expect(try result(LegacyBench.refund("F2", "10.01")) == "FAIL RETURN_AMOUNT_EXCEED")
        #expect(try result(LegacyBench.refund("F2", "1", ["currency": "USD"])) == "FAIL INVALID_PARAMETER")
        #expect(try result(LegacyBench.refund("F2", "1", ["alipay_trans_id": "1"])) == "FAIL TRADE_NOT_EXIST")
        #expect(try result(LegacyBench.cancel()) == "FAIL TRADE_STATUS_ERROR")
        let end = Duration.seconds(366 * 86_400)
        #expect(try result(LegacyBench.refund("F3", "1"), end) == "FAIL TRADE_HAS_FINISHED")
        #expect(try result(LegacyBench.refund("F3", "10", ["is_sync": "Y"]), end - .nanoseconds(1)) == "SUCCESS")
        #expect(try result(LegacyBench.refund("F4", "1"), .seconds(9)) == "FAIL TRADE_HAS_CLOSE")
        _ = try bench.send(LegacyBench.pay("T2", wallet: "Ploy"))
        #expect(
            try result(LegacyBench.refund("F5", "1", ["partner_trans_id": "T2"])) == "FAIL TRADE_STATUS_ERROR")
        #expect(try bench.ledger.audit() == [])
    }

    @Test("a payment that was wholly refunded is not cancelled")
    func cancelRefunded() throws {
        let bench = try LegacyBench()
        _ = try bench.send(LegacyBench.pay())
        _ = try bench.send(LegacyBench.refund("F1", "12.50"))
        #expect(try LegacyBench.result(bench.send(LegacyBench.cancel())) == "FAIL TRADE_HAS_CLOSE")
    }

    @Test("a ledger that fails is a SYSTEM_ERROR")
    func systemError() throws {
        let folder = try TemporaryFolder()
        let path = "\(folder.path)/ledger.sqlite"
        let gateway = LegacyGateway(
            ledger: try Ledger(path: path), wallets: AcquirerBench.wallets, partners: LegacyBench.known,
            key: LegacyBench.gatewayKey, logger: .silent)
        let process = Process()
        process.executableURL = URL(filePath: "/usr/bin/python3")
        process.arguments = [
            "-c", "import sqlite3, sys; sqlite3.connect(sys.argv[1]).execute('DROP TABLE change')", path,
        ]
        try process.run()
        process.waitUntilExit()
        let request = LegacyGateway.Request(
            method: "GET", query: LegacyBench.form(try LegacyBench.signed(LegacyBench.pay())))
        let response = gateway.respond(to: request, at: LegacyBench.start)
        #expect(LegacyBench.result(String(decoding: response.body, as: UTF8.self)) == "F SYSTEM_ERROR")
        #expect(response.reason != nil)
    }
}
