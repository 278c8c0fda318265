internal import BlueTap

/// Works a wire format out from samples.
///
/// It makes layouts that could be, and keeps those that read every sample as what it is and write it back to the byte. Of
/// these it takes the simplest, and says which others fit as well.
public struct Learner: Sendable {
    private let samples: [Sample]
    private let onProgress: @Sendable (_ done: Int, _ of: Int, _ what: String) -> Void

    public init(
        _ samples: [Sample],
        onProgress: @escaping @Sendable (_ done: Int, _ of: Int, _ what: String) -> Void = { _, _, _ in }
    ) {
        self.samples = samples.enumerated().map { index, sample in
            var sample = sample
            sample.order = index
            return sample
        }
        self.onProgress = onProgress
    }

    public func learn() throws(LearningError) -> Lesson {
        guard !samples.isEmpty else { throw LearningError("there are no samples") }
        guard samples.count <= 1000 else { throw LearningError("there are \(samples.count) samples: 1000 at most") }
        for sample in samples {
            guard !sample.reports.isEmpty else { throw LearningError("\(sample.name) has no reports") }
            for report in sample.reports + sample.replies where report.isEmpty || report.count > 1024 {
                throw LearningError("\(sample.name) has a report of \(report.count) bytes: 1 to 1024")
            }
        }
        guard samples.contains(where: { $0.command.kind == .pay }) else {
            throw LearningError("no sample is a pay: there is nothing to learn")
        }
        onProgress(0, 4, "the commands")
        var lesson = try learn(samples)
        if lesson.isPoor, samples.count >= 4, let (sample, without) = contradiction() {
            lesson = without
            lesson.contradictions = ["\(sample.name) contradicts the others: without it all of them fit"]
        }
        return lesson
    }

    /// The sample without which all others fit, and what they say; nil where there is none.
    private func contradiction() -> (sample: Sample, without: Lesson)? {
        func lesson(without suspects: ArraySlice<Sample>) -> Lesson? {
            let names = Set(suspects.map(\.order))
            let others = samples.filter { !names.contains($0.order) }
            guard others.contains(where: { $0.command.kind == .pay }), let lesson = try? learn(others), !lesson.isPoor
            else {
                return nil
            }
            return lesson
        }
        var suspects = samples[...]
        var steps = 0
        while suspects.count > 1 {
            onProgress(
                steps, samples.count.bitWidth - samples.count.leadingZeroBitCount, "which sample contradicts the others"
            )
            steps += 1
            let half = suspects.prefix(suspects.count / 2)
            let rest = suspects.dropFirst(half.count)
            if lesson(without: half) != nil {
                suspects = half
            } else if lesson(without: rest) != nil {
                suspects = rest
            } else {
                return nil
            }
        }
        guard let sample = suspects.first, let without = lesson(without: suspects) else { return nil }
        return (sample, without)
    }

    // MARK: Both directions

    private func learn(_ samples: [Sample]) throws(LearningError) -> Lesson {
        let output = side(samples.flatMap(\.reports))
        let replies = samples.flatMap(\.replies)
        let input = replies.isEmpty ? ReportLayout(size: output.size, padding: 0) : side(replies)
        var lesson = Lesson(outputReport: output, inputReport: input)

        // Commands.
        let isFramed = samples.contains { $0.reports.count > 1 }
        var best:
            (
                framing: FramingLearner.Result?, drafts: [Command.Kind: Draft], messages: [[UInt8]],
                alternatives: [Command.Kind: [Draft]]
            )?
        for option in framings(samples.map(\.reports), samples.map(\.texts), isFramed, output) {
            let specimens = samples.indices.map { index in
                Specimen(
                    bytes: option.messages[index], values: samples[index].values, kind: samples[index].command.kind,
                    order: samples[index].order, end: option.messages[index].count)
            }
            let (drafts, alternatives) = learn(specimens, size: option.size, padding: option.padding, isReply: false) {
                rows in
                isEchoed(rows, in: samples)
            }
            let candidate = (option.framing, drafts, option.messages, alternatives)
            if best == nil || cost(drafts, samples) < cost(best!.drafts, samples) { best = candidate }
        }
        guard let best else {
            throw LearningError("the reports of one command do not go together: no header says where a message ends")
        }
        if let framing = best.framing { lesson.take(framing, .output) }
        onProgress(2, 4, "the replies")
        for kind in Command.Kind.allCases where samples.contains(where: { $0.command.kind == kind }) {
            guard let draft = best.drafts[kind] else {
                lesson.isPoor = true
                lesson.unexplained.append("no layout was found that gives back every \(kind.rawValue)")
                continue
            }
            lesson.commands[kind] = draft.message
            add(
                draft, best.alternatives[kind] ?? [], "commands.\(kind.rawValue)",
                samples.filter { $0.command.kind == kind }, to: &lesson)
        }
        try learnReplies(samples, best.messages, best.drafts, &lesson)
        addGaps(samples, &lesson)
        onProgress(4, 4, "done")
        return lesson
    }

