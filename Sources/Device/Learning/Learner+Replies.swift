internal import BlueTap
internal import WireFormat

// What devices answer, and what of the command they repeat.
extension Learner {
    func learnReplies(
        _ samples: [Sample], _ commands: [FramingLearner.Whole], _ drafts: [Command.Kind: Draft],
        _ lesson: inout Lesson,
        _ progress: SearchProgress
    ) throws(LearningError) {
        let indices = samples.indices.filter { !samples[$0].replies.isEmpty }
        guard !indices.isEmpty else {
            // What commands do, replies do.
            lesson.armour[.input] = lesson.armour[.output]
            lesson.gaps.append("no sample has a reply: `bluetap profile probe` finds what the host accepts")
            for kind in lesson.commands.keys { lesson.commands[kind]?.countIsRepeated("replies may repeat it") }
            return
        }
        if indices.allSatisfy({ samples[$0].result == nil }) {
            lesson.gaps.append("no sample says what its reply meant: add `result` to those whose result you know")
        }
        let labelled = indices.filter { samples[$0].result != nil }
        let used = labelled.isEmpty ? indices : labelled
        let own = used.map { samples[$0] }
        let told = used.map { index in
            var told = drafts[samples[index].command.kind]?.values(in: commands[index]) ?? FieldValues()
            told.opaques.merge(commands[index].opaques) { own, _ in own }
            told[.sequence] = told[.sequence] ?? told[.counter] ?? commands[index].sequence
            return Told(
                values: told, message: commands[index].bytes,
                sequenceSize: drafts[samples[index].command.kind]?.sequenceSize)
        }
        var best: (lesson: Lesson, cost: Int)?
        let ways = courses(own, used.map { commands[$0] }, lesson)
        for (place, courses) in ways.enumerated() {
            for course in courses() {
                var start = lesson
                if let framing = course.framing { start.take(framing, .input) }
                let readings = armoured(course.stages, own, start)
                for (number, reading) in readings.enumerated() {
                    var trial = start
                    let progress = progress.part(place, of: ways.count).part(number, of: readings.count)
                    let cost = learn(reading, own, told, drafts, &trial, progress)
                    if best == nil || cost < best!.cost { best = (trial, cost) }
                    guard trial.unexplained.count > lesson.unexplained.count else {
                        lesson = best!.lesson
                        return
                    }
                }
            }
        }
        if let best {
            lesson = best.lesson
        } else {
            let counts = Set(own.map(\.replies.count)).sorted().map(String.init)
            lesson.unexplained.append(
                "the replies have \(counts.joined(separator: " or ")) reports, which do not go together")
        }
    }

    /// What is known of the command that a reply answers.
    struct Told {
        var values: FieldValues
        var message: [UInt8]
        var sequenceSize: Int?
    }

    /// Learns replies with the layers taken off; returns what the reading costs.
    private func learn(
        _ reading: (stages: [Stage], armour: ArmourCandidate?), _ samples: [Sample], _ told: [Told],
        _ drafts: [Command.Kind: Draft], _ lesson: inout Lesson, _ progress: SearchProgress
    ) -> Int {
        var cost = (reading.armour?.layers.count ?? 0) * ReadingCost.armourLayer
        if let armour = reading.armour { lesson.take(armour, .input) }
        for (number, stage) in reading.stages.enumerated() {
            cost += learn(
                stage, samples, told, like: drafts, &lesson, progress.part(number, of: reading.stages.count))
        }
        return cost
    }

    /// Ways to tell what all replies are, the likeliest first; none where they do not go together.
    private func courses(
        _ samples: [Sample], _ commands: [FramingLearner.Whole], _ lesson: Lesson
    ) -> [() -> [Course]] {
        let replies = samples.map(\.replies)
        let learner = FramingLearner(
            messages: replies, kinds: samples.map(\.command.kind), texts: samples.map(\.texts),
            side: lesson.inputReport)
        /// What headers repeat is the command's.
        func framed(_ results: [FramingLearner.Result]) -> [Course] {
            let fitting = results.first { zip($0.messages, commands).allSatisfy { $0.repeats($1) } }
            return fitting.map { [Course($0)] } ?? []
        }
        let like = lesson.framing[.output].flatMap { learner.find(like: $0) }.map { [$0] } ?? []
        if case let courses = framed(like), !courses.isEmpty { return [{ courses }] }
        if replies.allSatisfy({ $0.count == 1 }) {
            let messages = replies.enumerated().map { sample, reports in
                Stage.Message(
                    sample: sample, whole: FramingLearner.Whole(bytes: reports[0], isSizeTold: false))
            }
            return [{ [Course(stages: [Stage(role: .reply, messages: messages)])] }]
        }
        // Devices that get commands in one report answer in one.
        let isFramed = lesson.framing[.output] != nil
        return (isFramed ? [{ framed(learner.find(isUniform: false)) }] : [])
            + [{ self.courses(inSteps: replies) }, { framed(learner.find(isUniform: true)) }]
    }

