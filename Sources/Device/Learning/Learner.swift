internal import BlueTap
internal import WireFormat

/// Works a wire format out from samples.
///
/// It makes layouts that could be, and keeps those that read every sample as what it is and write it back to the byte. Of
/// these it takes the simplest, and says which others fit as well.
public struct Learner: Sendable {
    let samples: [Sample]
    let onProgress: @Sendable (_ done: Int, _ of: Int, _ what: String) -> Void
    /// What the search has taken so far is a difference of two.
    private let now: @Sendable () -> Duration

    /// - Parameter now: the time that limits a search: the processor's, so that others at work do not change what is found.
    public init(
        _ samples: [Sample],
        onProgress: @escaping @Sendable (_ done: Int, _ of: Int, _ what: String) -> Void = { _, _, _ in },
        now: @escaping @Sendable () -> Duration = ProcessorTime.ofThread
    ) {
        self.now = now
        self.samples = samples.enumerated().map { index, sample in
            var sample = sample
            sample.order = index
            return sample
        }
        self.onProgress = onProgress
    }

    public func learn() throws(LearningError) -> Lesson {
        do {
            var lesson = try lesson()
            lesson.nextQuestion = Interview(samples, lesson).next
            return lesson
        } catch var error {
            if samples.contains(where: { !$0.reports.isEmpty }) { error.nextQuestion = Interview(samples, nil).next }
            throw error
        }
    }

    private func lesson() throws(LearningError) -> Lesson {
        guard !samples.isEmpty else { throw LearningError("there are no samples") }
        guard samples.count <= SearchLimit.samples else {
            throw LearningError("there are \(samples.count) samples: \(SearchLimit.samples) at most")
        }
        for sample in samples {
            guard !sample.reports.isEmpty else { throw LearningError("\(sample.name) has no reports") }
            for report in sample.reports + sample.replies
            where report.isEmpty || report.count > SearchLimit.reportSize {
                throw LearningError(
                    "\(sample.name) has a report of \(report.count) bytes: 1 to \(SearchLimit.reportSize)")
            }
        }
        guard samples.contains(where: { $0.command.kind == .pay }) else {
            throw LearningError("no sample is a pay: there is nothing to learn")
        }
        let start = now()
        let progress = SearchProgress(onProgress) { [now] in now() - start > SearchLimit.time }
        defer { progress.end() }
        let whole = Result { () throws(LearningError) in try learn(samples, progress) }
        // What no sample shows is not to be blamed on some of them.
        if case .success(let lesson) = whole, !lesson.isPoor { return lesson }
        guard samples.count >= ReadingEvidence.samplesForContradiction else { return try whole.get() }
        // Where hardly any label fits, all may have been moved.
        let isForeign = (try? whole.get())?.isForeign ?? false
        // Who is to blame takes many searches: they have a time of their own.
        let limit = SearchLimit.time + SearchLimit.timeForContradictions
        let search = SearchProgress(onProgress) { [now] in now() - start > limit }
        guard let lesson = isForeign ? movedLabels(search) : contradictions(search) else { return try whole.get() }
        return lesson
    }

    // MARK: Both directions

