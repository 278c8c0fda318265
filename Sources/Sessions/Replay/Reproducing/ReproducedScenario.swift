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
    /// Faults that change no reply: they are added when all is found.
    private let disturbances: Disturbances
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
        let disturbances = Disturbances(session, codec)
        let session = disturbances.rest
        self.session = session
        self.disturbances = disturbances
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
        let shortcomings = comparison.differences.joined().map(\.description) + disturbances.shortcomings
        try expect(turns, comparison)
        text.faults += disturbances.faults
        text.finalState = target.device.status.state.rawValue
        return try ReproducedScenario(text, shortcomings: shortcomings)
    }

    private mutating func replay() async throws -> ([Replayer.Turn], SessionComparison, EmulatedTarget) {
        replayCount += 1
        let scenario = try ReproducedScenario(text, shortcomings: []).scenario
        let target = EmulatedTarget(
            profile: profile, codec: codec, script: ScenarioRun(scenario, startingAt: EmulatedTarget.start))
        let turns = try await Replayer.play(session, to: target, sendsFailedWrites: true)
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

    /// Faults that change what follows their command.
    private static let reachingOn: Set<FaultName> = [.busy, .stall, .replyLate, .replyOutOfOrder, .replyDelayed]

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
            let requests = Self.requests(comparison)
            for (index, request) in requests.enumerated() {
                guard !comparison.differences[index].isEmpty || Self.isLost(turns[index]),
                    handled.insert(index).inserted
                else { continue }
                guard text.faults.count + Self.mostCopies + 1 <= Self.mostFaults else { return }
                guard let request else { continue }
                let found = faults(turns, index, requests, request)
                text.faults += found.map { $0.on(request.kind, request.number) }
                // Other faults change what the device says, this one what it does; and where messages have several reports,
                // the next one is read otherwise behind one that is cut.
                isReplayNeeded =
                    found.contains { Self.reachingOn.contains($0.name) }
                    || !found.isEmpty && profile.framing[.input] != nil
                if isReplayNeeded { break }
            }
        }
    }

    /// Whether nobody took the reply because it came too late, while this device's comes at once.
    private static func isLost(_ turn: Replayer.Turn) -> Bool {
        guard turn.losesDevice, turn.recorded.isEmpty, !turn.answered.isEmpty, let lost = turn.unheard.first else {
            return false
        }
        return lost.time - (turn.request?.time ?? .zero) > lateness
    }

    /// What would make the answers alike: faults of this turn's command.
    private func faults(
        _ turns: [Replayer.Turn], _ index: Int, _ requests: [Request?], _ request: Request
    ) -> [ScenarioText.Fault] {
        let turn = turns[index]
        if turn.failure?.sort == .stall { return turn.wasTaken ? [.init(.stall)] : [] }
        let recorded = replies(turn.recorded, to: request)
        let answered = replies(turn.answered, to: request)
        let natural = answered.first?.result
        guard let other = recorded.first else {
            if answered.isEmpty { return [] }
            return held(turns, index, requests, request) ?? [.init(.replyDropped)]
        }
        // Told apart by result, and then by shape.
        if let context = try? codec.decode(reports: request.reports).context, recorded.count <= Self.mostCopies,
            recorded.allSatisfy({ $0.bytes == other.bytes })
        {
            let search = ReplySearch(codec: codec, profile: profile, context: context)
            if let faults = search.faults(making: other.bytes, natural: natural) {
                return faults + recorded.dropFirst().map { _ in .init(.replyDoubled) }
            }
        }
        if let result = other.result, result != natural { return [ReplySearch.fault(for: result)] }
        if let number = other.sequence, number != answered.first?.sequence { return [.init(.replyWrongSequence)] }
        return []
    }

    /// Of the replies in a command's turn, the first that is its own, and those that are not.
    private func strangers(
        among recorded: [Reply], of command: Request, _ earlier: ReplySearch
    ) -> (own: Int?, strangers: [Int]) {
        guard let context = try? codec.decode(reports: command.reports).context else { return (nil, []) }
        let search = ReplySearch(codec: codec, profile: profile, context: context)
        let own = recorded.indices.filter { search.faults(making: recorded[$0].bytes, natural: nil) != nil }
        // Where replies do not say whose they are, the first of several is the earlier command's.
        let isEither = own.count > 1 && earlier.context.sequence == context.sequence
        let mine = isEither ? Array(own.dropFirst()) : own
        return (mine.first, recorded.indices.filter { !mine.contains($0) })
    }

    /// Most commands by which a reply may come too late.
    private static let mostHeld = 4

    /// The reply that was not there comes behind a later command: with it, behind its reply, or when it likes. Nil where it
    /// never comes.
    private func held(
        _ turns: [Replayer.Turn], _ index: Int, _ requests: [Request?], _ request: Request
    ) -> [ScenarioText.Fault]? {
        guard let context = try? codec.decode(reports: request.reports).context else { return nil }
        let natural = replies(turns[index].answered, to: request).first?.result
        let search = ReplySearch(codec: codec, profile: profile, context: context)
        var isNext = true
        for later in turns.indices[(index + 1)...].prefix(Self.mostHeld) {
            guard let command = requests[later] else { continue }
            defer { isNext = false }
            let recorded = replies(turns[later].recorded, to: command)
            let (own, rest) = strangers(among: recorded, of: command, search)
            let ownPlace = own
            for place in rest {
                let reply = recorded[place]
                // Another lost command's reply is not taken for it.
                guard let shape = search.faults(making: reply.bytes, natural: natural, mostOffset: 1) else { continue }
                let copies = rest.count { recorded[$0].bytes == reply.bytes }
                let doubled = (1..<max(1, min(copies, Self.mostCopies))).map { _ in ScenarioText.Fault(.replyDoubled) }
                let start = turns[later].request?.time ?? .zero
                let before = ownPlace.map { place < $0 } ?? true
                let since = before ? start : ownPlace.map { recorded[$0].time } ?? start
                let cause: ScenarioText.Fault
                if reply.time - since > Self.lateness || (before && !isNext) {
                    let asked = turns[index].request?.time ?? .zero
                    let usual = codec.acknowledges(request.kind) ? profile.replyDelay : .zero
                    cause = Self.delay(reply.time - asked - usual)
                } else {
                    cause = .init(before ? .replyLate : .replyOutOfOrder)
                }
                return shape + doubled + [cause]
            }
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
            // What a fault kept from the device, the device does not tell of.
            guard let request, turn.failure == nil else { continue }
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
