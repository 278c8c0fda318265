import BlueTap
import Foundation
import Testing

@testable import Sandbox

@Suite("The wire as official and public clients read and write it")
struct AcquirerWireTests {
    @Test("answers have their headers' names in lower case")
    func headers() throws {
        let bench = try AcquirerBench()
        let response = bench.api.respond(
            to: try bench.request("/ams/api/v1/payments/pay", AcquirerBench.antom().utf8), at: AcquirerBench.start)
        #expect(response.headers.map(\.name) == ["content-type", "client-id", "response-time", "signature"])
    }

    @Test(
        "a signature is taken as base64 or base64url, with or without padding, URL-encoded or not",
        arguments: [
            "base64", "base64url", "unpadded", "base64url unpadded", "encoded", "encoded unpadded", "lower hex",
        ])
    func signatures(_ form: String) throws {
        let bench = try AcquirerBench()
        // Of several, one at least has each of the letters in which the forms differ.
        for number in 1...8 {
            let body = AcquirerBench.pay("R\(number)", order: "A\(number)")
            var request = try bench.request("/aps/api/v1/payments/pay", body.utf8)
            let header = try #require(request.headers["signature"])
            var text = try #require(header.split(separator: "signature=").last?.removingPercentEncoding)
            if form.contains("base64url") { text = text.replacing("+", with: "-").replacing("/", with: "_") }
            if form.contains("unpadded") { text = text.replacing("=", with: "") }
            if form.contains("encoded") {
                text = text.replacing("+", with: "%2B").replacing("/", with: "%2F").replacing("=", with: "%3D")
            }
            if form == "lower hex" {
                text = text.replacing("+", with: "%2b").replacing("/", with: "%2f").replacing("=", with: "%3d")
            }
            request.headers["signature"] = "algorithm=RSA256, keyVersion=1, signature=\(text)"
            let answer = String(
                decoding: bench.api.respond(to: request, at: AcquirerBench.start).body, as: UTF8.self)
            #expect(try AcquirerBench.result(answer) == "S SUCCESS", "\(text)")
        }
    }

    @Test(
        "a key version of 0, or none, is the newest; others must be there",
        arguments: [
            ("keyVersion=0,", "S SUCCESS"), ("", "S SUCCESS"), ("keyVersion=3,", "S SUCCESS"),
            ("keyVersion=1,", "F INVALID_SIGNATURE"), ("keyVersion=2,", "F KEY_NOT_FOUND"),
        ])
    func keyVersions(_ version: String, _ result: String) throws {
        let bench = try AcquirerBench(keys: [1, 3])
        var request = try bench.request("/aps/api/v1/payments/pay", AcquirerBench.pay().utf8)
        request.headers["signature"] = request.headers["signature"]?.replacing("keyVersion=1,", with: version)
        let answer = bench.api.respond(to: request, at: AcquirerBench.start).body
        #expect(try AcquirerBench.result(String(decoding: answer, as: UTF8.self)) == result)
    }

