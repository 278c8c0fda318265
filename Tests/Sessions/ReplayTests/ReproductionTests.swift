import Documents
import Emulator
import TestSupport
import Testing

@testable import Replay

@Suite("The search for a session's faults", .timeLimit(.minutes(5)))
struct ReproductionTests {
    /// A session of so many commands, of which each is answered as `change` makes it; nil: not at all.
    private func session(
        _ bench: RecordedBench, of count: Int, answered change: ([UInt8]) -> [UInt8]?
    ) throws -> RecordedSession {
        for number in 0..<count {
            try bench.pay("R\(number)")
            bench.pass(.seconds(5))
        }
        let session = bench.journalled
        let steps = session.steps.compactMap { step -> RecordedSession.Step? in
            guard case .deviceReport(let report) = step.happening else { return step }
            return change(report).map { .init(time: step.time, place: step.place, .deviceReport($0)) }
        }
        // Long enough for the last one to have been answered.
        return RecordedSession(steps, end: session.end + .seconds(5))
    }

    @Test("however many answers differ, the session is replayed a few times")
    func replays() async throws {
        // Once to see, once for delays, and once at the end.
        for (count, answer, faults) in [
            (300, { [UInt8](repeating: 0, count: $0.count) }, 0), (90, { _ in nil }, 90),
            (90, { Array($0.dropLast(3)) }, 90),
        ] as [(Int, ([UInt8]) -> [UInt8]?, Int)] {
            let bench = try RecordedBench()
            let session = try session(bench, of: count, answered: answer)
            var reproduction = try Reproduction(session, name: "n", profile: bench.profile, codec: bench.codec)
            let made = try await reproduction.run()
            #expect(reproduction.replayCount == 3)
            #expect(made.shortcomings.count == (faults == 0 ? count : 0))
            let listed = made.text.split(separator: "\n").filter { $0.contains("fault:") }
            #expect(listed.count == faults, "\(listed)")
        }
    }

    @Test("a session with too many expectations is refused before its faults are searched for")
    func tooLong() async throws {
        let bench = try RecordedBench()
        let session = try session(bench, of: 1001) { _ in nil }
        var reproduction = try Reproduction(session, name: "n", profile: bench.profile, codec: bench.codec)
        do {
            _ = try await reproduction.run()
            Issue.record("it was not refused")
        } catch let error as DocumentError {
            #expect("\(error)".contains("1001 expectations, and a scenario has 1000"), "\(error)")
        }
        #expect(reproduction.replayCount == 1)
    }

    // MARK: The end of a session

    /// A device that says something each second by itself, and whose host waits two for what is due.
    private final class Chatterbox: ReplayTarget {
        private(set) var elapsed = Duration.zero
        private(set) var waits: [(due: Duration, at: Duration)] = []

        func pass(until time: Duration) async throws { elapsed = max(elapsed, time) }
        func send(_ report: [UInt8], isFeature: Bool) -> Bool { true }
        func inputReport() -> [UInt8]? { nil }
        func awaitInputReport(due: Duration, next: Duration) async throws -> [UInt8]? {
            waits.append((due, elapsed))
            guard elapsed + .seconds(1) <= due + .seconds(2) else { return nil }
            elapsed += .seconds(1)
            return [7]
        }
        func featureReport(id: UInt8) -> [UInt8]? { nil }
        func detached() {}
        func attached() async throws {}
    }

    @Test("a device that speaks by itself is listened to until one answer would have come, and not for ever")
    func chatterbox() async throws {
        let device = Chatterbox()
        let session = RecordedSession(
            [
                .init(time: .zero, place: .packet(1), .hostReport([1], isFeature: false)),
                .init(time: .zero, place: .packet(2), .deviceReport([7])),
                .init(time: .zero, place: .packet(3), .deviceReport([7])),
            ], end: .seconds(1))
        let turns = try await Replayer.play(session, to: device)
        // Two that were recorded, and two of the end; that is told once, from when the replay has come to it.
        #expect(turns.map(\.answered.count) == [0, 4])
        #expect(device.waits.map(\.due) == [.zero, .seconds(1), .seconds(2), .seconds(2), .seconds(2)])
        #expect(device.elapsed == .seconds(4))
    }
}