    private func cost(_ drafts: [Command.Kind: Draft], _ samples: [Sample]) -> Int {
        Set(samples.map(\.command.kind)).reduce(0) { $0 + (drafts[$1]?.cost ?? 100_000) }
    }

    /// Size and padding of one direction's reports.
    private func side(_ reports: [[UInt8]]) -> ReportLayout {
        let size = reports.map(\.count).max() ?? 1
        guard reports.allSatisfy({ $0.count == size }) else { return ReportLayout(size: size) }
        var counts: [UInt8: Int] = [:]
        for report in reports { if let last = report.last { counts[last, default: 0] += 1 } }
        let common = counts.filter { [0x00, 0xFF, 0x20].contains($0.key) }.max {
            ($0.value, $1.key) < ($1.value, $0.key)
        }
        return ReportLayout(size: size, padding: common?.key)
    }

    private struct Option {
        var framing: FramingLearner.Result?
        var messages: [[UInt8]]
        var size: Int
        var padding: UInt8?
    }

    private func framings(_ reports: [[[UInt8]]], _ texts: [[[UInt8]]], _ isFramed: Bool, _ side: ReportLayout)
        -> [Option]
    {
        guard isFramed else {
            return [
                Option(
                    framing: nil, messages: reports.map { $0[0] }, size: side.size, padding: side.padding?.bytes.first)
            ]
        }
        let learner = FramingLearner(messages: reports, texts: texts, padding: side.padding?.bytes.first)
        return learner.find().prefix(6).map { result in
            Option(framing: result, messages: result.bytes, size: 0, padding: side.padding?.bytes.first)
        }
    }

    private static let wantedOfReplies: [FieldLayout.Value] = [
        .sequence, .result, .paymentMethod, .orderID, .amount, .expiryTime,
    ]

    /// The layouts of all replies.
    private func learnReplies(
        _ specimens: [Specimen], size: Int, padding: UInt8?
    ) -> (drafts: [Command.Kind: Draft], alternatives: [Command.Kind: [Draft]]) {
        // Those to all commands are mostly built alike: together they say more.
        let kinds = Set(specimens.map(\.kind))
        var common: Draft?
        if kinds.count > 1 {
            common =
                MessageLearner(
                    specimens: specimens, neighbours: [], wanted: Self.wantedOfReplies, reportSize: size,
                    padding: padding,
                    isEchoed: { _ in false }
                ).drafts().first
        }
        func all(_ draft: Draft) -> [Command.Kind: Draft] {
            Dictionary(uniqueKeysWithValues: kinds.map { ($0, draft) })
        }
        if let common, common.isComplete { return (all(common), [:]) }
        var (drafts, alternatives) = learn(specimens, size: size, padding: padding, isReply: true) { _ in false }
        // One layout of which something is unknown is better than several of which as much is.
        let unknown = kinds.map { drafts[$0]?.unexplained ?? .max }.max() ?? 0
        if let common, common.missing.isEmpty, common.unexplained <= unknown { return (all(common), [:]) }
        drafts.shareResults()
        return (drafts, alternatives)
    }

