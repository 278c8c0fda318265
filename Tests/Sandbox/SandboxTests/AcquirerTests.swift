import BlueTap
import Foundation
import TestSupport
import Testing

@testable import Sandbox

@Suite("Alipay+'s API for acquirers")
struct AcquirerTests {
    private static let ids = #""acquirerId":"1022188000000000001""#
    private static let payment = #""paymentId":"2026010100000000000000000001""#

    @Test("a scanned code is paid, to the byte")
    func paid() throws {
        let bench = try AcquirerBench()
        #expect(
            try bench.send("pay", AcquirerBench.pay()) == """
                {\(Self.ids),"customerId":"Alice","paymentAmount":{"currency":"HKD","value":"1250"},\(Self.payment),\
                "paymentTime":"2026-01-01T12:00:00Z","pspId":"1022172000000000001",\
                "result":{"resultCode":"SUCCESS","resultMessage":"success","resultStatus":"S"},\
                "walletBrandName":"BlueTap wallet"}
                """)
        #expect(
            try bench.send("inquiryPayment", #"{"paymentRequestId":"R1"}"#, after: .seconds(3)) == """
                {\(Self.ids),"customerId":"Alice","paymentAmount":{"currency":"HKD","value":"1250"},\(Self.payment),\
                "paymentRequestId":"R1",\
                "paymentResult":{"resultCode":"SUCCESS","resultMessage":"success","resultStatus":"S"},\
                "paymentTime":"2026-01-01T12:00:00Z","pspId":"1022172000000000001",\
                "result":{"resultCode":"SUCCESS","resultMessage":"success","resultStatus":"S"},\
                "walletBrandName":"BlueTap wallet"}
                """)
    }

    @Test("the same request is answered alike and pays once; another of its name is refused")
    func idempotency() throws {
        let bench = try AcquirerBench()
        let first = try bench.send("pay", AcquirerBench.pay())
        #expect(try bench.send("pay", AcquirerBench.pay(), after: .seconds(100)) == first)
        for other in [
            AcquirerBench.pay(value: "1251"), AcquirerBench.pay(scenario: "OrderCode"),
            AcquirerBench.pay().replacing("CONNECT_WALLET", with: "OTHER"),
            AcquirerBench.pay(more: #","settlementStrategy":{"settlementCurrency":"USD"}"#),
        ] {
            #expect(try AcquirerBench.result(bench.send("pay", other)) == "F REPEAT_REQ_INCONSISTENT")
        }
        #expect(try bench.kinds() == [.created, .paid])
    }

    @Test("a wallet that takes its time is in process until then: U, then S at its exact second")
    func later() throws {
        let bench = try AcquirerBench()
        #expect(
            try AcquirerBench.result(bench.send("pay", AcquirerBench.pay(wallet: "Somchai"))) == "U PAYMENT_IN_PROCESS")
        let inquiry = #"{"paymentId":"2026010100000000000000000001"}"#
        let early = try bench.send("inquiryPayment", inquiry, after: .nanoseconds(19_999_999_999))
        #expect(try AcquirerBench.result(early) == "S SUCCESS")
        #expect(try AcquirerBench.result(early, "paymentResult") == "U PAYMENT_IN_PROCESS")
        #expect(try bench.ledger.nextDue == AcquirerBench.start + .seconds(20))
        let late = try bench.send("inquiryPayment", inquiry, after: .seconds(21))
        #expect(try AcquirerBench.result(late, "paymentResult") == "S SUCCESS")
        #expect(late.contains(#""paymentTime":"2026-01-01T12:00:20Z""#))
    }

    @Test("a wallet that pays after the cancel gets its money back at once")
    func lateSuccess() throws {
        let bench = try AcquirerBench()
        _ = try bench.send("pay", AcquirerBench.pay(wallet: "Somchai"))
        #expect(try AcquirerBench.result(bench.send("cancelPayment", #"{"paymentRequestId":"R1"}"#)) == "S SUCCESS")
        try bench.ledger.catchUp(to: AcquirerBench.start + .seconds(20))
        #expect(try bench.kinds() == [.created, .cancelled, .returned])
        #expect(try bench.ledger.balance(ofWallet: "Somchai", currency: "HKD") == 0)
        let inquiry = try bench.send("inquiryPayment", #"{"paymentRequestId":"R1"}"#, after: .seconds(21))
        #expect(try AcquirerBench.result(inquiry, "paymentResult") == "F ORDER_IS_CLOSED")
    }

    @Test("a wallet that refuses fails the payment with its code, in both dialects")
    func declined() throws {
        let bench = try AcquirerBench()
        #expect(
            try AcquirerBench.result(bench.send("pay", AcquirerBench.pay(wallet: "Bob"))) == "F USER_BALANCE_NOT_ENOUGH"
        )
        let antom = try bench.send("inquiryPayment", #"{"paymentRequestId":"R1"}"#, dialect: "ams")
        #expect(try AcquirerBench.result(antom) == "S SUCCESS")
        #expect(antom.contains(#""paymentResultCode":"USER_BALANCE_NOT_ENOUGH""#))
        #expect(antom.contains(#""paymentStatus":"FAIL""#) && !antom.contains(#""paymentResult":"#))
    }

    @Test("a payment that nobody makes is closed when it expires, 10 minutes after it was asked for or when it says")
    func expiry() throws {
        let bench = try AcquirerBench()
        let until = #","paymentExpiryTime":"2026-01-01T20:01:00+08:00""#
        for (request, seconds, more) in [("R1", 600, ""), ("R2", 60, until)] {
            _ = try bench.send("pay", AcquirerBench.pay(request, order: request, wallet: "Ploy", more: more))
            let inquiry = #"{"paymentRequestId":"\#(request)"}"#
            let early = try bench.send("inquiryPayment", inquiry, after: .seconds(seconds) - .nanoseconds(1))
            #expect(try AcquirerBench.result(early, "paymentResult") == "U PAYMENT_IN_PROCESS")
        }
        for (request, seconds) in [("R2", 60), ("R1", 600)] {
            let late = try bench.send(
                "inquiryPayment", #"{"paymentRequestId":"\#(request)"}"#, after: .seconds(seconds))
            #expect(try AcquirerBench.result(late, "paymentResult") == "F ORDER_IS_CLOSED")
        }
    }

    @Test("order code and entry code wait for a customer, in the words of each dialect")
    func codes() throws {
        let bench = try AcquirerBench()
        let address = "https://sandbox.invalid/code/2026010100000000000000000001"
        let order = try bench.send("pay", AcquirerBench.pay(scenario: "OrderCode"))
        #expect(try AcquirerBench.result(order) == "U PAYMENT_IN_PROCESS")
        #expect(
            order.contains(
                #""orderCodeForm":{"codeDetails":[{"codeValue":"\#(address)","codeValueType":"QRCODE","displayType":"TEXT"}],"#
                    + #""expireTime":"2026-01-01T12:10:00Z","paymentMethodType":"CONNECT_WALLET"}"#))
        let entry = try bench.send("pay", AcquirerBench.pay("R2", order: "A2", scenario: "EntryCode"))
        #expect(entry.contains(#""paymentUrl":"https://sandbox.invalid/code/2026010100000000000000000002""#))
        // The customer comes.
        _ = try bench.ledger.pay(
            id: "2026010100000000000000000001", by: "Alice", at: AcquirerBench.start + .seconds(30))
        let paid = try bench.send("inquiryPayment", #"{"paymentRequestId":"R1"}"#, after: .seconds(31))
        #expect(try AcquirerBench.result(paid, "paymentResult") == "S SUCCESS")
    }

    @Test("a payment is cancelled until 00:15 UTC+8 of the next day, and twice is as good as once")
    func cancel() throws {
        let bench = try AcquirerBench()
        for request in ["R1", "R2"] { _ = try bench.send("pay", AcquirerBench.pay(request, order: request)) }
        // The payment is of 20:00 in UTC+8.
        let end = Duration.seconds(4 * 3600 + 15 * 60)
        let first = try bench.send("cancelPayment", #"{"paymentRequestId":"R1"}"#, after: end - .nanoseconds(1))
        #expect(
            first == """
                {\(Self.ids),"pspId":"1022172000000000001",\
                "result":{"resultCode":"SUCCESS","resultMessage":"success","resultStatus":"S"}}
                """)
        #expect(try bench.send("cancelPayment", #"{"paymentRequestId":"R1"}"#, after: end) == first)
        let late = try bench.send("cancelPayment", #"{"paymentRequestId":"R2"}"#, after: end)
        #expect(try AcquirerBench.result(late) == "F CANCEL_WINDOW_EXCEED")
        let antom = try bench.send("cancel", #"{"paymentRequestId":"R1"}"#, after: end, dialect: "ams")
        #expect(antom.contains(#""cancelTime":"2026-01-01T16:14:59Z""#) && antom.contains(Self.payment))
        #expect(try bench.kinds() == [.created, .paid, .created, .paid, .reversed])
    }

    @Test("a payment is refunded in parts, once for each request, and no more than was paid")
    func refund() throws {
        let bench = try AcquirerBench()
        func refund(_ request: String, _ value: String, after: Duration = .seconds(5)) throws -> String {
            let amount = #"{"currency":"HKD","value":"\#(value)"}"#
            return try bench.send(
                "refund", #"{"paymentRequestId":"R1","refundRequestId":"\#(request)","refundAmount":\#(amount)}"#,
                after: after)
        }
        _ = try bench.send("pay", AcquirerBench.pay())
        let first = try refund("F1", "250")
        #expect(
            first == """
                {\(Self.ids),"pspId":"1022172000000000001","refundAmount":{"currency":"HKD","value":"250"},\
                "refundId":"2026010101000000000000000001","refundTime":"2026-01-01T12:00:05Z",\
                "result":{"resultCode":"SUCCESS","resultMessage":"success","resultStatus":"S"}}
                """)
        #expect(try refund("F1", "250", after: .seconds(9)) == first)
        #expect(try AcquirerBench.result(refund("F1", "251")) == "F REPEAT_REQ_INCONSISTENT")
        #expect(try AcquirerBench.result(refund("F2", "1001")) == "F REFUND_AMOUNT_EXCEED")
        #expect(
            try AcquirerBench.result(bench.send("cancelPayment", #"{"paymentRequestId":"R1"}"#)) == "F PROCESS_FAIL")
        let end = Duration.seconds(366 * 86_400)
        #expect(try AcquirerBench.result(refund("F3", "1", after: end - .nanoseconds(1))) == "S SUCCESS")
        #expect(try AcquirerBench.result(refund("F4", "1", after: end)) == "F REFUND_WINDOW_EXCEED")
        let inquiry = try bench.send("inquiryPayment", #"{"paymentRequestId":"R1"}"#, after: end)
        #expect(inquiry.contains(#""transactionRequestId":"F3""#) && inquiry.contains(#""transactionType":"REFUND""#))
        #expect(try bench.ledger.audit() == [])
    }

    @Test("what was not paid is not refunded, and what nobody knows is not there; a payment is its client's alone")
    func notThere() throws {
        let bench = try AcquirerBench()
        let refund =
            #"{"paymentRequestId":"R1","refundRequestId":"F1","refundAmount":{"currency":"HKD","value":"1"}}"#
        for (api, body) in [
            ("inquiryPayment", #"{"paymentRequestId":"R1"}"#), ("cancelPayment", #"{"paymentId":"1"}"#),
            ("refund", refund),
        ] {
            #expect(try AcquirerBench.result(bench.send(api, body)) == "F ORDER_NOT_EXIST")
        }
        _ = try bench.send("pay", AcquirerBench.pay(wallet: "Ploy"))
        #expect(try AcquirerBench.result(bench.send("refund", refund)) == "F ORDER_STATUS_INVALID")
        _ = try bench.send("cancelPayment", #"{"paymentRequestId":"R1"}"#)
        #expect(try AcquirerBench.result(bench.send("refund", refund)) == "F ORDER_IS_CLOSED")
        guard
            case .made(let other) = try bench.ledger.make(
                Ledger.Draft(
                    client: "other", requestID: "R1", amount: PaymentTests.money(1),
                    expiresAt: AcquirerBench.start + .seconds(9)), at: AcquirerBench.start)
        else { throw LedgerTests.Unexpected() }
        #expect(
            try AcquirerBench.result(bench.send("inquiryPayment", #"{"paymentId":"\#(other.id)"}"#))
                == "F ORDER_NOT_EXIST")
    }

    // MARK: Who is not believed

    @Test("a request that was changed on its way is refused, unsigned, and changes nothing")
    func tampered() throws {
        let bench = try AcquirerBench()
        let good = try bench.request("/aps/api/v1/payments/pay", AcquirerBench.pay().utf8)
        var changed: [(AcquirerAPI.Request, String)] = []
        func change(_ expected: String, _ body: (inout AcquirerAPI.Request) -> Void) {
            var request = good
            body(&request)
            changed.append((request, expected))
        }
        change("INVALID_SIGNATURE") { $0.body = Array(AcquirerBench.pay(value: "1").utf8) }
        change("INVALID_SIGNATURE") { $0.path = "/ams/api/v1/payments/pay" }
        change("INVALID_SIGNATURE") { $0.path += "?a=b" }
        change("INVALID_SIGNATURE") { $0.headers["request-time"] = "2026-01-01T20:00:01+08:00" }
        change("INVALID_SIGNATURE") { $0.headers["signature"] = nil }
        change("INVALID_SIGNATURE") { $0.headers["signature"] = "algorithm=RSA256,keyVersion=1,signature=AAAA" }
        change("KEY_NOT_FOUND") {
            $0.headers["signature"] = $0.headers["signature"]?.replacing("keyVersion=1", with: "keyVersion=2")
        }
        change("INVALID_CLIENT") { $0.headers["client-id"] = "SANDBOX_5Y0002" }
        change("INVALID_CLIENT") { $0.headers["client-id"] = nil }
        for (request, expected) in changed {
            let response = bench.api.respond(to: request, at: AcquirerBench.start)
            let body = String(decoding: response.body, as: UTF8.self)
            #expect(try AcquirerBench.result(body) == "F \(expected)")
            #expect(!response.headers.contains { $0.name == "signature" })
        }
        #expect(try bench.kinds() == [])
        let response = bench.api.respond(to: good, at: AcquirerBench.start)
        #expect(try AcquirerBench.result(String(decoding: response.body, as: UTF8.self)) == "S SUCCESS")
    }

    // MARK: Bad input

    struct Bad: CustomTestStringConvertible {
        let testDescription: String
        var api = "pay"
        var code = "PARAM_ILLEGAL"
        let body: [UInt8]

        init(_ what: String, api: String = "pay", code: String = "PARAM_ILLEGAL", _ body: String) {
            testDescription = what
            (self.api, self.code, self.body) = (api, code, Array(body.utf8))
        }

        init(_ what: String, bytes: [UInt8]) {
            testDescription = what
            body = bytes
        }
    }

    static let bad = [
        Bad("nothing", ""), Bad("no JSON", "pay me"), Bad("a list", "[]"), Bad("a string", #""x""#),
        Bad("null", "null"),
        Bad("cut off", String(AcquirerBench.pay().dropLast())),
        Bad("no UTF-8", bytes: Array(AcquirerBench.pay().utf8.dropLast()) + [0xFF, 0x7D]),
        Bad("nested 100,000 deep", String(repeating: #"{"a":"#, count: 100_000)),
        Bad("nested in lists", #"{"a":"# + String(repeating: "[", count: 40) + String(repeating: "]", count: 40) + "}"),
        Bad(
            "an amount that is a broken number",
            AcquirerBench.pay().replacing(#""value":"1250""#, with: #""value":12.5"#)),
        Bad("an empty string that nobody reads", AcquirerBench.pay(more: #","extra":{"list":[{"x":""}]}"#)),
        Bad("a name in other letters", AcquirerBench.pay("é")), Bad("a name with a space", AcquirerBench.pay("R 1")),
        Bad("an expiry that is past", AcquirerBench.pay(more: #","paymentExpiryTime":"2020-01-01T20:01:00+08:00""#)),
        Bad("a currency that is none", code: "CURRENCY_NOT_SUPPORT", AcquirerBench.pay().replacing("HKD", with: "ZZZ")),
        Bad("rupiah that are no hundreds", AcquirerBench.pay().replacing("HKD", with: "IDR")),
        Bad("an object for a string", AcquirerBench.pay().replacing(#""R1""#, with: "{}")),
        Bad("a string for an object", AcquirerBench.pay(more: #","settlementStrategy":"USD""#)),
        Bad("an empty string", AcquirerBench.pay().replacing(#""R1""#, with: #""""#)),
        Bad("null for what is required", AcquirerBench.pay().replacing(#""R1""#, with: "null")),
        Bad("65 characters", AcquirerBench.pay(String(repeating: "é", count: 65))),
        Bad("a name that is missing", AcquirerBench.pay().replacing("referenceOrderId", with: "orderId")),
        Bad("nothing to pay", AcquirerBench.pay(value: "0")), Bad("less than nothing", AcquirerBench.pay(value: "-1")),
        Bad("a decimal amount", AcquirerBench.pay(value: "12.50")),
        Bad("too much", AcquirerBench.pay(value: "1000000000001")),
        Bad("a currency in small letters", AcquirerBench.pay().replacing("HKD", with: "hkd")),
        Bad("an unknown scenario", AcquirerBench.pay(scenario: "orderCode")),
        Bad("a time without offset", AcquirerBench.pay(more: #","paymentExpiryTime":"2026-01-01T20:01:00""#)),
        Bad("an address that is none", AcquirerBench.pay(more: #","paymentNotifyUrl":"file:///etc/passwd""#)),
        Bad("an entry code without a store", AcquirerBench.pay(scenario: "EntryCode").replacing("store", with: "shop")),
        Bad(
            "no payment code", code: "INVALID_CODE",
            AcquirerBench.pay().replacing(AcquirerBench.code("Alice", "R1"), with: "123")),
        Bad("an inquiry of nothing", api: "inquiryPayment", "{}"),
        Bad("a cancel of nothing", api: "cancelPayment", #"{"paymentId":null}"#),
        Bad("a refund of nothing", api: "refund", #"{"paymentRequestId":"R1","refundRequestId":"F1"}"#),
        Bad("an unknown API", api: "payments", code: "INVALID_API", "{}"),
        Bad("the other dialect's word", api: "cancel", code: "INVALID_API", "{}"),
    ]

    @Test("bad input has its code, and changes nothing", arguments: bad)
    func badInput(_ bad: Bad) throws {
        let bench = try AcquirerBench()
        let request = try bench.request("/aps/api/v1/payments/\(bad.api)", bad.body)
        let body = String(decoding: bench.api.respond(to: request, at: AcquirerBench.start).body, as: UTF8.self)
        #expect(try AcquirerBench.result(body) == "F \(bad.code)", "\(body)")
        #expect(!body.contains("\n") && body.utf8.count < 500)
        #expect(try bench.kinds() == [])
    }

    @Test("another method or media type is refused")
    func envelope() throws {
        let bench = try AcquirerBench()
        var request = try bench.request("/aps/api/v1/payments/pay", AcquirerBench.pay().utf8)
        request.method = "GET"
        let get = bench.api.respond(to: request, at: AcquirerBench.start)
        #expect(try AcquirerBench.result(String(decoding: get.body, as: UTF8.self)) == "F METHOD_NOT_SUPPORTED")
        request.method = "POST"
        request.headers["content-type"] = "text/xml"
        let xml = bench.api.respond(to: request, at: AcquirerBench.start)
        #expect(try AcquirerBench.result(String(decoding: xml.body, as: UTF8.self)) == "F MEDIA_TYPE_NOT_ACCEPTABLE")
        #expect(try bench.kinds() == [])
    }

    @Test("truth values may be bare, as the SDKs write them")
    func truth() throws {
        let bench = try AcquirerBench()
        let body = AcquirerBench.pay().replacing(#""isInStorePayment":"true""#, with: #""isInStorePayment":true"#)
        #expect(try AcquirerBench.result(bench.send("pay", body)) == "S SUCCESS")
    }

    @Test("mutated requests are answered, each with a result, and the money adds up")
    func mutated() async throws {
        let bench = try AcquirerBench()
        let seed = UInt64.random(in: 0...UInt64.max)
        var generator = SeededGenerator(seed: seed)
        let api = AcquirerAPI(
            ledger: bench.ledger, wallets: AcquirerBench.wallets, clients: .any, key: bench.gatewayKey, logger: .silent)
        let goods: [(String, String)] = [
            ("pay", AcquirerBench.pay()), ("inquiryPayment", #"{"paymentRequestId":"R1"}"#),
            ("cancelPayment", #"{"paymentRequestId":"R1"}"#),
            (
                "refund",
                #"{"paymentRequestId":"R1","refundRequestId":"F1","refundAmount":{"currency":"HKD","value":"1"}}"#
            ),
        ]
        for await round in Rounds(1000, soak: 50_000) {
            let (name, good) = goods[round % 4]
            var body = Array(good.utf8)
            for _ in 0..<Int.random(in: 0...4, using: &generator) {
                let at = Int.random(in: 0..<body.count, using: &generator)
                switch Int.random(in: 0..<3, using: &generator) {
                case 0: body[at] = UInt8.random(in: 0...255, using: &generator)
                case 1: body.remove(at: at)
                default: body.insert(UInt8.random(in: 0x20...0x7E, using: &generator), at: at)
                }
            }
            let request = AcquirerAPI.Request(
                path: "/aps/api/v1/payments/\(name)", headers: ["client-id": "C"], body: body)
            let response = api.respond(to: request, at: AcquirerBench.start + .seconds(round))
            let answer = String(decoding: response.body, as: UTF8.self)
            let result = try AcquirerBench.result(answer)
            #expect(result.count > 3 && result != "U UNKNOWN_EXCEPTION", "seed \(seed): \(result)")
        }
        // Some of them are good still.
        #expect(try Set(bench.kinds()).isSuperset(of: [.created, .paid]), "seed \(seed)")
        #expect(try bench.ledger.audit() == [])
    }
}
