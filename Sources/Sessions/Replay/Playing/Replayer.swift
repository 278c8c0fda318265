/// Plays a recorded session's host to a device, and sets the answers side by side.
public enum Replayer {
    /// One report of the host, what the recorded device answered it, and what this one does.
    public struct Turn: Sendable {
        /// Nil for what the device says before the host says anything.
        public var request: RecordedSession.Step?
        public var recorded: [Answer] = []
        public var answered: [Answer] = []
        /// Whether the recorded host lost its device in it.
        public var losesDevice = false
        /// What the recorded device said, and no host took.
        public var unheard: [Answer] = []
        /// Whether the recording ends with the request: what the device says to it, it does not have.
        public var isOpen = false
        /// Why the recorded device did not take the request; nil where it did.
        public var failure: RecordedSession.WriteFailure?
        /// Whether this device took the request.
        public var wasTaken = true
    }

    /// A report of a device.
    public struct Answer: Hashable, Sendable {
        public var bytes: [UInt8]
        /// Since the session's start.
        public var time: Duration
        /// Where the recording has it; nil of what was answered now.
        public var place: RecordedSession.Place?
    }

    /// Most answers that one turn is looked through for.
    private static let mostAnswers = 10_000
    /// How long a device may take to answer: a recording that ends earlier does not say that it did not.
    private static let patience = Duration.seconds(2)

    /// Plays the whole session.
    ///
    /// - Parameter sendsFailedWrites: whether the device gets what the recorded one did not take, as a host would have sent
    ///   it: one that has the same faults does not take it either.
    public static func play(
        _ session: RecordedSession, to target: some ReplayTarget, sendsFailedWrites: Bool = false
    ) async throws -> [Turn] {
        var turns = [Turn()]
        for (index, step) in session.steps.enumerated() {
            let last = turns.count - 1
            switch step.happening {
            case .hostReport(let report, let isFeature):
                try await target.pass(until: step.time)
                try collect(from: target, into: &turns[last])
                turns.append(Turn(request: step))
                turns[last + 1].wasTaken = try target.send(report, isFeature: isFeature)
            // A device that was not there took nothing, and takes nothing now.
            case .failedWrite(_, _, let failure) where failure.sort == .gone || !sendsFailedWrites:
                try await target.pass(until: step.time)
            case .failedWrite(let report, let isFeature, let failure):
                try await target.pass(until: step.time)
                try collect(from: target, into: &turns[last])
                turns.append(Turn(request: step))
                turns[last + 1].failure = failure
                turns[last + 1].wasTaken = try target.send(report, isFeature: isFeature)
            case .deviceReport(let report):
                turns[last].recorded.append(Answer(bytes: report, time: step.time, place: step.place))
                guard turns[last].answered.count < turns[last].recorded.count else { continue }
                // Never beyond what comes next: that has its time.
                let next = session.steps[(index + 1)...].first?.time ?? step.time + patience
                let due = max(step.time, target.elapsed)
                if let answer = try await target.awaitInputReport(due: due, next: next) {
                    turns[last].answered.append(Answer(bytes: answer, time: target.elapsed))
                }
            case .featureRead(let id, let answer):
                try await target.pass(until: step.time)
                turns[last].recorded.append(Answer(bytes: answer, time: step.time, place: step.place))
                if let answer = try target.featureReport(id: id) {
                    turns[last].answered.append(Answer(bytes: answer, time: target.elapsed))
                }
            case .detached:
                try await target.pass(until: step.time)
                try collect(from: target, into: &turns[last])
                turns[last].losesDevice = true
                try target.detached()
            case .attached:
                try await target.pass(until: step.time)
                try await target.attached()
            case .unheard(let report):
                try await target.pass(until: step.time)
                turns[last].unheard.append(Answer(bytes: report, time: step.time, place: step.place))
            case .unanswered, .pulled, .disturbed, .tap, .pending, .payment, .refusal:
                try await target.pass(until: step.time)
            }
        }
        try await target.pass(until: session.end)
        let last = turns.count - 1
        // One wait for all that comes: a device that speaks by itself has never done.
        let due = max(session.end, target.elapsed)
        while turns[last].answered.count < mostAnswers,
            let answer = try await target.awaitInputReport(due: due, next: session.end)
        {
            turns[last].answered.append(Answer(bytes: answer, time: target.elapsed))
        }
        turns[last].isOpen =
            session.steps.last.map { $0.place == turns[last].request?.place } ?? true
            && session.end - (turns[last].request?.time ?? .zero) < patience
        return turns
    }

    /// What the device has said more than was recorded.
    private static func collect(from target: some ReplayTarget, into turn: inout Turn) throws {
        while turn.answered.count < Self.mostAnswers, let answer = try target.inputReport() {
            turn.answered.append(Answer(bytes: answer, time: target.elapsed))
        }
    }
}
