import BlueTap
import Foundation
import TestSupport
import Testing

@testable import Sandbox

@Suite("Merchants' codes of the legacy gateway")
struct LegacyCodeTests {
    private static let code = "https://qr.alipay.com/ocx2026010100000000000000000001"

    private static func fee(_ fee: String) -> String {
        LegacyBench.bizData.replacing(#""passback"#, with: #""channel_fee":"\#(fee)","passback"#)
    }

    @Test("a store has at most two codes: with and without commission; another create returns the one that is there")
    func create() throws {
        let bench = try LegacyBench()
        func create(_ data: String, _ after: Duration = .zero) throws -> String? {
            let answer = try bench.send(LegacyBench.code("create", ["biz_data": data]), after: after)
            #expect(LegacyBench.result(answer) == "SUCCESS")
            return LegacyBench.field("qrcode", answer)
        }
        #expect(try create(LegacyBench.bizData) == Self.code)
        let second = try create(Self.fee("0.1"), .seconds(1))
        #expect(second == "https://qr.alipay.com/ocx2026010100000000000000000002")
        #expect(try create(LegacyBench.bizData.replacing("Drinks", with: "Snacks"), .seconds(2)) == Self.code)
        #expect(try create(Self.fee("0.2")) == second)
        #expect(try create(LegacyBench.bizData.replacing(#""S1""#, with: #""S2""#))?.hasSuffix("3") == true)
        let codes = try bench.ledger.merchantCodes(limit: 9)
        #expect(codes.map(\.code.details.store) == ["S1", "S1", "S2"])
        #expect(codes[0].code.details.name == "Drinks" && codes[0].code.client == LegacyBench.partner)
        #expect(codes[0].code.details.passback == #"{"machine":"7"}"#)
        #expect(codes[0].code.createdAt == LegacyBench.start)
        #expect(try bench.ledger.merchantCodes(after: codes[1].place, limit: 9).count == 1)
    }

    @Test("a taxi needs no store, but its driver")
    func taxi() throws {
        let bench = try LegacyBench()
        let data = #"""
            {"secondary_merchant_industry":"4121","secondary_merchant_id":"M1","secondary_merchant_name":"Cabs",\#
            "trans_currency":"JPY","currency":"JPY","taxi_operation_id":"O1","taxi_number":"N1",\#
            "taxi_driver_name":"Ken","taxi_driver_mobile":"0901","passback_parameters":"{\"a\": \"b\"}"}
            """#
        #expect(
            try LegacyBench.result(bench.send(LegacyBench.code("create", ["biz_data": data]))) == "SUCCESS")
        let details = try #require(try bench.ledger.merchantCode(Self.code)).details
        #expect(details.store == "taxi N1" && details.passback == #"{"a": "b"}"#)
    }

    @Test("a request dies after 30 minutes")
    func age() throws {
        let bench = try LegacyBench()
        let life = Duration.seconds(1800)
        #expect(
            try LegacyBench.result(bench.send(LegacyBench.code(), after: life - .nanoseconds(1))) == "SUCCESS")
        #expect(try LegacyBench.result(bench.send(LegacyBench.code(), after: life)) == "F SESSION_TIMEOUT")
    }

    @Test("a code is changed, stopped and started again by its partner alone")
    func modify() throws {
        let bench = try LegacyBench()
        _ = try bench.send(LegacyBench.code())
        _ = try bench.send(LegacyBench.code("create", ["biz_data": Self.fee("1")]))
        func modify(_ code: String, _ data: String) throws -> String {
            try LegacyBench.result(bench.send(LegacyBench.code("modify", ["qrcode": code, "biz_data": data])))
        }
        let other = LegacyBench.bizData.replacing(#""S1""#, with: #""S2""#).replacing(#""7""#, with: #""8""#)
        #expect(try modify(Self.code, Self.fee("2")) == "FAIL INVALID_PARAMETER")
        #expect(try modify("https://qr.alipay.com/ocx1", other) == "FAIL INVALID_PARAMETER")
        #expect(try modify(Self.code, other) == "SUCCESS")
        #expect(try bench.ledger.merchantCode(Self.code)?.details.passback == #"{"machine":"8"}"#)

        func status(_ status: String, _ name: String, _ bench: LegacyBench) throws -> String {
            try LegacyBench.result(
                bench.send(
                    LegacyBench.code("modifyStatus", [name: Self.code, "status": status, "biz_data": nil])))
        }
        func scan() throws -> Ledger.CodePayment {
            try bench.ledger.pay(
                merchantCode: Self.code, amount: PaymentTests.money(500), by: "Alice", at: LegacyBench.start)
        }
        for _ in 1...2 { #expect(try status("STOP", "qrcode", bench) == "SUCCESS") }
        #expect(try scan() == .invalidCode)
        #expect(try status("RESTART", "qrcode", bench) == "SUCCESS")
        guard case .settled(.paid) = try scan() else { throw LedgerTests.Unexpected() }
        #expect(try status("STOP", "qr_code", bench) == "F ILLEGAL_ARGUMENT")
        // Another partner's.
        let theirs = try bench.ledger.makeCode(
            MerchantCode.Details(store: "S9", name: "N", currency: "HKD", settlementCurrency: "HKD"), of: "2088",
            prefix: "x", notifyURL: nil, at: LegacyBench.start)
        #expect(try modify(theirs.code, other) == "FAIL INVALID_PARAMETER")
        var settings = LegacySettings()
        settings.acceptsClientSpelling = true
        let lenient = try LegacyBench(settings)
        _ = try lenient.send(LegacyBench.code())
        #expect(try status("STOP", "qr_code", lenient) == "SUCCESS")
    }

    @Test("a customer scans a code and pays: the partner is told, with what it wanted back, and refunds the rest")
    func scan() throws {
        let bench = try LegacyBench()
        _ = try bench.send(LegacyBench.code())
        func pay(_ money: Money, _ wallet: String = "Alice") throws -> Ledger.CodePayment {
            try bench.ledger.pay(
                merchantCode: Self.code, amount: money, by: wallet, at: LegacyBench.start + .seconds(10))
        }
        #expect(try pay(Money(currency: "JPY", minorUnits: 5)!) == .invalidAmount)
        #expect(try pay(PaymentTests.money(0)) == .invalidAmount)
        guard case .settled(.paid(let payment)) = try pay(PaymentTests.money(1000)) else {
            throw LedgerTests.Unexpected()
        }
        #expect(payment.gateway == .legacy && payment.client == LegacyBench.partner && payment.requestID == payment.id)
        let now = LegacyBench.start + .seconds(11)
        let told = try #require(try bench.ledger.dueNotifications(at: now, limit: 9).first)
        let message = try #require(try bench.gateway.message(for: told, at: now))
        #expect(message.url == "http://machine/notify")
        #expect(message.headers.map(\.value) == ["application/x-www-form-urlencoded; charset=UTF-8"])
        let id = LegacySignType.digest(Array("\(payment.id) 1".utf8)).prefix(24) + "0000000001"
        let signed = [
            "buyer_id=2088536507228519", "buyer_login_id=Ali***", "currency=HKD", "gmt_create=2026-01-01 20:00:10",
            "gmt_payment=2026-01-01 20:00:10", "notify_action_type=payByAccountAction", "notify_id=\(id)",
            "notify_time=2026-01-01 20:00:11", "notify_type=trade_status_sync", "out_trade_no=\(payment.id)",
            #"passback_parameters={"machine":"7"}"#, "qrcode=\(Self.code)", "seller_id=2088000000000001",
            "subject=Drinks", "total_fee=10.00", "trade_no=\(payment.id)", "trade_status=TRADE_SUCCESS",
        ].joined(separator: "&")
        let encoded = signed.replacing(" ", with: "+").replacing(":", with: "%3A").replacing("/", with: "%2F")
            .replacing("{", with: "%7B").replacing("}", with: "%7D").replacing("\"", with: "%22")
            .replacing("*", with: "%2A")
        let sign = LegacySignType.digest(Array(signed.utf8), LegacyBench.md5Key)
        #expect(String(decoding: message.body, as: UTF8.self) == "\(encoded)&sign=\(sign)&sign_type=MD5")

        // The machine gives back what was not spent.
        let refund = LegacyBench.refund("F1", "4.00", ["partner_trans_id": payment.id, "is_sync": "Y"])
        #expect(try LegacyBench.result(bench.send(refund, after: .seconds(310))) == "SUCCESS")
        #expect(try bench.ledger.balance(ofWallet: "Alice", currency: "HKD") == -600)
        #expect(try bench.ledger.notifications(ofPayment: payment.id).count == 1)
        #expect(try bench.ledger.audit() == [])
    }

    @Test("codes, what came by them, and tokens are there again when the file is opened anew")
    func persistence() throws {
        let folder = try TemporaryFolder()
        let (path, day) = ("\(folder.path)/ledger.sqlite", Duration.seconds(86_400))
        let details = MerchantCode.Details(
            store: "S1", hasCommission: true, name: "Drinks", currency: "HKD", settlementCurrency: "USD", data: "{}",
            passback: "{}")
        let now = LegacyBench.start
        let first = try Ledger(path: path)
        let code = try first.makeCode(details, of: "P", prefix: "x", notifyURL: "http://machine", at: now)
        let scan = try first.pay(merchantCode: code.code, amount: PaymentTests.money(5), by: "Alice", at: now)
        guard case .settled(.paid(let payment)) = scan else { throw LedgerTests.Unexpected() }
        let leave = try first.authorize(wallet: "Alice", client: "A", at: now)
        let second = try Ledger(path: path)
        #expect(try second.merchantCode(code.code) == code)
        #expect(try second.makeCode(details, of: "P", prefix: "y", notifyURL: nil, at: now) == code)
        #expect(try second.scan(ofPayment: payment.id) == Scan(code: code.code, passback: "{}"))
        let token = try second.token(forCode: leave.code, client: "A", life: day, refreshLife: day, at: now)
        #expect(token?.wallet == "Alice" && token?.expiresAt == now + day)
        let third = try Ledger(path: path)
        #expect(try third.token(forCode: leave.code, client: "A", life: day, refreshLife: day, at: now) == nil)
        let refresh = try #require(token?.refresh)
        #expect(try third.token(renewing: refresh, client: "B", life: day, refreshLife: day, at: now) == nil)
        #expect(try third.token(renewing: refresh, client: "A", life: day, refreshLife: day, at: now) != nil)
    }

    @Test("a wallet with too little money fails the payment, and the partner is told that it is closed")
    func tooLittle() throws {
        let bench = try LegacyBench()
        _ = try bench.send(LegacyBench.code())
        try bench.ledger.deposit(PaymentTests.money(999), in: "Alice", at: LegacyBench.start)
        let scan = try bench.ledger.pay(
            merchantCode: Self.code, amount: PaymentTests.money(1000), by: "Alice", at: LegacyBench.start)
        guard case .settled(.failed(let payment)) = scan else { throw LedgerTests.Unexpected() }
        let told = try bench.ledger.notifications(ofPayment: payment.id)
        let form = try LegacyNotificationTests.form(bench, try #require(told.first), LegacyBench.start)
        #expect(form["trade_status"] == "TRADE_CLOSED" && form["notify_action_type"] == "closeTradeAction")
    }
}
