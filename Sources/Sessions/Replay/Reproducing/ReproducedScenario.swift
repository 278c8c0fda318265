internal import BlueTap
internal import Documents
internal import Emulator
public import Scenario
public import WireFormat

/// A scenario in which an emulated device does what the recorded one did, and expects what the recorded POS did.
public struct ReproducedScenario: Sendable {
    public let scenario: Scenario
    /// The scenario's file.
    public let text: String
    /// What of the session it does not show, one line each.
    public let shortcomings: [String]

    /// Finds it out by replaying the session until the answers are alike.
    ///
    /// - Parameter name: what the scenario is called.
    /// - Throws: ``DocumentError``, if the session is too long for a scenario.
    public init(reproducing session: RecordedSession, name: String, profile: Profile, codec: Codec) async throws {
        var reproduction = try Reproduction(session, name: name, profile: profile, codec: codec)
        self = try await reproduction.run()
    }

    fileprivate init(_ text: ScenarioText, shortcomings: [String]) throws(DocumentError) {
        var text = text
        text.notes += shortcomings
        self.text = text.description
        self.shortcomings = shortcomings
        scenario = try Scenario(Document(parsing: self.text, name: "<the recorded session>"))
    }
}

/// The search for the faults with which an emulated device answers as the recorded one did.
struct Reproduction {
    private let session: RecordedSession
    private let profile: Profile
    private let codec: Codec
    private var text: ScenarioText
    /// The turns for which something was tried.
    private var handled: Set<Int> = []
    private(set) var replayCount = 0

    /// Most steps of a session: it may be replayed for each fault.
    private static let mostSteps = 10_000
    /// Most faults that a device has at a time.
    private static let mostFaults = 100
    /// Most copies of a reply.
    private static let mostCopies = 4
    /// Replies that come so much later than an emulated device's are late.
    private static let lateness = Duration.milliseconds(20)

    init(_ session: RecordedSession, name: String, profile: Profile, codec: Codec) throws(DocumentError) {
        self.session = session
        self.profile = profile
        self.codec = codec
        text = ScenarioText(name: Self.name(name), rules: DeviceSide(of: session, codec: codec).rules)
        let count = session.steps.count
        guard count <= Self.mostSteps else {
            throw Self.excess(name, "it has \(count) steps, and \(Self.mostSteps) can be searched")
        }
        if let excess = text.excess { throw Self.excess(name, excess) }
    }

    private static func excess(_ name: String, _ reason: String) -> DocumentError {
        DocumentError(whole: name, "the session is too long for a scenario: \(reason); record only what matters")
    }

    /// As scenarios may be called.
    private static func name(_ text: String) -> String {
        let name = text.map { $0.isASCII && ($0.isLetter || $0.isNumber || ".-_".contains($0)) ? $0 : "-" }
        let trimmed = String(name.drop { !$0.isLetter && !$0.isNumber }.prefix(64))
        return trimmed.isEmpty ? "recorded" : trimmed
    }

    mutating func run() async throws -> ReproducedScenario {
        try await addFaults()
        try await addDelays()
        let (turns, comparison, target) = try await replay()
        let shortcomings = comparison.differences.joined().map(\.description)
        try expect(turns, comparison)
        text.finalState = target.device.status.state.rawValue
        return try ReproducedScenario(text, shortcomings: shortcomings)
    }

    private mutating func replay() async throws -> ([Replayer.Turn], SessionComparison, EmulatedTarget) {
        replayCount += 1
        let scenario = try ReproducedScenario(text, shortcomings: []).scenario
        let target = EmulatedTarget(
            profile: profile, codec: codec, script: ScenarioRun(scenario, startingAt: EmulatedTarget.start))
        let turns = try await Replayer.play(session, to: target)
        return (turns, SessionComparison(turns, codec: codec), target)
    }

