import Testing

@Suite("Events for people", .timeLimit(.minutes(10)))
struct EventFormatTests {
    private static let journal = """
        {"seq":1,"time":"2026-01-01T00:00:00.000Z","device":"1","kind":"attached"}
        {"seq":2,"time":"2026-01-01T00:00:01.500Z","device":"1","kind":"payReceived","amount":"12.50","orderId":"A;1#","paymentMethod":"TRUEMONEY","expiryTime":60,"report":"b7"}
        {"seq":3,"time":"2026-01-01T00:00:01.500Z","device":"1","kind":"linkReady","orderId":"A;1#","paymentMethod":"TRUEMONEY","url":"https://a","expiresAt":"2026-01-01T00:01:01.500Z"}
        {"seq":4,"time":"2026-01-01T00:00:01.500Z","device":"1","kind":"replySent","command":"pay","result":"SUCCESS","report":"b7"}
        {"seq":5,"time":"2026-01-01T00:00:02.000Z","device":"1","kind":"linkTapped","wallet":"Nok","again":false,"orderId":"A;1#"}
        {"seq":6,"time":"2026-01-01T00:00:02.000Z","device":"1","kind":"paymentPending","wallet":"Nok","orderId":"A;1#","reason":"the wallet asks for a password"}
        {"seq":7,"time":"2026-01-01T00:01:01.500Z","device":"1","kind":"linkExpired","orderId":"A;1#"}
        {"seq":8,"time":"2026-01-01T00:01:02.000Z","device":"1","kind":"tapMissed","wallet":"Lek <late>","reason":"no link is live"}
        {"seq":9,"time":"2026-01-01T00:01:03.000Z","device":"1","kind":"reportMalformed","reason":"too short","report":"00"}
        {"seq":10,"time":"2026-01-01T00:01:04.000Z","device":"1","kind":"replyDropped","result":"SUCCESS","reason":"the host has gone","report":"00"}
        {"seq":11,"time":"2026-01-01T00:01:04.000Z","device":"1","kind":"detached"}
        {"seq":12,"time":"2026-01-01T
        """

    @Test("a journal becomes a sequence diagram; a last line that is half written is left out")
    func diagram() async throws {
        let folder = try Folder()
        let journal = try folder.write("journal", Self.journal)
        let diagram = try await Program.bluetap("events", "--journal", journal, "--format", "mermaid")
        #expect(diagram.status == 0 && diagram.errors.isEmpty, "\(diagram)")
        #expect(
            diagram.output == """
                sequenceDiagram
                    participant POS
                    participant D1 as BlueTap
                    actor C1 as Nok
                    actor C2 as Lek #lt;late#gt;
                    Note over POS,D1: 0.000 s attached
                    POS->>D1: 1.500 s pay TRUEMONEY 12.50, order A#59;1#35;, 60 s
                    Note over D1: 1.500 s link ready, order A#59;1#35;, until 61.500 s
                    D1-->>POS: 1.500 s SUCCESS
                    C1->>D1: 2.000 s taps, order A#59;1#35;
                    Note over C1: 2.000 s not yet, order A#59;1#35;: the wallet asks for a password
                    Note over D1: 61.500 s link expired, order A#59;1#35;
                    C2-xD1: 62.000 s taps: no link is live
                    POS-xD1: 63.000 s a report: too short
                    D1--xPOS: 64.000 s SUCCESS dropped: the host has gone
                    Note over POS,D1: 64.000 s detached

                """)
    }

    private static let several = """
        {"seq":1,"time":"2026-01-01T00:00:00.000Z","device":"1","kind":"attached"}
        {"seq":1,"time":"2026-01-01T00:00:01.000Z","device":"2","kind":"attached"}
        {"seq":2,"time":"2026-01-01T00:00:02.000Z","device":"2","kind":"linkTapped","wallet":"a;\u{301}b","again":true}
        {"seq":1,"time":"2025-01-01T00:00:00.000Z","device":"1","kind":"attached"}
        {"seq":2,"time":"2024-12-31T23:59:59.500Z","device":"1","kind":"\\u001b[2J"}

        """

    @Test("several devices, and several runs with clocks of their own, are told from each other")
    func several() async throws {
        let folder = try Folder()
        let journal = try folder.write("journal", Self.several)
        let diagram = try await Program.bluetap("events", "--journal", journal, "--format", "mermaid")
        #expect(
            diagram.output == """
                sequenceDiagram
                    participant POS
                    participant D1 as BlueTap 1
                    participant D2 as BlueTap 2
                    actor C1 as a#59;\u{301}b
                    Note over POS,D1: 0.000 s attached
                    Note over POS,D2: 1.000 s attached
                    C1->>D2: 2.000 s taps, which is open already
                    Note over POS,D1: begins anew
                    Note over POS,D1: 0.000 s attached
                    Note over D1: -0.500 s \\u{1B}[2J

                """, "\(diagram)")
        let table = try await Program.bluetap("events", "--journal", journal, "--format", "table")
        #expect(table.lines[0] == "   seq  device  time                      kind                 what")
        #expect(
            table.lines[2] == "     1  2       2026-01-01T00:00:01.000Z  attached" && !table.output.contains("\u{1B}"))
        let second = try await Program.bluetap("events", "--journal", journal, "--format", "table", "--device", "2")
        #expect(second.lines.count == 3 && second.lines[0].hasPrefix("   seq  time"), "\(second)")
    }

    @Test("a table has a line for each event, and columns that stand below each other")
    func table() async throws {
        let folder = try Folder()
        let journal = try folder.write("journal", Self.journal)
        let table = try await Program.bluetap("events", "--journal", journal, "--format", "table", "--after", "8")
        #expect(
            table.output == """
                   seq  time                      kind                 what
                     9  2026-01-01T00:01:03.000Z  reportMalformed      reason=too short
                    10  2026-01-01T00:01:04.000Z  replyDropped         SUCCESS  reason=the host has gone
                    11  2026-01-01T00:01:04.000Z  detached

                """)
    }

    @Test("a running device's events come in each format")
    func running() async throws {
        let folder = try Folder()
        try await Serving.start(in: folder, "--clock", "virtual") { device in
            _ = try await Program.bluetap("pay", "--method", "TRUEMONEY", environment: device.environment)
            for (format, part) in [
                ("json", #""kind":"linkReady""#), ("table", "linkReady    "), ("mermaid", "link ready"),
            ] {
                let events = try await Program.bluetap("events", "--format", format, environment: device.environment)
                #expect(events.status == 0 && events.output.contains(part), "\(events)")
            }
        }
    }

    @Test(
        "what cannot be is one line with the reason",
        arguments: [
            (["--journal", "/nowhere"], 1, "/nowhere cannot be read"),
            (["--journal", "J", "--follow"], 64, "--follow is for"),
            (["--format", "mermaid", "--follow"], 64, "leave --follow out"),
            (["--json", "--format", "table"], 64, "exclude"),
            (["--journal", "J"], 1, "line 2 is no event"),
        ])
    func refused(arguments: [String], status: Int, part: String) async throws {
        let folder = try Folder()
        let journal = try folder.write("j", "{\"seq\":1,\"kind\":\"note\"}\nrubbish\n{}\n")
        let events = try await Program.run(
            Program.bluetap, ["events"] + arguments.map { $0 == "J" ? journal : $0 })
        #expect(events.status == status && events.errors.contains(part), "\(events)")
        #expect(events.errors.split(separator: "\n").count == 1, "\(events)")
    }
}