    /// - Parameter isSearching: whether a lesson that is poor is good for nothing, and need not be whole.
    func learn(
        _ samples: [Sample], _ progress: SearchProgress = .silent, isSearching: Bool = false
    ) throws(LearningError) -> Lesson {
        let output = side(samples.map(\.reports))
        let replies = samples.map(\.replies)
        // What nobody saw is taken to be padded as commands are.
        let unseen = ReportLayout(size: output.size, padding: output.padding?.bytes.first ?? 0)
        let input = replies.allSatisfy(\.isEmpty) ? unseen : side(replies)
        var lesson = Lesson(outputReport: output, inputReport: input)
        lesson.outputReport.widen(samples.map(\.reports))
        lesson.inputReport.widen(replies)

        // Commands.
        let isFramed = samples.contains { $0.reports.count > 1 }
        var best:
            (
                framing: FramingLearner.Result?, drafts: [Command.Kind: Draft], messages: [FramingLearner.Whole],
                alternatives: [Command.Kind: [Draft]], armour: ArmourCandidate?, cost: Int
            )?
        let commands = progress.part(0, of: 2, "commands")
        let options = framings(samples, isFramed, output).flatMap { armoured($0, samples) }
        for (number, option) in options.enumerated() {
            if best != nil, commands.isLate { break }
            let echoing = option.armour.map { opened(samples, $0, framing: option.framing?.framing, input) } ?? samples
            let specimens = samples.indices.map { index in
                Specimen(
                    bytes: option.messages[index].bytes, values: samples[index].values,
                    kind: samples[index].command.kind, order: samples[index].order,
                    end: option.messages[index].bytes.count, isSizeTold: option.messages[index].isSizeTold)
            }
            let (drafts, alternatives) = drafts(
                specimens, size: option.size, padding: option.padding, isReply: false,
                commands.part(number, of: options.count)
            ) { kind, rows in
                isEchoed(rows, in: echoing.filter { $0.command.kind == kind })
            }
            let cost = cost(drafts, samples) + (option.armour?.layers.count ?? 0) * ReadingCost.armourLayer
            if best == nil || cost < best!.cost {
                best = (option.framing, drafts, option.messages, alternatives, option.armour, cost)
            }
            // What is understood needs no framing and no layers that are less likely.
            let kinds = Set(samples.map(\.command.kind))
            if kinds.allSatisfy({ drafts[$0]?.isComplete == true }) { break }
        }
        guard let best else {
            throw LearningError("the reports of one command do not go together: no header says where a message ends")
        }
        if let framing = best.framing {
            lesson.take(framing, .output)
            lesson.doubts += framing.framing.doubts(isCut: isFramed)
            if let count = framing.framing.reports {
                lesson.gaps.append(
                    "every command has \(count) reports: send the shortest and the longest there are, without and with everything"
                )
            }
        }
        take(best.armour, best.messages, samples, &lesson)
        for kind in Command.Kind.allCases where samples.contains(where: { $0.command.kind == kind }) {
            let own = samples.indices.filter { samples[$0].command.kind == kind }
            let messages = own.map { (best.messages[$0].bytes, samples[$0].values) }
            guard let draft = best.drafts[kind] else {
                lesson.isPoor = true
                lesson.isForeign = lesson.isForeign || Self.values(of: kind).contains { isForeign($0, in: messages) }
                lesson.unexplained.append("no layout was found that gives back every \(kind.rawValue)")
                continue
            }
            lesson.isForeign =
                lesson.isForeign || draft.missing.contains { isForeign($0, in: messages) }
                || (draft.structure == .fixed && draft.missing.contains(.paymentMethod) && !hasNearlyCodes(messages))
            lesson.commands[kind] = draft.message
            add(
                draft, best.alternatives[kind] ?? [], "commands.\(kind.rawValue)", own.map { samples[$0] }, to: &lesson)
        }
        lesson.isForeign = lesson.isForeign || areRiddles(best.drafts)
        if isSearching, lesson.isPoor { return lesson }
        try learnReplies(
            samples, best.messages, best.drafts, &lesson, progress.part(1, of: 2, "replies"))
        addGaps(samples, &lesson)
        return lesson
    }

    /// Whether all values are there, and bytes of every sort are not explained: a wrong label is wrong of one command, and a
    /// value is missing then.
    private func areRiddles(_ drafts: [Command.Kind: Draft]) -> Bool {
        drafts.count > 1 && drafts.values.allSatisfy { $0.missing.isEmpty && $0.unexplained > 0 }
    }

    private func cost(_ drafts: [Command.Kind: Draft], _ samples: [Sample]) -> Int {
        Set(samples.map(\.command.kind)).reduce(0) { $0 + (drafts[$1]?.cost ?? ReadingCost.noLayout) }
    }

    /// Size and padding of one direction's reports.
    private func side(_ messages: [[[UInt8]]]) -> ReportLayout {
        let reports = messages.flatMap(\.self)
        let size = reports.map(\.count).max() ?? 1
        let sizes = Self.sizesByID(reports)
        guard sizes != nil || reports.allSatisfy({ $0.count == size }) else { return ReportLayout(size: size) }
        // A report that others follow is full: what fills the room stands in the last ones.
        let ends = messages.compactMap(\.last).compactMap(\.last)
        let counts = Dictionary(ends.map { ($0, 1) }, uniquingKeysWith: +)
        let common = counts.filter { [0x00, 0xFF, 0x20].contains($0.key) }.max {
            ($0.value, $1.key) < ($1.value, $0.key)
        }
        return ReportLayout(size: size, padding: common?.key, sizes: sizes)
    }