    /// A turn's command.
    private struct Request {
        let command: Command
        /// Which of its kind it is, from 1.
        let number: Int
        let reports: [[UInt8]]

        var kind: Command.Kind { command.kind }
    }

    /// Of each turn; nil where it is no command.
    private static func requests(_ comparison: SessionComparison) -> [Request?] {
        var counts: [Command.Kind: Int] = [:]
        return comparison.requests.map { interpretation in
            guard case .message(.command(let command), _, let reports)? = interpretation else { return nil }
            counts[command.kind, default: 0] += 1
            return Request(command: command, number: counts[command.kind] ?? 0, reports: reports)
        }
    }

    /// What of a device's answers was meant as a reply.
    private struct Reply {
        let bytes: [UInt8]
        let time: Duration
        /// Nil where it cannot be read.
        let result: ResultCode?
        let sequence: Int64?
    }

    private func replies(_ answers: [Replayer.Answer], to request: Request) -> [Reply] {
        var interpreter = Interpreter(codec)
        for report in request.reports { _ = interpreter.host(report, isFeature: profile.hid.outputReport.isFeature) }
        return Utterance.all(answers) { interpreter.device($0) }.compactMap { utterance in
            let bytes = utterance.reports.flatMap(\.self)
            switch utterance.interpretation {
            case .message(.reply(_, let result), let anatomy, _):
                return Reply(
                    bytes: bytes, time: utterance.time, result: result, sequence: anatomy.values.number(.sequence))
            case .unreadable, .part: return Reply(bytes: bytes, time: utterance.time, result: nil, sequence: nil)
            case .message, .exchange: return nil
            }
        }
    }

    // MARK: Faults

    /// Tries something for every turn that differs, in order, and replays where that may have changed the turns behind it.
    private mutating func addFaults() async throws {
        var isReplayNeeded = true
        while isReplayNeeded {
            let (turns, comparison, _) = try await replay()
            // What is too long in the end, is so now: a search may take long.
            if handled.isEmpty {
                var whole = self
                try whole.expect(turns, comparison)
            }
            isReplayNeeded = false
            for (index, request) in Self.requests(comparison).enumerated() {
                guard !comparison.differences[index].isEmpty, handled.insert(index).inserted else { continue }
                guard text.faults.count + Self.mostCopies + 1 <= Self.mostFaults else { return }
                guard let request else { continue }
                let found = faults(turns[index], request)
                text.faults += found.map { $0.on(request.kind, request.number) }
                // Other faults change what the device says, this one what it does; and where messages have several reports,
                // the next one is read otherwise behind one that is cut.
                isReplayNeeded =
                    found.contains { $0.name == .busy } || !found.isEmpty && profile.framing[.input] != nil
                if isReplayNeeded { break }
            }
        }
    }

    /// What would make the answers alike.
    private func faults(_ turn: Replayer.Turn, _ request: Request) -> [ScenarioText.Fault] {
        let recorded = replies(turn.recorded, to: request)
        let answered = replies(turn.answered, to: request)
        let natural = answered.first?.result
        guard let other = recorded.first else { return answered.isEmpty ? [] : [.init(.replyDropped)] }
        // Told apart by result, and then by shape.
        if let context = try? codec.decode(reports: request.reports).context, recorded.count <= Self.mostCopies,
            recorded.allSatisfy({ $0.bytes == other.bytes })
        {
            for result in [natural].compactMap(\.self) + ResultCode.allCases {
                let own = codec.reply(to: context, result: result)
                guard own.count == 1, var faults = Self.shape(of: other.bytes, insteadOf: own[0]) else { continue }
                faults += recorded.dropFirst().map { _ in .init(.replyDoubled) }
                if result != natural { faults.insert(Self.fault(for: result), at: 0) }
                return faults
            }
        }
        if let result = other.result, result != natural { return [Self.fault(for: result)] }
        if let own = answered.first?.bytes, own.count == other.bytes.count,
            zip(other.bytes, own).reduce(0, { $0 + ($1.0 ^ $1.1).nonzeroBitCount }) == 1
        {
            return [.init(.replyCorrupted)]
        }
        if let number = other.sequence, number != answered.first?.sequence { return [.init(.replyWrongSequence)] }
        return []
    }

