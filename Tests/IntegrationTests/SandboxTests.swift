import Foundation
import TestSupport
import Testing

@Suite("The payment sandbox beside a device", .timeLimit(.minutes(10)))
struct PaymentSandboxTests {
    /// A till's back end, which asks the sandbox of a device in virtual time.
    struct BackEnd: Sendable {
        let device: Serving
        let url: String

        /// Sends a request of Alipay+'s API for acquirers; what it is answered.
        func ask(_ api: String, _ body: String) async throws -> [String: any Sendable] {
            let ran = try await Program.run(
                "curl",
                [
                    "--silent", "--show-error", "--max-time", "60", "--header", "Client-Id: TILL", "--header",
                    "Content-Type: application/json", "--data", body, "\(url)/aps/api/v1/payments/\(api)",
                ])
            try #require(ran.status == 0, "\(ran)")
            return try members(ran.output)
        }

        /// A member of an answer that is a result, as "S SUCCESS".
        func result(_ answer: [String: any Sendable], _ member: String = "result") -> String {
            let result = answer[member] as? [String: any Sendable]
            return "\(result?["resultStatus"] ?? "-") \(result?["resultCode"] ?? "-")"
        }

        /// Asks what became of a payment.
        func inquire(_ request: String) async throws -> String {
            result(try await ask("inquiryPayment", #"{"paymentRequestId":"\#(request)"}"#), "paymentResult")
        }

        /// Asks for a payment of 12.50 by a code that the customer scans, or by what a customer taps.
        func order(_ order: String, _ request: String, notify: String? = nil) async throws -> String {
            let amount = #"{"currency":"THB","value":"1250"}"#
            let more = notify.map { #","paymentNotifyUrl":"\#($0)""# } ?? ""
            return result(
                try await ask(
                    "pay",
                    """
                    {"paymentRequestId":"\(request)","order":{"referenceOrderId":"\(order)","orderDescription":"Tea",\
                    "orderAmount":\(amount)},"paymentAmount":\(amount),"paymentMethod":{"paymentMethodType":"CONNECT_WALLET"},\
                    "paymentFactor":{"inStorePaymentScenario":"OrderCode"}\(more)}
                    """))
        }

        @discardableResult
        func bluetap(_ arguments: String..., status: Int = 0) async throws -> Finished {
            let ran = try await Program.run(Program.bluetap, arguments, environment: device.environment)
            #expect(ran.status == status, "\(arguments): \(ran)")
            return ran
        }
    }

    private func serve(
        _ options: String..., in folder: Folder, body: @Sendable @escaping (BackEnd) async throws -> Void
    ) async throws {
        let port = try Serving.freePort()
        try await Serving.startWell(
            "loopback", in: folder, ["--clock", "virtual", "--sandbox", "127.0.0.1:\(port)"] + options
        ) { device in
            try await body(BackEnd(device: device, url: "http://127.0.0.1:\(port)"))
        }
    }

    @Test("a link that is tapped and paid pays the order that the back end asked for, and USB is told nothing")
    func link() async throws {
        let folder = try Folder()
        try await serve(in: folder) { till in
            #expect(try await till.order("A1", "R1") == "U PAYMENT_IN_PROCESS")
            try await till.bluetap("pay", "--method", "TRUEMONEY", "--amount", "12.50", "--order", "A1")
            #expect(try await till.inquire("R1") == "U PAYMENT_IN_PROCESS")
            try await till.bluetap("tap", "--wallet", "Nok")
            #expect(try await till.inquire("R1") == "U PAYMENT_IN_PROCESS")
            try await till.bluetap("clock", "advance", "7.999s")
            #expect(try await till.inquire("R1") == "U PAYMENT_IN_PROCESS")
            try await till.bluetap("clock", "advance", "0.001s")
            #expect(try await till.inquire("R1") == "S SUCCESS")
            #expect(try till.device.settled().journalledCount("replySent") == 1)
        }
    }

    @Test("a link that nobody asked a payment for makes one, named by its order")
    func unasked() async throws {
        let folder = try Folder()
        try await serve("--sandbox-client", "TILL", "--sandbox-currency", "HKD", in: folder) { till in
            try await till.bluetap("pay", "--method", "TRUEMONEY", "--amount", "3.5", "--order", "B1")
            try await till.bluetap("tap")
            let answer = try await till.ask("inquiryPayment", #"{"paymentRequestId":"B1"}"#)
            #expect(till.result(answer, "paymentResult") == "S SUCCESS")
            #expect(answer["paymentAmount"] as? [String: String] == ["currency": "HKD", "value": "350"])
        }
    }

    @Test("a wallet that declines fails the payment with its code; one that wants nothing leaves it open")
    func declined() async throws {
        let folder = try Folder()
        try await serve(in: folder) { till in
            for (order, wallet, result) in [("A1", "Rita", "F RISK_REJECT"), ("A2", "Ploy", "U PAYMENT_IN_PROCESS")] {
                _ = try await till.order(order, order)
                try await till.bluetap("pay", "--method", "TRUEMONEY", "--amount", "12.50", "--order", order)
                try await till.bluetap("tap", "--wallet", wallet)
                #expect(try await till.inquire(order) == result)
            }
            try await till.bluetap("clock", "advance", "599.999s")
            #expect(try await till.inquire("A2") == "U PAYMENT_IN_PROCESS")
            try await till.bluetap("clock", "advance", "0.001s")
            #expect(try await till.inquire("A2") == "F ORDER_IS_CLOSED")
        }
    }

    @Test("a payment that comes after the cancel goes back")
    func afterCancel() async throws {
        let folder = try Folder()
        try await serve(in: folder) { till in
            _ = try await till.order("A1", "R1")
            try await till.bluetap("pay", "--method", "TRUEMONEY", "--amount", "12.50", "--order", "A1")
            try await till.bluetap("tap", "--wallet", "Mei")
            try await till.bluetap("cancel", "--order", "A1")
            let cancelled = try await till.ask("cancelPayment", #"{"paymentRequestId":"R1"}"#)
            #expect(till.result(cancelled) == "S SUCCESS")
            try await till.bluetap("clock", "advance", "30s")
            #expect(try await till.inquire("R1") == "F ORDER_IS_CLOSED")
            let shown = try await till.bluetap("sandbox", "show", "A1")
            #expect(shown.lines.contains { $0.contains("returned") }, "\(shown)")
        }
    }

    @Test("notifications are sent, told again at their gaps in virtual time, and acknowledged")
    func notifications() async throws {
        let folder = try Folder()
        try await serve(in: folder) { till in
            let listener = try Serving.freePort()
            _ = try await till.order("A1", "R1", notify: "http://127.0.0.1:\(listener)/told?by=us")
            // Nobody listens yet.
            try await till.bluetap("sandbox", "pay", "R1")
            let hearing = Task {
                try await Program.run(
                    HIDAPIProgram.debianPython,
                    ["\(HIDAPIProgram.folder)/notified.py", "\(listener)", "U", "S", "S"])
            }
            try await eventually("somebody listens") {
                try await Program.run("curl", ["--silent", "http://127.0.0.1:\(listener)/"]).status == 0
            }
            try await till.bluetap("clock", "advance", "119s")
            try await till.bluetap("clock", "advance", "1s")
            try await till.bluetap("clock", "advance", "10m")
            try await till.bluetap("clock", "advance", "1h")
            try await till.bluetap("sandbox", "fault", "add", "doubled")
            try await till.bluetap("sandbox", "notify", "R1")
            let heard = try await hearing.value
            #expect(heard.status == 0)
            #expect(
                heard.lines == [
                    "POST /told?by=us TILL 2026-01-01T00:02:00Z R1 S SUCCESS -> U",
                    "POST /told?by=us TILL 2026-01-01T00:12:00Z R1 S SUCCESS -> S",
                    "POST /told?by=us TILL 2026-01-01T01:12:00Z R1 S SUCCESS -> S",
                    "POST /told?by=us TILL 2026-01-01T01:12:00Z R1 S SUCCESS -> S",
                ], "\(heard)")
        }
    }

    @Test("what the gateway does wrong is seen, and what it has done all the same")
    func faults() async throws {
        let folder = try Folder()
        try await serve(in: folder) { till in
            try await till.bluetap("sandbox", "fault", "add", "answer", "--code", "RISK_REJECT", "--on", "pay")
            #expect(try await till.order("A1", "R1") == "F RISK_REJECT")
            #expect(
                till.result(try await till.ask("inquiryPayment", #"{"paymentRequestId":"R1"}"#)) == "F ORDER_NOT_EXIST")
            try await till.bluetap("sandbox", "fault", "add", "unknown", "--on", "pay", "--order", "A*")
            #expect(try await till.order("A2", "R2") == "U UNKNOWN_EXCEPTION")
            #expect(try await till.inquire("R2") == "U PAYMENT_IN_PROCESS")
            try await till.bluetap("sandbox", "fault", "add", "failure", "--code", "USER_NOT_EXIST", "--above", "1249")
            #expect(try await till.order("A3", "R3") == "F USER_NOT_EXIST")
            #expect(try await till.inquire("R3") == "F USER_NOT_EXIST")
            try await till.bluetap(
                "sandbox", "fault", "add", "down", "--count", "always", "--after", "0s", "--for", "30s")
            let down = try await Program.run(
                "curl",
                [
                    "--silent", "--output", "/dev/null", "--write-out", "%{http_code}", "--header", "Client-Id: TILL",
                    "--header", "Content-Type: application/json", "--data", #"{"paymentRequestId":"R2"}"#,
                    "\(till.url)/aps/api/v1/payments/inquiryPayment",
                ])
            #expect(down.output == "503")
            try await till.bluetap("clock", "advance", "30s")
            #expect(try await till.inquire("R2") == "U PAYMENT_IN_PROCESS")
            // The answer comes when it is time.
            try await till.bluetap("sandbox", "fault", "clear")
            try await till.bluetap("sandbox", "fault", "add", "slow", "--delay", "20s", "--on", "inquiry")
            let asking = Task { try await till.inquire("R2") }
            try await eventually("the question has come") {
                try await till.bluetap("sandbox", "fault", "list").output.contains("fired 1")
            }
            try await till.bluetap("clock", "advance", "20s")
            #expect(try await asking.value == "U PAYMENT_IN_PROCESS")
            let refused = try await till.bluetap("sandbox", "fault", "add", "late", status: 1)
            #expect(refused.errors.contains("delay goes with slow, late and pays-after-cancel"))
        }
    }

    @Test(
        "what is in the ledger outlives kill -9, and orders are listed, shown, paid and refunded from the command line")
    func killed() async throws {
        let folder = try Folder()
        let ledger = folder.file("ledger.sqlite")
        let port = try Serving.freePort()
        let options = ["--clock", "virtual", "--sandbox", "127.0.0.1:\(port)", "--ledger", ledger]
        try await Serving.startWell("loopback", in: folder, options, endingWith: 137) { device in
            let till = BackEnd(device: device, url: "http://127.0.0.1:\(port)")
            _ = try await till.order("A1", "R1")
            try await till.bluetap("sandbox", "pay", "A1", "--wallet", "Alice")
            device.send(SIGKILL)
        }
        try await Serving.startWell("loopback", in: folder, options) { device in
            let till = BackEnd(device: device, url: "http://127.0.0.1:\(port)")
            #expect(try await till.inquire("R1") == "S SUCCESS")
            #expect(
                try await till.bluetap("sandbox", "orders").output.contains("12.50 THB  succeeded  order A1  by Alice"))
            #expect(try await till.bluetap("sandbox", "pay", "A1", "--wallet", "Bob", status: 1).output == "returned\n")
            #expect(
                try await till.bluetap("sandbox", "refund", "R1", "--amount", "2.50").output.contains("refunded 2.50"))
            let refused = try await till.bluetap("sandbox", "refund", "R1", "--amount", "10.01", status: 1)
            #expect(refused.errors.contains("nothing is refunded: more than is left"), "\(refused)")
            #expect(
                try await till.bluetap("sandbox", "deposit", "3", "--wallet", "Bob").output == "Bob has 3.00 THB\n")
            let unknown = try await till.bluetap("sandbox", "show", "A 9/?", status: 1)
            #expect(
                unknown.errors == "bluetap: the device refused: there is no payment A 9/?: GET payments lists them\n")
        }
    }

    @Test(
        "kill -9 under load, again and again: what was answered is there once, and what was not is done once when asked again"
    )
    func killedAtWork() async throws {
        let folder = try Folder()
        let seed = Int.random(in: 1...1_000_000)
        let ran = try await Program.run(
            HIDAPIProgram.debianPython,
            [
                "\(HIDAPIProgram.folder)/killed_sandbox.py", Program.bluetap, folder.path,
                "\(rounds(5, soak: 100))", "\(seed)",
            ])
        #expect(ran.status == 0, "seed \(seed): \(ran)")
    }

    @Test(
        "what a POS fears is seen in `orders` and `show`: an order paid twice, a code scanned again, numbers for strings"
    )
    func marks() async throws {
        let folder = try Folder()
        try await serve(in: folder) { till in
            let code = try await till.bluetap("sandbox", "code", "--wallet", "Alice").lines[0]
            func pay(_ request: String, _ code: String, _ value: String = #""1250""#) async throws -> String {
                let amount = #"{"currency":"THB","value":\#(value)}"#
                return till.result(
                    try await till.ask(
                        "pay",
                        """
                        {"paymentRequestId":"\(request)","order":{"referenceOrderId":"A1","orderDescription":"Tea",\
                        "orderAmount":\(amount)},"paymentAmount":\(amount),"paymentMethod":{"paymentMethodType":\
                        "CONNECT_WALLET","paymentMethodId":"\(code)"},\
                        "paymentFactor":{"inStorePaymentScenario":"PaymentCode"}}
                        """))
            }
            #expect(try await pay("R1", code) == "S SUCCESS")
            #expect(try await pay("R2", code) == "F EXPIRED_CODE")
            let other = try await till.bluetap("sandbox", "code", "--wallet", "Alice").lines[0]
            #expect(try await pay("R2", other, "1250") == "S SUCCESS")
            let orders = try await till.bluetap("sandbox", "orders")
            #expect(orders.lines.count == 2, "\(orders)")
            #expect(orders.lines[0].hasSuffix("by Alice  its code was scanned again: request R2"), "\(orders)")
            #expect(
                orders.lines[1].contains("order charged too much: by ")
                    && orders.lines[1].contains(", 2 payments, 25.00 of 12.50"))
            #expect(
                orders.lines[1].hasSuffix(
                    "warning: pay: numbers where the documents have strings: order.orderAmount.value, paymentAmount.value"
                ),
                "\(orders)")
            let old = try await till.bluetap("sandbox", "code", "--wallet", "Alice").lines[0]
            try await till.bluetap("clock", "advance", "5m")
            #expect(try await pay("R3", old) == "F EXPIRED_CODE")
        }
        try await serve("--sandbox-strict", "--sandbox-pay-once", in: folder) { till in
            for (request, result) in [("R1", "U PAYMENT_IN_PROCESS"), ("R2", "U PAYMENT_IN_PROCESS")] {
                #expect(try await till.order("A1", request) == result)
            }
            try await till.bluetap("sandbox", "pay", "R1")
            #expect(try await till.bluetap("sandbox", "pay", "R2", status: 1).output == "returned\n")
            let number = try await till.ask("inquiryPayment", #"{"paymentRequestId":1}"#)
            #expect(till.result(number) == "F PARAM_ILLEGAL")
        }
    }

