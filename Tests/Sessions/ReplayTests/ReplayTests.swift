import BlueTap
import Documents
import Emulator
import Foundation
import ProfileFiles
import Replay
import Scenario
import TestSupport
import Testing
import WireFormat

@Suite("Replays", .timeLimit(.minutes(30)))
struct ReplayTests {
    // MARK: Alike

    /// What a random host and random customers do; faults where they may be reproduced.
    private func play(_ bench: RecordedBench, _ generator: inout SeededGenerator, faults: Bool) throws {
        for round in 0..<Int.random(in: 1...12, using: &generator) {
            switch Int.random(in: 0..<(faults ? 10 : 8), using: &generator) {
            case 0...2:
                try bench.pay("R\(round)", PaymentMethod.allCases.randomElement(using: &generator)!)
            case 3: try bench.cancel()
            case 4:
                try bench.send(.pay(PayCommand(paymentMethod: "NOBODY", amount: "1")))
            case 5:
                let outcome = Customer.Outcome.allCases.randomElement(using: &generator)!
                bench.device.tap(Customer(wallet: "W\(round)", outcome: outcome))
            case 6:
                try bench.device.unplug()
                bench.pass(.milliseconds(Int64.random(in: 1...5000, using: &generator)))
                try bench.device.plug()
            case 7: bench.send([UInt8](repeating: UInt8(round), count: 64))
            default:
                let fault: Fault.Effect = [
                    .replyDropped, .replyDoubled, .replyTruncated(3), .busy, .replyResult(.unknownException),
                    .replyDelayed(.seconds(3), spread: .zero), .linkFails,
                ].randomElement(using: &generator)!
                _ = try bench.device.add(Fault(fault))
            }
            bench.pass(.milliseconds(Int64.random(in: 4000...70_000, using: &generator)))
        }
    }

    @Test("a device answers its own recorded session as it did: from the capture and from the journal")
    func alike() async throws {
        var reports = 0
        let rounds = Rounds(60, soak: 5000)
        for await seed in rounds {
            var generator = SeededGenerator(seed: UInt64(seed))
            let bench = try RecordedBench()
            try play(bench, &generator, faults: false)
            let count = try bench.captured.hostReportCount
            #expect(bench.journalled.hostReportCount == count, "seed \(seed)")
            reports += count
            #expect(try await bench.replay(bench.journalled) == [], "seed \(seed)")
            #expect(try await bench.replay(bench.captured) == [], "seed \(seed)")
        }
        #expect(reports > rounds.count)
    }

    @Test("profiles of several reports, notifications and acknowledgements replay alike")
    func vendors() async throws {
        for file in try Self.profiles() {
            let bench = try RecordedBench(file)
            try bench.pay("A0")
            bench.pass(.seconds(5))
            let captured = try bench.captured
            // A tap does not cross the cable.
            bench.device.tap(Customer(wallet: "Alice"))
            bench.pass(.seconds(1))
            if bench.profile.commands[.cancel] != nil { try bench.cancel() }
            try bench.pay("A2")
            bench.pass(.seconds(100))
            let journalled = bench.journalled
            #expect(journalled.hostReportCount > 1)
            #expect(try await bench.replay(journalled) == [], "\(file.profile.name)")
            // Only a host reads answers as feature reports, and here none does.
            if !bench.profile.hid.inputReport.isFeature {
                #expect(try await bench.replay(captured) == [], "\(file.profile.name)")
            }
        }
    }

    /// A profile of reports of 8 bytes.
    static func profile(_ name: String, _ body: String, hid: String = "") throws -> ProfileFile {
        let head = """
            profile: \(name)
            usb: { vendorID: 1, productID: 2, release: 1, manufacturer: m, product: p, serialNumber: s }
            hid:
              reportDescriptor: "0600ff0901a1010901150026ff0075089508810209029508910209039508b102c0"
              outputReport: { size: 8, padding: "00"\(hid) }
              inputReport: { size: 8, padding: "00"\(hid) }
            links:
              TRUEMONEY: { url: "https://t.example/{token}", androidPackage: a.b }

            """
        return try ProfileFile(Document(parsing: head + body, name: "\(name).yaml"))
    }

