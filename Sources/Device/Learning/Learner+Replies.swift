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
        let stages = stages(used.map { samples[$0] }, used.map { commands[$0] }, &lesson)
        let readings = armoured(stages, used.map { samples[$0] }, lesson)
        var best: (lesson: Lesson, cost: Int)?
        for (number, reading) in readings.enumerated() {
            var trial = lesson
            let cost = learn(
                reading, samples, used, commands, drafts, &trial, progress.part(number, of: readings.count))
            if best == nil || cost < best!.cost { best = (trial, cost) }
            if trial.unexplained.count == lesson.unexplained.count { break }
        }
        if let best { lesson = best.lesson }
    }

    /// Learns replies with the layers taken off; returns what the reading costs.
    private func learn(
        _ reading: (stages: [Stage], armour: ArmourCandidate?), _ samples: [Sample], _ used: [Int],
        _ commands: [FramingLearner.Whole], _ drafts: [Command.Kind: Draft], _ lesson: inout Lesson,
        _ progress: SearchProgress
    ) -> Int {
        var cost = (reading.armour?.layers.count ?? 0) * ReadingCost.armourLayer
        if let armour = reading.armour { lesson.take(armour, .input) }
        for (number, stage) in reading.stages.enumerated() {
            let specimens = zip(used, stage.messages).map { index, message in
                var values = samples[index].values
                let kind = samples[index].command.kind
                values[.result] = stage.isLast ? samples[index].result?.rawValue : nil
                let told = drafts[kind]?.values(in: commands[index]) ?? FieldValues()
                values[.sequence] = told[.sequence] ?? told[.counter] ?? commands[index].sequence
                values.opaques = told.opaques.merging(commands[index].opaques) { own, _ in own }
                return Specimen(
                    bytes: message.bytes, values: values, kind: kind, order: samples[index].order,
                    command: commands[index].bytes, sequenceSize: drafts[kind]?.sequenceSize, end: message.bytes.count,
                    isSizeTold: message.isSizeTold)
            }
            cost += learn(
                stage, specimens, like: drafts, &lesson,
                progress.part(number, of: reading.stages.count))
        }
        return cost
    }

    /// What all devices say at one time: a first "received", or the reply.
    struct Stage {
        var messages: [FramingLearner.Whole]
        let framing: FramingLayout?
        let isLast: Bool
        /// What may stand behind the messages where layers were taken off, and the size of all with it.
        var inside: (size: Int, padding: UInt8?)?
    }

    /// What the replies are put together to; none where they do not go together.
    private func stages(
        _ samples: [Sample], _ commands: [FramingLearner.Whole], _ lesson: inout Lesson
    ) -> [Stage] {
        let replies = samples.map(\.replies)
        let counts = Set(replies.map(\.count))
        let learner = FramingLearner(
            messages: replies, kinds: samples.map(\.command.kind), texts: samples.map(\.texts),
            side: lesson.inputReport)
        // What headers repeat is the command's.
        func repeats(_ result: FramingLearner.Result) -> Bool {
            zip(result.messages, commands).allSatisfy { $0.repeats($1) }
        }
        func plain(_ index: Int, isLast: Bool) -> Stage {
            let messages = replies.map { FramingLearner.Whole(bytes: $0[index], isSizeTold: false) }
            return Stage(messages: messages, framing: nil, isLast: isLast)
        }
        let twoReplies = counts == [2] ? { [plain(0, isLast: false), plain(1, isLast: true)] } : nil
        var framed: FramingLearner.Result?
        if let model = lesson.framing[.output] { framed = learner.find(like: model).flatMap { repeats($0) ? $0 : nil } }
        if framed == nil {
            if counts == [1] { return [plain(0, isLast: true)] }
            // Devices that get commands in one report answer in one: the first says "received", the second how it fared.
            if let twoReplies, lesson.framing[.output] == nil { return twoReplies() }
            framed = learner.find(isUniform: false).first(where: repeats)
        }
        if framed == nil {
            if let twoReplies { return twoReplies() }
            framed = learner.find(isUniform: true).first(where: repeats)
        }
        guard let framed else {
            lesson.unexplained.append(
                "the replies have \(counts.sorted().map(String.init).joined(separator: " or ")) reports, which do not go together"
            )
            return []
        }
        lesson.take(framed, .input)
        return [Stage(messages: framed.messages, framing: framed.framing, isLast: true)]
    }

    /// The layouts of what devices say at one time.
    private func learn(
        _ stage: Stage, _ specimens: [Specimen], like commands: [Command.Kind: Draft], _ lesson: inout Lesson,
        _ progress: SearchProgress
    ) -> Int {
        let side = lesson.inputReport
        let plain = (
            size: stage.framing == nil ? side.size : 0,
            padding: stage.framing?.tellsSize == true ? nil : side.padding?.bytes.first
        )
        let inside = stage.inside ?? plain
        let (found, alternatives) = replyDrafts(
            specimens, like: commands, size: inside.size, padding: inside.padding, progress)
        var cost = 0
        for kind in Command.Kind.allCases where specimens.contains(where: { $0.kind == kind }) {
            cost += found[kind]?.cost ?? ReadingCost.noLayout
            guard let draft = found[kind] else {
                lesson.isPoor = true
                lesson.unexplained.append("no layout was found that gives back every reply to \(kind.rawValue)")
                continue
            }
            if stage.isLast {
                lesson.replies[kind] = draft.message
            } else {
                lesson.acknowledgements[kind] = draft.message
            }
            // A number that replies repeat is no counter of the host's own.
            if draft.layout.sequenceField != nil { lesson.commands[kind]?.countIsRepeated("replies repeat it") }
            add(
                draft, alternatives[kind] ?? [],
                "\(stage.isLast ? "replies" : "acknowledgements").\(kind.rawValue)", [], to: &lesson)
        }
        return cost
    }

    static let wantedOfReplies: [FieldLayout.Value] = [
        .sequence, .result, .paymentMethod, .orderID, .amount, .expiryTime,
    ]

    /// The layouts of all replies.
    private func replyDrafts(
        _ specimens: [Specimen], like commands: [Command.Kind: Draft], size: Int, padding: UInt8?,
        _ progress: SearchProgress
    ) -> (drafts: [Command.Kind: Draft], alternatives: [Command.Kind: [Draft]]) {
        if let drafts = documentReplies(specimens, like: commands, size: size, padding: padding) {
            return (drafts, [:])
        }
        // Those to all commands are mostly built alike: together they say more.
        let kinds = Set(specimens.map(\.kind))
        var common: Draft?
        if kinds.count > 1 {
            common =
                MessageLearner(
                    specimens: specimens, neighbours: [], wanted: Self.wantedOfReplies, reportSize: size,
                    padding: padding,
                    isEchoed: { _ in false }, progress: progress.part(0, of: 2)
                ).drafts().first
        }
        func all(_ draft: Draft) -> [Command.Kind: Draft] {
            Dictionary(uniqueKeysWithValues: kinds.map { ($0, draft) })
        }
        if let common, common.isComplete { return (all(common), [:]) }
        var (drafts, alternatives) = self.drafts(
            specimens, size: size, padding: padding, isReply: true, progress.part(1, of: 2)
        ) { _, _ in false }
        // One layout of which something is unknown is better than several of which as much is.
        let unknown = kinds.map { drafts[$0]?.unexplained ?? .max }.max() ?? 0
        if let common, common.missing.isEmpty, common.unexplained <= unknown { return (all(common), [:]) }
        drafts.shareResults()
        return (drafts, alternatives)
    }
}

extension LearnedMessage {
    fileprivate mutating func countIsRepeated(_ reason: String) {
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
        for draft in values {
            for field in draft.layout {
                guard case .enumeration(.result, let table) = field.content else { continue }
                if whole.contains(where: { table[$0.key] != nil && table[$0.key] != $0.value }) { return }
                whole.merge(table) { first, _ in first }
            }
        }
        guard Set(whole.values).count == whole.count else { return }
        for kind in keys {
            for index in self[kind]!.findings.indices {
                if case .enumeration(.result, _) = self[kind]!.findings[index].field.content {
                    self[kind]!.findings[index].field.content = .enumeration(.result, whole)
                }
            }
        }
    }
}