    /// The sizes of reports by their IDs, where each has one and they differ.
    private static func sizesByID(_ reports: [[UInt8]]) -> [ReportLayout.IdentifiedSize]? {
        var sizes: [UInt8: [Int]] = [:]
        for report in reports { sizes[report.first ?? 0, default: []].append(report.count) }
        guard Set(reports.map(\.count)).count > 1, sizes.count <= SearchLimit.reportIDs,
            sizes.values.allSatisfy({ Set($0).count == 1 && $0.count >= ReadingEvidence.reportsOfAnID })
        else { return nil }
        return sizes.sorted { $0.key < $1.key }.map { ReportLayout.IdentifiedSize(id: $0.key, size: $0.value[0]) }
    }

    struct Option {
        var framing: FramingLearner.Result?
        var messages: [FramingLearner.Whole]
        var size: Int
        var padding: UInt8?
        /// The layers that were taken off.
        var armour: ArmourCandidate?
    }

    /// Ways to put the reports of each command together.
    private func framings(_ samples: [Sample], _ isFramed: Bool, _ side: ReportLayout) -> [Option] {
        let reports = samples.map(\.reports)
        let learner = FramingLearner(
            messages: reports, kinds: samples.map(\.command.kind), texts: samples.map(\.texts), side: side)
        func option(_ result: FramingLearner.Result) -> Option {
            Option(
                framing: result, messages: result.messages, size: 0,
                padding: result.framing.tellsSize ? nil : side.padding?.bytes.first)
        }
        guard isFramed else {
            let plain = Option(
                framing: nil, messages: reports.map { FramingLearner.Whole(bytes: $0[0], isSizeTold: false) },
                size: side.size, padding: side.padding?.bytes.first)
            return learner.findSingle().map(option) + [plain]
        }
        return learner.find(isUniform: true).likeliest.map(option)
    }

    /// The layouts of all sorts of messages of one direction.
    func drafts(
        _ specimens: [Specimen], size: Int, padding: UInt8?, isReply: Bool, hints: [ChecksumField] = [],
        _ progress: SearchProgress, wanted replyValues: [FieldLayout.Value] = wantedOfReplies,
        structures: [Structure]? = nil,
        isEchoed: @escaping (Command.Kind, [ArraySlice<UInt8>]) -> Bool
    ) -> (drafts: [Command.Kind: Draft], alternatives: [Command.Kind: [Draft]]) {
        var drafts: [Command.Kind: Draft] = [:]
        var alternatives: [Command.Kind: [Draft]] = [:]
        // The sort with the most samples says the most.
        let kinds = Command.Kind.allCases.sorted { left, right in
            specimens.count { $0.kind == left } > specimens.count { $0.kind == right }
        }
        for (number, kind) in kinds.enumerated() {
            let own = specimens.filter { $0.kind == kind }
            guard !own.isEmpty else { continue }
            let wanted = isReply ? replyValues : Self.values(of: kind)
            let model = drafts.values.first
            var learner = MessageLearner(
                specimens: own, neighbours: specimens.filter { $0.kind != kind }, wanted: wanted, reportSize: size,
                padding: padding, isEchoed: { isEchoed(kind, $0) }, model: model,
                progress: progress.part(number, of: kinds.count, kind.rawValue), hints: hints)
            var found: [Draft] = []
            // Few messages can be many things: that they are built as the others is looked at first.
            if let model {
                learner.structures = [model.structure]
                found = learner.drafts().filter(\.isComplete)
                learner.structures = [.fixed] + Structure.candidates
            }
            if let structures { learner.structures = structures }
            if found.isEmpty { found = learner.drafts() }
            // The number has one size in all messages.
            if let size = model?.layout.sequenceField?.fixedSize {
                let alike = found.filter { $0.layout.sequenceField.map { $0.fixedSize == size } ?? true }
                if alike.contains(where: \.isComplete) { found = alike }
            }
            guard var first = found.first else { continue }
            if let unread = learner.withUnread(first) { first = unread }
            drafts[kind] = first
            let close = found.dropFirst().filter { $0.cost <= first.cost + ReadingCost.rivalSlack }
            alternatives[kind] = Array(close.prefix(SearchLimit.alternatives))
        }
        return (drafts, alternatives)
    }

    /// What a command carries.
    private static func values(of kind: Command.Kind) -> [FieldLayout.Value] {
        kind == .pay ? [.paymentMethod, .orderID, .amount, .expiryTime] : [.orderID]
    }