    /// Profiles of other vendors' ways.
    static func profiles() throws -> [ProfileFile] {
        let method = "{ size: 1, enum: paymentMethod, values: { TRUEMONEY: \"01\" } }"
        let result = "{ size: 1, enum: result, values: { SUCCESS: \"00\", PROCESS_FAIL: \"01\" } }"
        let counter = "{ size: 1, integer: counter }"
        return [
            try profile(
                "talkative",
                """
                commands:
                  pay: [ { constant: "50" }, \(counter), \(method) ]
                  cancel: [ { constant: "43" }, \(counter) ]
                acknowledgements: { pay: [ { constant: "06" }, \(counter) ] }
                replyDelay: 0.5
                replies:
                  pay: [ { constant: "70" }, \(counter), \(result) ]
                  cancel: [ { constant: "63" }, \(result) ]
                notifications:
                  linkTapped: [ { constant: "54" } ]
                  linkExpired: [ { constant: "58" }, \(counter) ]
                  paymentSucceeded: [ { constant: "59" } ]
                """),
            try profile(
                "long-winded",
                """
                framing:
                  output: { header: [ { size: 1, integer: index }, { size: 1, integer: count } ] }
                  input: { header: [ { size: 1, integer: index }, { size: 1, integer: count } ] }
                commands:
                  pay: [ { constant: "505152535455565758" }, \(method) ]
                  cancel: [ { constant: "43" } ]
                replies:
                  pay: [ { constant: "707172737475767778" }, \(result) ]
                  cancel: [ { constant: "63" }, \(result) ]
                """),
            try profile(
                "asked",
                """
                commands: { pay: [ { constant: "50" }, \(method) ] }
                replies: { pay: [ { constant: "70" }, \(result) ] }
                """, hid: ", feature: true"),
        ]
    }

    // MARK: Different

    @Test("answers that differ are told field by field")
    func differences() async throws {
        let bench = try RecordedBench()
        try bench.pay("A1")
        bench.pass(.seconds(1))
        try bench.cancel()
        bench.pass(.seconds(1))
        try bench.pay("A2")
        bench.pass(.seconds(1))
        var session = bench.journalled
        let answers = session.steps.indices.filter {
            if case .deviceReport = session.steps[$0].happening { true } else { false }
        }
        func change(_ answer: Int, _ body: (inout [UInt8]) -> Void) {
            guard case .deviceReport(var report) = session.steps[answers[answer]].happening else { return }
            body(&report)
            session.steps[answers[answer]].happening = .deviceReport(report)
        }
        // As another device would say it, checksum and all.
        let refused = bench.codec.reply(to: Codec.Context(command: .pay, sequence: 1), result: .parameterIllegal)[0]
        change(0) { $0 = refused }
        change(1) { $0[2] ^= 0x40 }
        session.steps.remove(at: answers[2])
        session = RecordedSession(session.steps, end: .seconds(60))
        let found = try await bench.replay(session)
        #expect(found.count == 3, "\(found)")
        #expect(found.first == "event 4: reply to pay: result: recorded PARAM_ILLEGAL (01), answered SUCCESS (00)")
        // A checksum that is wrong makes bytes of it that are no message.
        #expect(found.dropFirst().first?.hasPrefix("event 7: bytes: recorded b782") == true, "\(found)")
        #expect(found.last?.hasPrefix("event 8: reply to pay: not recorded: reply to pay: SUCCESS (b781") == true)
    }

    @Test("a recording that ends before the device can have answered does not say that it did not")
    func openEnd() async throws {
        let bench = try RecordedBench()
        try bench.pay("A1")
        let session = bench.journalled
        let cut = RecordedSession(session.steps.filter { $0.happening == .attached || $0.place == .event(2) })
        #expect(cut.hostReportCount == 1)
        #expect(try await bench.replay(cut) == [])
        let made = try await ReproducedScenario(
            reproducing: cut, name: "cut", profile: bench.profile, codec: bench.codec)
        #expect(!made.text.contains("fault"))
        // One that goes on long enough does.
        let long = RecordedSession(cut.steps, end: .seconds(60))
        #expect(try await bench.replay(long).count == 1)
    }

    @Test("what the device said while no host listened is not said too much")
    func unheard() async throws {
        let bench = try RecordedBench()
        try bench.pay("A1")
        bench.pass(.seconds(10))
        var session = bench.journalled
        session.steps = session.steps.map { step in
            var step = step
            if case .deviceReport(let report) = step.happening { step.happening = .unheard(report) }
            return step
        }
        session = RecordedSession(session.steps, end: .seconds(60))
        #expect(try await bench.replay(session) == [])
    }