    /// A device that refuses without a reason was busy.
    private static func fault(for result: ResultCode) -> ScenarioText.Fault {
        result == .processFail ? .init(.busy) : .init(.replyResult, [("result", .plain(result.rawValue))])
    }

    /// Nil where the report is nothing like the other.
    private static func shape(of report: [UInt8], insteadOf own: [UInt8]) -> [ScenarioText.Fault]? {
        if report == own { return [] }
        if report.count < own.count, own.starts(with: report) {
            return [.init(.replyTruncated, [("bytes", .number(own.count - report.count))])]
        }
        if report.count > own.count, report.starts(with: own) {
            return [.init(.replyPadded, [("bytes", .number(report.count - own.count))])]
        }
        return nil
    }

    // MARK: Delays

    /// Replies that came late: all of a kind alike where all of them did.
    private mutating func addDelays() async throws {
        let (turns, comparison, _) = try await replay()
        var late: [Command.Kind: [(number: Int, delay: Duration)]] = [:]
        var counts: [Command.Kind: Int] = [:]
        for (index, (turn, request)) in zip(turns, Self.requests(comparison)).enumerated() {
            guard let request else { continue }
            let recorded = replies(turn.recorded, to: request)
            if !recorded.isEmpty { counts[request.kind, default: 0] += 1 }
            guard comparison.differences[index].isEmpty, let reply = recorded.first else { continue }
            let start = turn.request?.time ?? .zero
            let delay = reply.time - start - (codec.acknowledges(request.kind) ? profile.replyDelay : .zero)
            if delay > Self.lateness { late[request.kind, default: []].append((request.number, delay)) }
        }
        let missing = comparison.differences.joined().count
        for kind in Command.Kind.allCases {
            guard let delays = late[kind] else { continue }
            let before = text.faults
            let sorted = delays.map(\.delay).sorted()
            let usual = sorted[sorted.count / 2]
            if sorted.count > 1, sorted.count == counts[kind], sorted[sorted.count - 1] - sorted[0] <= usual / 4 {
                text.faults.append(Self.delay(usual, [("count", .plain("always"))]).on(kind, nil))
            } else {
                let room = Self.mostFaults - text.faults.count
                text.faults += delays.prefix(room).map { Self.delay($0.delay).on(kind, $0.number) }
            }
            // What makes it less like the recording is left out.
            let (_, delayed, _) = try await replay()
            if delayed.differences.joined().count > missing { text.faults = before }
        }
    }

    private static func delay(_ delay: Duration, _ settings: [(String, FlowText)] = []) -> ScenarioText.Fault {
        .init(.replyDelayed, [("delay", .plain(ScenarioText.text(of: delay)))] + settings)
    }

    // MARK: Expectations

    /// That the POS does what it did, and hears what it heard.
    private mutating func expect(_ turns: [Replayer.Turn], _ comparison: SessionComparison) throws(DocumentError) {
        var readsAll = true
        for (index, (turn, request)) in zip(turns, Self.requests(comparison)).enumerated() {
            if case .unreadable? = comparison.requests[index] { readsAll = false }
            guard let request else { continue }
            text.expectations.append(.init(request.command))
            if comparison.differences[index].isEmpty, let result = replies(turn.recorded, to: request).first?.result {
                text.expectations.append(
                    .init(
                        event: .replySent,
                        with: [("command", .plain(request.kind.rawValue)), ("result", .plain(result.rawValue))]))
            }
        }
        if readsAll { text.never.append(.init(event: .reportMalformed, with: [])) }
        if let excess = text.excess { throw Self.excess(text.name, excess) }
    }
}
