public import BlueTap
internal import WireFormat

/// What a host and a device said to each other, of which only the commands that were made are known, in their order.
public struct Session: Hashable, Sendable {
    /// What the host sent until the device answered, and those answers.
    public struct Turn: Hashable, Sendable {
        public var reports: [[UInt8]]
        public var replies: [[UInt8]]

        public init(reports: [[UInt8]], replies: [[UInt8]] = []) {
            self.reports = reports
            self.replies = replies
        }
    }

    /// A command that was made, and what came of it.
    public struct Label: Hashable, Sendable {
        public var command: Command
        public var result: ResultCode?

        public init(command: Command, result: ResultCode? = nil) {
            self.command = command
            self.result = result
        }
    }

    /// One way to tell which turn was which command.
    struct Reading {
        var samples: [Sample]
        /// What is no command: handshakes, keep-alives.
        var exchanges: [Exchange]
    }

    public var turns: [Turn]
    public var labels: [Label]
    /// Whether the turns' reports are feature reports.
    public var isCommandedByFeature: Bool
    /// Whether their replies are feature reports, which the host reads.
    public var isAnsweredByFeature: Bool

    public init(
        turns: [Turn], labels: [Label], isCommandedByFeature: Bool = false, isAnsweredByFeature: Bool = false
    ) {
        self.turns = turns
        self.labels = labels
        self.isCommandedByFeature = isCommandedByFeature
        self.isAnsweredByFeature = isAnsweredByFeature
    }

    /// Ways to tell which turns were the commands, the likeliest first: hosts ask something before they pay, or again and
    /// again in the same words.
    func readings() throws(LearningError) -> [Reading] {
        let surplus = turns.count - labels.count
        guard !labels.isEmpty else { throw LearningError("the list of commands is empty") }
        guard surplus >= 0 else {
            throw LearningError(
                "the host spoke \(turns.count) times, and \(labels.count) commands are listed: was the capture begun too late?"
            )
        }
        var choices: [Set<Int>] = []
        func add(_ choice: Set<Int>) {
            if choice.count == surplus, !choices.contains(choice) { choices.append(choice) }
        }
        var places: [[[UInt8]]: [Int]] = [:]
        for (index, turn) in turns.enumerated() { places[turn.reports, default: []].append(index) }
        let repeated = places.values.filter { $0.count > 1 }.sorted { ($0.count, $1[0]) > ($1.count, $0[0]) }
        // All of some words that come again and again; what is then left over stands before the first command.
        for subset in 0..<(1 << min(repeated.count, SearchLimit.repeatedWords)) {
            let words = Set(
                repeated.indices.filter { $0 < SearchLimit.repeatedWords && subset >> $0 & 1 == 1 }.flatMap {
                    repeated[$0]
                })
            guard words.count <= surplus else { continue }
            add(words.union(turns.indices.filter { !words.contains($0) }.prefix(surplus - words.count)))
        }
        add(Set(turns.indices.suffix(surplus)))
        return choices.prefix(SearchLimit.sessionReadings).map { reading(without: $0) }
    }

    private func reading(without others: Set<Int>) -> Reading {
        let commands = turns.indices.filter { !others.contains($0) }
        let samples = zip(commands, labels).enumerated().map { number, pair in
            let (index, label) = pair
            return Sample(
                command: label.command, reports: turns[index].reports, replies: turns[index].replies,
                result: label.result,
                name: "command \(number + 1) (\(label.command.kind.rawValue))")
        }
        var exchanges: [Exchange] = []
        for index in others.sorted() {
            // The answer stands behind the last report; the others are taken without one.
            for (number, report) in turns[index].reports.enumerated() {
                let isLast = number == turns[index].reports.count - 1
                let pattern = BytePattern(report)
                let exchange = Exchange(
                    request: isCommandedByFeature ? .setFeature(pattern) : .output(pattern),
                    answers: isLast ? turns[index].replies.map(HexBytes.init) : [])
                if !exchanges.contains(where: { $0.request == exchange.request }) { exchanges.append(exchange) }
            }
        }
        return Reading(samples: samples, exchanges: exchanges)
    }
}

extension Learner {
    /// Learns from a session of which it is not known which report was which command: the reading that explains most.
    public static func learn(
        _ session: Session,
        onProgress: @escaping @Sendable (_ done: Int, _ of: Int, _ what: String) -> Void = { _, _, _ in }
    ) throws(LearningError) -> (lesson: Lesson, samples: [Sample]) {
        var best: (lesson: Lesson, samples: [Sample])?
        for reading in try session.readings() {
            guard var lesson = try? Learner(reading.samples, onProgress: onProgress).learn() else { continue }
            lesson.exchanges = reading.exchanges
            if session.isCommandedByFeature { lesson.outputReport.feature = true }
            if session.isAnsweredByFeature { lesson.inputReport.feature = true }
            if lesson.unexplained.isEmpty && lesson.contradictions.isEmpty { return (lesson, reading.samples) }
            if best.map({ ReadingCost.session(lesson) < ReadingCost.session($0.lesson) }) ?? true {
                best = (lesson, reading.samples)
            }
        }
        guard let best else { throw LearningError("the commands that are listed do not fit what the host sent") }
        return best
    }
}