    static let wantedOfReplies: [FieldLayout.Value] = [
        .sequence, .result, .paymentMethod, .orderID, .amount, .expiryTime,
    ]

    /// The layouts of all replies.
    func replyDrafts(
        _ specimens: [Specimen], like commands: [Command.Kind: Draft],
        wanted: [FieldLayout.Value] = wantedOfReplies, size: Int, padding: UInt8?, _ progress: SearchProgress,
        structures: [Structure]? = nil
    ) -> (drafts: [Command.Kind: Draft], alternatives: [Command.Kind: [Draft]]) {
        if let drafts = documentReplies(specimens, like: commands, size: size, padding: padding) {
            return (drafts, [:])
        }
        let checks = Command.Kind.allCases.flatMap { commands[$0]?.layout.checks ?? [] }
        // Those to all commands are mostly built alike: together they say more.
        let kinds = Set(specimens.map(\.kind))
        var common: Draft?
        if kinds.count > 1 {
            var learner = MessageLearner(
                specimens: specimens, neighbours: [], wanted: wanted, reportSize: size, padding: padding,
                isEchoed: { _ in false }, progress: progress.part(0, of: 2), hints: checks)
            if let structures { learner.structures = structures }
            common = learner.drafts().first
        }
        func all(_ draft: Draft) -> [Command.Kind: Draft] {
            Dictionary(uniqueKeysWithValues: kinds.map { ($0, draft) })
        }
        if let common, common.isComplete { return (all(common), [:]) }
        var (drafts, alternatives) = self.drafts(
            specimens, size: size, padding: padding, isReply: true, hints: checks, progress.part(1, of: 2),
            wanted: wanted, structures: structures
        ) { _, _ in false }
        // One layout of which something is unknown is better than several of which as much is.
        let unknown = kinds.map { drafts[$0]?.unexplained ?? .max }.max() ?? 0
        if let common, common.missing.isEmpty, common.unexplained <= unknown { return (all(common), [:]) }
        drafts.shareResults()
        return (drafts, alternatives)
    }
}

extension LearnedMessage {
    mutating func countIsRepeated(_ reason: String) {
        guard layout.sequenceField == nil else { return }
        for index in layout.indices where layout[index].values.contains(.counter) {
            layout[index] = layout[index].withSequence
            evidence[index] = evidence[index].replacing(
                "goes up by one with each message", with: "goes up by one with each message, and \(reason)")
        }
    }
}

extension FieldLayout {
    /// The same with a sequence number for a counter.
    fileprivate var withSequence: FieldLayout {
        mapped { field in
            if case .integer(.counter, let format) = field.content { field.content = .integer(.sequence, format) }
        }
    }
}

extension Draft {
    var message: LearnedMessage {
        LearnedMessage(layout: layout, evidence: findings.map(\.evidence))
    }

    /// What a message carries besides the command.
    fileprivate func values(in whole: FramingLearner.Whole) -> FieldValues? {
        guard let message = try? GeneralMessage(layout, size: whole.bytes.count, padding: 0, path: []) else {
            return nil
        }
        var reader = MessageReader(message, bytes: whole.bytes)
        _ = try? reader.read()
        return reader.values
    }

    fileprivate var sequenceSize: Int? { layout.sequenceField?.fixedSize }
}

extension [Command.Kind: Draft] {
    /// Replies of one build have one table of result codes, whatever they answer.
    fileprivate mutating func shareResults() {
        var whole: [String: HexBytes] = [:]
        var isShared = true
        for draft in values {
            for field in draft.layout {
                field.visit { field in
                    guard case .enumeration(.result, let table) = field.content else { return }
                    if whole.contains(where: { table[$0.key] != nil && table[$0.key] != $0.value }) { isShared = false }
                    whole.merge(table) { first, _ in first }
                }
            }
        }
        guard isShared, Set(whole.values).count == whole.count else { return }
        let isOfOneSize = Set(whole.values.map(\.bytes.count)).count == 1
        for kind in keys {
            for index in self[kind]!.findings.indices {
                self[kind]!.findings[index].field = self[kind]!.findings[index].field.mapped { field in
                    guard case .enumeration(.result, _) = field.content, isOfOneSize || field.fixedSize == nil else {
                        return
                    }
                    field.content = .enumeration(.result, whole)
                }
            }
        }
    }
}
