internal import BlueTap
internal import Documents
internal import Emulator
internal import WireFormat

/// The faults that change no reply: floods, and readers that are slow.
struct Disturbances {
    private(set) var faults: [ScenarioText.Fault] = []
    /// What of them is not reproduced, one line each.
    private(set) var shortcomings: [String] = []
    /// The session without what a flood said.
    let rest: RecordedSession

    init(_ session: RecordedSession, _ codec: Codec) {
        let lost = Set(session.steps.lazy.filter { $0.happening == .detached }.map(\.time))
        var commands = CommandCounter(codec)
        /// What the journal tells of is not found out from the reports.
        var isTold = false
        for step in session.steps {
            commands.hear(step)
            guard case .disturbed(let disturbance) = step.happening else { continue }
            isTold = isTold || disturbance.isFlood
            if disturbance.isFlood, lost.contains(step.time) {
                shortcomings.append(Self.flooded(step.place))
            }
            faults.append(commands.fault(disturbance, at: step.time))
        }
        let flood = Flood(in: session, codec)
        if let flood, !isTold {
            var commands = CommandCounter(codec)
            for step in session.steps.prefix(flood.firstIndex) { commands.hear(step) }
            if lost.contains(flood.start) { shortcomings.append(Self.flooded(session.steps[flood.firstIndex].place)) }
            faults.append(
                commands.fault(
                    .flood(interval: ScenarioText.text(of: flood.interval), burst: "\(flood.burst)"), at: flood.start,
                    until: flood.end == session.end ? nil : flood.end + flood.interval / 2))
        }
        guard let flood else {
            rest = session
            return
        }
        rest = RecordedSession(session.steps.filter { !flood.contains($0) }, end: session.end)
    }

    private static func flooded(_ place: RecordedSession.Place) -> String {
        "\(place): a flood begins in the instant in which the cable is pulled"
    }
}

extension RecordedSession.Disturbance {
    fileprivate var isFlood: Bool { if case .flood = self { true } else { false } }
}

/// Counts the commands of a session, so that a fault can be said to come with one.
private struct CommandCounter {
    private var interpreter: Interpreter
    private var counts: [Command.Kind: Int] = [:]
    private var last: (kind: Command.Kind, time: Duration)?

    init(_ codec: Codec) {
        interpreter = Interpreter(codec)
    }

    mutating func hear(_ step: RecordedSession.Step) {
        switch step.happening {
        case .hostReport(let report, let isFeature), .failedWrite(let report, let isFeature, _):
            guard case .message(.command(let command), _, _) = interpreter.host(report, isFeature: isFeature) else {
                return
            }
            counts[command.kind, default: 0] += 1
            last = (command.kind, step.time)
        case .detached: interpreter.reset()
        default: break
        }
    }

    /// With the command of the same instant, or at the time.
    func fault(
        _ disturbance: RecordedSession.Disturbance, at time: Duration, until end: Duration? = nil
    ) -> ScenarioText.Fault {
        var fault: ScenarioText.Fault
        switch disturbance {
        case .flood(let interval, let burst):
            fault = .init(.flood, [("interval", .plain(interval)), ("burst", .plain(burst)), ("count", .number(1))])
        case .slowReader(let delay): fault = .init(.slowReader, [("delay", .plain(delay))])
        }
        if let last, last.time == time {
            if let end { fault.settings.append(("for", .plain(ScenarioText.text(of: end)))) }
            return fault.on(last.kind, counts[last.kind])
        }
        if time > .zero { fault.settings.insert(("after", .plain(ScenarioText.text(of: time))), at: 0) }
        if let end { fault.settings.append(("for", .plain(ScenarioText.text(of: end - time)))) }
        return fault
    }
}

/// Input reports that nobody asked for, in bursts.
private struct Flood {
    let report: [UInt8]
    let firstIndex: Int
    let start: Duration
    let end: Duration
    let burst: Int
    let interval: Duration

    /// Fewer are no flood.
    private static let fewest = 8

    init?(in session: RecordedSession, _ codec: Codec) {
        let reply = codec.reply(to: Codec.Context(command: .cancel, sequence: 0), result: .unknownException)
        guard reply.count == 1, let report = reply.first else { return nil }
        let found = session.steps.indices.filter { session.steps[$0].happening == .deviceReport(report) }
        guard found.count >= Self.fewest, let first = found.first, let last = found.last else { return nil }
        self.report = report
        firstIndex = first
        start = session.steps[first].time
        end = session.steps[last].time
        let times = found.map { session.steps[$0].time }
        burst = times.prefix { $0 == times[0] }.count
        interval = (times.first { $0 > times[0] } ?? times[0]) - times[0]
        if interval <= .zero { return nil }
    }

    func contains(_ step: RecordedSession.Step) -> Bool { step.happening == .deviceReport(report) }
}
