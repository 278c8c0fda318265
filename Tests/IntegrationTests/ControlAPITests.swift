import Foundation
import Testing

@Suite("The control API", .timeLimit(.minutes(10)))
struct ControlAPITests {
    /// Starts a device in frozen time and hands over a function that makes one request.
    private func withDevice(
        _ body:
            @Sendable (_ request: @Sendable (_ head: String, _ content: String) throws -> (status: Int, body: String))
            async throws -> Void
    ) async throws {
        let folder = try Folder()
        let ended = try await Serving.start(in: folder, "--clock", "virtual") { device in
            let paid = try await Program.run(
                Program.bluetap, ["pay", "--method", "TRUEMONEY", "--order", "A1"], environment: device.environment)
            try #require(paid.output == "SUCCESS\n", "\(paid)")
            try await body { head, content in
                let answer = try RawSocket.exchange(
                    folder.file("control.sock"),
                    "\(head)\r\nConnection: close\r\nContent-Length: \(content.utf8.count)\r\n\r\n\(content)")
                let parts = answer.split(separator: "\r\n\r\n", maxSplits: 1).map(String.init)
                let status = parts.first.flatMap { $0.split(separator: " ").dropFirst().first }.flatMap { Int($0) }
                return (status ?? 0, parts.count > 1 ? parts[1] : "")
            }
        }
        #expect(ended.status == 0)
    }

    @Test("the device's state has the names of the contract")
    func device() async throws {
        try await withDevice { request in
            let (status, body) = try request("GET /v1/device HTTP/1.1\r\nHost: localhost", "")
            #expect(status == 200)
            let device = try members(body)
            #expect(device["state"] as? String == "linkReady")
            #expect(device["transport"] as? String == "loopback")
            #expect(device["profile"] as? String == "reference")
            #expect(device["now"] as? String == "2026-01-01T00:00:00.000Z")
            let link = try #require(device["link"] as? [String: Any])
            #expect(Set(link.keys) == ["url", "ndef", "paymentMethod", "orderId", "expiresAt"])
            #expect((link["ndef"] as? String)?.hasPrefix("9101") == true)
            #expect(link["expiresAt"] as? String == "2026-01-01T00:15:00.000Z")
            _ = try request("POST /v1/clock HTTP/1.1\r\nHost: localhost", #"{"advance": 900}"#)
            let idle = try members(try request("GET /v1/device HTTP/1.1\r\nHost: localhost", "").body)
            #expect(idle["link"] is NSNull && idle["state"] as? String == "idle")
        }
    }

    @Test("events are paged by number")
    func events() async throws {
        try await withDevice { request in
            let all = try members(try request("GET /v1/events HTTP/1.1\r\nHost: localhost", "").body)
            #expect(
                (all["events"] as? [Any])?.count == 4 && all["lastSequence"] as? Int == 4 && all["missed"] as? Int == 0)
            let rest = try members(try request("GET /v1/events?after=3 HTTP/1.1\r\nHost: localhost", "").body)
            #expect((rest["events"] as? [Any])?.count == 1)
            let none = try members(try request("GET /v1/events?after=4 HTTP/1.1\r\nHost: localhost", "").body)
            #expect((none["events"] as? [Any])?.isEmpty == true && none["lastSequence"] as? Int == 4)
        }
    }