    /// The layouts of all sorts of messages of one direction.
    private func learn(
        _ specimens: [Specimen], size: Int, padding: UInt8?, isReply: Bool,
        isEchoed: @escaping ([ArraySlice<UInt8>]) -> Bool
    ) -> (drafts: [Command.Kind: Draft], alternatives: [Command.Kind: [Draft]]) {
        var drafts: [Command.Kind: Draft] = [:]
        var alternatives: [Command.Kind: [Draft]] = [:]
        // The sort with the most samples says the most.
        let kinds = Command.Kind.allCases.sorted { left, right in
            specimens.count { $0.kind == left } > specimens.count { $0.kind == right }
        }
        for kind in kinds {
            let own = specimens.filter { $0.kind == kind }
            guard !own.isEmpty else { continue }
            let wanted: [FieldLayout.Value] =
                isReply
                ? Self.wantedOfReplies
                : kind == .pay ? [.paymentMethod, .orderID, .amount, .expiryTime] : [.orderID]
            let model = drafts.values.first
            var learner = MessageLearner(
                specimens: own, neighbours: specimens.filter { $0.kind != kind }, wanted: wanted, reportSize: size,
                padding: padding, isEchoed: isEchoed, model: model)
            var found: [Draft] = []
            // Few messages can be many things: that they are built as the others is looked at first.
            if let model {
                learner.structures = [model.structure]
                found = learner.drafts().filter(\.isComplete)
                learner.structures = [.fixed] + Structure.candidates
            }
            if found.isEmpty { found = learner.drafts() }
            guard let first = found.first else { continue }
            drafts[kind] = first
            alternatives[kind] = Array(found.dropFirst().filter { $0.cost <= first.cost + 2 }.prefix(8))
        }
        return (drafts, alternatives)
    }

    /// Whether the replies have these bytes, at one place or, where they are several, anywhere.
    private func isEchoed(_ rows: [ArraySlice<UInt8>], in samples: [Sample]) -> Bool {
        // The rows are those of one kind of command.
        for kind in Command.Kind.allCases {
            let own = samples.filter { $0.command.kind == kind }
            guard own.count == rows.count, own.allSatisfy({ !$0.replies.isEmpty }) else { continue }
            let replies = own.map { $0.replies.flatMap(\.self) }
            let shortest = replies.map(\.count).min() ?? 0
            let width = rows[0].count
            if rows.allSatisfy({ $0.count == width }), width <= shortest {
                for offset in 0...(shortest - width)
                where zip(rows, replies).allSatisfy({ $1[offset..<offset + width].elementsEqual($0) }) { return true }
            }
            if rows.allSatisfy({ $0.count > 1 }),
                zip(rows, replies).allSatisfy({ row, reply in
                    reply.firstPlace(of: Array(row), from: 0, to: reply.count) != nil
                })
            {
                return true
            }
        }
        return false
    }

    // MARK: Replies