    /// Whether messages carry a value in a way that is not known: hardly one has it as text, or as a number of any form.
    private func isForeign(_ value: FieldLayout.Value, in messages: [([UInt8], FieldValues)]) -> Bool {
        guard value != .paymentMethod else { return false }
        var given = 0
        var found = 0
        for (bytes, values) in messages {
            guard let text = values[value] else { continue }
            let ways =
                RegionLearner.numberFormats.compactMap { format in
                    format.number(of: text).flatMap { format.bytes($0, size: nil) }
                }
                + (value.isNumber
                    ? [] : TextFormat.Characters.allCases.map { TextFormat(characters: $0).encoded(text) })
            // A single byte may stand anywhere by chance.
            guard ways.allSatisfy({ $0.count > 1 }) else { continue }
            given += 1
            if Set(ways).contains(where: { bytes.firstPlace(of: $0, from: 0, to: bytes.count) != nil }) { found += 1 }
        }
        return given >= ReadingEvidence.messagesForForeign && ReadingEvidence.isHardlyAny(found, of: given)
    }

    /// Whether some column has one byte for most messages of each method, as it would if few of them were mislabelled.
    private func hasNearlyCodes(_ messages: [([UInt8], FieldValues)]) -> Bool {
        let size = messages.map(\.0.count).min() ?? 0
        return (0..<size).contains { column in
            var counts: [String: [UInt8: Int]] = [:]
            for (bytes, values) in messages {
                counts[values[.paymentMethod] ?? "", default: [:]][bytes[column], default: 0] += 1
            }
            let likeliest = counts.values.compactMap { $0.max { ($0.value, $1.key) < ($1.value, $0.key) } }
            return Set(likeliest.map(\.key)).count == likeliest.count
                && ReadingEvidence.isMost(likeliest.reduce(0) { $0 + $1.value }, of: messages.count)
        }
    }

    /// Whether the samples' replies have these bytes, one row each: at one place or, where they are several, anywhere.
    private func isEchoed(_ rows: [ArraySlice<UInt8>], in samples: [Sample]) -> Bool {
        guard samples.count == rows.count, samples.allSatisfy({ !$0.replies.isEmpty }) else { return false }
        let replies = samples.map { $0.replies.flatMap(\.self) }
        let shortest = replies.map(\.count).min() ?? 0
        let width = rows[0].count
        if rows.allSatisfy({ $0.count == width }), width <= shortest {
            for offset in 0...(shortest - width)
            where zip(rows, replies).allSatisfy({ $1[offset..<offset + width].elementsEqual($0) }) { return true }
        }
        guard rows.allSatisfy({ $0.count > 1 }) else { return false }
        return zip(rows, replies).allSatisfy { row, reply in
            reply.firstPlace(of: Array(row), from: 0, to: reply.count) != nil
        }
    }
}

extension ReportLayout {
    /// Reports that are as long as what they carry may be longer than all that were seen: a packet holds 64 bytes.
    fileprivate mutating func widen(_ messages: [[[UInt8]]]) {
        guard padding == nil, sizes == nil, messages.allSatisfy({ $0.count <= 1 }),
            Set(messages.flatMap(\.self).map(\.count)).count > 1
        else { return }
        var limit = SearchLimit.packet
        while limit < size { limit *= 2 }
        size = min(limit, SearchLimit.reportSize)
    }
}

extension [FramingLearner.Result] {
    /// Those for which messages are learned: of each way to end the likeliest.
    fileprivate var likeliest: [FramingLearner.Result] {
        var counts: [String: Int] = [:]
        let some = filter { result in
            let way =
                switch result.framing.end {
                case nil: "headers"
                case .length?: "length"
                case .object?, .mark?: "mark"
                case .short?: "short"
                }
            counts[way, default: 0] += 1
            return counts[way]! <= SearchLimit.framingsOfAWay
        }
        return Array(some.prefix(SearchLimit.framings))
    }
}

extension Lesson {
    /// Blames no sample any more, for all of them are given back.
    public mutating func withdrawContradictions(of samples: [Sample]) {
        contradictions = []
        nextQuestion = Interview(samples, self).next
    }

    mutating func take(_ result: FramingLearner.Result, _ direction: Direction) {
        framing[direction] = result.framing
        framingEvidence[direction] = result.evidence
    }
}

extension Sample {
    /// The texts that must stand in the message, if it has texts at all.
    var texts: [[UInt8]] {
        [values[.paymentMethod], values[.orderID], values[.amount]].compactMap { $0 }.filter { $0.utf8.count > 1 }.map {
            Array($0.utf8)
        }
    }
}
