internal import BlueTap
internal import WireFormat

// Replies in steps: a first "received", "working" as often as the device likes, and how it fared.
extension Learner {
    /// What all devices say at one time.
    struct Stage {
        enum Role: Hashable {
            case acknowledgement
            /// Said so often; most devices said it so often.
            case step(ClosedRange<Int>, usual: Int)
            case reply
        }

        /// A message, and how many of its step came before it.
        struct Message {
            /// Its sample's place among those that are learned from.
            var sample: Int
            var whole: FramingLearner.Whole
            var number = 0
        }

        var role: Role
        var messages: [Message]
        var framing: FramingLayout?
        /// What may stand behind the messages where layers were taken off, and the size of all with it.
        var inside: (size: Int, padding: UInt8?)?
    }

    /// One way to tell what all reports of the device are.
    struct Course {
        var framing: FramingLearner.Result?
        var stages: [Stage]

        /// Every reply is one message.
        init(_ framing: FramingLearner.Result) {
            self.framing = framing
            let messages = framing.messages.enumerated().map { Stage.Message(sample: $0.offset, whole: $0.element) }
            stages = [Stage(role: .reply, messages: messages, framing: framing.framing)]
        }

        init(stages: [Stage]) {
            self.stages = stages
        }
    }

    /// The ways to take each report for a message: the last is the reply, the first says "received" where there are always
    /// two or more, and what stands between is said once or several times. None where all have one.
    func courses(inSteps replies: [[[UInt8]]]) -> [Course] {
        guard let least = replies.map(\.count).min(), let most = replies.map(\.count).max(), most > 1,
            most <= SearchLimit.replySteps
        else { return [] }
        func message(_ sample: Int, _ place: Int, _ number: Int = 0) -> Stage.Message {
            Stage.Message(
                sample: sample, whole: FramingLearner.Whole(bytes: replies[sample][place], isSizeTold: false),
                number: number)
        }
        var ends: (first: [Stage], last: [Stage]) = ([], [])
        ends.last = [Stage(role: .reply, messages: replies.indices.map { message($0, replies[$0].count - 1) })]
        if least > 1 { ends.first = [Stage(role: .acknowledgement, messages: replies.indices.map { message($0, 0) })] }
        let start = least > 1 ? 1 : 0
        let middles = replies.map { Array($0[start..<($0.count - 1)]) }
        if middles.allSatisfy(\.isEmpty) { return [Course(stages: ends.first + ends.last)] }
        // Those that belong to a step, by their places among the middle ones of each sample.
        var ways = [[middles.map { Array($0.indices) }]]
        ways += blocks(middles)
        if least == most { ways.append(middles[0].indices.map { place in middles.map { _ in [place] } }) }
        return ways.map { steps in
            let stages = steps.map { places in
                let counts = places.map(\.count)
                var times: [Int: Int] = [:]
                for count in counts { times[count, default: 0] += 1 }
                let usual = times.max { ($0.value, $1.key) < ($1.value, $0.key) }?.key ?? 1
                return Stage(
                    role: .step((counts.min() ?? 0)...(counts.max() ?? 0), usual: usual),
                    messages: places.enumerated().flatMap { sample, places in
                        places.enumerated().map { message(sample, start + $0.element, $0.offset) }
                    })
            }
            return Course(stages: ends.first + stages + ends.last)
        }
    }

    /// Ways to part what stands between by one byte: all with one value come before all with another.
    private func blocks(_ middles: [[[UInt8]]]) -> [[[[Int]]]] {
        guard let size = middles.joined().map(\.count).min() else { return [] }
        var ways: [[[[Int]]]] = []
        for column in 0..<size {
            let rows = middles.map { $0.map { $0[column] } }
            let longest = rows.max { Set($0).count < Set($1).count } ?? []
            var order: [UInt8] = []
            for byte in longest where order.last != byte { order.append(byte) }
            guard (2...SearchLimit.differentSteps).contains(order.count), Set(order).count == order.count,
                Set(rows.joined()).isSubset(of: order)
            else { continue }
            let isSorted = rows.allSatisfy { row in
                let ranks = row.compactMap { order.firstIndex(of: $0) }
                return ranks == ranks.sorted()
            }
            guard isSorted else { continue }
            ways.append(order.map { byte in rows.map { row in row.indices.filter { row[$0] == byte } } })
        }
        return Array(ways.prefix(SearchLimit.stepWays))
    }

