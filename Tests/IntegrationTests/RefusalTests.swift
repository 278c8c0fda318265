import Foundation
import Testing

@Suite("What the control API refuses", .timeLimit(.minutes(10)))
struct RefusalTests {
    /// A request, and the problem that it is.
    struct Refusal: Sendable, CustomTestStringConvertible {
        let route: String
        let body: String
        let status: Int
        let code: String
        let detail: String

        init(_ route: String, _ status: Int, _ code: String, _ detail: String) {
            self.init(route, "", status, code, detail)
        }

        init(_ route: String, _ body: String, _ status: Int, _ code: String, _ detail: String) {
            self.route = route
            self.body = body
            self.status = status
            self.code = code
            self.detail = detail
        }

        var testDescription: String { "\(route) \(body.prefix(60))" }
    }

    /// The control API of a program that runs.
    struct Client: Sendable {
        let device: Serving

        @discardableResult
        func request(_ route: String, _ body: String = "") throws -> (status: Int, body: String) {
            let answer = try RawSocket.exchange(
                device.folder.file("control.sock"),
                "\(route) HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\nContent-Length: \(body.utf8.count)\r\n\r\n\(body)"
            )
            let parts = answer.split(separator: "\r\n\r\n", maxSplits: 1).map(String.init)
            let status = parts.first.flatMap { $0.split(separator: " ").dropFirst().first }.flatMap { Int($0) }
            return (status ?? 0, parts.count > 1 ? parts[1] : "")
        }

        /// The same, which must be done.
        func perform(_ route: String, _ body: String = "") throws {
            let answer = try request(route, body)
            try #require((200..<300).contains(answer.status), "\(route) \(body): \(answer)")
        }

        /// All that a request could have changed.
        func state() throws -> [String] {
            try [
                "device", "events", "faults", "customers", "scenario", "sandbox/payments?newest=100", "sandbox/phones",
                "sandbox/faults", "sandbox/payments/A1",
            ].map { try request("GET /v1/\($0)").body }
        }

        /// Each is refused as it says and as the OpenAPI document says, and changes nothing.
        func expect(_ refusals: [Refusal]) throws {
            let document = try JSONSerialization.jsonObject(with: Data(try request("GET /openapi.json").body.utf8))
            for refusal in refusals {
                let before = try state()
                let (status, body) = try request(refusal.route, refusal.body)
                #expect(status == refusal.status, "\(refusal.testDescription): \(body)")
                let problem = try members(body)
                #expect(problem["status"] as? Int == refusal.status)
                #expect(problem["code"] as? String == refusal.code, "\(refusal.testDescription): \(body)")
                let detail = problem["detail"] as? String ?? ""
                #expect(detail.contains(refusal.detail), "\(refusal.testDescription): \(body)")
                #expect(try state() == before, "\(refusal.testDescription) has changed something")
                if refusal.code != "no-such-route" {
                    #expect(
                        documentedCodes(of: refusal, in: document).contains(refusal.code),
                        "\(refusal.testDescription): \(refusal.status) \(refusal.code) is not in the document")
                }
            }
        }