    private func learnReplies(
        _ samples: [Sample], _ commands: [[UInt8]], _ drafts: [Command.Kind: Draft], _ lesson: inout Lesson
    ) throws(LearningError) {
        let indices = samples.indices.filter { !samples[$0].replies.isEmpty }
        guard !indices.isEmpty else {
            lesson.gaps.append("no sample has a reply: `bluetap profile probe` finds what the host accepts")
            for kind in lesson.commands.keys { lesson.commands[kind]?.countIsRepeated("replies may repeat it") }
            return
        }
        if indices.allSatisfy({ samples[$0].result == nil }) {
            lesson.gaps.append("no sample says what its reply meant: add `result` to those whose result you know")
        }
        let labelled = indices.filter { samples[$0].result != nil }
        let used = labelled.isEmpty ? indices : labelled
        let counts = Set(used.map { samples[$0].replies.count })
        let side = lesson.inputReport
        let replies = used.map { samples[$0].replies }
        var stages: [(messages: [[UInt8]], framing: FramingLayout?, isLast: Bool)] = []
        let learner = FramingLearner(
            messages: replies, texts: used.map { samples[$0].texts }, padding: side.padding?.bytes.first)
        if let model = lesson.framing[.output], let framed = learner.find(like: model) {
            lesson.take(framed, .input)
            stages = [(framed.bytes, framed.framing, true)]
        } else if counts == [1] {
            stages = [(replies.map { $0[0] }, nil, true)]
        } else if counts == [2], lesson.framing[.output] == nil {
            // Devices that get commands in one report answer in one: the first says "received", the second how it fared.
            stages = [(replies.map { $0[0] }, nil, false), (replies.map { $0[1] }, nil, true)]
        } else if let framed = learner.find().first {
            lesson.take(framed, .input)
            stages = [(framed.bytes, framed.framing, true)]
        } else if counts == [2] {
            stages = [(replies.map { $0[0] }, nil, false), (replies.map { $0[1] }, nil, true)]
        } else {
            lesson.unexplained.append(
                "the replies have \(counts.sorted().map(String.init).joined(separator: " or ")) reports, which do not go together"
            )
            return
        }
        for stage in stages {
            let specimens = zip(used, stage.messages).map { index, bytes in
                var values = samples[index].values
                let kind = samples[index].command.kind
                values[.result] = stage.isLast ? samples[index].result?.rawValue : nil
                values[.sequence] = drafts[kind]?.sequence(in: commands[index])
                return Specimen(
                    bytes: bytes, values: values, kind: kind, order: samples[index].order, command: commands[index],
                    sequenceSize: drafts[kind]?.sequenceSize, end: bytes.count)
            }
            let (found, alternatives) = learnReplies(
                specimens, size: stage.framing == nil ? side.size : 0, padding: side.padding?.bytes.first)
            for kind in Command.Kind.allCases where specimens.contains(where: { $0.kind == kind }) {
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
        }
    }

    // MARK: What is not sure

    private func add(
        _ draft: Draft, _ alternatives: [Draft], _ place: String, _ samples: [Sample], to lesson: inout Lesson
    ) {
        for doubt in draft.doubts {
            lesson.doubts.append(
                Doubt(place: "\(place): \(doubt.place)", readings: doubt.readings, decidedBy: doubt.decidedBy))
        }
        for value in draft.missing { lesson.unexplained.append("\(place): no bytes carry \(value.rawValue)") }
        // A device may well answer something of its own; what a host sends is said by the labels.
        if !draft.missing.isEmpty || (!samples.isEmpty && draft.unexplained > 0) { lesson.isPoor = true }
        if draft.unexplained > 0 {
            lesson.unexplained.append("\(place): \(draft.unexplained) bytes change, and nothing explains them")
        }
        if let separator = draft.structure.bareSeparator {
            lesson.gaps.append("\(place): no value has \(separator) in it: how it would be escaped is not known")
        }
        // Other ways to build the messages, which say something else of commands that nobody has sent yet.
        guard !samples.isEmpty else { return }
        for other in alternatives where other.structure != draft.structure && other.isComplete {
            guard let probe = draft.probe(against: other, kind: samples[0].command.kind) else { continue }
            lesson.doubts.append(
                Doubt(
                    place: place, readings: [draft.structure.name, other.structure.name], decidedBy: "send \(probe)"))
            break
        }
    }

    private func addGaps(_ samples: [Sample], _ lesson: inout Lesson) {
        let pays = samples.filter { $0.command.kind == .pay }.map(\.values)
        let methods = Set(pays.compactMap { $0[.paymentMethod] })
        if methods.count == 1, let method = methods.first {
            lesson.gaps.append("every pay has the method \(method): send one with another")
        } else if let layout = lesson.commands[.pay]?.layout, layout.hasTable(.paymentMethod) {
            for method in PaymentMethod.allCases where !methods.contains(method.rawValue) {
                lesson.gaps.append("no pay has the method \(method.rawValue), which has a code of its own: send one")
            }
        }
        for value in [FieldLayout.Value.amount, .orderID, .expiryTime] {
            if pays.allSatisfy({ $0[value] != nil }) {
                lesson.gaps.append("no pay leaves \(value.rawValue) out: \(Documented.absence(value))")
            } else if pays.allSatisfy({ $0[value] == nil }) {
                lesson.gaps.append("no pay has \(value.rawValue): send one")
            }
        }
        if !samples.contains(where: { $0.command.kind == .cancel }) {
            lesson.gaps.append("no sample is a cancel: send one")
        }
        let results = Set(samples.compactMap(\.result))
        if results.count == 1, let only = results.first, !lesson.replies.isEmpty {
            lesson.doubts.append(
                Doubt(
                    place: "replies",
                    readings: ["they say \(only.rawValue) somewhere", "they say nothing of the result"],
                    decidedBy: "send a command that the device refuses"))
        }
        if !results.isEmpty {
            for code in ResultCode.allCases where !results.contains(code) && code != .deviceDisconnected {
                lesson.gaps.append("no reply means \(code.rawValue): its code is not known")
            }
        }
    }
}

extension Lesson {
    fileprivate mutating func take(_ result: FramingLearner.Result, _ direction: Direction) {
        framing[direction] = result.framing
        framingEvidence[direction] = result.evidence
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
        func keyed(_ items: [KeyedField]) -> [KeyedField] {
            items.map { KeyedField(key: $0.key, field: $0.field.withSequence) }
        }
        var field = self
        switch content {
        case .integer(.counter, let format): field.content = .integer(.sequence, format)
        case .records(var records):
            records.items = keyed(records.items)
            field.content = .records(records)
        case .list(var list):
            list.items = list.items.map(\.withSequence)
            field.content = .list(list)
        case .pairs(var pairs):
            pairs.items = keyed(pairs.items)
            field.content = .pairs(pairs)
        case .object(var object):
            object.items = keyed(object.items)
            field.content = .object(object)
        case .enclosed(var enclosed):
            enclosed.fields = enclosed.fields.map(\.withSequence)
            field.content = .enclosed(enclosed)
        default: break
        }
        return field
    }
}

extension Sample {
    /// The texts that must stand in the message, if it has texts at all.
    fileprivate var texts: [[UInt8]] {
        [values[.paymentMethod], values[.orderID], values[.amount]].compactMap { $0 }.filter { $0.utf8.count > 1 }.map {
            Array($0.utf8)
        }
    }
}

extension Draft {
    var message: LearnedMessage {
        LearnedMessage(layout: layout, evidence: findings.map(\.evidence))
    }