    /// Learns one stage into the lesson; returns what it costs.
    func learn(
        _ stage: Stage, _ samples: [Sample], _ told: [Told], like commands: [Command.Kind: Draft],
        _ lesson: inout Lesson, _ progress: SearchProgress
    ) -> Int {
        let kinds = Command.Kind.allCases.filter { kind in
            stage.messages.contains { samples[$0.sample].command.kind == kind }
        }
        // What goes before a reply is mostly short, and has nothing that tells one from the next.
        let isNumbered = stage.messages.contains { $0.number > 0 }
        var tries: [(first: Int?, structures: [Structure]?)] = [(nil, nil)]
        if stage.role != .reply { tries = [(nil, [.fixed])] + tries }
        if isNumbered { tries = [(nil, [.fixed]), (0, [.fixed]), (1, [.fixed]), (nil, nil), (0, nil), (1, nil)] }
        var found: [Command.Kind: Draft] = [:]
        var alternatives: [Command.Kind: [Draft]] = [:]
        var first = 0
        for attempt in tries {
            let result = drafts(
                stage, samples, told, like: commands, lesson.inputReport, first: attempt.first, attempt.structures,
                progress)
            let isComplete = kinds.allSatisfy { result.drafts[$0]?.isComplete ?? false }
            // Of those that are not, the one without a number is kept.
            guard isComplete || attempt.first == nil && attempt.structures == nil else { continue }
            (found, alternatives) = result
            first = attempt.first ?? 0
            if isComplete { break }
        }
        var cost = 0
        var messages: [Command.Kind: LearnedMessage] = [:]
        for kind in kinds {
            cost += found[kind]?.cost ?? ReadingCost.noLayout
            guard let draft = found[kind] else {
                lesson.isPoor = true
                lesson.unexplained.append(
                    "no layout was found that gives back every \(stage.role.name) \(kind.rawValue)")
                continue
            }
            messages[kind] = draft.message
            // A number that replies repeat is no counter of the host's own.
            if draft.layout.sequenceField != nil { lesson.commands[kind]?.countIsRepeated("replies repeat it") }
            add(draft, alternatives[kind] ?? [], "\(stage.role.key).\(kind.rawValue)", [], to: &lesson)
        }
        switch stage.role {
        case .acknowledgement: lesson.acknowledgements = messages
        case .reply: lesson.replies = messages
        case .step(let known, let usual):
            // Who is at work with one command is so with another, whatever no sample shows.
            if messages.count == 1, let message = messages.values.first, message.isSameForAll, known.lowerBound == 0 {
                for kind in Set(samples.map(\.command.kind)) { messages[kind] = message }
            }
            lesson.steps.append(LearnedStep(messages: messages, count: usual, known: known, first: first))
        }
        return cost
    }

    /// The layouts of one stage.
    ///
    /// - Parameter first: the running number of the first of a step; nil: they have none.
    private func drafts(
        _ stage: Stage, _ samples: [Sample], _ told: [Told], like commands: [Command.Kind: Draft],
        _ side: ReportLayout, first: Int?, _ structures: [Structure]?, _ progress: SearchProgress
    ) -> (drafts: [Command.Kind: Draft], alternatives: [Command.Kind: [Draft]]) {
        let specimens = stage.messages.map { message in
            let sample = samples[message.sample]
            let told = told[message.sample]
            var values = sample.values
            values[.result] = stage.role == .reply ? sample.result?.rawValue : nil
            values[.sequence] = told.values[.sequence]
            values.opaques = told.values.opaques
            if let first { values.set(.step, first + message.number) }
            return Specimen(
                bytes: message.whole.bytes, values: values, kind: sample.command.kind, order: sample.order,
                command: told.message, sequenceSize: told.sequenceSize, end: message.whole.bytes.count,
                isSizeTold: message.whole.isSizeTold)
        }
        let plain = (
            size: stage.framing == nil ? side.size : 0,
            padding: stage.framing?.tellsSize == true ? nil : side.padding?.bytes.first
        )
        let inside = stage.inside ?? plain
        return replyDrafts(
            specimens, like: commands, wanted: Self.wantedOfReplies + (first == nil ? [] : [.step]), size: inside.size,
            padding: inside.padding, progress, structures: structures)
    }
}

extension Learner.Stage.Role {
    /// In a profile.
    fileprivate var key: String {
        switch self {
        case .acknowledgement: "acknowledgements"
        case .step: "steps"
        case .reply: "replies"
        }
    }

    /// "reply to"
    fileprivate var name: String {
        switch self {
        case .acknowledgement: "acknowledgement of"
        case .step: "step before the reply to"
        case .reply: "reply to"
        }
    }
}

extension LearnedMessage {
    /// Whether nothing in it depends on the command but its number.
    fileprivate var isSameForAll: Bool {
        layout.allSatisfy { field in
            if case .echo = field.content { return false }
            return field.opaqueNames.isEmpty && Set(field.values).isSubset(of: [.sequence, .step, .counter, .time])
        }
    }
}
