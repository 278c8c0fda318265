import Foundation
import TestSupport
import Testing

@Suite("The control API on a port", .timeLimit(.minutes(10)))
struct NetworkControlTests {
    private static let token = "a-token-that-nobody-guesses"

    /// Starts a device with its control API on a port of this machine, and hands over what curl says: status and body.
    private func serve(
        _ options: [String] = [], environment: [String: String] = [:],
        _ body:
            @Sendable (_ address: String, _ curl: @escaping @Sendable (String...) async throws -> (Int, String))
            async throws
            -> Void
    ) async throws {
        let folder = try Folder()
        try await Serving.startOnPort(in: folder, options, environment: environment) { address in
            try await body(address) { (arguments: String...) in
                var arguments = arguments
                let path = arguments.removeLast()
                let ran = try await Program.run(
                    "curl", ["-s", "-m", "10", "-w", "\n%{http_code}"] + arguments + ["http://\(address)\(path)"])
                let lines = ran.output.split(separator: "\n", omittingEmptySubsequences: false)
                return (Int(lines.last ?? "") ?? 0, lines.dropLast().joined(separator: "\n"))
            }
        }
    }

    @Test("the OpenAPI document is what the server does: schemathesis finds no difference")
    func schemathesis() async throws {
        let folder = try Folder()
        try await serve(["--clock", "virtual", "--sandbox", "127.0.0.1:0"]) { address, _ in
            let ran = try await Program.run(
                "sh",
                [
                    // It keeps what it found where it runs.
                    "-c", "cd \"$0\" && exec \"$@\"", folder.path, try Program.tool("schemathesis/bin/schemathesis"),
                    "run", "http://\(address)/openapi.json", "--seed", "1", "--max-examples",
                    "\(rounds(15, soak: 200))", "--checks", "all",
                    // What is waited for may not come, and some settings do not go together: such requests are good, and
                    // refused all the same. No route needs a header, and no token is set. What a DELETE empties is there
                    // all the same, and empty.
                    "--exclude-checks",
                    "positive_data_acceptance,missing_required_header,ignored_auth,unsupported_method,use_after_free",
                    "--request-timeout", "60", "--no-color",
                ])
            #expect(ran.status == 0, "\(ran.output.suffix(4000))")
        }
    }