    @Test("a link whose amount its currency does not have is told on standard error and in `orders`; nothing is paid")
    func noAmount() async throws {
        let ran = try await Program.bluetap(
            "run", "--clock", "virtual", "--sandbox", "127.0.0.1:0", "--sandbox-currency", "JPY", "--", "sh", "-c",
            """
            \(Program.bluetap) pay --method TRUEMONEY --amount 12.50 --order A1
            \(Program.bluetap) tap --wallet Alice
            \(Program.bluetap) sandbox orders
            """)
        #expect(ran.lines.last == "2026-01-01T00:00:00.000Z  not paid: order A1: 12.50 is no amount in JPY", "\(ran)")
        #expect(ran.errors.contains("bluetap: a device's link is not paid: 12.50 is no amount in JPY"), "\(ran)")
    }

    @Test("`Expect: 100-continue` is answered at once, and headers' names come in lower case")
    func wire() async throws {
        let folder = try Folder()
        try await serve(in: folder) { till in
            // Whoever is not answered waits for a minute here.
            let ran = try await Program.run(
                "curl",
                [
                    "--silent", "--include", "--http1.1", "--expect100-timeout", "60", "--max-time", "30", "--header",
                    "Expect: 100-continue", "--header", "Client-Id: TILL", "--header", "Content-Type: application/json",
                    "--data", #"{"paymentRequestId":"R1"}"#, "\(till.url)/ams/api/v1/payments/inquiryPayment",
                ])
            #expect(ran.status == 0 && ran.output.hasPrefix("HTTP/1.1 100 Continue"), "\(ran)")
            for name in ["\nclient-id: TILL", "\nresponse-time: ", "\ncontent-type: application/json; charset=UTF-8"] {
                #expect(ran.output.replacing("\r", with: "").contains(name), "\(ran)")
            }
        }
    }

