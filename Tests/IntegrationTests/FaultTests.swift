import Foundation
import Testing

@Suite("What a POS sees through hidapi when things go wrong", .timeLimit(.minutes(10)))
struct FaultTests {
    struct Story: CustomTestStringConvertible, Sendable {
        /// What the POS does, in the words of `Programs/pos.py`.
        let does: [String]
        /// What it sees.
        let sees: [String]

        init(_ does: String..., sees: String...) {
            self.does = does
            self.sees = sees
        }

        var testDescription: String { does.joined(separator: ", ") }
    }

    private static func success(_ sequence: Int) -> String { "64 bytes, intact, to \(sequence): SUCCESS" }

    @Test("each fault", arguments: faults)
    func fault(_ story: Story) async throws {
        try await expect(story)
    }

    private static let faults = [
        Story("pay:1", "read", sees: "written", success(1)),
        Story(
            "do:fault add unplug --moment before --on pay --replug 2s", "pay:1", "read", "state",
            "do:clock advance 2s", "reopen", "pay:2", "read",
            sees: "fault 1", "written", "read failed", "state: detached", "attached", "open", "written", success(2)),
        Story(
            "do:fault add unplug --on pay", "pay:1", "read", "state", "reopen", "do:plug", "reopen",
            sees: "fault 1", "written", "read failed", "state: detached", "reopen failed", "attached", "open"),
        Story(
            "do:fault add unplug --moment after --on pay", "pay:1", "read", "read",
            sees: "fault 1", "written", success(1), "read failed"),
        Story(
            "pay:1", "read", "do:fault add unplug --after 10s --every 20s --replug 1s --count 2",
            "do:clock advance 60s", "reopen", "state",
            sees: "written", success(1), "fault 1", "faultFired fault=unplug", "linkLost TRUEMONEY", "detached",
            "attached", "faultFired fault=unplug", "detached", "attached", "open", "state: idle"),
        Story(
            "do:fault add re-enumerate", "read", "reopen", "pay:2", "read",
            sees: "fault 1", "read failed", "open", "written", success(2)),
        Story("do:reset", "read", "reopen", sees: "detached", "attached", "read failed", "open"),
        Story(
            "do:unplug --replug 3s", "read", "do:clock advance --next after", "reopen",
            sees: "detached", "read failed", "attached", "open"),
        Story(
            "do:fault add stall", "pay:1", "read:100", "reopen", "pay:2", "read",
            sees: "fault 1",
            "write failed: Broken pipe: the device stalled the request", "nothing", "open",
            "written", success(2)),
        Story(
            "do:fault add stall --on pay --nth 2", "pay:1", "read", "pay:2", "read:2000", "pay:3", "reopen",
            "pay:4",
            "read",
            sees: "fault 1", "written", success(1), "written", "nothing",
            "write failed: Broken pipe: the device stalled the request", "open", "written",
            success(4)),
        Story(
            "do:fault add slow-reader --delay 5s", "pay:1", "read:200", "do:clock advance 5s", "read",
            sees: "fault 1", "written", "nothing", success(1)),
        Story(
            "do:fault add flood --burst 2", "read", "read", "read:100", "do:clock advance 10ms", "read", "read",
            "do:fault clear", "do:clock advance 1s", "read:100",
            sees: "fault 1", "64 bytes, intact, to 0: UNKNOWN_EXCEPTION",
            "64 bytes, intact, to 0: UNKNOWN_EXCEPTION", "nothing", "64 bytes, intact, to 0: UNKNOWN_EXCEPTION",
            "64 bytes, intact, to 0: UNKNOWN_EXCEPTION", "nothing"),
        Story(
            "do:fault add reply-delayed --delay 3s", "pay:1", "read:200", "do:clock advance 2999ms", "read:100",
            "do:clock advance 1ms", "read",
            sees: "fault 1", "written", "nothing", "nothing", "replySent SUCCESS", success(1)),
        Story(
            "do:fault add reply-dropped", "pay:1", "read:200", "pay:2", "read",
            sees: "fault 1", "written", "nothing", "written", success(2)),
        Story(
            "do:fault add reply-doubled", "pay:1", "read", "read", "read:100",
            sees: "fault 1", "written", success(1), success(1), "nothing"),
        Story(
            "do:fault add reply-truncated --bytes 4", "pay:1", "read",
            sees: "fault 1", "written", "60 bytes, damaged, to 1: SUCCESS"),
        Story(
            "do:fault add reply-padded --bytes 3", "pay:1", "read",
            sees: "fault 1", "written", "67 bytes, damaged, to 1: SUCCESS"),
        Story(
            "do:fault add reply-corrupted --seed 1", "pay:1", "read",
            sees: "fault 1", "written", "64 bytes, damaged, to 1: SUCCESS"),
        Story(
            "do:fault add reply-out-of-order", "pay:1", "read:100", "pay:2", "read", "read",
            sees: "fault 1", "written", "nothing", "written", success(2), success(1)),
        Story(
            "do:fault add reply-late", "pay:1", "read:100", "pay:2", "read", "read",
            sees: "fault 1", "written", "nothing", "written", success(1), success(2)),
        Story(
            "do:fault add reply-wrong-sequence", "pay:1", "read", sees: "fault 1", "written", success(2)),
        Story(
            "do:fault add busy --count 2", "pay:1", "read", "cancel:2", "read", "pay:3", "read", "state",
            sees: "fault 1", "written", "64 bytes, intact, to 1: PROCESS_FAIL", "written",
            "64 bytes, intact, to 2: PROCESS_FAIL", "written", success(3), "state: linkReady"),
        Story(
            "do:fault add link-fails", "cancel:1", "read", "pay:2", "read", "state",
            sees: "fault 1", "written", success(1), "written", "64 bytes, intact, to 2: PROCESS_FAIL", "state: idle"
        ),
        Story(
            "do:fault add link-slow --delay 4s", "pay:1:A1", "read:200", "state", "do:clock advance 4s", "read",
            "state",
            sees: "fault 1", "written", "nothing", "state: idle", "linkReady", "replySent SUCCESS", success(1),
            "state: linkReady"),
        Story(
            "do:fault add clock-skew --factor 2", "pay:1", "read", "do:clock advance 449s", "state",
            "do:clock advance 1s", "state",
            sees: "fault 1", "written", success(1), "state: linkReady", "linkExpired TRUEMONEY", "state: idle"),
        Story(
            "do:fault add nfc-dead", "pay:1", "read", "state", "do:tap", "do:fault clear",
            "do:tap --outcome declines",
            sees: "fault 1", "written", success(1), "state: linkReady", "faultFired fault=nfc-dead",
            "tapMissed wallet=wallet reason=the device's NFC side is dead", "linkTapped TRUEMONEY wallet=wallet",
            "paymentFailed TRUEMONEY wallet=wallet reason=the customer declined"),
    ]