    /// The number that a message bears.
    fileprivate func sequence(in bytes: [UInt8]) -> String? {
        guard let message = try? GeneralMessage(layout, size: bytes.count, padding: 0, path: []) else { return nil }
        var reader = MessageReader(message, bytes: bytes)
        _ = try? reader.read()
        return reader.values[.sequence] ?? reader.values[.counter]
    }

    fileprivate var sequenceSize: Int? { layout.sequenceField?.fixedSize }

    /// A command of which two layouts make different bytes; nil where none is known.
    fileprivate func probe(against other: Draft, kind: Command.Kind) -> String? {
        guard let one = try? GeneralMessage(layout, size: 1024, padding: 0, path: []),
            let two = try? GeneralMessage(other.layout, size: 1024, padding: 0, path: [])
        else { return nil }
        let probes: [(String, Command)] =
            kind == .pay
            ? [
                (
                    "a pay with amount 1, order A",
                    .pay(PayCommand(.trueMoney, amount: "1", orderID: "A", expiryTime: 1))
                ),
                (
                    "a pay with amount 99999.99, order ABCDEFGHIJKLMNOP and expiry 86400",
                    .pay(PayCommand(.alipayPlus, amount: "99999.99", orderID: "ABCDEFGHIJKLMNOP", expiryTime: 86_400))
                ),
            ]
            : [
                ("a cancel of order A", .cancel(CancelCommand(orderID: "A"))),
                ("a cancel without an order", .cancel(CancelCommand())),
            ]
        for (name, command) in probes {
            var values = FieldValues(command)
            for value in [FieldLayout.Value.sequence, .counter] { values.set(value, 7) }
            values.set(.time, 1_700_000_000)
            var first = MessageWriter(one, values: values)
            var second = MessageWriter(two, values: values)
            let results = ((try? first.write()), (try? second.write()))
            if results.0 != results.1 { return name }
        }
        return nil
    }
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

extension MessageLayout {
    fileprivate func hasTable(_ value: FieldLayout.Value) -> Bool {
        var found = false
        for field in self {
            field.visit { field in
                switch field.content {
                case .enumeration(value, _): found = true
                case .bits(let bits, _):
                    for bit in bits { if case .enumeration(value, _) = bit.content { found = true } }
                default: break
                }
            }
        }
        return found
    }
}