    @Test("a stream begins behind Last-Event-ID, goes on as things happen, and one that is resumed misses nothing")
    func stream() async throws {
        let folder = try Folder()
        try await Serving.start(in: folder, "--clock", "virtual") { device in
            func bluetap(_ arguments: String...) async throws {
                let ran = try await Program.run(Program.bluetap, arguments, environment: device.environment)
                #expect(ran.status == 0, "\(ran)")
            }
            /// The numbers and kinds of a stream's events until there are so many.
            func events(_ count: Int, from stream: RawSocket.Stream) throws -> [String] {
                let text = try stream.read { $0.matches(of: /\ndata: [^\n]*\n/).count >= count }
                let head = try #require(text.components(separatedBy: "\r\n\r\n").first)
                #expect(
                    head.hasPrefix("HTTP/1.1 200 ") && head.lowercased().contains("content-type: text/event-stream"))
                let lines = text.components(separatedBy: .newlines)
                let numbers = lines.filter { $0.hasPrefix("id: ") }.map { String($0.dropFirst("id: ".count)) }
                let kinds = try lines.filter { $0.hasPrefix("data: ") }.map {
                    let event = try members(String($0.dropFirst("data: ".count)))
                    return "\(event["seq"] as? Int ?? 0) \(event["kind"] as? String ?? "")"
                }
                #expect(numbers == kinds.compactMap { $0.split(separator: " ").first.map(String.init) })
                return kinds
            }
            func open(after: Int) throws -> RawSocket.Stream {
                try RawSocket.Stream(
                    folder.file("control.sock"),
                    "GET /v1/events HTTP/1.1\r\nHost: localhost\r\nAccept: text/event-stream\r\nLast-Event-ID: \(after)\r\n\r\n"
                )
            }
            try await bluetap("pay", "--method", "TRUEMONEY", "--order", "A1")
            let stream = try open(after: 2)
            #expect(try events(2, from: stream) == ["3 linkReady", "4 replySent"])
            // What happens from now on comes by itself.
            try await bluetap("tap", "--outcome", "declines")
            #expect(
                try events(4, from: stream)
                    == ["3 linkReady", "4 replySent", "5 linkTapped", "6 paymentFailed"])
            try await bluetap("cancel")
            let resumed = try open(after: 6)
            #expect(
                try events(3, from: resumed) == ["7 cancelReceived", "8 linkCancelled", "9 replySent"])
        }
    }

    @Test("events stream from Last-Event-ID on, which counts more than after")
    func streamStart() async throws {
        let folder = try Folder()
        try await Serving.start(in: folder, "--clock", "virtual") { device in
            _ = try await Program.run(
                Program.bluetap, ["pay", "--method", "TRUEMONEY", "--order", "A1"], environment: device.environment)
            for (query, header, first) in [
                ("", "", 1), ("?after=3", "", 4), ("?after=1", "Last-Event-ID: 2\r\n", 3),
                // Another device's number: the stream begins anew.
                ("", "Last-Event-ID: 99\r\n", 1),
            ] {
                let headers = "Host: till\r\nAccept: text/event-stream\r\n\(header)"
                let text = try RawSocket.exchange(
                    folder.file("control.sock"), "GET /v1/events\(query) HTTP/1.1\r\n\(headers)\r\n",
                    until: "\"seq\":4")
                let ids = text.split(whereSeparator: \.isNewline).filter { $0.hasPrefix("id: ") }
                #expect(ids.compactMap { Int($0.dropFirst(4)) } == Array(first...4), "\(query) \(header): \(text)")
            }
        }
    }

    @Test("a tap and an advance answer with the events that they caused")
    func caused() async throws {
        try await withDevice { request in
            let tap = try members(
                try request("POST /v1/tap HTTP/1.1\r\nHost: localhost", #"{"wallet": "Alice", "outcome": "declines"}"#)
                    .body)
            let kinds = (tap["events"] as? [[String: Any]])?.map { $0["kind"] as? String }
            #expect(kinds == ["linkTapped", "paymentFailed"])
            #expect((tap["device"] as? [String: Any])?["state"] as? String == "linkOpened")
            let clock = try members(
                try request("POST /v1/clock HTTP/1.1\r\nHost: localhost", #"{"advance": 900}"#).body)
            #expect((clock["events"] as? [[String: Any]])?.map { $0["kind"] as? String } == ["linkExpired"])
        }
    }

    @Test("who has no POS at hand pays and cancels all the same, with the profile's reports")
    func commands() async throws {
        try await withDevice { request in
            func send(_ path: String, _ body: String) throws -> [[String: Any]] {
                let answer = try members(try request("POST /v1/\(path) HTTP/1.1\r\nHost: localhost", body).body)
                return try #require(answer["events"] as? [[String: Any]])
            }
            let pay = try send(
                "pay", #"{"paymentMethod": "SEVEN_11", "amount": "7", "orderId": "B2", "expiryTime": 60}"#)
            #expect(pay.map { $0["kind"] as? String } == ["payReceived", "linkReplaced", "linkReady", "replySent"])
            #expect((pay[0]["report"] as? String)?.hasPrefix("b70101") == true)
            #expect(pay[3]["result"] as? String == "SUCCESS")
            let code = try request("GET /v1/link.svg HTTP/1.1\r\nHost: localhost", "").body
            #expect(code.hasPrefix("<svg ") && code.contains("<title>\(pay[2]["url"] as? String ?? "?")</title>"))
            let url = pay[2]["url"] as? String ?? "?"
            let escaped = url.replacingOccurrences(of: ":", with: "%3A").replacingOccurrences(of: "/", with: "%2F")
            func codeOf(_ url: String) throws -> (status: Int, body: String) {
                let answer = try request("GET /v1/devices/1/link.svg?of=\(url) HTTP/1.1\r\nHost: localhost", "")
                return (answer.status, answer.body)
            }
            #expect(try codeOf(escaped) == (200, code))
            #expect(try codeOf(escaped + "0") == (204, ""))
            #expect(try send("pay", #"{"paymentMethod": "Test"}"#).last?["result"] as? String == "PARAM_ILLEGAL")
            #expect(try send("cancel", #"{"orderId": "B2"}"#).map { $0["kind"] as? String }.contains("linkCancelled"))
            #expect(try request("GET /v1/link.svg HTTP/1.1\r\nHost: localhost", "").status == 404)
            #expect(try codeOf(escaped) == (204, ""))
        }
    }

    @Test("customers have habits, and take the time and give the reason that a tap says")
    func customers() async throws {
        try await withDevice { request in
            func tap(_ body: String) throws -> [String?]? {
                let answer = try members(try request("POST /v1/tap HTTP/1.1\r\nHost: localhost", body).body)
                return (answer["events"] as? [[String: Any]])?.map { event in
                    (event["kind"] as? String ?? "") + ((event["reason"] as? String).map { " \($0)" } ?? "")
                }
            }
            #expect(
                try tap(#"{"wallet": "Bob"}"#) == ["linkTapped", "paymentFailed USER_BALANCE_NOT_ENOUGH"])
            #expect(
                try tap(#"{"outcome": "declines", "reason": "RISK_REJECT"}"#)
                    == ["linkTapped", "paymentFailed RISK_REJECT"])
            #expect(
                try tap(#"{"wallet": "Nok", "after": "1m"}"#)
                    == ["linkTapped", "paymentPending the wallet asks for a password"])
            let clock = try members(
                try request("POST /v1/clock HTTP/1.1\r\nHost: localhost", #"{"next": "after"}"#).body)
            let paid = try #require((clock["events"] as? [[String: Any]])?.last)
            #expect(paid["kind"] as? String == "paymentSucceeded")
            #expect(paid["time"] as? String == "2026-01-01T00:01:00.000Z")
            let wallets = try members(try request("GET /v1/wallets HTTP/1.1\r\nHost: localhost", "").body)
            #expect((wallets["wallets"] as? [[String: Any]])?.first?["wallet"] as? String == "Alice")
            let crowd = try request(
                "POST /v1/customers HTTP/1.1\r\nHost: localhost", #"{"queue": ["Bob", "Mei"], "rate": 2.5, "seed": 7}"#)
            // Bob has gone to the link that is live.
            #expect(crowd.body == #"{"queue":["Bob","Mei"],"rate":2.5,"seed":7}"#)
            #expect(
                try request("DELETE /v1/customers HTTP/1.1\r\nHost: localhost", "").body == #"{"queue":[],"rate":0}"#)
        }
    }

    @Test("on a port, pages of others are kept out")
    func origins() async throws {
        let run = try await Program.bluetap(
            "run", "--control", "127.0.0.1:0", "--", "python3", "-c",
            """
            import http.client, os
            host, port = os.environ["BLUETAP_CONTROL"].rsplit(":", 1)
            own = f"http://{host}:{port}"
            for headers in [{}, {"Origin": own}, {"Origin": "https://evil.example"}, {"Host": "evil.example"}]:
                connection = http.client.HTTPConnection(host, int(port))
                connection.request("POST", "/v1/tap", "{}", headers)
                print(connection.getresponse().status)
            """)
        #expect(run.lines == ["200", "200", "403", "403"], "\(run)")
    }

    @Test(
        "garbage on the control socket ends in an answer or a closed connection, and the device goes on",
        arguments: [UInt64(5)])
    func garbage(seed: UInt64) async throws {
        try await withDevice { request in
            var state = seed
            for _ in 0..<50 {
                let bytes = (0..<200).map { _ in
                    state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
                    return Character(Unicode.Scalar(UInt8(truncatingIfNeeded: state >> 33) & 0x7F))
                }
                _ = try request(String(bytes), "")
            }
            #expect(try request("GET /v1/device HTTP/1.1\r\nHost: localhost", "").status == 200, "seed \(seed)")
        }
    }
}