    @Test("a message of which only the beginning was said differs from a whole one")
    func partial() async throws {
        let bench = try RecordedBench(Self.profiles()[1])
        try bench.pay("A1")
        bench.pass(.seconds(10))
        var session = bench.journalled
        let last = try #require(
            session.steps.lastIndex { if case .deviceReport = $0.happening { true } else { false } })
        session.steps.remove(at: last)
        let found = try await bench.replay(RecordedSession(session.steps, end: .seconds(60)))
        #expect(found.count == 2 && found[0].contains("not answered: "), "\(found)")
    }

    @Test("what happens at a device has no limits but the recording's")
    func long() async throws {
        let bench = try RecordedBench()
        for round in 0..<400 {
            try bench.pay("R\(round)")
            bench.pass(.seconds(2))
            bench.device.tap(Customer(wallet: "Alice"))
            bench.pass(.seconds(100))
        }
        let session = bench.journalled
        #expect(try await bench.replay(session) == [])
        await #expect(throws: DocumentError.self) {
            try await ReproducedScenario(
                reproducing: session, name: "long", profile: bench.profile, codec: bench.codec)
        }
    }

    @Test("a notification that comes late delays no reply, and replies of different delays are told apart")
    func delays() async throws {
        let file = try #require(try Self.profiles().first)
        let notified = try RecordedBench(file)
        try notified.pay("A1")
        notified.pass(.seconds(30))
        notified.device.tap(Customer(wallet: "Alice"))
        notified.pass(.seconds(5))
        let made = try await ReproducedScenario(
            reproducing: notified.journalled, name: "n", profile: notified.profile, codec: notified.codec)
        #expect(!made.text.contains("fault") && made.shortcomings.isEmpty, "\(made.text)")
        #expect(made.text.contains("with: { command: pay, result: SUCCESS }"))
        let bench = try RecordedBench()
        for delay in [0.03, 5] {
            _ = try bench.device.add(Fault(.replyDelayed(.seconds(delay), spread: .zero)))
            try bench.pay("A1")
            bench.pass(.seconds(70))
        }
        let slow = try await ReproducedScenario(
            reproducing: bench.journalled, name: "d", profile: bench.profile, codec: bench.codec)
        #expect(slow.shortcomings.isEmpty)
        #expect(slow.text.contains("fault: { name: reply-delayed, on: pay, nth: 1, delay: 0.03s }"), "\(slow.text)")
        #expect(slow.text.contains("fault: { name: reply-delayed, on: pay, nth: 2, delay: 5s }"), "\(slow.text)")
    }

    @Test("counters and times are a run's own, unless they are asked for")
    func volatile() async throws {
        let file = try #require(try Self.profiles().first)
        let bench = try RecordedBench(file)
        // Messages that the recording does not have.
        try bench.pay("A0")
        bench.pass(.seconds(1))
        let before = bench.journalled.steps.count
        try bench.cancel()
        try bench.pay("A1")
        bench.pass(.seconds(1))
        var session = bench.journalled
        session = RecordedSession(Array(session.steps[..<1] + session.steps[before...]))
        #expect(try await bench.replay(session) == [])
        let exact = try await bench.replay(session, isExact: true)
        #expect(!exact.isEmpty && exact.allSatisfy { $0.contains(": counter: recorded ") }, "\(exact)")
    }

    // MARK: Scenarios

    @Test("a session's scenario has the device do it all again, faults and cable and customers")
    func reproduction() async throws {
        var faulty = 0
        for await seed in Rounds(30, soak: 2000) {
            var generator = SeededGenerator(seed: UInt64(seed))
            let bench = try RecordedBench()
            try play(bench, &generator, faults: true)
            for session in [bench.journalled, try bench.captured] where session.hostReportCount > 0 {
                let made = try await ReproducedScenario(
                    reproducing: session, name: "seed-\(seed)", profile: bench.profile, codec: bench.codec)
                #expect(made.shortcomings == [], "seed \(seed)\n\(made.text)")
                if made.text.contains("fault:") { faulty += 1 }
                let target = EmulatedTarget(
                    profile: bench.profile, codec: bench.codec,
                    script: ScenarioRun(made.scenario, startingAt: EmulatedTarget.start))
                let turns = try await Replayer.play(session, to: target)
                let comparison = SessionComparison(turns, codec: bench.codec)
                #expect(comparison.differences.joined().map(\.description) == [], "seed \(seed)\n\(made.text)")
                let run = try #require(target.device.script as? ScenarioRun)
                let failures = run.report(target.device.status).failures
                #expect(failures.isEmpty, "seed \(seed): \(failures)\n\(made.text)")
            }
        }
        #expect(faulty > 5)
    }

    @Test("a scenario says what a session was")
    func text() async throws {
        let bench = try RecordedBench()
        _ = try bench.device.add(Fault(.replyDropped))
        try bench.pay("A\"1")
        bench.pass(.seconds(3))
        try bench.pay("A2")
        bench.pass(.milliseconds(1500))
        bench.device.tap(Customer(wallet: "Alice"))
        bench.pass(.seconds(1))
        try bench.device.unplug()
        bench.pass(.seconds(2))
        try bench.device.plug()
        bench.pass(.seconds(1))
        try bench.cancel()
        let made = try await ReproducedScenario(
            reproducing: bench.journalled, name: "till 4", profile: bench.profile, codec: bench.codec)
        #expect(
            made.text == """
                # What a recorded device did, and what its POS did: made by `bluetap replay --as-scenario`.
                # A POS with other order ids or amounts needs them changed below, or left out.
                scenario: "till-4"
                timeline:
                  - at: 0s
                    fault: { name: reply-dropped, on: pay, nth: 1 }
                rules:
                  - when: { event: payReceived, nth: 2 }
                    then:
                      - after: 1.5s
                        tap: { wallet: "Alice", outcome: walks-away }
                      - pay: { wallet: "Alice" }
                      - after: 1s
                        unplug: { replug: 2s }
                expect:
                  - event: payReceived
                    with: { paymentMethod: "TRUEMONEY", amount: "12.50", orderId: "A\\"1", expiryTime: "60" }
                  - event: payReceived
                    with: { paymentMethod: "TRUEMONEY", amount: "12.50", orderId: "A2", expiryTime: "60" }
                  - event: replySent
                    with: { command: pay, result: SUCCESS }
                  - event: cancelReceived
                  - event: replySent
                    with: { command: cancel, result: SUCCESS }
                never:
                  - event: reportMalformed
                final: { state: idle }

                """)
    }

    @Test(
        "a line of a journal that is no event says which key is why",
        arguments: [
            (["seq": "1e+20"], "seq: \"1e+20\" is no event's number"), (["seq": nil], "seq is missing"),
            (["time": "99999-01-01T00:00:00Z"], "time: \"99999-01-01T00:00:00Z\" is no time as 2026-01-01T00:00:00Z"),
            (["device": nil], "device is missing"),
            (["kind": "quantumTap"], "kind: \"quantumTap\" is no event of this version"),
            (["report": "b7xx"], "report: \"b7xx\" is no report in hexadecimal"),
            (["report": nil], "report is missing"),
            (
                ["kind": "reportAnswered", "answers": "b7 zz"],
                "answers: \"b7 zz\" is no list of reports in hexadecimal"
            ),
            (["kind": "attached", "report": nil], nil), ([:], nil),
        ] as [([String: String?], String?)])
    func entries(changes: [String: String?], reason: String?) throws {
        var members = [
            "seq": "7", "time": "2026-01-01T00:00:00Z", "device": "1", "kind": "payReceived", "report": "b701",
        ]
        for (key, text) in changes { members[key] = text }
        do throws(JournalEntryError) {
            let entry = try JournalEntry(members: members)
            #expect(reason == nil && entry.sequence == 7 && entry.time == EmulatorClock.virtualStart)
        } catch {
            #expect(error.description == reason)
        }
    }

    @Test("a journal of several runs is told apart by its numbers")
    func runs() throws {
        func entry(_ sequence: Int64) -> JournalEntry {
            JournalEntry(
                sequence: sequence, time: EmulatorClock.virtualStart, device: "1", kind: .attached, fields: [:])
        }
        let runs = RecordedSession.runs([1, 2, 3, 1, 1, 2].map { entry($0) })
        #expect(runs.map { $0.map(\.sequence) } == [[1, 2, 3], [1], [1, 2]])
        #expect(RecordedSession.runs([]).isEmpty)
    }
}
