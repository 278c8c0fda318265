import Glibc
import Subprocess
import SystemPackage
import Testing

@Suite("The demo", .timeLimit(.minutes(10)))
struct DemoTests {
    private func inTerminal(
        rows: Int, columns: Int, _ options: String..., environment: [String: String] = [:]
    ) async throws -> Finished {
        try await Program.inTerminal(
            rows: rows, columns: columns, [Program.bluetap, "demo", "--pace", "0"] + options, environment: environment)
    }

    @Test("Ctrl-C ends a view at once, and gives the cursor back")
    func interrupted() async throws {
        // At this pace the first line alone stands for two minutes.
        let demo = try await Program.inTerminal(
            rows: 40, columns: 120, [Program.bluetap, "demo", "--pace", "100"], interruptAt: "A POS, a BlueTap",
            environment: ["NO_COLOR": ""])
        #expect(demo.status == 0 && demo.output.hasSuffix("\u{1B}[?25h"), "\(demo)")
        #expect(!demo.output.contains("That was it."))
    }

    @Test("in a terminal it is a view of state, link with QR code and countdown, customers and reports")
    func live() async throws {
        let demo = try await inTerminal(rows: 40, columns: 120, environment: ["NO_COLOR": ""])
        #expect(demo.status == 0, "\(demo)")
        // It begins by hiding the cursor, and ends by giving it back.
        #expect(demo.output.hasPrefix("\u{1B}[?25l\u{1B}[H") && demo.output.hasSuffix("\u{1B}[?25h"))
        for part in [
            "linkReady", "ends in   15:00", "ends in   7:30", "ends in   0:30", "link      none", "\u{1B}[30;47m", "▀",
            "Alice's phone: paymentSucceeded", "report    b781", "That was it.",
        ] { #expect(demo.output.contains(part), "\(part)") }
    }

    @Test(
        "with NO_COLOR, in a small terminal or with --plain it is lines", arguments: ["NO_COLOR", "small", "--plain"])
    func plain(why: String) async throws {
        let demo = try await inTerminal(
            rows: why == "small" ? 24 : 40, columns: why == "small" ? 80 : 120, why == "--plain" ? why : "--pace=0",
            environment: why == "NO_COLOR" ? ["NO_COLOR": "1"] : ["NO_COLOR": ""])
        #expect(demo.status == 0 && !demo.output.contains("\u{1B}"), "\(demo)")
        #expect(demo.output.contains("That was it."))
    }

    @Test("with --web the page has the same story, and stays until it is interrupted")
    func web() async throws {
        let result = try await Subprocess.run(
            .path(FilePath(Program.bluetap)), arguments: ["demo", "--web", "--port", "0", "--pace", "0"],
            environment: [:].subprocessEnvironment, input: .none, output: .sequence, error: .string(limit: 1 << 16)
        ) { execution in
            var lines = execution.standardOutput.strings().makeAsyncIterator()
            let first = try #require(try await lines.next())
            let address = try #require(first.firstMatch(of: /http:\/\/127\.0\.0\.1:\d+\//)).output
            while let line = try await lines.next(), !line.contains("That was it.") {}
            let page = try await Program.run("curl", ["--silent", String(address)])
            #expect(page.output.contains("<title>bluetap</title>"))
            let events = try await Program.run("curl", ["--silent", "\(address)v1/events"])
            for kind in ["paymentSucceeded", "linkCancelled", "linkExpired", "The cashier takes"] {
                #expect(events.output.contains(kind), "\(kind)")
            }
            // From here on it is whoever looks who goes on with it.
            try await eventually("the clock runs") {
                try await Program.run("curl", ["--silent", "\(address)v1/device"]).output
                    .contains("\"clock\":\"running\"")
            }
            kill(execution.processIdentifier.value, SIGINT)
            while try await lines.next() != nil {}
        }
        #expect(result.terminationStatus == .exited(0) && result.standardError.isEmpty, "\(result.standardError)")
    }

    @Test(
        "what cannot be is one line with the reason",
        arguments: [["--web", "--json"], ["--port", "70000"], ["--pace", "-1"], ["--pace", "1000"]])
    func refused(options: [String]) async throws {
        let demo = try await Program.run(Program.bluetap, ["demo"] + options)
        #expect(demo.status == 64 && demo.errors.split(separator: "\n").count == 1, "\(demo)")
    }
}
