import Foundation
import Testing

@Suite("`run` with a scenario", .timeLimit(.minutes(10)))
struct ScenarioRunTests {
    private func run(_ scenario: String, _ command: String..., junit: String? = nil) async throws -> Finished {
        try await Program.run(
            Program.bluetap,
            ["run", "--clock", "virtual", "--scenario", scenario] + (junit.map { ["--junit", $0] } ?? []) + ["--"]
                + command)
    }

    @Test("expectations that hold leave CMD's status; those that do not make it 3, with the events around them")
    func status() async throws {
        let held = try await run("happy-path", Program.bluetap, "pay", "--method", "TRUEMONEY")
        #expect(held.status == 0 && held.errors.isEmpty, "\(held)")
        let failed = try await run("tap-after-cancel", Program.bluetap, "pay", "--method", "TRUEMONEY", "--order", "A1")
        #expect(failed.status == 3, "\(failed)")
        let lines = failed.errors.split(separator: "\n")
        #expect(lines.first == "bluetap: tap-after-cancel: expect 2: linkCancelled: it did not come", "\(failed)")
        #expect(
            lines.contains { $0.contains("> 3") && $0.contains("linkReady") && $0.contains("orderId=A1") }, "\(failed)")
        let ownFailure = try await run("tap-after-cancel", "sh", "-c", "exit 7")
        #expect(ownFailure.status == 7, "\(ownFailure)")
    }

    struct Race: CustomTestStringConvertible, Sendable {
        let scenario: String
        /// What the POS does, in the words of `Programs/pos.py`.
        let does: [String]
        /// What it sees, but for its own writes.
        let sees: [String]

        var testDescription: String { scenario }
    }

    private static func success(_ sequence: Int) -> String { "64 bytes, intact, to \(sequence): SUCCESS" }

    @Test(
        "each race and story, as a POS sees it through hidapi",
        arguments: [
            Race(
                scenario: "happy-path", does: ["pay:1:A1", "read", "state"], sees: [success(1), "state: linkOpened"]),
            Race(
                scenario: "unattended-device", does: ["pay:1:A1", "read", "state"], sees: [success(1), "state: idle"]),
            Race(
                scenario: "flaky-cable", does: ["pay:1:A1", "read", "reopen", "pay:2:A1", "read"],
                sees: ["read failed", "open", success(2)]),
            Race(
                scenario: "tap-after-cancel", does: ["pay:1:A1", "read", "cancel:2", "read", "do:tap"],
                sees: [success(1), success(2), "tapMissed wallet=wallet reason=no link is live"]),
            Race(
                scenario: "tap-at-expiry", does: ["do:pay --method TRUEMONEY --expiry 60", "state"],
                sees: ["SUCCESS", "state: idle"]),
            Race(
                scenario: "cancel-after-tap", does: ["pay:1:A1", "read", "state", "cancel:2", "read", "state"],
                sees: [success(1), "state: linkOpened", success(2), "state: idle"]),
            Race(
                scenario: "doubled-order-id", does: ["pay:1:A1", "read", "state", "pay:2:A1", "read", "state"],
                sees: [success(1), "state: linkOpened", success(2), "state: linkReady"]),
            Race(
                scenario: "second-pay-while-live", does: ["pay:1:A1", "read", "pay:2:A2", "read", "state"],
                sees: [success(1), success(2), "state: linkOpened"]),
            Race(
                scenario: "pay-unplug-replug",
                does: ["pay:1:A1", "read", "read", "reopen", "state", "pay:2:A1", "read", "state"],
                sees: [success(1), "read failed", "open", "state: idle", success(2), "state: linkOpened"]),
        ])
    func race(_ race: Race) async throws {
        let ran = try await Program.run(
            Program.bluetap,
            [
                "run", "--clock", "virtual", "--scenario", race.scenario, "--",
                try Program.tool("hidapi/bin/python"), "\(HIDAPIProgram.folder)/pos.py",
            ] + race.does,
            environment: [
                "BLUETAP_PROGRAM": Program.bluetap, "BLUETAP_PYTHON": "\(Program.repository)/Examples/python",
            ])
        #expect(ran.status == 0 && ran.errors.isEmpty, "\(ran)")
        #expect(ran.lines.filter { $0 != "written" } == race.sees, "\(ran)")
    }

    @Test("a timeline begins when the device is ready")
    func timeline() async throws {
        let folder = try Folder()
        let file = try folder.write(
            "early.yaml",
            "scenario: early\ntimeline:\n  - {at: 0s, advance: 1h}\n  - log: done\nexpect:\n  - {event: note, with: {text: done}}\n"
        )
        let ran = try await run(file, Program.bluetap, "status")
        #expect(ran.status == 0 && ran.output.contains("now: 2026-01-01T01:00:00.000Z"), "\(ran)")
    }

    @Test("a scenario that never matched is reported")
    func neverMatched() async throws {
        let ran = try await run("happy-path", "true")
        #expect(ran.status == 3 && ran.errors.contains("the scenario never matched"), "\(ran)")
    }

    @Test("the report for CI servers has CMD and each expectation, and is XML")
    func junit() async throws {
        let folder = try Folder()
        _ = try await run(
            "tap-after-cancel", Program.bluetap, "pay", "--method", "TRUEMONEY", junit: folder.file("j.xml"))
        let checked = try await Program.run(
            HIDAPIProgram.debianPython,
            [
                "-c",
                """
                import sys, xml.etree.ElementTree as tree
                suites = tree.parse(sys.argv[1]).getroot()
                for case in suites.iter("testcase"):
                    print(case.get("name").split("/")[-1], "failed" if case.find("failure") is not None else "passed")
                print(suites.get("tests"), suites.get("failures"))
                """, folder.file("j.xml"),
            ])
        #expect(
            checked.lines == [
                "bluetap pay --method TRUEMONEY passed", "tap-after-cancel: expect 1: linkReady passed",
                "tap-after-cancel: expect 2: linkCancelled failed", "tap-after-cancel: expect 3: tapMissed failed",
                "tap-after-cancel: never: paymentSucceeded passed", "tap-after-cancel: final state: idle failed", "6 3",
            ], "\(checked)")
        let refused = try await run("happy-path", "true", junit: "/nowhere/j.xml")
        #expect(refused.status == 1 && refused.errors.contains("name another with --junit"), "\(refused)")
    }

    @Test("what is wrong with a scenario is said before anything runs")
    func bad() async throws {
        let folder = try Folder()
        _ = try folder.write("bad.yaml", "scenario: x\nrules:\n  - when: {event: linkReady}\n    then: [{tapp: {}}]\n")
        for arguments in [
            ["scenario", "check", folder.file("bad.yaml")],
            ["run", "--scenario", folder.file("bad.yaml"), "--", "touch", folder.file("ran")],
        ] {
            let ran = try await Program.run(Program.bluetap, arguments)
            #expect(
                ran.status == 1 && ran.errors.contains("bad.yaml:4:13: rules[0].then[0].tapp: unknown key")
                    && ran.errors.split(separator: "\n").count == 1, "\(ran)")
        }
        #expect(!FileManager.default.fileExists(atPath: folder.file("ran")))
        let unknown = try await Program.bluetap("scenario", "check", "happy-paht")
        #expect(unknown.status == 1 && unknown.errors.contains("there are happy-path"), "\(unknown)")
    }

    @Test("each built-in scenario is listed, shown and good as shown")
    func builtIn() async throws {
        let folder = try Folder()
        let names = try await Program.bluetap("scenario", "list").lines.map { String($0.split(separator: ":")[0]) }
        #expect(names.count == 9)
        for name in names {
            let text = try await Program.bluetap("scenario", "show", name).output
            _ = try folder.write("\(name).yaml", text)
            let checked = try await Program.bluetap("scenario", "check", folder.file("\(name).yaml"))
            #expect(checked.lines == ["\(name) is good"], "\(checked)")
        }
    }

    @Test("many devices: each has its socket, its serial number, its state and its events")
    func devices() async throws {
        let ran = try await Program.bluetap(
            "run", "--clock", "virtual", "--devices", "3", "--", "sh", "-c",
            """
            for n in 1 2; do
              BLUETAP_LOOPBACK=$(echo $BLUETAP_LOOPBACK | cut -d: -f$n) \(Program.bluetap) pay --method TRUEMONEY --order A$n
            done
            for n in 1 2 3; do \(Program.bluetap) status --device $n | head -1; done
            \(Program.bluetap) events --device 2 | grep -c payReceived
            \(Program.bluetap) tap --device 2 | grep -o orderId=A2 | head -1
            \(Program.bluetap) status --device 9
            """)
        #expect(
            ran.lines == [
                "SUCCESS", "SUCCESS", "state: linkReady", "state: linkReady", "state: idle", "1", "orderId=A2",
            ], "\(ran)")
        #expect(ran.errors.contains("there is no device 9"), "\(ran)")
    }

    @Test("`wait` returns when it has happened, at once where it has, and fails when it does not")
    func wait() async throws {
        let folder = try Folder()
        let waited = folder.file("waited")
        let ran = try await Program.bluetap(
            "run", "--clock", "virtual", "--", "sh", "-c",
            """
            bluetap=\(Program.bluetap)
            $bluetap wait idle
            $bluetap wait payReceived --timeout 20s >\(waited) & waiter=$!
            until [ "$($bluetap status --json | grep -c '"lastSequence":1,')" = 1 ]; do :; done
            $bluetap pay --method TRUEMONEY --order W1
            until ! kill -0 $waiter 2>/dev/null; do
              $bluetap pay --method TRUEMONEY --order W1 >/dev/null
            done
            wait $waiter && grep -o orderId=W1 \(waited)
            $bluetap wait payReceived --after 0 | grep -o orderId=W1
            $bluetap wait linkExpired --timeout 10ms
            echo $?
            """)
        #expect(
            ran.lines == ["state: idle", "SUCCESS", "orderId=W1", "orderId=W1", "1"], "\(ran)")
        #expect(ran.errors.contains("no linkExpired within 0.01 s; the state is linkReady"), "\(ran)")
    }
}
