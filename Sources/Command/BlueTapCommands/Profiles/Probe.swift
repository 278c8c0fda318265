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
    private let runs: Int
    private let bench: ProbeBench
    private let onTrial: (_ run: Int, _ of: Int, Trial) -> Void
    private var baseline: (outcome: Outcome, seconds: Double)?
    /// Whether the last line differs from run to run.
    private var isChatty = false

    init(runs: Int, bench: ProbeBench, onTrial: @escaping (_ run: Int, _ of: Int, Trial) -> Void) {
        self.runs = runs
        self.bench = bench
        self.onTrial = onTrial
    }

    /// Tries the candidates until one makes the host content; then other results in the best one.
    mutating func run(_ candidates: [ReplyCandidate]) async throws {
        // Twice, to know what changes by itself.
        _ = try await attempt(nil)
        _ = try await attempt(nil)
        for candidate in candidates where trials.count < runs {
            let outcome = try await attempt(candidate)
            if outcome.isSuccess, outcome != baseline?.outcome { break }
        }
        guard let best = best?.candidate else { return }
        for code in best.otherCodes where trials.count < runs {
            _ = try await attempt(best.with(code: code))
            // All results that there are have been seen.
            if Set(trials.compactMap(\.outcome.result)).count == ResultCode.allCases.count { break }
        }
    }

    private mutating func attempt(_ candidate: ReplyCandidate?) async throws -> Outcome {
        var (outcome, seconds) = try await bench.run(candidate)
        if let baseline, candidate == nil {
            // What the program says differs from run to run: its words tell nothing.
            isChatty = outcome.line != baseline.outcome.line
            if isChatty { outcome.line = "" }
            self.baseline = (outcome, min(seconds, baseline.seconds))
            if isChatty { trials = trials.map { Trial(candidate: $0.candidate, outcome: outcome) } }
        } else if let baseline {
            if isChatty { outcome.line = "" }
            outcome.isEarly = baseline.seconds > 0.4 && seconds < baseline.seconds / 2
        } else {
            baseline = (outcome, seconds)
        }
        let trial = Trial(candidate: candidate, outcome: outcome)
        trials.append(trial)
        onTrial(trials.count, runs, trial)
        return outcome
    }

    /// The first reply with which the command fared well, else the first that made a difference.
    private var best: Trial? {
        let others = trials.filter { $0.candidate != nil && $0.outcome != baseline?.outcome }
        return others.first { $0.outcome.isSuccess } ?? others.first
    }

    /// The replies by what came of them, in the order in which they were tried.
    var byOutcome: [(outcome: Outcome, trials: [Trial])] {
        var groups: [(outcome: Outcome, trials: [Trial])] = []
        for trial in trials {
            if let index = groups.firstIndex(where: { $0.outcome == trial.outcome }) {
                groups[index].trials.append(trial)
            } else {
                groups.append((trial.outcome, [trial]))
            }
        }
        return groups
    }

    /// The reply that the host takes, and the codes of the results in it.
    var found: (candidate: ReplyCandidate, codes: [ResultCode: HexBytes])? {
        guard let candidate = best?.candidate else { return nil }
        var codes: [ResultCode: HexBytes] = [:]
        for trial in trials
        where trial.candidate?.with(code: candidate.code) == candidate && trial.outcome != baseline?.outcome {
            guard let code = trial.candidate?.code,
                let result = trial.outcome.result ?? (trial.outcome.isSuccess ? .success : nil), codes[result] == nil
            else { continue }
            codes[result] = code
        }
        return (candidate, codes)
    }
}