    @Test("what fires a fault", arguments: triggers)
    func trigger(_ story: Story) async throws {
        try await expect(story)
    }

    private static let triggers = [
        Story(
            "do:fault add reply-result --result PROCESS_FAIL --order-id B*", "pay:1:A1", "read", "pay:2:B1", "read",
            "pay:3:B2", "read",
            sees: "fault 1", "written", success(1), "written", "64 bytes, intact, to 2: PROCESS_FAIL", "written",
            success(3)),
        Story(
            "do:fault add reply-result --result PROCESS_FAIL --on cancel", "pay:1", "read", "cancel:2", "read",
            sees: "fault 1", "written", success(1), "written", "64 bytes, intact, to 2: PROCESS_FAIL"),
        Story(
            "do:fault add reply-result --result PROCESS_FAIL --after 10s --for 5s --count always", "pay:1", "read",
            "do:clock advance 10s", "pay:2", "read", "do:clock advance 5s", "pay:3", "read",
            sees: "fault 1", "written", success(1), "written", "64 bytes, intact, to 2: PROCESS_FAIL", "written",
            success(3)),
        Story(
            "do:fault add reply-dropped --probability 0.5 --seed 1 --count always", "pay:1", "read:100", "pay:2",
            "read:100", "pay:3", "read:100", "pay:4", "read:100",
            sees: "fault 1", "written", "nothing", "written", "nothing", "written", success(3), "written", "nothing"
        ),
        Story(
            "do:fault add busy", "do:fault list", "do:fault clear 1", "do:fault list", "do:fault clear 1",
            sees: "fault 1", "1 busy fired 0 count=1",
            "bluetap: the device refused: there is no fault 1: GET faults lists them"),
    ]

