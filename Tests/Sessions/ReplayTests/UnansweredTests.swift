import BlueTap
import Emulator
import Replay
import Testing
import WireFormat

@Suite("What was not answered", .timeLimit(.minutes(2)))
struct UnansweredTests {
    private typealias Step = RecordedSession.Step

    /// A session whose steps are changed, in the same times.
    private func session(_ bench: RecordedBench, _ change: (Step) -> RecordedSession.Happening?) -> RecordedSession {
        let session = bench.journalled
        let steps = session.steps.compactMap { step in
            change(step).map { Step(time: step.time, place: step.place, $0) }
        }
        return RecordedSession(steps, end: session.end)
    }

    private func twoPays() throws -> RecordedBench {
        let bench = try RecordedBench()
        for order in ["A1", "A2"] {
            try bench.pay(order)
            bench.pass(.seconds(10))
        }
        return bench
    }

    @Test("a read that the host took back excuses no reply", arguments: [0, 1])
    func cancelled(answer: Int) async throws {
        let bench = try twoPays()
        var seen = -1
        let silent = session(bench) { step in
            guard case .deviceReport = step.happening else { return step.happening }
            seen += 1
            return seen == answer ? .unanswered : step.happening
        }
        #expect(try await bench.replay(silent).count == 1)
        let made = try await ReproducedScenario(
            reproducing: silent, name: "s", profile: bench.profile, codec: bench.codec)
        #expect(made.text.contains("fault: { name: reply-dropped, on: pay, nth: \(answer + 1) }"), "\(made.text)")
        #expect(made.shortcomings.isEmpty)
    }

    @Test("bytes that the device sent and nobody took excuse themselves, and nothing else")
    func unheard() async throws {
        let bench = try twoPays()
        let untaken = session(bench) { step in
            guard case .deviceReport(let report) = step.happening else { return step.happening }
            return .unheard(report)
        }
        #expect(try await bench.replay(untaken) == [])
        let other = session(bench) { step in
            guard case .deviceReport(var report) = step.happening else { return step.happening }
            report[1] ^= 0xFF
            return .unheard(report)
        }
        #expect(try await bench.replay(other).count == 2)
    }

    @Test("a session whose last reply is lost differs, however short the host waited")
    func last() async throws {
        let bench = try RecordedBench()
        _ = try bench.device.add(Fault(.replyDropped))
        try bench.pay("A1")
        #expect(try await bench.replay(bench.journalled).count == 1)
        let captured = try bench.captured
        let ended = RecordedSession(
            captured.steps + [Step(time: .milliseconds(10), place: .packet(99), .unanswered)], end: .milliseconds(10))
        #expect(try await bench.replay(ended).count == 1)
    }

    @Test("a write that the device did not take is a stall in the scenario, and is not sent again otherwise")
    func stall() async throws {
        let bench = try RecordedBench()
        try bench.pay("A0")
        bench.pass(.seconds(1))
        var onPay = Fault.Trigger()
        onPay.command = .pay
        _ = try bench.device.add(Fault(.stall, when: onPay))
        try bench.pay("A1")
        bench.pass(.seconds(1))
        try bench.pay("A2")
        bench.pass(.seconds(1))
        for session in [bench.journalled, try bench.captured] {
            #expect(session.hostReportCount == 2 && session.failedWrites.count == 1, "\(session.steps)")
            #expect(try await bench.replay(session) == [])
            let made = try await ReproducedScenario(
                reproducing: session, name: "s", profile: bench.profile, codec: bench.codec)
            #expect(made.text.contains("fault: { name: stall, on: pay, nth: 2 }"), "\(made.text)")
            #expect(made.shortcomings.isEmpty, "\(made.shortcomings)")
        }
    }
}