        /// What the document has for the route and the status.
        private func documentedCodes(of refusal: Refusal, in document: Any) -> [String] {
            func member(_ value: Any?, _ path: String...) -> Any? {
                path.reduce(value) { ($0 as? [String: Any])?[$1] }
            }
            let words = refusal.route.split(separator: " ")
            let path = words[1].prefix { $0 != "?" }.split(separator: "/")
            let paths = member(document, "paths") as? [String: Any] ?? [:]
            let fitting = paths.keys.filter { template in
                let steps = template.split(separator: "/")
                return steps.count == path.count && zip(steps, path).allSatisfy { $0.hasPrefix("{") || $0 == $1 }
            }
            // That which names most of its steps.
            let template = fitting.min { $0.count { $0 == "{" } < $1.count { $0 == "{" } }
            let response =
                member(
                    paths, template ?? "", words[0].lowercased(), "responses", "\(refusal.status)", "$ref") as? String
            let name = response?.split(separator: "/").last.map(String.init) ?? ""
            let schema = member(
                document, "components", "responses", name, "content", "application/problem+json", "schema")
            let parts = member(schema, "allOf") as? [Any] ?? []
            return parts.lazy.compactMap { member($0, "properties", "code", "enum") as? [String] }.first ?? []
        }
    }

    private func serve(
        _ options: String..., body: @Sendable (Client) async throws -> Void
    ) async throws {
        let folder = try Folder()
        let ended = try await Serving.startWell("loopback", in: folder, ["--clock", "virtual"] + options) { device in
            try await body(Client(device: device))
        }
        #expect(ended.status == 0)
    }

    private static let long = String(repeating: "x", count: 65)
    private static let notValid: [Refusal] = [
        .init("GET /v1/events?after=x", 422, "not-valid", "after must be the number of an event"),
        .init("GET /v1/events?after=-1", 422, "not-valid", "after must be"),
        .init("GET /v1/events?wait=tea", 422, "not-valid", "wait must be a state"),
        .init("GET /v1/events?wait=idle&timeout=-1", 422, "not-valid", "timeout must be"),
        .init("GET /v1/events?timeout=1", 422, "not-valid", "timeout goes with wait"),
        .init("POST /v1/tap", "{", 422, "not-valid", "it is not JSON"),
        .init("POST /v1/tap", "[]", 422, "not-valid", "it must be a JSON object"),
        .init("POST /v1/tap", #"{"walet": "x"}"#, 422, "not-valid", #""walet" is unknown"#),
        .init("POST /v1/tap", #"{"wallet": 1}"#, 422, "not-valid", "wallet has the wrong type"),
        .init("POST /v1/tap", #"{"wallet": null}"#, 422, "not-valid", "wallet is null"),
        .init("POST /v1/tap", #"{"wallet": ""}"#, 422, "not-valid", "1 to 64 characters"),
        .init("POST /v1/tap", #"{"outcome": "flies"}"#, 422, "not-valid", "outcome has a value"),
        .init("POST /v1/tap", #"{"reason": "POOR"}"#, 422, "not-valid", "reason has a value"),
        .init("POST /v1/tap", #"{"after": -1}"#, 422, "not-valid", "length of time"),
        .init("POST /v1/tap", #"{"outcome": "pays", "after": 1}"#, 422, "not-valid", "a time goes with"),
        .init("POST /v1/tap", #"{"wallet": "\#(String(repeating: "x", count: 70_000))"}"#, 413, "too-large", "larger"),
        .init("POST /v1/pay", "{}", 422, "not-valid", "paymentMethod is missing"),
        .init("POST /v1/pay", #"{"paymentMethod": "A", "expiryTime": "1"}"#, 422, "not-valid", "wrong type"),
        .init(
            "POST /v1/pay", #"{"paymentMethod": "TRUEMONEY", "amount": "123456789"}"#, 422, "not-encodable",
            #"amount "123456789" does not fit"#),
        .init("POST /v1/cancel", #"{"orderId": 7}"#, 422, "not-valid", "orderId has the wrong type"),
        .init(
            "POST /v1/cancel", #"{"orderId": "\#(long)"}"#, 422, "not-encodable", "does not fit"),
        .init("POST /v1/unplug", #"{"replug": "soon"}"#, 422, "not-valid", "replug must be a length of time"),
        .init("POST /v1/plug", #"{"x": 1}"#, 422, "not-valid", #""x" is unknown"#),
        .init("POST /v1/reset", "1", 422, "not-valid", "must be a JSON object"),
        .init("POST /v1/customers", "{}", 422, "not-valid", "give queue"),
        .init("POST /v1/customers", #"{"seed": 1, "queue": ["Bob"]}"#, 422, "not-valid", "go with rate"),
        .init("POST /v1/customers", #"{"queue": ["Bob"], "rate": 601}"#, 422, "not-valid", "0 to 600"),
        .init("POST /v1/customers", #"{"rate": 5, "queue": ["Bob", ""]}"#, 422, "not-valid", "1 to 64"),
        .init("POST /v1/customers", #"{"rate": 5, "names": ["\#(long)"]}"#, 422, "not-valid", "1 to 64"),
        .init("POST /v1/customers", #"{"rate": 5, "seed": 9007199254740993}"#, 422, "not-valid", "seed must be"),
        .init("POST /v1/clock", "", 422, "not-valid", "give one of advance"),
        .init("POST /v1/clock", #"{"advance": -1}"#, 422, "not-valid", "advance must be a length of time"),
        .init("POST /v1/clock", #"{"advance": 1e300}"#, 422, "not-valid", "advance must be a length of time"),
        .init("POST /v1/clock", #"{"mode": "fast"}"#, 422, "not-valid", "mode has a value"),
        .init("POST /v1/clock", #"{"advance": 1, "next": "after"}"#, 422, "not-valid", "give one of"),
        .init("POST /v1/clock", #"{"mode": "running", "to": "noon"}"#, 422, "not-valid", "an instant such as"),
        .init("POST /v1/clock", #"{"mode": "running", "advance": -1}"#, 422, "not-valid", "advance must be"),
        .init("POST /v1/faults", "", 422, "not-valid", "name is missing"),
        .init("POST /v1/faults", #"{"name": "rain"}"#, 422, "not-valid", "name has a value"),
        .init("POST /v1/faults", #"{"name": "stall", "delay": 1}"#, 422, "not-valid", "delay does not go with"),
        .init("POST /v1/faults", #"{"name": "busy", "nth": 0}"#, 422, "not-valid", "nth must be"),
        .init("POST /v1/faults", #"{"name": "busy", "on": "cancel", "amount": "1"}"#, 422, "not-valid", "a cancel"),
        .init("POST /v1/faults", #"{"name": "link-fails", "on": "cancel"}"#, 422, "not-valid", "pay commands only"),
        .init("POST /v1/faults", #"{"name": "busy", "every": 1, "nth": 1}"#, 422, "not-valid", "every"),
        .init("POST /v1/faults", #"{"name": "reply-result"}"#, 422, "not-valid", "needs result"),
        .init("POST /v1/scenario", "scenario: x\nrulez: []", 422, "not-valid", "scenario:2:1: rulez: unknown key"),
        .init("POST /v1/scenario", "", 422, "not-valid", "scenario"),
        .init("POST /v1/scenario", String(repeating: "#", count: 70_000), 413, "too-large", "larger"),
    ]

    private static let notThere: [Refusal] = [
        .init("GET /v1/nothing", 404, "no-such-route", "there is no GET /v1/nothing"),
        .init("DELETE /v1/tap", 404, "no-such-route", "there is no DELETE /v1/tap"),
        .init("DELETE /v1/faults/7", 404, "no-such-fault", "there is no fault 7"),
        .init("DELETE /v1/faults/x", 404, "no-such-fault", "there is no fault x"),
        .init("GET /v1/scenario", 404, "no-scenario", "POST one"),
        .init("GET /v1/link.svg", 404, "no-link", "no link is live"),
    ]

    @Test("what is not valid, is not there, or cannot be now: each by its status and its code, and nothing is changed")
    func device() async throws {
        try await serve { client in
            try client.expect(Self.notValid + Self.notThere)
            try client.expect([
                .init("POST /v1/clock", #"{"next": "after", "mode": "running"}"#, 409, "nothing-due", "nothing is due"),
                .init("POST /v1/clock", #"{"to": "2025-12-31T00:00:00Z"}"#, 409, "time-is-past", "does not go back"),
                .init("GET /v1/events?after=99", 409, "no-event-yet", "the newest is"),
                .init("GET /v1/events?wait=linkReady&timeout=0", 408, "timed-out", "no linkReady within 0.0 s"),
                .init(
                    "POST /v1/scenario",
                    "scenario: x\ntimeline:\n  - at: 1s\n    sandboxFault: { name: unknown }\n", 409, "needs-sandbox",
                    "which is not here"),
            ])
            // By the device's name the same.
            try client.expect([
                .init("GET /v1/devices/7/device", 404, "no-such-device", "there is no device 7"),
                .init("POST /v1/devices/7/tap", "{", 404, "no-such-device", "there is no device 7"),
                .init("POST /v1/devices/7/clock", "{}", 404, "no-such-device", "there is no device 7"),
                .init("DELETE /v1/devices/1/faults/7", 404, "no-such-fault", "there is no fault 7"),
            ])
        }
    }

    @Test("the whole of a request is refused, or nothing of it: also where a part of it could have been done")
    func limits() async throws {
        try await serve { client in
            let names = [String](repeating: #""Bob""#, count: 999).joined(separator: ",")
            try client.perform("POST /v1/customers", "{\"queue\":[\(names)]}")
            for index in 0..<100 {
                try client.perform("POST /v1/faults", #"{"name": "busy", "orderId": "\#(index)"}"#)
            }
            try client.expect([
                .init(
                    "POST /v1/customers", #"{"queue":["Mei","Nok","Bob"],"rate":5,"seed":1}"#, 409, "limit-reached",
                    "1000 wait at most"),
                .init("POST /v1/faults", #"{"name": "busy"}"#, 409, "limit-reached", "clear some"),
                .init("POST /v1/faults", #"{"name": "flood", "after": 1}"#, 409, "limit-reached", "clear some"),
            ])
            // What has room is done.
            try client.perform("POST /v1/customers", #"{"queue":["Mei"],"rate":5,"seed":1}"#)
            try client.expect([
                .init("POST /v1/customers", #"{"queue":["Nok"],"rate":0}"#, 409, "limit-reached", "1000 wait at most")
            ])
        }
    }

    @Test("a device whose cable is out takes no command")
    func detached() async throws {
        try await serve { client in
            try client.perform("POST /v1/unplug")
            try client.expect([
                .init("POST /v1/pay", #"{"paymentMethod": "TRUEMONEY"}"#, 409, "not-attached", "plug it in"),
                .init("POST /v1/cancel", "", 409, "not-attached", "plug it in"),
            ])
        }
    }

    @Test("a fault that the transport cannot show is refused")
    func transport() async throws {
        let folder = try Folder()
        try await Serving.startWell(
            "usbip", in: folder, "--clock", "virtual", "--listen", "127.0.0.1:\(try Serving.freePort())"
        ) { device in
            try Client(device: device).expect([
                .init(
                    "POST /v1/faults", #"{"name": "reply-padded"}"#, 409, "transport-cannot",
                    "this transport cannot show the fault reply-padded")
            ])
        }
    }

    @Test("without a sandbox its routes are there, and it is not")
    func noSandbox() async throws {
        try await serve { client in
            let payment = "/v1/sandbox/payments/A1"
            try client.expect(
                [
                    "GET /v1/sandbox", "GET /v1/sandbox/payments", "GET \(payment)", "POST \(payment)/pay",
                    "POST \(payment)/refund", "POST \(payment)/cancel", "POST \(payment)/notify",
                    "POST \(payment)/reverse", "POST \(payment)/clear", "POST \(payment)/refund-by-merchant",
                    "POST /v1/sandbox/codes/pay", "GET /v1/sandbox/code?wallet=Alice", "POST /v1/sandbox/wallets/Bob",
                    "GET /v1/sandbox/faults", "POST /v1/sandbox/faults", "DELETE /v1/sandbox/faults",
                    "DELETE /v1/sandbox/faults/1", "GET /v1/sandbox/phones", "GET /v1/sandbox/phones/Mei",
                    "POST /v1/sandbox/phones/Mei", "PATCH /v1/sandbox/phones/Mei",
                ].map { Refusal($0, $0.hasPrefix("GET") ? "" : "{", 404, "no-sandbox", "there is no payment sandbox") })
        }
    }

    @Test("without a device its routes are there, and it is not")
    func noDevice() async throws {
        let folder = try Folder()
        try await Serving.startSandbox(in: folder) { device in
            try Client(device: device).expect(
                [
                    "GET /v1/device", "GET /v1/events", "POST /v1/pay", "POST /v1/cancel", "GET /v1/link.svg",
                    "POST /v1/tap", "POST /v1/unplug", "POST /v1/plug", "POST /v1/reset", "GET /v1/faults",
                    "POST /v1/faults", "DELETE /v1/faults", "DELETE /v1/faults/1", "GET /v1/customers",
                    "POST /v1/customers", "DELETE /v1/customers", "GET /v1/scenario", "POST /v1/scenario",
                    "DELETE /v1/scenario", "GET /v1/devices/1/device",
                ].map { Refusal($0, 404, "no-device", "a payment sandbox alone") })
        }
    }

    private static let sandbox: [Refusal] = [
        .init("GET /v1/sandbox/payments?after=x", 422, "not-valid", "after must be a whole number"),
        .init("GET /v1/sandbox/payments?limit=0", 422, "not-valid", "limit must be a whole number"),
        .init("GET /v1/sandbox/payments?newest=1001", 422, "not-valid", "newest must be a whole number"),
        .init("GET /v1/sandbox/payments/Z9", 404, "no-such-payment", "there is no payment Z9"),
        .init("POST /v1/sandbox/payments/Z9/pay", "{", 404, "no-such-payment", "there is no payment Z9"),
        .init("POST /v1/sandbox/payments/Z9/refund", "{", 404, "no-such-payment", "there is no payment Z9"),
        .init("POST /v1/sandbox/payments/Z9/cancel", "{", 404, "no-such-payment", "there is no payment Z9"),
        .init("POST /v1/sandbox/payments/Z9/notify", "{", 404, "no-such-payment", "there is no payment Z9"),
        .init("POST /v1/sandbox/payments/Z9/clear", "{", 404, "no-such-payment", "there is no payment Z9"),
        .init("POST /v1/sandbox/payments/A1/pay", #"{"wallet": ""}"#, 422, "not-valid", "1 to 64"),
        .init("POST /v1/sandbox/payments/A1/refund", #"{"value": "x"}"#, 422, "not-valid", "value must be digits"),
        .init("POST /v1/sandbox/payments/A1/refund", #"{"value": "0"}"#, 422, "not-valid", "more than 0"),
        .init("POST /v1/sandbox/payments/A1/refund", #"{"requestId": ""}"#, 422, "not-valid", "1 to 64"),
        .init(
            "POST /v1/sandbox/payments/A1/refund", #"{"value": "9999"}"#, 409, "payment-refuses", "more than is left"),
        .init(
            "POST /v1/sandbox/payments/A1/refund", #"{"value": "200", "requestId": "r1"}"#, 409, "request-differs",
            "has asked for something else"),
        .init("POST /v1/sandbox/payments/A1/cancel", #"{"x": 1}"#, 422, "not-valid", "is unknown"),
        .init("POST /v1/sandbox/payments/A1/cancel", "", 409, "payment-refuses", "a part of it was refunded"),
        .init("POST /v1/sandbox/payments/A1/notify", "", 409, "nothing-to-tell", "nobody is told"),
        .init("POST /v1/sandbox/payments/A1/reverse", #"{"value": "x"}"#, 422, "not-valid", "value must be digits"),
        .init("POST /v1/sandbox/payments/A1/reverse", "", 409, "no-authorization", "no card has authorised"),
        .init("POST /v1/sandbox/payments/A1/clear", #"{"requestId": ""}"#, 422, "not-valid", "1 to 64"),
        .init("POST /v1/sandbox/payments/A1/clear", "", 409, "no-authorization", "no card has authorised"),
        .init("POST /v1/sandbox/payments/A1/refund-by-merchant", "", 422, "not-valid", "needs amount"),
        .init(
            "POST /v1/sandbox/payments/A1/refund-by-merchant", #"{"value": "1"}"#, 409, "no-authorization",
            "no card has authorised"),
        .init("POST /v1/sandbox/codes/pay", "{}", 422, "not-valid", "is missing"),
        .init(
            "POST /v1/sandbox/codes/pay", #"{"code": "https://x", "value": "1"}"#, 404, "no-such-merchant-code",
            "there is no merchant's code"),
        .init("GET /v1/sandbox/code?wallet=Zoe", 404, "no-such-wallet", "there is no wallet of that name"),
        .init("POST /v1/sandbox/wallets/Bob", #"{"currency": "THB"}"#, 422, "not-valid", "needs amount"),
        .init(
            "POST /v1/sandbox/wallets/Bob", #"{"currency": "baht", "value": "1"}"#, 422, "not-valid",
            "currency is none of ISO 4217"),
        .init(
            "POST /v1/sandbox/wallets/\(long)", #"{"currency": "THB", "value": "1"}"#, 422, "not-valid", "1 to 64"),
        .init("POST /v1/sandbox/faults", "{}", 422, "not-valid", "is missing"),
        .init("POST /v1/sandbox/faults", #"{"name": "answer"}"#, 422, "not-valid", "code"),
        .init("DELETE /v1/sandbox/faults/9", 404, "no-such-fault", "there is no fault 9"),
        .init("GET /v1/sandbox/phones/Zoe", 404, "no-such-phone", "call init on it"),
        .init("POST /v1/sandbox/phones/Zoe", #"{"call": "connect"}"#, 404, "no-such-phone", "call init on it"),
        .init("PATCH /v1/sandbox/phones/Zoe", #"{"nfc": false}"#, 404, "no-such-phone", "call init on it"),
        .init("POST /v1/sandbox/phones/Mei", #"{"call": "tap"}"#, 422, "not-valid", "a tap needs amount"),
        .init("POST /v1/sandbox/phones/Mei", #"{"call": "tap", "value": "0"}"#, 422, "not-valid", "more than 0"),
        .init("POST /v1/sandbox/phones/Mei", #"{"call": "lock", "text": "x"}"#, 422, "not-valid", "does not go with"),
        .init("POST /v1/sandbox/phones/\(long)", #"{"call": "init"}"#, 422, "not-valid", "1 to 64"),
        .init("PATCH /v1/sandbox/phones/Mei", #"{"nfc": false, "proxyCode": 1}"#, 422, "not-valid", "10000 to 10011"),
    ]

    @Test("the same of the payment sandbox")
    func beside() async throws {
        try await serve("--sandbox", "127.0.0.1:0") { client in
            try client.perform("POST /v1/pay", #"{"paymentMethod": "TRUEMONEY", "orderId": "A1", "amount": "12.50"}"#)
            try client.perform("POST /v1/tap")
            try client.perform("POST /v1/sandbox/payments/A1/refund", #"{"value": "100", "requestId": "r1"}"#)
            try client.perform("POST /v1/sandbox/phones/Mei", #"{"call": "init"}"#)
            try client.expect(Self.sandbox)
            for index in 1..<100 { try client.perform("POST /v1/sandbox/phones/\(index)", #"{"call": "init"}"#) }
            for _ in 0..<1000 { try client.perform("POST /v1/sandbox/faults", #"{"name": "unknown"}"#) }
            try client.expect([
                .init("POST /v1/sandbox/phones/Zoe", #"{"call": "init"}"#, 409, "limit-reached", "100 phones already"),
                .init("POST /v1/sandbox/faults", #"{"name": "unknown"}"#, 409, "limit-reached", "clear some"),
            ])
        }
    }
}
