import Foundation
import Glibc
import TestSupport
import Testing

@Suite("Sessions on the record", .timeLimit(.minutes(10)))
struct RecordedSessionTests {
    private static let pays = [
        ["pay", "--method", "TRUEMONEY", "--amount", "12.50", "--order", "A1", "--expiry", "60"], ["cancel"],
        ["pay", "--method", "SEVEN_11", "--order", "A2"],
    ]

    /// A POS that pays, cancels and pays on a device of these options.
    private func record(_ options: String..., in folder: Folder) async throws {
        try await Serving.startWell("loopback", in: folder, options) { device in
            for arguments in Self.pays {
                let paid = try await Program.run(Program.bluetap, arguments, environment: device.environment)
                try #require(paid.output == "SUCCESS\n", "\(paid)")
            }
        }
    }

    @Test("Wireshark dissects a capture without a complaint: identity, report descriptor, reports, comments")
    func dissected() async throws {
        let folder = try Folder()
        let capture = folder.file("session.pcapng")
        try await record("--capture", capture, in: folder)
        let tshark = try await Tshark(capture)
        tshark.check(reports: 6)
        let reports = tshark.reports
        #expect(reports.map { $0[0] } == ["0x01", "0x81", "0x01", "0x81", "0x01", "0x81"])
        #expect(reports.allSatisfy { $0[1].count == 128 })
        #expect(
            reports.map { $0[2] } == [
                "pay TRUEMONEY 12.50, order A1, 60 s", "reply to pay: SUCCESS", "cancel", "reply to cancel: SUCCESS",
                "pay SEVEN_11, order A2", "reply to pay: SUCCESS",
            ])
    }

    @Test("a device that is killed leaves a capture that Wireshark, decode and replay read")
    func killed() async throws {
        let folder = try Folder()
        let capture = folder.file("session.pcapng")
        try await Serving.startWell("loopback", in: folder, ["--capture", capture], endingWith: 128 + Int(SIGKILL)) {
            device in
            _ = try await Program.run(Program.bluetap, Self.pays[0], environment: device.environment)
            device.send(SIGKILL)
        }
        let tshark = try await Tshark(capture)
        #expect(tshark.complaints == [])
        #expect(tshark.reports.count == 2)
        let decoded = try await Program.bluetap("decode", capture)
        #expect(decoded.lines.count == 2 && decoded.errors.isEmpty, "\(decoded)")
        // Cut in mid-packet, as by a disk that was full.
        var bytes = try Data(contentsOf: URL(filePath: capture))
        bytes.removeLast(70)
        try bytes.write(to: URL(filePath: capture))
        #expect(try await Tshark(capture).reports.count == 2)
        let replayed = try await Program.bluetap("replay", capture)
        #expect(replayed.lines == ["1 report of the host, 1 answer: no difference"], "\(replayed)")
        #expect(replayed.errors.contains("only what comes before it was read"), "\(replayed)")
    }

    @Test("decode prints each report of a capture, and of a journal, as JSON")
    func decode() async throws {
        let folder = try Folder()
        let capture = folder.file("session.pcapng")
        try await record("--capture", capture, in: folder)
        let decoded = try await Program.bluetap("decode", capture)
        let lines = try decoded.lines.map(members)
        #expect(lines.map { $0["from"] as? String } == ["host", "device", "host", "device", "host", "device"])
        #expect(lines.map { $0["command"] as? String } == ["pay", nil, "cancel", nil, "pay", nil])
        #expect(lines.map { $0["result"] as? String } == [nil, "SUCCESS", nil, "SUCCESS", nil, "SUCCESS"])
        #expect(lines[0]["packet"] as? Int == 22 && lines[0]["amount"] as? String == "12.50")
        #expect(lines[0]["orderId"] as? String == "A1" && lines[0]["expiryTime"] as? Int == 60)
        let journal = try await Program.bluetap("decode", folder.file("journal"))
        #expect(
            try journal.lines.map { try members($0)["command"] as? String } == lines.map { $0["command"] as? String })
        // With another profile the bytes mean nothing, and are shown all the same.
        let reference = try await Program.bluetap("profile", "show", "reference").output
        let other = try folder.write("other.yaml", reference.replacing("constant: B7", with: "constant: B8"))
        let strange = try await Program.bluetap("decode", "--profile", other, capture)
        #expect(strange.status == 0 && strange.lines.count == lines.count, "\(strange)")
        #expect(strange.lines.allSatisfy { $0.contains("\"unreadable\":") }, "\(strange)")
    }

    @Test("a session is replayed from capture and journal: alike, or told field by field")
    func replay() async throws {
        let folder = try Folder()
        let capture = folder.file("session.pcapng")
        try await record("--capture", capture, in: folder)
        for file in [capture, folder.file("journal")] {
            for pace in [[], ["--pace", "1000x"]] {
                let replayed = try await Program.run(Program.bluetap, ["replay", file] + pace)
                #expect(replayed.lines == ["3 reports of the host, 3 answers: no difference"], "\(replayed)")
                #expect(replayed.status == 0 && replayed.errors.isEmpty, "\(replayed)")
            }
        }
        let reference = try await Program.bluetap("profile", "show", "reference").output
        let refusing = try folder.write(
            "refuse.yaml", reference.replacing("cancelOfNothing: succeed", with: "cancelOfNothing: refuse"))
        let scenario = try folder.write(
            "busy.yaml",
            "scenario: busy\ntimeline:\n  - at: 0s\n    fault: { name: busy, on: pay, nth: 1 }\nexpect:\n  - event: linkExpired\n"
        )
        let different = try await Program.bluetap(
            "replay", "--profile", refusing, "--scenario", scenario, folder.file("journal"))
        #expect(different.status == 1, "\(different)")
        #expect(
            different.lines == [
                "pay TRUEMONEY 12.50, order A1, 60 s:",
                "  event 4: reply to pay: result: recorded SUCCESS (00), answered PROCESS_FAIL (02)",
                "cancel:",
                "  event 7: reply to cancel: result: recorded SUCCESS (00), answered PROCESS_FAIL (02)",
                "3 reports of the host, 3 answers: 2 differences",
            ], "\(different)")
        #expect(different.errors.contains("expect 1: linkExpired: it did not come"), "\(different)")
        let json = try await Program.bluetap(
            "replay", "--json", "--profile", refusing, "--scenario", scenario, folder.file("journal"))
        let lines = try json.lines.map(members)
        #expect(lines.first?["field"] as? String == "result" && lines.first?["place"] as? String == "event 4")
        #expect(lines.last?["differences"] as? Int == 2 && lines.last?["answers"] as? Int == 3)
    }

    @Test(
        "a capture of usbmon or USBPcap replays as the device's own does",
        arguments: [
            ["--link", "usbmon", "--container", "pcap"], ["--link", "usbmon-mmapped", "--container", "pcapng"],
            ["--link", "usbpcap", "--container", "pcap"],
        ])
    func foreign(options: [String]) async throws {
        let folder = try Folder()
        let pay = try await Program.bluetap("encode", "pay", "--method", "TRUEMONEY", "--order", "A1").lines[0]
        let reply = try await Program.bluetap("encode", "reply", "--to", pay, "--result", "SUCCESS").lines[0]
        let refused = try await Program.bluetap("encode", "reply", "--to", pay, "--result", "PROCESS_FAIL").lines[0]
        let session = try folder.write(
            "session.json",
            """
            {"vendorID": 4617, "productID": 1, "manufacturer": "m", "product": "p", "serial": "s", "outVia": "control",
             "reportDescriptor": "0600ff0901a101150026ff00750895400902810209039102c0",
             "exchanges": [{"out": ["\(pay)"], "in": ["\(reply)"]}, {"out": ["\(pay)"], "in": ["\(refused)"]}]}
            """)
        let capture = folder.file("capture")
        let made = try await Program.run(
            HIDAPIProgram.debianPython,
            ["\(Program.repository)/Examples/learning/captures.py", capture, session] + options)
        try #require(made.status == 0, "\(made)")
        let replayed = try await Program.bluetap("replay", "--usb-id", "1209:0001", capture)
        #expect(replayed.status == 1 && replayed.lines.count == 3, "\(replayed)")
        #expect(
            replayed.lines.dropFirst().first?
                .hasSuffix("reply to pay: result: recorded PROCESS_FAIL (02), answered SUCCESS (00)") == true,
            "\(replayed)")
        #expect(replayed.lines.last == "2 reports of the host, 2 answers: 1 difference", "\(replayed)")
    }

    @Test("a session is replayed to a device that hidapi finds: at the recorded pace, faster, and in its virtual time")
    func live() async throws {
        let folder = try Folder()
        let capture = folder.file("session.pcapng")
        try await record("--capture", capture, in: folder)
        let second = try Folder()
        try await Serving.startWell("loopback", in: second, ["--clock", "virtual"]) { device in
            for pace in ["recorded", "50x", "virtual"] {
                let control = pace == "virtual" ? ["--control", device.control] : []
                let replayed = try await Program.run(
                    Program.bluetap, ["replay", "--live", "--pace", pace, capture] + control,
                    environment: ["BLUETAP_LOOPBACK": device.socket])
                #expect(replayed.lines == ["3 reports of the host, 3 answers: no difference"], "\(pace): \(replayed)")
            }
            #expect(try device.journalledCount("payReceived") == 6)
            let times = try device.journalled().filter { $0["kind"] as? String == "payReceived" }
                .compactMap { $0["time"] as? String }
            // Only in the third replay did the device's clock go.
            #expect(Set(times).count == 2 && times.last != times.first, "\(times)")
            _ = try await Program.bluetap(
                "fault", "add", "reply-dropped", "--on", "cancel", environment: device.environment)
            _ = try await Program.bluetap(
                "fault", "add", "reply-padded", "--on", "pay", "--bytes", "5", environment: device.environment)
            let differing = try await Program.bluetap(
                "replay", "--live", "--timeout", "200ms", capture, environment: ["BLUETAP_LOOPBACK": device.socket])
            #expect(differing.status == 1, "\(differing)")
            #expect(differing.lines.contains { $0.contains("reply to cancel: not answered: ") }, "\(differing)")
            #expect(differing.lines.contains { $0.contains("reply to pay: bytes: recorded ") }, "\(differing)")
        }
        let gone = try await Program.bluetap(
            "replay", "--live", capture, environment: ["BLUETAP_LOOPBACK": second.path])
        #expect(gone.status == 1 && gone.errors.split(separator: "\n").count == 1, "\(gone)")
    }

    @Test("a session becomes a scenario in which a POS meets the same device again")
    func scenario() async throws {
        let folder = try Folder()
        let capture = folder.file("session.pcapng")
        try await Serving.startWell("loopback", in: folder, ["--capture", capture]) { device in
            _ = try await Program.bluetap("fault", "add", "busy", environment: device.environment)
            for arguments in Self.pays {
                _ = try await Program.run(Program.bluetap, arguments, environment: device.environment)
            }
            _ = try await Program.bluetap("tap", "--wallet", "Bob", environment: device.environment)
        }
        for file in [capture, folder.file("journal")] {
            let made = try await Program.bluetap("replay", "--as-scenario", file)
            #expect(made.status == 0 && made.errors.isEmpty, "\(made)")
            #expect(made.output.contains("fault: { name: busy, on: pay, nth: 1 }"), "\(made)")
            let path = try folder.write("made.yaml", made.output)
            let replayed = try await Program.bluetap("replay", "--scenario", path, file)
            #expect(replayed.lines.last?.hasSuffix("no difference") == true, "\(replayed)")
            // The same POS, and one that gives up after the first.
            let pos = Self.pays.map { $0.joined(separator: " ") }.joined(separator: "; bluetap ")
            let script = "bluetap() { '\(Program.bluetap)' \"$@\"; }; bluetap \(pos)"
            let wait = "; '\(Program.bluetap)' wait linkTapped"
            let run = try await Program.run(
                Program.bluetap,
                ["run", "--scenario", path, "--", "sh", "-c", file == capture ? script : script + wait])
            #expect(run.status == 0, "\(run)\n\(made)")
            let other = try await Program.run(
                Program.bluetap, ["run", "--scenario", path, "--", "sh", "-c", "'\(Program.bluetap)' cancel"])
            #expect(other.status == 3, "\(other)")
        }
    }

    @Test(
        "what is wrong with a recording is one line",
        arguments: [
            ("replay", "nowhere.pcapng", "nowhere.pcapng cannot be read: No such file or directory"),
            ("replay", "garbage", "garbage: the file is neither pcap nor pcapng: save the capture as one of these"),
            ("replay", "garbage", "it is no journal either, which has an event as JSON on each line"),
            ("replay", "empty", "empty: the file is empty"), ("replay", "torn.jsonl", "torn.jsonl, line 1 is no event"),
            ("replay", "future.jsonl", "future.jsonl, line 1: kind: \"quantumTap\" is no event of this version"),
            ("replay", "seq.jsonl", "seq.jsonl, line 3: seq: \"1e+20\" is no event's number"),
            ("decode", "time.jsonl", "time.jsonl, line 2: time: \"2026-13-01T00:00:00Z\" is no time"),
            ("replay", "hex.jsonl", "hex.jsonl, line 2: report: \"b7xx\" is no report in hexadecimal"),
            ("replay", "idle.jsonl", "idle.jsonl has no report of a host"),
            ("replay", "two.jsonl", "two.jsonl has several devices: say which with --device: 1, 2"),
        ])
    func obstacles(command: String, file: String, reason: String) async throws {
        let folder = try Folder()
        func event(_ kind: String, device: Int = 1) -> String {
            "{\"seq\":1,\"time\":\"2026-01-01T00:00:00Z\",\"device\":\"\(device)\",\"kind\":\"\(kind)\"}\n"
        }
        for (name, text) in [
            ("garbage", "no capture"), ("empty", ""), ("torn.jsonl", "{\"seq\":\n" + event("attached")),
            ("future.jsonl", event("quantumTap")), ("idle.jsonl", event("attached")),
            (
                "seq.jsonl",
                "\n" + event("attached") + event("attached").replacing(":1,", with: ":100000000000000000000,")
            ),
            ("time.jsonl", event("attached") + event("attached").replacing("2026-01", with: "2026-13")),
            (
                "hex.jsonl",
                event("attached") + event("payReceived").replacing("}", with: ",\"report\":\"b7xx\"}")
            ),
            ("two.jsonl", event("attached") + event("attached", device: 2)),
        ] { _ = try folder.write(name, text) }
        let ran = try await Program.bluetap(command, folder.file(file))
        #expect(ran.status == 1 && ran.output.isEmpty, "\(ran)")
        #expect(ran.errors.contains(reason) && ran.errors.split(separator: "\n").count == 1, "\(ran)")
    }

    @Test("a recording comes from standard input as well, and a journal may begin with blank lines")
    func standardInput() async throws {
        let folder = try Folder()
        let capture = folder.file("session.pcapng")
        try await record("--capture", capture, in: folder)
        let blank = try folder.write("blank.jsonl", "\n \r\n" + folder.contents(of: "journal"))
        for file in [capture, folder.file("journal"), blank] {
            let replayed = try await Program.run(
                "/bin/sh", ["-c", "cat '\(file)' | '\(Program.bluetap)' replay -"])
            #expect(replayed.lines == ["3 reports of the host, 3 answers: no difference"], "\(replayed)")
        }
        let decoded = try await Program.run("/bin/sh", ["-c", "'\(Program.bluetap)' decode - <'\(blank)'"])
        #expect(decoded.lines.count == 6 && decoded.errors.isEmpty, "\(decoded)")
        let wrong = try await Program.run("/bin/sh", ["-c", "echo no | '\(Program.bluetap)' replay -"])
        #expect(wrong.status == 1 && wrong.errors.contains("standard input: the file is neither"), "\(wrong)")
        let run = try await Program.bluetap("replay", "--run", "2", blank)
        #expect(run.status == 1 && run.errors.contains("\(blank) has one run: leave --run out"), "\(run)")
    }

    @Test("a live replay ends although the device speaks by itself for ever")
    func liveChatterbox() async throws {
        let folder = try Folder()
        let capture = folder.file("session.pcapng")
        try await record("--capture", capture, in: folder)
        let second = try Folder()
        try await Serving.startWell("loopback", in: second) { device in
            let added = try await Program.bluetap(
                "fault", "add", "flood", "--interval", "1ms", environment: device.environment)
            try #require(added.status == 0, "\(added)")
            let replayed = try await Program.bluetap(
                "replay", "--live", "--pace", "50x", "--timeout", "500ms", capture,
                environment: ["BLUETAP_LOOPBACK": device.socket])
            #expect(replayed.status == 1 && replayed.output.contains("not recorded: "), "\(replayed)")
        }
    }

    @Test("devices that share a capture are told apart by their serial numbers")
    func several() async throws {
        let folder = try Folder()
        let capture = folder.file("session.pcapng")
        try await Serving.startWell("loopback", in: folder, ["--devices", "2", "--capture", capture]) { device in
            for socket in [device.socket, folder.file("loopback-2.sock")] {
                _ = try await Program.run(
                    Program.bluetap, Self.pays[0], environment: ["BLUETAP_LOOPBACK": socket])
            }
        }
        let unclear = try await Program.bluetap("replay", capture)
        #expect(unclear.errors.contains("several devices: say which with --device: 000001, 000001-2"), "\(unclear)")
        for serial in ["000001", "000001-2"] {
            let replayed = try await Program.bluetap("replay", "--device", serial, capture)
            #expect(replayed.lines == ["1 report of the host, 1 answer: no difference"], "\(replayed)")
        }
        #expect(try await Tshark(capture).complaints == [])
    }
}