    @Test("there is a story of every fault, and `fault kinds` lists each with its text in a column of its own")
    func kinds() async throws {
        let json = try await Program.bluetap("fault", "kinds", "--json").lines.map(members)
        let names = try json.map { try #require($0["name"] as? String) }
        #expect(names.count >= 20 && Set(names).count == names.count)
        for name in names {
            let isTold = (Self.faults + Self.triggers).contains { story in
                story.does.contains { "\($0) ".hasPrefix("do:fault add \(name) ") }
            }
            #expect(isTold, "no story has \(name)")
        }
        let listed = try await Program.bluetap("fault", "kinds")
        try #require(listed.status == 0 && listed.lines.count == names.count, "\(listed)")
        let column = 2 + (names.map(\.count).max() ?? 0)
        for (line, kind) in zip(listed.lines, json) {
            let name = try #require(kind["name"] as? String)
            let summary = try #require(kind["summary"] as? String)
            #expect(
                line.hasPrefix(name + String(repeating: " ", count: column - name.count) + summary), "\(line)")
        }
    }

    // The recipes that the README gives.
    @Test(
        "each result code can be had",
        arguments: [
            ("SUCCESS", [[]], ["TRUEMONEY"]),
            ("PARAM_ILLEGAL", [[]], ["Test"]),
            ("PROCESS_FAIL", [["fault", "add", "busy"]], ["TRUEMONEY"]),
            (
                "UNKNOWN_EXCEPTION", [["fault", "add", "reply-result", "--result", "UNKNOWN_EXCEPTION"]], ["TRUEMONEY"]
            ), ("DEVICE_DISCONNECTED", [["unplug"]], ["TRUEMONEY"]),
        ] as [(String, [[String]], [String])])
    func recipe(_ result: String, _ preparation: [[String]], _ method: [String]) async throws {
        let folder = try Folder()
        try await Serving.start(in: folder) { device in
            for arguments in preparation where !arguments.isEmpty {
                let ran = try await Program.run(Program.bluetap, arguments, environment: device.environment)
                #expect(ran.status == 0, "\(ran)")
            }
            let pay = try await Program.run(
                Program.bluetap, ["pay", "--method", method[0]], environment: device.environment)
            #expect(pay.lines == [result], "\(pay)")
        }
    }

    private func expect(_ story: Story) async throws {
        let ran = try await Program.run(
            Program.bluetap,
            [
                "run", "--clock", "virtual", "--", try Program.tool("hidapi/bin/python"),
                "\(HIDAPIProgram.folder)/pos.py",
            ]
                + story.does,
            environment: [
                "BLUETAP_PROGRAM": Program.bluetap, "BLUETAP_PYTHON": "\(Program.repository)/Examples/python",
            ])
        #expect(ran.status == 0 && ran.errors.isEmpty, "\(ran)")
        // Of a link only what does not change from run to run.
        var seen = ran.lines.map { $0.hasPrefix("linkReady") ? "linkReady" : $0 }
        // What a device reads again after an advance may be carried out before the advance is answered, or after.
        if story.does.contains(where: { $0.contains("slow-reader") }) {
            let late = ["payReceived TRUEMONEY", "linkReady", "replySent SUCCESS"]
            seen.removeAll { late.contains($0) }
        }
        #expect(seen == story.sees, "\(ran)")
    }
}