    @Test(
        "numbers are taken where strings are documented, with a warning in the answer and the ledger; strictly they are not"
    )
    func numbers() throws {
        let body = AcquirerBench.pay(more: #","extra":{"list":[{"é\n":1.5}]}"#).replacing(
            #""value":"1250""#, with: #""value":1250"#)
        let bench = try AcquirerBench()
        let request = try bench.request("/aps/api/v1/payments/pay", body.utf8)
        let response = bench.api.respond(to: request, at: AcquirerBench.start)
        let answer = String(decoding: response.body, as: UTF8.self)
        #expect(try AcquirerBench.result(answer) == "S SUCCESS", "\(answer)")
        let warning =
            "numbers where the documents have strings: extra.list.??, order.orderAmount.value, paymentAmount.value"
        #expect(response.headers.last?.name == "bluetap-warning" && response.headers.last?.value == warning)
        #expect(try bench.kinds() == [.created, .paid, .warned])
        #expect(try bench.ledger.changes().last?.detail == "pay: \(warning)")
        // Once, however often it is asked.
        _ = bench.api.respond(to: request, at: AcquirerBench.start + .seconds(1))
        #expect(try bench.kinds() == [.created, .paid, .warned])
        // As a string it is the same request.
        let text = AcquirerBench.pay(more: #","extra":{"list":[{"é\n":1.5}]}"#)
        #expect(try bench.send("pay", text) == answer)

        let strict = try AcquirerBench { $0.isStrict = true }
        let refused = try strict.send("pay", body)
        #expect(try AcquirerBench.result(refused) == "F PARAM_ILLEGAL")
        #expect(refused.contains("is a number: write it as a string"))
        #expect(try strict.kinds() == [])
    }

    @Test(
        "times are read in every form that clients write",
        arguments: [
            ("2026-01-01T20:00:00+08:00", true), ("2026-01-01T20:00:00+0800", true), ("2026-01-01T20:00:00+08", true),
            ("2026-01-01T12:00:00Z", true), ("2026-01-01T12:00:00z", true), ("2026-01-01T12:00:00.000Z", true),
            ("2026-01-01T06:30:00-0530", true), ("2026-01-01T17:30:00.00+05:30", true), ("2026-01-01T12:00:00", false),
            ("2026-01-01T20:00:00+8", false), ("2026-01-01T20:00:00+08:0", false), ("2026-01-01T20:00:00+2400", false),
            ("2026-01-01T20:00:00+08600", false), ("2026-01-01", false), ("+0800", false), ("", false),
        ])
    func times(_ text: String, _ isNoon: Bool) {
        #expect(Instant(offset: text) == (isNoon ? PaymentTests.start : nil))
    }

    // MARK: The bugs that every POS fears

    @Test("the same request with another wallet's code charges nobody else: the first's state, or of Antom a refusal")
    func rescan() throws {
        for wallet in ["Somchai", "Alice"] {
            let bench = try AcquirerBench()
            let first = try bench.send("pay", AcquirerBench.pay(wallet: wallet))
            let other = AcquirerBench.pay().replacing(
                AcquirerBench.code("Alice"), with: AcquirerBench.code("Bob", "R2"))
            #expect(try bench.send("pay", other, after: .seconds(1)) == first)
            _ = try bench.ledger.catchUp(to: AcquirerBench.start + .seconds(30))
            #expect(try bench.kinds() == [.created, .paid])
            #expect(try bench.ledger.balance(ofWallet: wallet, currency: "HKD") == -1250)

            let antom = try AcquirerBench()
            _ = try antom.send("pay", AcquirerBench.antom(wallet: wallet), dialect: "ams")
            let again = AcquirerBench.antom(wallet: wallet).replacing(
                AcquirerBench.code(wallet), with: AcquirerBench.code("Bob", "R2"))
            #expect(
                try AcquirerBench.result(antom.send("pay", again, dialect: "ams")) == "F REPEAT_REQ_INCONSISTENT")
        }
    }

    @Test("a payment code pays once, is free again where its payment came to nothing, and grows old")
    func codes() throws {
        let bench = try AcquirerBench()
        func pay(_ request: String, _ wallet: String, _ code: String, after: Duration = .zero) throws -> String {
            let body = AcquirerBench.pay(request, order: request, wallet: wallet).replacing(
                AcquirerBench.code(wallet, request), with: code)
            return try AcquirerBench.result(bench.send("pay", body, after: after))
        }
        let code = AcquirerBench.code("Alice")
        #expect(try pay("R1", "Alice", code) == "S SUCCESS")
        #expect(try pay("R2", "Alice", code) == "F EXPIRED_CODE")
        #expect(try pay("R3", "Alice", code, after: .seconds(3600)) == "F EXPIRED_CODE")
        #expect(try pay("R1", "Alice", code, after: .seconds(3600)) == "S SUCCESS")
        // Money that went back was paid all the same.
        _ = try bench.send("cancelPayment", #"{"paymentRequestId":"R1"}"#, after: .seconds(3600))
        #expect(try pay("R4", "Alice", code, after: .seconds(3600)) == "F EXPIRED_CODE")
        #expect(try bench.kinds() == [.created, .paid, .codeRefused, .codeRefused, .reversed, .codeRefused])
        let declined = AcquirerBench.code("Bob")
        #expect(try pay("R5", "Bob", declined) == "F USER_BALANCE_NOT_ENOUGH")
        #expect(try pay("R6", "Bob", declined) == "F USER_BALANCE_NOT_ENOUGH")
        let waiting = AcquirerBench.code("Ploy")
        #expect(try pay("R7", "Ploy", waiting) == "U PAYMENT_IN_PROCESS")
        #expect(try pay("R8", "Ploy", waiting) == "F EXPIRED_CODE")
        for (request, after, result) in [
            ("R9", Duration.seconds(300) - .nanoseconds(1), "S SUCCESS"), ("R10", .seconds(300), "F EXPIRED_CODE"),
        ] {
            let shown = try #require(PaymentCode(AcquirerBench.code("Alice", request)))
            try bench.ledger.show(shown, for: .seconds(300), at: AcquirerBench.start)
            #expect(try pay(request, "Alice", shown.digits, after: after) == result)
        }
        #expect(try bench.ledger.audit() == [])
    }

    @Test("an order can be split or paid anew by other requests, which is noted; with the switch it cannot")
    func orders() throws {
        let bench = try AcquirerBench()
        for request in ["R1", "R2"] {
            let half = AcquirerBench.pay(request, value: "500").replacing(
                #""orderAmount":{"currency":"HKD","value":"500"}"#,
                with: #""orderAmount":{"currency":"HKD","value":"1000"}"#)
            #expect(try AcquirerBench.result(bench.send("pay", half)) == "S SUCCESS")
        }
        #expect(try bench.kinds() == [.created, .paid, .created, .paid, .orderPaidAgain])
        let payment = try #require(try bench.ledger.payments(limit: 1).first?.payment)
        #expect(payment.orderAmount == 1000)
        #expect(try bench.ledger.orderTotal(of: payment) == (2, 1000))
        let once = try AcquirerBench(ordersArePaidOnce: true)
        #expect(try AcquirerBench.result(once.send("pay", AcquirerBench.pay("R1"))) == "S SUCCESS")
        #expect(try AcquirerBench.result(once.send("pay", AcquirerBench.pay("R2"))) == "F ORDER_IS_CLOSED")
        #expect(try once.ledger.balance(ofClient: AcquirerBench.client, currency: "HKD") == 1250)
    }

    @Test("names are other names in another ledger, in the next run of one in memory, and of another kind of thing")
    func names() throws {
        let folder = try TemporaryFolder()
        var names: [String] = []
        for (path, identity) in [(nil, 1), (nil, 2), ("\(folder.path)/l", 3), ("\(folder.path)/l", 4)]
            as [(String?, Int64)]
        {
            let ledger = try Ledger(path: path, identity: identity)
            let draft = Ledger.Draft(
                client: "C", requestID: "R\(identity)", amount: PaymentTests.money(1),
                expiresAt: PaymentTests.start + .seconds(9))
            guard case .made(let payment) = try ledger.make(draft, at: PaymentTests.start) else {
                throw LedgerTests.Unexpected()
            }
            _ = try ledger.pay(id: payment.id, by: "Alice", at: PaymentTests.start)
            let refund = try ledger.refund(
                id: payment.id, requestID: "F\(identity)", payment.amount, at: PaymentTests.start)
            guard case .entry(.made(let refunded)) = refund else { throw LedgerTests.Unexpected() }
            names += [payment.id, refunded.id]
        }
        #expect(Set(names).count == names.count && names.allSatisfy { $0.utf8.count == 28 })
        #expect(names.suffix(2) == ["2026010100000003000000000002", "2026010101000003000000000002"])
    }

    // MARK: Money

    @Test(
        "amounts are what each currency has, as people write them",
        arguments: [
            ("THB", "12.50", 1250, "12.50"), ("THB", "12.5", 1250, "12.50"), ("THB", "12", 1200, "12.00"),
            ("THB", "12.505", nil, ""), ("JPY", "1250", 1250, "1250"), ("JPY", "12.50", nil, ""),
            ("JPY", "12.00", 12, "12"), ("KRW", "0.5", nil, ""), ("VND", "50000", 50_000, "50000"),
            ("IDR", "15000", 1_500_000, "15000.00"), ("IDR", "15000.50", nil, ""), ("KWD", "1.234", 1234, "1.234"),
            ("KWD", "1.2", 1200, "1.200"), ("KWD", "1.2345", nil, ""), ("BHD", "0.005", 5, "0.005"),
            ("CLF", "1.0001", 10_001, "1.0001"),
            ("THB", "-1", nil, ""), ("THB", "", nil, ""), ("THB", "1.", nil, ""), ("THB", "01", nil, ""),
        ] as [(String, String, Int64?, String)])
    func amounts(_ currency: String, _ text: String, _ units: Int64?, _ decimal: String) {
        let money = Money(currency: currency, decimal: text)
        #expect(money?.minorUnits == units)
        #expect(money?.decimal ?? "" == decimal)
    }

    @Test("a link whose amount its currency does not have is paid by nobody, and is there to be seen")
    func links() throws {
        let ledger = try Ledger(path: nil)
        let purchase = LinkPurchase(
            link: "link-1", orderID: "A1", amount: "12.50", wallet: "Alice", deed: .paid, time: PaymentTests.start)
        #expect(try ledger.conclude(purchase, LinkTerms(client: "C1", currency: "JPY")) == .noAmount)
        #expect(try ledger.refusedLinks().map(\.detail) == ["order A1: 12.50 is no amount in JPY"])
        #expect(try ledger.payments(limit: 1).isEmpty)
    }

    // MARK: Being heard

    @Test("who is told by Alipay+ must sign that it has heard, where keys are used; of Antom nobody must")
    func acknowledgement() throws {
        let keys = try SandboxKeys()
        let answer = Array(#"{"result":{"resultCode":"SUCCESS","resultStatus":"S","resultMessage":"success"}}"#.utf8)
        let signed = SignedMessage(path: "/told?a=b", clientID: "C1", time: "now", body: answer)
        let good = try signed.signed(with: keys.client, version: 1).description
        let wrong = try signed.signed(with: keys.gateway, version: 1).description
        let newer = try signed.signed(with: keys.client, version: 2).description
        func message(_ gateway: Gateway, isSigned: Bool = true) -> NotificationMessage {
            NotificationMessage(
                url: "http://till/told?a=b", headers: [], body: [], copies: 1, gateway: gateway,
                signature: isSigned ? .init(path: "/told?a=b", clientID: "C1", keys: [1: keys.client.publicKey]) : nil)
        }
        let table: [([String: String], String?)] = [
            (["signature": good, "response-time": "now"], nil), ([:], "the answer is not signed"),
            (["signature": good], "the answer has no header Response-Time"),
            (["signature": good, "response-time": "then"], "the answer's signature does not fit it"),
            (["signature": wrong, "response-time": "now"], "the answer's signature does not fit it"),
            (["signature": "bogus", "response-time": "now"], "the answer's signature does not fit it"),
            (["signature": newer, "response-time": "now"], "the answer is signed with a keyVersion that there is not"),
        ]
        for (headers, objection) in table {
            #expect(message(.alipayPlus).objection(toStatus: 200, headers, answer) == objection)
        }
        #expect(message(.antom, isSigned: false).objection(toStatus: 200, [:], answer) == nil)
        #expect(
            message(.antom, isSigned: false).objection(toStatus: 500, [:], answer)
                == "the answer has the HTTP status 500")
        #expect(
            message(.antom, isSigned: false).objection(toStatus: 200, [:], Array("ok".utf8))?.contains("no JSON")
                == true)
    }
}
