import BlueTap
import Foundation
import TestSupport
import Testing

@testable import Sandbox

@Suite("Antom's dialect, and what it does not share with Alipay+'s")
struct AcquirerDialectTests {
    private static let payment = #""paymentId":"2026010100000000000000000001""#
    private static let success = #""result":{"resultCode":"SUCCESS","resultMessage":"success","resultStatus":"S"}"#
    private static let amount = #""paymentAmount":{"currency":"HKD","value":"1250"}"#
    private static let customer =
        #""pspCustomerInfo":{"displayCustomerId":"Alice","pspCustomerId":"Alice","pspName":"BlueTap wallet"}"#

    /// What HKD 12.50 are for Chinese customs.
    private static var customs: String {
        let worth = ExchangeRates().quote("HKD", in: "CNY")!.converted(PaymentTests.money(1250))!
        return #""customsDeclarationAmount":{"currency":"CNY","value":"\#(worth.minorUnits)"}"#
    }

    @Test("a scanned code is paid, inquired, refunded, and the refund inquired, to the byte")
    func paid() throws {
        let bench = try AcquirerBench()
        let told = """
            {\(Self.customs),\(Self.amount),"paymentCreateTime":"2026-01-01T12:00:00Z",\(Self.payment),\
            "paymentRequestId":"R1"
            """
        #expect(
            try bench.send("pay", AcquirerBench.antom(), dialect: "ams") == """
                \(told),"paymentTime":"2026-01-01T12:00:00Z",\(Self.customer),\(Self.success)}
                """)
        #expect(
            try bench.send("inquiryPayment", #"{"paymentRequestId":"R1"}"#, dialect: "ams") == """
                \(told),"paymentResultCode":"SUCCESS","paymentResultMessage":"success","paymentStatus":"SUCCESS",\
                "paymentTime":"2026-01-01T12:00:00Z",\(Self.customer),\(Self.success)}
                """)
        let amount = #"{"currency":"HKD","value":"250"}"#
        #expect(
            try bench.send(
                "refund",
                #"{"paymentId":"2026010100000000000000000001","refundRequestId":"F1","refundAmount":\#(amount)}"#,
                after: .seconds(5), dialect: "ams") == """
                    {\(Self.payment),"refundAmount":\(amount),"refundId":"2026010101000000000000000001",\
                    "refundRequestId":"F1","refundTime":"2026-01-01T12:00:05Z",\(Self.success)}
                    """)
        for name in [#""refundRequestId":"F1""#, #""refundId":"2026010101000000000000000001""#] {
            #expect(
                try bench.send("inquiryRefund", "{\(name)}", after: .seconds(6), dialect: "ams") == """
                    {"refundAmount":\(amount),"refundId":"2026010101000000000000000001","refundRequestId":"F1",\
                    "refundStatus":"SUCCESS","refundTime":"2026-01-01T12:00:05Z",\(Self.success)}
                    """)
        }
        let unknown = try bench.send("inquiryRefund", #"{"refundRequestId":"F2"}"#, dialect: "ams")
        #expect(try AcquirerBench.result(unknown) == "F REFUND_NOT_EXIST")
    }

    @Test("order and entry code are a success with the code, to the byte; of Alipay+ they are in process")
    func codes() throws {
        let bench = try AcquirerBench()
        let address = "https://sandbox.invalid/code/2026010100000000000000000001"
        let answer = """
            {"orderCodeForm":{"codeDetails":[{"codeValue":"\(address)","codeValueType":"QRCODE","displayType":"TEXT"}],\
            "expireTime":"2026-01-01T12:10:00Z","paymentMethodType":"CONNECT_WALLET"},\(Self.amount),\
            "paymentCreateTime":"2026-01-01T12:00:00Z",\(Self.payment),"paymentRequestId":"R1",\(Self.success)}
            """
        let pay = AcquirerBench.antom(scenario: "OrderCode")
        #expect(try bench.send("pay", pay, dialect: "ams") == answer)
        // Asked again it shows the same code.
        #expect(try bench.send("pay", pay, after: .seconds(9), dialect: "ams") == answer)
        let entry = try bench.send("pay", AcquirerBench.antom("R2", order: "A2", scenario: "EntryCode"), dialect: "ams")
        #expect(
            entry == """
                {\(Self.amount),"paymentCreateTime":"2026-01-01T12:00:00Z","paymentId":"2026010100000000000000000002",\
                "paymentRequestId":"R2","redirectActionForm":{"method":"GET","redirectUrl":"\
                https://sandbox.invalid/code/2026010100000000000000000002"},\(Self.success)}
                """)
        let inquiry = try bench.send("inquiryPayment", #"{"paymentRequestId":"R1"}"#, dialect: "ams")
        #expect(inquiry.contains(#""paymentStatus":"PROCESSING""#) && inquiry.contains("PAYMENT_IN_PROCESS"))
        let other = try bench.send("pay", AcquirerBench.pay("R3", order: "A3", scenario: "OrderCode"))
        #expect(try AcquirerBench.result(other) == "U PAYMENT_IN_PROCESS")
        // A code payment that the wallet takes its time for is in process in both.
        let slow = try bench.send("pay", AcquirerBench.antom("R4", order: "A4", wallet: "Somchai"), dialect: "ams")
        #expect(try AcquirerBench.result(slow) == "U PAYMENT_IN_PROCESS")
    }

    @Test(
        "what a payment in a store needs is missed when it is not there",
        arguments: [
            #","productCode":"IN_STORE_PAYMENT""#, #","paymentNotifyUrl":"http://127.0.0.1:1/told""#,
            #""referenceMerchantId":"M1","#, #""merchantName":"Noodle House","#, #""merchantMCC":"5812","#,
            #""referenceStoreId":"S1","#, #""storeName":"S","#, #","storeMCC":"5812""#, #","storeTerminalId":"T1""#,
            #","storeTerminalRequestTime":"2026-01-01T20:00:00+08:00""#, #""referenceOrderId":"A1","#,
            #""orderDescription":"Noodles","#, #""paymentMethodType":"CONNECT_WALLET","#,
            #","inStorePaymentScenario":"PaymentCode""#,
        ])
    func required(_ member: String) throws {
        let bench = try AcquirerBench()
        let whole = AcquirerBench.antom()
        let body = whole.replacing(member, with: "")
        try #require(body != whole)
        let answer = try bench.send("pay", body, dialect: "ams")
        #expect(try AcquirerBench.result(answer) == "F PARAM_ILLEGAL", "\(answer)")
        #expect(answer.contains("is missing"), "\(answer)")
        #expect(try bench.kinds() == [])
    }

    @Test("a payment may wait 30 minutes, and no longer; where the sandbox has an address, requests need none")
    func expiry() throws {
        let bench = try AcquirerBench { $0.notifyURL = "http://127.0.0.1:1/all" }
        for (request, time, result) in [
            ("R1", "2026-01-01T20:30:00+0800", "S SUCCESS"), ("R2", "2026-01-01T20:30:01+08:00", "F PARAM_ILLEGAL"),
            ("R3", "2026-01-01T20:00:00+08", "F PARAM_ILLEGAL"),
        ] {
            let body = AcquirerBench.antom(
                request, order: request, scenario: "OrderCode", more: #","paymentExpiryTime":"\#(time)""#
            ).replacing(#","paymentNotifyUrl":"http://127.0.0.1:1/told""#, with: "")
            #expect(try AcquirerBench.result(bench.send("pay", body, dialect: "ams")) == result)
        }
        #expect(try bench.ledger.payments(limit: 9).map(\.payment.notifyURL) == ["http://127.0.0.1:1/all"])
    }

    /// What is asked for, and the codes of Alipay+ and of Antom.
    private static let vocabulary: [(String, String, String)] = [
        ("a code that is none", "INVALID_CODE", "INVALID_PAYMENT_CODE"),
        ("an inquiry after the cancel", "ORDER_IS_CLOSED", "ORDER_IS_CANCELED"),
        ("a pay after the cancel", "ORDER_IS_CLOSED", "ORDER_IS_CANCELED"),
        ("an inquiry after the expiry", "ORDER_IS_CLOSED", "ORDER_IS_CLOSED"),
        ("a cancel after a part was refunded", "PROCESS_FAIL", "ORDER_STATUS_INVALID"),
        ("a refund of what is in process", "ORDER_STATUS_INVALID", "ORDER_STATUS_INVALID"),
        ("a refund of what was cancelled", "ORDER_IS_CLOSED", "ORDER_STATUS_INVALID"),
        ("an unknown path", "INVALID_API", "NO_INTERFACE_DEF"),
        ("an unknown client", "INVALID_CLIENT", "CLIENT_INVALID"),
    ]

    @Test("each dialect has codes of its own", arguments: vocabulary)
    func words(_ what: String, _ alipayPlus: String, _ antom: String) throws {
        for (dialect, expected) in [("aps", alipayPlus), ("ams", antom)] {
            #expect(try Self.code(what, dialect) == expected, "\(dialect): \(what)")
        }
    }

    /// The code with which something ends.
    private static func code(_ what: String, _ dialect: String) throws -> String {
        let bench = try AcquirerBench()
        let isAntom = dialect == "ams"
        func body(_ wallet: String = "Alice") -> String {
            isAntom ? AcquirerBench.antom(wallet: wallet) : AcquirerBench.pay(wallet: wallet)
        }
        func send(_ api: String, _ body: String, after: Duration = .zero) throws -> String {
            try bench.send(api, body, after: after, dialect: dialect)
        }
        func code(_ answer: String) throws -> String {
            let words = try AcquirerBench.result(answer).split(separator: " ")
            return words[0] == "F" ? String(words[1]) : "\(words)"
        }
        func state(_ answer: String) throws -> String {
            let object = try JSONSerialization.jsonObject(with: Data(answer.utf8)) as? [String: Any]
            return isAntom
                ? object?["paymentResultCode"] as? String ?? ""
                : (object?["paymentResult"] as? [String: String])?["resultCode"] ?? ""
        }
        let inquiry = #"{"paymentRequestId":"R1"}"#
        let refund = #"{"paymentRequestId":"R1","refundRequestId":"F1","refundAmount":{"currency":"HKD","value":"1"}}"#
        let cancel = isAntom ? "cancel" : "cancelPayment"
        switch what {
        case "a code that is none":
            return try code(send("pay", body().replacing(AcquirerBench.code("Alice"), with: "123")))
        case "an inquiry after the cancel", "a pay after the cancel":
            _ = try send("pay", body("Ploy"))
            _ = try send(cancel, inquiry)
            return what.contains("pay")
                ? try code(send("pay", body("Ploy"))) : try state(send("inquiryPayment", inquiry))
        case "an inquiry after the expiry":
            _ = try send("pay", body("Ploy"))
            return try state(send("inquiryPayment", inquiry, after: .seconds(600)))
        case "a cancel after a part was refunded":
            _ = try send("pay", body())
            _ = try send("refund", refund)
            return try code(send(cancel, inquiry))
        case "a refund of what is in process":
            _ = try send("pay", body("Ploy"))
            return try code(send("refund", refund))
        case "a refund of what was cancelled":
            _ = try send("pay", body("Ploy"))
            _ = try send(cancel, inquiry)
            return try code(send("refund", refund))
        case "an unknown path": return try code(send("payments", "{}"))
        default:
            var request = try bench.request("/\(dialect)/api/v1/payments/pay", body().utf8)
            request.headers["client-id"] = "NOBODY"
            return try code(
                String(decoding: bench.api.respond(to: request, at: AcquirerBench.start).body, as: UTF8.self))
        }
    }

    @Test("the official clients' cashier pages are made, wait for the customer, and are paid")
    func cashier() throws {
        let bench = try AcquirerBench()
        let amount = #"{"currency":"USD","value":"1000"}"#
        let session = """
            {"productCode":"CASHIER_PAYMENT","productScene":"CHECKOUT_PAYMENT","paymentRequestId":"R1","order":{"orderAmount":\
            \(amount),"orderDescription":"Tea","buyer":{"referenceBuyerId":"1"}},"paymentAmount":\(amount),\
            "paymentRedirectUrl":"http://shop/","paymentNotifyUrl":"http://shop/told"}
            """
        #expect(
            try bench.send("createPaymentSession", session, dialect: "ams") == """
                {"normalUrl":"https://sandbox.invalid/code/2026010100000000000000000001",\
                "paymentSessionData":"bluetap&&session&&2026010100000000000000000001",\
                "paymentSessionExpiryTime":"2026-01-01T12:10:00Z","paymentSessionId":"2026010100000000000000000001",\
                \(Self.success)}
                """)
        _ = try bench.ledger.pay(id: "2026010100000000000000000001", by: "Alice", at: AcquirerBench.start)
        #expect(
            try bench.send("inquiryPayment", #"{"paymentRequestId":"R1"}"#, dialect: "ams")
                .contains(#""paymentStatus":"SUCCESS""#))
        let page = AcquirerBench.pay("R2", order: "A2").replacing(
            #""isInStorePayment":"true","inStorePaymentScenario":"PaymentCode""#,
            with: #""isInStorePayment":false,"isCashierPayment":true,"presentmentMode":"UNIFIED""#)
        let answer = try bench.send("pay", page)
        #expect(try AcquirerBench.result(answer) == "U PAYMENT_IN_PROCESS")
        #expect(answer.contains(#""paymentUrl":"https://sandbox.invalid/code/2026010100000000000000000002""#))
    }

    // MARK: Money

    @Test("a settlement has its amount and its quote in the form that each dialect's clients read, fixed by the seed")
    func settlement() throws {
        let bench = try AcquirerBench { $0.rates = ExchangeRates(seed: 7) }
        let quote = try #require(ExchangeRates(seed: 7).quote("HKD", in: "USD"))
        #expect(quote == ExchangeRates(seed: 7).quote("HKD", in: "USD") && quote.pair == "USD/HKD")
        #expect(quote.price > 7.7 && quote.price < 7.9 && ExchangeRates(seed: 8).quote("HKD", in: "USD") != quote)
        let worth = try #require(quote.converted(PaymentTests.money(1250)))
        let strategy = #","settlementStrategy":{"settlementCurrency":"USD"}"#
        let antom = try bench.send("pay", AcquirerBench.antom(more: strategy), dialect: "ams")
        #expect(antom.contains(#""grossSettlementAmount":{"currency":"USD","value":"\#(worth.minorUnits)"}"#))
        #expect(
            antom.contains(
                #""settlementQuote":{"guaranteed":true,"quoteCurrencyPair":"USD/HKD","quoteExpiryTime":"2026-01-02T00:00:00Z","#
                    + #""quoteId":"Q7USDHKD","quotePrice":\#(quote.price),"quoteStartTime":"2026-01-01T00:00:00Z"}"#),
            "\(antom)")
        let alipay = try bench.send("pay", AcquirerBench.pay("R2", order: "A2", more: strategy))
        #expect(
            alipay.contains(
                #""settlementAmount":{"currency":"USD","value":"\#(worth.minorUnits)"},"settlementQuote":{"baseCurrency":"USD","#
                    + #""quoteCurrencyPair":"USD/HKD","quoteExpiryTime":"2026-01-02T00:00:00Z","quoteId":"Q7USDHKD","#
                    + #""quotePrice":"\#(quote.priceText)","quoteStartTime":"2026-01-01T00:00:00Z","quoteUnit":"1"}"#),
            "\(alipay)")
        let refund =
            #"{"paymentRequestId":"R2","refundRequestId":"F1","refundAmount":{"currency":"HKD","value":"1250"}}"#
        #expect(
            try bench.send("refund", refund).contains(
                #""settlementAmount":{"currency":"USD","value":"\#(worth.minorUnits)"}"#))
    }

    // MARK: Merchants

    private static func registration(
        _ request: String = "G1", merchant: String = "M1", mcc: String = "5812", more: String = ""
    ) -> String {
        """
        {"registrationRequestId":"\(request)","productCodes":["IN_STORE_PAYMENT"],"passThroughInfo":"{\\"a\\":1}",\
        "merchantInfo":{"referenceMerchantId":"\(merchant)","merchantMCC":"\(mcc)","merchantDisplayName":"Noodle House"},\
        "storeInfo":{"referenceStoreId":"S1","storeName":"S"}\(more)}
        """
    }

    @Test(
        "a merchant is registered: pending, then approved or rejected by the wallet, and told",
        arguments: ["ams", "aps"])
    func registration(_ dialect: String) throws {
        let bench = try AcquirerBench()
        func send(_ api: String, _ body: String, after: Duration = .zero) throws -> String {
            try bench.send(api, body, after: after, dialect: dialect, of: "merchants")
        }
        let body = Self.registration(more: #","registrationNotifyURL":"http://till/registered""#)
        let answer = #"{"passThroughInfo":"{\"a\":1}",\#(Self.success)}"#
        #expect(try send("registration", body) == answer)
        #expect(try send("registration", body, after: .seconds(1)) == answer)
        #expect(
            try AcquirerBench.result(send("registration", Self.registration())) == "F REPEAT_REQ_INCONSISTENT")
        _ = try send("registration", Self.registration("G2", merchant: "M2", mcc: "7995"))
        for name in [#""registrationRequestId":"G1""#, #""referenceMerchantId":"M1","referenceStoreId":"S1""#] {
            #expect(
                try send("inquiryRegistrationStatus", "{\(name)}", after: .seconds(9))
                    == #"{"registrationResult":{"registrationStatus":"PENDING"},\#(Self.success)}"#)
            #expect(
                try send("inquiryRegistrationStatus", "{\(name)}", after: .seconds(10)) == """
                    {"pspRegistrationResultList":[{"pspName":"BlueTap wallet","registrationResult":{"registrationStatus":\
                    "APPROVED"}}],"registrationResult":{"registrationStatus":"COMPLETED"},\(Self.success)}
                    """)
        }
        #expect(
            try send("inquiryRegistrationStatus", #"{"referenceMerchantId":"M2"}"#, after: .seconds(10)) == """
                {"pspRegistrationResultList":[{"pspName":"BlueTap wallet","registrationResult":{"registrationStatus":\
                "REJECTED","rejectReasons":"merchants of the category 7995 are not taken"}}],\
                "registrationResult":{"registrationStatus":"COMPLETED"},\(Self.success)}
                """)
        let info = #"{"referenceMerchantId":"M1"}"#
        #expect(try send("inquiryRegistrationInfo", info, after: .seconds(9)) == "{\(Self.success)}")
        #expect(
            try send("inquiryRegistrationInfo", info, after: .seconds(10)) == """
                {"merchantInfo":{"merchantDisplayName":"Noodle House","merchantMCC":"5812","referenceMerchantId":"M1"},\
                "productCodes":["IN_STORE_PAYMENT"],\(Self.success),"storeInfo":{"referenceStoreId":"S1","storeName":"S"}}
                """)
        for api in ["inquiryRegistrationStatus", "inquiryRegistrationInfo"] {
            #expect(try AcquirerBench.result(send(api, #"{"referenceMerchantId":"M3"}"#)) == "F RECORD_NOT_FOUND")
            #expect(try AcquirerBench.result(send(api, "{}")) == "F PARAM_ILLEGAL")
        }
        for wrong in [
            Self.registration("G3").replacing("storeInfo", with: "shop"),
            Self.registration("G3").replacing(#"["IN_STORE_PAYMENT"]"#, with: #""IN_STORE_PAYMENT""#),
            Self.registration("G3").replacing("IN_STORE_PAYMENT", with: "TELEPATHY"),
            Self.registration("G3").replacing("merchantInfo", with: "info"),
            Self.registration("").replacing(",", with: ""),
        ] {
            #expect(try AcquirerBench.result(send("registration", wrong)) == "F PARAM_ILLEGAL")
        }
        var request = try bench.request("/\(dialect)/api/v1/merchants/registration", body.utf8)
        request.headers["client-id"] = "NOBODY"
        let stranger = bench.api.respond(to: request, at: AcquirerBench.start).body
        #expect(try AcquirerBench.result(String(decoding: stranger, as: UTF8.self)) == "F INVALID_CLIENT")
    }

    @Test("what is told of payments, refunds and registrations, to the byte")
    func told() throws {
        let ledger = try Ledger(path: nil)
        let sandbox = PaymentSandbox(ledger: ledger, logger: .silent)
        func ask(_ path: String, _ body: String) throws -> String {
            let request = AcquirerAPI.Request(path: path, headers: ["client-id": "C1"], body: Array(body.utf8))
            return try AcquirerBench.result(
                String(decoding: sandbox.acquirer.respond(to: request, at: AcquirerBench.start).body, as: UTF8.self))
        }
        func next(after: Duration = .zero) throws -> String {
            let outgoing = try #require(try sandbox.nextOutgoing(at: AcquirerBench.start + after))
            #expect(outgoing.message.headers.map(\.name) == ["content-type", "client-id", "request-time"])
            try sandbox.sent(outgoing, problem: nil)
            return String(decoding: outgoing.message.body, as: UTF8.self)
        }
        let amount = #"{"currency":"HKD","value":"250"}"#
        #expect(try ask("/ams/api/v1/payments/pay", AcquirerBench.antom()) == "S SUCCESS")
        #expect(
            try next() == """
                {\(Self.customs),"notifyType":"PAYMENT_RESULT",\(Self.amount),"paymentCreateTime":"2026-01-01T12:00:00Z",\
                \(Self.payment),"paymentRequestId":"R1","paymentTime":"2026-01-01T12:00:00Z",\
                "pspCustomerInfo":{"displayCustomerId":"wallet","pspCustomerId":"wallet","pspName":"BlueTap wallet"},\
                \(Self.success)}
                """)
        let refund = #""refundAmount":\#(amount),"refundNotifyUrl":"http://127.0.0.1:1/refunded""#
        #expect(
            try ask("/ams/api/v1/payments/refund", #"{"paymentRequestId":"R1","refundRequestId":"F1",\#(refund)}"#)
                == "S SUCCESS")
        #expect(
            try next() == """
                {"notifyType":"REFUND_RESULT","refundAmount":\(amount),"refundId":"2026010101000000000000000001",\
                "refundRequestId":"F1","refundStatus":"SUCCESS","refundTime":"2026-01-01T12:00:00Z",\(Self.success)}
                """)
        let told = #","paymentNotifyUrl":"http://127.0.0.1:1/told""#
        #expect(try ask("/aps/api/v1/payments/pay", AcquirerBench.pay("R2", order: "A2", more: told)) == "S SUCCESS")
        _ = try next()
        #expect(
            try ask("/aps/api/v1/payments/refund", #"{"paymentRequestId":"R2","refundRequestId":"F2",\#(refund)}"#)
                == "S SUCCESS")
        #expect(
            try next() == """
                {"acquirerId":"1022188000000000001","paymentId":"2026010100000000000000000002","paymentRequestId":"R2",\
                "pspId":"1022172000000000001","refundAmount":\(amount),"refundId":"2026010101000000000000000002",\
                "refundRequestId":"F2","refundResult":{"resultCode":"SUCCESS","resultMessage":"success","resultStatus":"S"},\
                "refundTime":"2026-01-01T12:00:00Z"}
                """)
        let body = Self.registration(more: #","registrationNotifyURL":"http://127.0.0.1:1/registered""#)
        #expect(try ask("/ams/api/v1/merchants/registration", body) == "S SUCCESS")
        #expect(try sandbox.nextOutgoing(at: AcquirerBench.start + .seconds(9)) == nil)
        #expect(
            try next(after: .seconds(10)) == """
                {"pspRegistrationResultList":[{"pspName":"BlueTap wallet","registrationResult":{"registrationStatus":\
                "APPROVED"}}],"referenceMerchantId":"M1","referenceStoreId":"S1","registrationRequestId":"G1",\
                "registrationResult":{"registrationStatus":"COMPLETED"}}
                """)
        #expect(try ledger.nextDue == nil)
    }

    @Test("a payment is declared to customs, once for each name, and the declaration inquired, to the byte")
    func declarations() throws {
        let bench = try AcquirerBench()
        let declared = """
            "customs":{"customsCode":"ZHENGZHOU","region":"CN"},"declarationAmount":{"currency":"CNY","value":"1150"},\
            "merchantCustomsInfo":{"merchantCustomsCode":"M1","merchantCustomsName":"Noodle House"}
            """
        func send(_ api: String, _ body: String, _ dialect: String, after: Duration = .zero) throws -> String {
            try bench.send(api, body, after: after, dialect: dialect, of: "customs")
        }
        let alipay = #"{"paymentRequestId":"R1","customsDeclarationRequestId":"D1","isSplit":false,\#(declared)}"#
        #expect(try AcquirerBench.result(send("declare", alipay, "aps")) == "F ORDER_NOT_EXIST")
        _ = try bench.send("pay", AcquirerBench.pay())
        let answer = try send("declare", alipay, "aps")
        #expect(
            answer == """
                {"clearingChannel":"UNIONPAY","clearingTransactionId":"2026010100000000000000000001",\
                "identityCheckResult":"CHECK_PASSED","pspCustomsCode":"BLUETAP","pspDeclarationRequestId":"D1",\
                \(Self.customs.replacing("customsDeclarationAmount", with: "pspOrderAmount")),\
                "pspPaymentId":"2026010100000000000000000001",\(Self.success)}
                """)
        #expect(try send("declare", alipay, "aps", after: .seconds(1)) == answer)
        #expect(
            try AcquirerBench.result(send("declare", alipay.replacing("1150", with: "1151"), "aps"))
                == "F REPEAT_REQ_INCONSISTENT")
        #expect(
            try send(
                "inquireDeclarationRequests", #"{"declarationRequestIds":["D1","D2"]}"#, "aps", after: .seconds(10))
                    == """
                    {"declarationRecords":[{"customs":{"customsCode":"ZHENGZHOU","region":"CN"},\
                    "customsDeclarationRequestId":"D1","customsResultCode":"SUCCESS",\
                    "customsResultReturnedTime":"2026-01-01T12:00:10Z",\
                    "declarationAmount":{"currency":"CNY","value":"1150"},"declarationRequestStatus":"SUCCESS","isSplit":false,\
                    "merchantCustomsInfo":{"merchantCustomsCode":"M1","merchantCustomsName":"Noodle House"},\
                    "modifiedTime":"2026-01-01T12:00:10Z","pspDeclarationRequestId":"D1",\
                    "pspPaymentId":"2026010100000000000000000001"}],"declarationRequestsNotFound":["D2"],\(Self.success)}
                    """)
        let antom = #"{\#(Self.payment),"declarationRequestId":"D3",\#(declared)}"#
        #expect(
            try send("declare", antom, "ams") == """
                {"clearingChannel":"UNIONPAY","clearingTransactionId":"2026010100000000000000000001","customsOrderId":"A1",\
                "customsPaymentId":"2026010100000000000000000001","customsProviderRegistrationId":"BLUETAP",\
                "identityCheckResult":"CHECK_PASSED",\(Self.success)}
                """)
        #expect(
            try send("inquiryDeclarationRequests", #"{"declarationRequestIds":["D3"]}"#, "ams", after: .seconds(9))
                .contains(#""declarationRequestStatus":"PROCESSING","lastModifiedTime":"2026-01-01T12:00:00Z""#))
        for wrong in [antom.replacing("CNY", with: "HKD"), antom.replacing("customsCode", with: "code")] {
            #expect(try AcquirerBench.result(send("declare", wrong, "ams")) == "F PARAM_ILLEGAL")
        }
    }

    @Test("a code of the client's own is asked of the client, and what it says is paid and told")
    func privateCodes() throws {
        var settings = PaymentSandbox.Settings()
        settings.privateCodesURL = "http://127.0.0.1:1/aps/api/v1/payments/userInitiatedPay"
        settings.link = LinkTerms(client: "C1")
        settings.keys = try SandboxKeys()
        let sandbox = PaymentSandbox(ledger: try Ledger(path: nil), settings: settings, logger: .silent)
        let code = "https://till.example/281002040001"
        let question = try #require(sandbox.question(about: code, by: "Alice", at: AcquirerBench.start))
        #expect(
            String(decoding: question.body, as: UTF8.self) == """
                {"acquirerId":"1022188000000000001","codeValue":"\(code)","customerId":"Alice","pspId":"1022172000000000001"}
                """)
        #expect(question.objection(toStatus: 200, [:], Array("{\(Self.success)}".utf8)) == "the answer is not signed")
        let answer = """
            {\(Self.success),"codeType":"ORDER_CODE","paymentRequestId":"R1","order":{"referenceOrderId":"A1"},\
            "amount":{"currency":"HKD","value":"1250"},"paymentNotifyUrl":"http://127.0.0.1:1/told"}
            """
        func pay(_ answer: String) throws -> Ledger.Settlement {
            try sandbox.pay(privateCode: code, answer: Array(answer.utf8), by: "Alice", at: AcquirerBench.start)
        }
        guard case .paid(let payment) = try pay(answer) else { throw LedgerTests.Unexpected() }
        #expect(payment.orderID == "A1" && payment.amount == PaymentTests.money(1250))
        #expect(try pay(answer) == .alreadyPaid(payment))
        #expect(try sandbox.nextOutgoing(at: AcquirerBench.start)?.message.url == "http://127.0.0.1:1/told")
        for wrong in ["", "{}", answer.replacing("HKD", with: "ZZZ"), answer.replacing("1250", with: "1.5")] {
            #expect(throws: SandboxError.self) { try pay(wrong) }
        }
        #expect(throws: SandboxError.self) { try pay(answer.replacing("1250", with: "1251")) }
    }

    // MARK: What wallets ask

    @Test("a wallet is told the ways to pay, and what an order's code stands for until it can be paid no more")
    func wallets() throws {
        let bench = try AcquirerBench()
        let consult = #"{"paymentAmount":{"currency":"THB","value":"0"},"paymentFactor":{"isCashierPayment":true}}"#
        #expect(
            try bench.send("consultPayment", consult) == """
                {"paymentOptions":[{"enabled":"true","paymentMethodCategory":"WALLET","paymentMethodType":"CONNECT_WALLET",\
                "paymentOptionDetail":{"connectWallet":{"supportWallets":[{"walletBrandName":"BlueTap wallet","walletFeature":\
                {"supportCashierRedirection":"true","supportCodeScan":"true"},"walletName":"BLUETAP","walletRegion":"TH"}]},\
                "paymentOptionDetailType":"CONNECT_WALLET"},"preferred":"true"}],\(Self.success)}
                """)
        _ = try bench.send("pay", AcquirerBench.pay(scenario: "OrderCode"))
        let code = #"{"codeValue":"https://sandbox.invalid/code/2026010100000000000000000001"}"#
        let answer = try bench.send("userInitiatedPay", code)
        #expect(
            answer.hasPrefix(#"{"amount":{"currency":"HKD","value":"1250"},"codeType":"ORDER_CODE","order":{"env":{"#)
                && answer.hasSuffix(
                    #""paymentExpiryTime":"2026-01-01T12:10:00Z","paymentFactor":{"inStorePaymentScenario":"OrderCode","#
                        + #""isInStorePayment":"true"},"paymentRequestId":"R1",\#(Self.success)}"#),
            "\(answer)")
        let end = Duration.seconds(600)
        #expect(try AcquirerBench.result(bench.send("userInitiatedPay", code, after: end)) == "F EXPIRED_CODE")
        let unknown = try bench.send("userInitiatedPay", #"{"codeValue":"https://sandbox.invalid/code/1"}"#)
        #expect(try AcquirerBench.result(unknown) == "F INVALID_CODE")
    }
}
