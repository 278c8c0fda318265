internal import BlueTap
internal import Learning
internal import WireFormat

/// A search for the replies that a host accepts.
struct Probe {
    /// What a run of the host's program ended in.
    struct Outcome: Hashable, CustomStringConvertible {
        var status: Int32
        /// The result that it printed, if it named one.
        var result: ResultCode?
        /// The last line that it printed.
        var line: String
        /// Whether it ended long before it would have without an answer: it took the reply for one.
        var isEarly = false

        var isSuccess: Bool { result.map { $0 == .success } ?? (status == 0) }

        var description: String {
            let text = result?.rawValue ?? (line.isEmpty ? "status \(status)" : "\"\(line)\", status \(status)")
            return text + (isEarly && !isSuccess ? " (at once)" : "")
        }
    }

    struct Trial {
        /// Nil for no reply at all.
        var candidate: ReplyCandidate?
        var outcome: Outcome

        var name: String { candidate.map { "\($0.summary): \($0.code)" } ?? "no reply" }
    }

    private(set) var trials: [Trial] = []
    /// What the first command was, to make replies to it.
    private(set) var command: [UInt8] = []
    /// The numbers that commands had; none where the profile knows none.
    private(set) var numbers: Set<Int64> = []
    /// How many candidates have not been tried.
    private(set) var left = 0
    private let runs: Int
    private let bench: ProbeBench
    /// The number of a command.
    private let number: ([UInt8]) -> Int64?
    private let onTrial: (_ run: Int, _ of: Int, Trial) -> Void
    private var baseline: (outcome: Outcome, seconds: Double)?
    /// Whether the last line differs from run to run.
    private var isChatty = false
    /// The reply that was taken twice.
    private var taken: ReplyCandidate?

    init(
        runs: Int, bench: ProbeBench, number: @escaping ([UInt8]) -> Int64?,
        onTrial: @escaping (_ run: Int, _ of: Int, Trial) -> Void
    ) {
        self.runs = runs
        self.bench = bench
        self.number = number
        self.onTrial = onTrial
    }

    /// Runs the program without a reply: twice, to know what changes by itself.
    mutating func begin() async throws {
        _ = try await attempt(nil)
        _ = try await attempt(nil)
        if baseline?.outcome.result == .success {
            throw CommandError("\(bench.command[0]) ends in SUCCESS without a reply: nothing tells which one it takes")
        }
    }

    /// Tries the candidates until one makes the host content; then other results in it.
    mutating func run(_ candidates: [ReplyCandidate]) async throws {
        left = candidates.count
        for candidate in candidates where trials.count < runs {
            left -= 1
            let isNew = isNews(try await attempt(candidate))
            if trials.last.map({ isFind($0.outcome) }) == true {
                if try await confirm(candidate) { break }
            } else if isNew, let other = try await otherResult(candidate), try await confirm(other) {
                break
            }
        }
        guard let taken else { return }
        for code in taken.otherCodes where trials.count < runs {
            _ = try await attempt(taken.with(code: code))
            // All results that there are have been seen.
            if Set(trials.compactMap(\.outcome.result)).count == ResultCode.allCases.count { break }
        }
    }

    /// Whether the program ended well, as it did not without an answer: it says SUCCESS, or tells it by its status alone.
    private func isFind(_ outcome: Outcome) -> Bool {
        if let result = outcome.result { return result == .success }
        return outcome.status == 0 && baseline?.outcome.status != 0
    }

    /// Whether a host understood a reply that is no success: it names a result that it named for no other.
    private func isNews(_ outcome: Outcome) -> Bool {
        guard outcome.result != nil, outcome.result != .success else { return false }
        let others = trials.dropLast()
        return others.contains { $0.candidate != nil } && !others.contains { $0.outcome.result == outcome.result }
    }

    /// The reply with a result that the host takes for success.
    private mutating func otherResult(_ candidate: ReplyCandidate) async throws -> ReplyCandidate? {
        for code in candidate.otherCodes.prefix(Self.resultsOfNews) where trials.count < runs {
            let other = candidate.with(code: code)
            if isFind(try await attempt(other)) { return other }
        }
        return nil
    }

    /// Results that are tried in a reply that a host understood.
    private static let resultsOfNews = 12

    /// Whether a reply is taken once more: by then the number of the command may be another.
    private mutating func confirm(_ candidate: ReplyCandidate) async throws -> Bool {
        guard trials.count < runs else {
            taken = candidate
            return true
        }
        guard isFind(try await attempt(candidate)) else { return false }
        taken = candidate
        return true
    }

    private mutating func attempt(_ candidate: ReplyCandidate?) async throws -> Outcome {
        let result = try await bench.run(candidate, number: trials.count + 1)
        var outcome = result.outcome
        if command.isEmpty, let first = result.commands.first { command = first }
        numbers.formUnion(result.commands.compactMap(number))
        if let baseline, candidate == nil {
            // What the program says differs from run to run: its words tell nothing.
            isChatty = outcome.line != baseline.outcome.line
            if isChatty { outcome.line = "" }
            self.baseline = (outcome, min(result.seconds, baseline.seconds))
            if isChatty { trials = trials.map { Trial(candidate: $0.candidate, outcome: outcome) } }
        } else if let baseline {
            if isChatty { outcome.line = "" }
            outcome.isEarly = baseline.seconds > 0.4 && result.seconds < baseline.seconds / 2
        } else {
            baseline = (outcome, result.seconds)
        }
        let trial = Trial(candidate: candidate, outcome: outcome)
        trials.append(trial)
        onTrial(trials.count, runs, trial)
        return outcome
    }

    /// The replies by what came of them, in the order in which they were tried.
    var byOutcome: [(outcome: Outcome, trials: [Trial])] {
        var groups: [(outcome: Outcome, trials: [Trial])] = []
        for trial in trials {
            if let index = groups.firstIndex(where: { $0.outcome == trial.outcome }) {
                // A reply that is tried once more is no other.
                if groups[index].trials.contains(where: { $0.candidate == trial.candidate }) { continue }
                groups[index].trials.append(trial)
            } else {
                groups.append((trial.outcome, [trial]))
            }
        }
        return groups
    }

    /// The first reply that made a difference and was not taken, for those who go on by hand.
    var different: Trial? { trials.first { $0.candidate != nil && $0.outcome != baseline?.outcome } }

    /// The reply that the host takes, and the codes of the results in it.
    var found: (candidate: ReplyCandidate, codes: [ResultCode: HexBytes])? {
        guard let taken else { return nil }
        var codes: [ResultCode: HexBytes] = [.success: taken.code]
        for trial in trials
        where trial.candidate?.with(code: taken.code) == taken && trial.outcome != baseline?.outcome {
            guard let code = trial.candidate?.code, let result = trial.outcome.result, codes[result] == nil else {
                continue
            }
            codes[result] = code
        }
        guard taken.repeatsNumber, numbers.count == 1, let number = numbers.first else { return (taken, codes) }
        return (taken.doubting(number: number), codes)
    }
}