    @Test("a scenario makes the sandbox beside its device misbehave: for one order, for a while, with an empty wallet")
    func scenario() async throws {
        let folder = try Folder()
        let scenario = try folder.write(
            "rain.yaml",
            """
            scenario: rain
            timeline:
              - at: 0s
                deposit: { wallet: Bob, value: 1000 }
            rules:
              - when: { event: payReceived }
                then:
                  - sandboxFault: { name: unknown, on: inquiry, order: "${orderId}" }
              - when: { event: paymentSucceeded }
                then:
                  - sandboxFault: { name: answer, code: PROCESS_FAIL, on: cancel, after: 0s, for: 30s, count: always }
            expect:
              - { event: paymentSucceeded, with: { orderId: A1 } }
            """)
        try await serve("--scenario", scenario, in: folder) { till in
            for order in ["A1", "A2"] {
                _ = try await till.order(order, order)
                try await till.bluetap("pay", "--method", "TRUEMONEY", "--amount", "12.50", "--order", order)
                // The first inquiry only.
                let first = try await till.ask("inquiryPayment", #"{"paymentRequestId":"\#(order)"}"#)
                #expect(till.result(first) == "U UNKNOWN_EXCEPTION")
                #expect(try await till.inquire(order) == "U PAYMENT_IN_PROCESS")
                try await till.bluetap("tap", "--wallet", order == "A1" ? "Alice" : "Bob")
            }
            #expect(try await till.inquire("A1") == "S SUCCESS")
            #expect(try await till.inquire("A2") == "F USER_BALANCE_NOT_ENOUGH")
            let cancel = #"{"paymentRequestId":"A1"}"#
            #expect(till.result(try await till.ask("cancelPayment", cancel)) == "F PROCESS_FAIL")
            try await till.bluetap("clock", "advance", "29.999s")
            #expect(till.result(try await till.ask("cancelPayment", cancel)) == "F PROCESS_FAIL")
            try await till.bluetap("clock", "advance", "0.001s")
            #expect(till.result(try await till.ask("cancelPayment", cancel)) == "S SUCCESS")
        }
        let refused = try await Program.bluetap("run", "--scenario", scenario, "--", "true")
        #expect(refused.errors.contains("has steps for a payment sandbox: give --sandbox HOST:PORT"), "\(refused)")
    }

    @Test("the scenario of several devices sets up the sandbox that they share once")
    func sharedScenario() async throws {
        let folder = try Folder()
        let scenario = try folder.write(
            "once.yaml",
            """
            scenario: once
            timeline:
              - { at: 0s, sandboxFault: { name: unknown, on: inquiry } }
            """)
        try await serve("--scenario", scenario, "--devices", "2", in: folder) { till in
            try await eventually("the fault is set") {
                try await !till.bluetap("sandbox", "fault", "list").output.isEmpty
            }
            try await till.bluetap("clock", "advance", "1s")
            #expect(try await till.bluetap("sandbox", "fault", "list").lines.count == 1)
        }
    }

    @Test("a phone with the NFC wallet is activated in virtual time, pays at a terminal, and the network has its say")
    func phone() async throws {
        let folder = try Folder()
        try await serve("--sandbox-client", "TILL", in: folder) { till in
            func phone(_ arguments: String..., status: Int = 0) async throws -> Finished {
                let ran = try await Program.run(
                    Program.bluetap, ["sandbox", "phone"] + arguments, environment: till.device.environment)
                #expect(ran.status == status, "\(arguments): \(ran)")
                return ran
            }
            let early = try await phone("call", "Alice", "connect", status: 1)
            #expect(early.errors.contains("there is no phone Alice: call init on it"), "\(early)")
            #expect(try await phone("call", "Alice", "init").lines.last?.hasSuffix("init 10000 SUCCESS") == true)
            _ = try await phone("call", "Alice", "connect")
            let activating = try await phone("call", "Alice", "activatePayment")
            #expect(activating.lines[0] == "Alice  isPaymentAvailable 11  progress 0%", "\(activating)")
            try await till.bluetap("clock", "advance", "19.999s")
            #expect(try await phone("list").output.contains("isPaymentAvailable 11"))
            try await till.bluetap("clock", "advance", "10.001s")
            let active = try await phone("show", "Alice")
            #expect(active.lines[0] == "Alice  isPaymentAvailable 2  credentials 20", "\(active)")
            #expect(active.output.contains("proxy: publicKey to mastercard"))
            #expect(active.output.contains("progress 100%") && active.output.contains("activatePayment 10000 SUCCESS"))
            // The app's way to its servers is long, then closed.
            _ = try await phone("set", "Alice", "--proxy-delay", "2s")
            #expect(try await phone("call", "Alice", "lock").output.contains("lock 10000") == false)
            try await till.bluetap("clock", "advance", "3s")
            #expect(try await phone("show", "Alice").lines[0] == "Alice  isPaymentAvailable 3  credentials 20")
            _ = try await phone("set", "Alice", "--proxy-delay", "0s")
            for code in ["10005", "10000"] {
                _ = try await phone("set", "Alice", "--proxy-code", code)
                _ = try await phone("call", "Alice", "unlock")
                try await till.bluetap("clock", "advance", "1s")
            }
            #expect(try await phone("show", "Alice").output.contains("unlock 10005 NETWORK EXCEPTION"))
            #expect(try await phone("call", "Alice", "configure", "--apply-token", "10,0").output.contains("10011"))
            // A rule fails the next payment.
            try await till.bluetap("sandbox", "fault", "add", "failure", "--code", "RISK_REJECT", "--order", "A0")
            #expect(
                try await phone("call", "Alice", "tap", "--amount", "0.01", "--order", "A0").output
                    .contains("the terminal: declined, RISK_REJECT"))
            // A tap that the app declines, and one that it permits.
            _ = try await phone("set", "Alice", "--permit", "DECLINE")
            #expect(try await phone("call", "Alice", "tap", "--amount", "12.50").output.contains("onTransactionFailed"))
            _ = try await phone("set", "Alice", "--permit", "PROCEED")
            let paid = try await phone(
                "call", "Alice", "tap", "--amount", "12.50", "--order", "A1", "--request-id", "R1")
            #expect(paid.lines[0] == "Alice  isPaymentAvailable 2  credentials 18", "\(paid)")
            #expect(
                paid.lines.dropFirst().map { $0.split(separator: "Z  ").last.map(String.init) ?? "" }.filter {
                    !$0.hasPrefix("to the terminal")
                } == ["onTransactionStart", "onTransactionComplete", "the terminal: approved"], "\(paid)")
            #expect(try await till.inquire("R1") == "S SUCCESS")
            // Cleared of less, refunded of more than was left, and a terminal that gives money back.
            #expect(try await till.bluetap("sandbox", "network", "clear", "A1", "10").output == "refunded 2.50 THB\n")
            #expect(
                try await till.bluetap("sandbox", "network", "refund-by-merchant", "A1", "12").output
                    == "refunded 10.00 THB, deposited 2.00 THB beyond the payment\n")
            // Another message each, unless it is named.
            for _ in 0..<2 {
                #expect(
                    try await till.bluetap("sandbox", "network", "refund-by-merchant", "A1", "0.10").output
                        == "refunded nothing, deposited 0.10 THB beyond the payment\n")
            }
            #expect(
                try await phone("call", "Alice", "tap", "--kind", "REFUND", "--amount", "0.70").output
                    .contains("the wallet gets 0.70 THB"))
            // What nobody clears goes back after seven days.
            _ = try await phone("call", "Alice", "tap", "--amount", "3", "--request-id", "R2")
            try await till.bluetap("clock", "advance", "167h59m59s")
            #expect(try await till.bluetap("sandbox", "show", "R2").output.contains("refunded") == false)
            try await till.bluetap("clock", "advance", "1s")
            #expect(try await till.bluetap("sandbox", "show", "R2").output.contains("refunded 3.00"))
            let wrong = try await phone("call", "Alice", "lock", "--value", "1", status: 1)
            #expect(wrong.errors.contains("value does not go with lock"), "\(wrong)")
        }
    }

    @Test("with keys, only who signs is believed, and answers are signed; Python's cryptography says so")
    func signed() async throws {
        let folder = try Folder()
        let keys = folder.file("keys")
        try await serve("--sandbox-keys", keys, "--sandbox-client", "TILL", in: folder) { till in
            #expect(try await till.order("A1", "R1") == "F INVALID_SIGNATURE")
            let ran = try await Program.run(
                HIDAPIProgram.debianPython,
                ["\(HIDAPIProgram.folder)/signed_inquiry.py", till.url, keys, "TILL"])
            #expect(ran.lines == ["F ORDER_NOT_EXIST signed", "tampered: F INVALID_SIGNATURE unsigned"], "\(ran)")
            try await till.bluetap("sandbox", "fault", "add", "wrong-signature")
            let wrong = try await Program.run(
                HIDAPIProgram.debianPython,
                ["\(HIDAPIProgram.folder)/signed_inquiry.py", till.url, keys, "TILL"])
            #expect(wrong.lines.first == "F ORDER_NOT_EXIST badly signed", "\(wrong)")
        }
    }

    @Test("alone it has its gateways, its control API and its clock, and says that there is no device")
    func alone() async throws {
        let folder = try Folder()
        let control = "unix:\(folder.file("c.sock"))"
        let ran = try await Program.run(
            HIDAPIProgram.debianPython,
            [
                "\(HIDAPIProgram.folder)/sandbox_alone.py", Program.bluetap, control,
            ])
        #expect(ran.status == 0 && ran.errors.isEmpty, "\(ran)")
        #expect(
            ran.lines == [
                "ready sandbox control", "U PAYMENT_IN_PROCESS", "2026-01-01T00:10:00.000Z",
                "F ORDER_IS_CLOSED",
                "bluetap: the device refused: there is no device here, but a payment sandbox alone: start `bluetap serve`",
                "ended 0",
            ], "\(ran)")
    }

    @Test("`run` tells its program where the sandbox is")
    func run() async throws {
        let ran = try await Program.bluetap(
            "run", "--sandbox", "127.0.0.1:0", "--", "sh", "-c",
            "curl --silent --output /dev/null $BLUETAP_SANDBOX && echo there")
        #expect(ran.output == "there\n" && ran.status == 0, "\(ran)")
    }

    @Test(
        "what cannot be is said in one line",
        arguments: [
            (["--ledger", "x"], 64, "--ledger goes with --sandbox HOST:PORT"),
            (["--sandbox", "127.0.0.1:0", "--ledger", "/nowhere/x"], 1, "/nowhere/x cannot be opened"),
            (["--sandbox", "127.0.0.1:0", "--sandbox-currency", "baht"], 64, "--sandbox-currency is three upper-case"),
            (["--sandbox", "1.2.3.4:0"], 1, "cannot be used"),
        ] as [([String], Int, String)])
    func obstacles(_ options: [String], _ status: Int, _ reason: String) async throws {
        let folder = try Folder()
        let ran = try await Program.run(
            Program.bluetap,
            ["serve", "--socket", folder.file("l"), "--control", "unix:\(folder.file("c"))"] + options)
        #expect(ran.status == status && ran.errors.split(separator: "\n").count == 1, "\(ran)")
        #expect(ran.errors.contains(reason), "\(ran)")
    }
}