    @Test("an advance that takes for ever keeps no other request waiting, and ends with the program")
    func longAdvances() async throws {
        try await serve(["--clock", "virtual"]) { _, curl in
            let flood = try await curl("-d", #"{"name":"flood","interval":0.001}"#, "/v1/faults")
            #expect(flood.0 == 201, "\(flood)")
            try await withThrowingTaskGroup { group in
                for _ in 0..<20 {
                    group.addTask { try await curl("-m", "1", "-d", #"{"to":"2200-01-01T00:00:00Z"}"#, "/v1/clock") }
                }
                var refused = 0
                for try await (status, body) in group where status != 0 {
                    #expect(status == 503 && body.contains("let them come to their end"), "\(status) \(body)")
                    refused += 1
                }
                #expect(refused >= 1)
            }
            #expect(try await curl("/v1/device").0 == 200)
            #expect(try await curl("-X", "DELETE", "/v1/faults").0 == 200)
        }
    }

    @Test("what the OpenAPI document has is served")
    func routes() async throws {
        try await serve { _, curl in
            let (status, body) = try await curl("/openapi.json")
            #expect(status == 200)
            let paths = try #require(members(body)["paths"] as? [String: [String: Any]])
            for (path, methods) in paths {
                for method in methods.keys {
                    let url = path.replacingOccurrences(of: "{id}", with: "1").replacingOccurrences(
                        of: "{fault}", with: "1")
                    let (status, body) = try await curl("-X", method.uppercased(), url)
                    let isUnknownRoute = status == 404 && body.contains("in the control API")
                    #expect(!isUnknownRoute && status != 405, "\(method) \(path): \(status) \(body)")
                }
            }
        }
    }

    @Test("without the token nothing is answered; with it everything, from any host's name")
    func token() async throws {
        try await serve(environment: ["BLUETAP_TOKEN": Self.token]) { address, curl in
            for wrong in ["", "Bearer", "Bearer wrong", "Bearer \(Self.token)x", "Basic \(Self.token)"] {
                let (status, body) = try await curl("-H", "Authorization: \(wrong)", "/v1/device")
                #expect(status == 401 && body.contains("give the token"), "\(wrong): \(body)")
            }
            let good = try await curl(
                "-H", "Authorization: Bearer \(Self.token)", "-H", "Host: pi.example", "/v1/device")
            #expect(good.0 == 200, "\(good)")
            let page = try await curl(
                "-H", "Authorization: Bearer \(Self.token)", "-H", "Origin: http://evil.example", "/v1/device")
            #expect(page.0 == 403, "\(page)")
            let client = try await Program.run(
                Program.bluetap, ["status", "--control", address], environment: ["BLUETAP_TOKEN": Self.token])
            #expect(client.status == 0, "\(client)")
            let stranger = try await Program.run(Program.bluetap, ["status", "--control", address])
            #expect(stranger.status == 1 && stranger.errors.contains("BLUETAP_TOKEN"), "\(stranger)")
        }
    }

    @Test("the network needs a good token")
    func refused() async throws {
        for (token, reason) in [
            ("", "set a token"), ("short", "16 to 256"), ("with a space in it, and long", "16 to 256"),
        ] {
            let folder = try Folder()
            let ran = try await Program.run(
                Program.bluetap,
                ["serve", "--socket", folder.file("l.sock"), "--control", "0.0.0.0:0"],
                environment: ["BLUETAP_TOKEN": token])
            #expect(ran.status == 1 && ran.errors.contains(reason), "\(ran)")
        }
    }

    @Test("a page of another site, or another name for this machine, drives no device")
    func pages() async throws {
        try await serve { address, curl in
            for (header, status) in [
                ("Origin: http://evil.example", 403), ("Host: evil.example", 403), ("Origin: http://\(address)", 200),
            ] {
                let answer = try await curl("-H", header, "-X", "POST", "/v1/tap")
                #expect(answer.0 == status, "\(header): \(answer)")
            }
        }
    }

    @Test("Prometheus finds commands by kind and result, latencies, links by ending, faults and subscribers")
    func metrics() async throws {
        try await serve(["--clock", "virtual"]) { address, curl in
            _ = try await curl("-d", #"{"name": "busy"}"#, "/v1/faults")
            let (status, text) = try await curl("/metrics")
            #expect(status == 200)
            for line in [
                #"bluetap_commands_total{device="1",command="pay",result="SUCCESS"} 0"#,
                #"bluetap_command_duration_seconds_bucket{device="1",le="+Inf"} 0"#,
                #"bluetap_links_ended_total{device="1",ending="expired"} 0"#,
                #"bluetap_faults_fired_total{device="1"} 0"#, "bluetap_subscribers 0",
                #"bluetap_device_state{device="1",state="idle"} 1"#,
            ] { #expect(text.contains("\(line)\n"), "\(line)") }
            // Each sample belongs to the family named above it.
            var family = ""
            for line in text.split(separator: "\n") {
                if line.hasPrefix("# TYPE ") { family = String(line.split(separator: " ")[2]) }
                if !line.hasPrefix("#") { #expect(line.hasPrefix(family), "\(line)") }
            }
        }
    }

    @Test("clients that wait and go are forgotten at once, also those whose body nobody wants")
    func waiters() async throws {
        try await serve(["--clock", "virtual"]) { address, curl in
            for count in 0..<40 {
                let body = count.isMultiple(of: 2) ? [] : ["-X", "GET", "-d", String(repeating: "x", count: 100_000)]
                _ = try await Program.run(
                    "curl", ["-s", "-m", "0.05"] + body + ["http://\(address)/v1/events?wait=detached&timeout=3600"])
            }
            try await eventually("nobody waits") {
                try await curl("/metrics").1.contains("\nbluetap_subscribers 0\n")
            }
        }
    }

    @Test("a scenario is put beside a device, judged and taken away")
    func scenario() async throws {
        try await serve(["--clock", "virtual"]) { _, curl in
            #expect(try await curl("/v1/scenario").0 == 404)
            let bad = try await curl("--data-binary", "scenario: x\nrulez: []", "/v1/scenario")
            #expect(bad.0 == 422 && bad.1.contains("scenario:2:1: rulez: unknown key"), "\(bad)")
            let text = "scenario: x\ntimeline:\n  - at: 5s\n    unplug: {}\nexpect:\n  - event: detached\n"
            let loaded = try await curl("--data-binary", text, "/v1/devices/1/scenario")
            #expect(loaded.0 == 201 && loaded.1.contains("it did not come"), "\(loaded)")
            _ = try await curl("-d", #"{"advance": 5}"#, "/v1/clock")
            let judged = try await curl("/v1/scenario")
            #expect(judged.0 == 200 && !judged.1.contains("failure"), "\(judged)")
            #expect(try await curl("-X", "DELETE", "/v1/scenario").0 == 204)
            #expect(try await curl("/v1/scenario").0 == 404)
        }
    }
}
