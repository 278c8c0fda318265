internal import BlueTap
internal import WireFormat

// The layers around messages: which are tried, and in which order.
extension Learner {
    /// An option with the layers taken off that its messages may have, the likeliest first.
    func armoured(_ option: Option, _ samples: [Sample]) -> [Option] {
        let messages = ArmouredMessages(
            bytes: option.messages.map(\.bytes), padding: option.padding, kinds: samples.map(\.command.kind),
            texts: samples.map(\.textsInAnyCharacters))
        let candidates = ArmourSearch(messages: messages).candidates()
        func opened(_ candidate: ArmourCandidate) -> Option {
            let inside = candidate.inside
            return Option(
                framing: option.framing,
                messages: zip(option.messages, inside.bytes).map { $0.opened($1, isExact: inside.padding == nil) },
                size: inside.padding == nil ? 0 : inside.bytes[0].count, padding: inside.padding, armour: candidate)
        }
        return candidates.filter(\.isCertain).map(opened) + [option]
            + candidates.filter { !$0.isCertain }.map(opened)
    }

    /// Samples with these layers taken off the replies that have them, put together as commands are.
    func opened(
        _ samples: [Sample], _ candidate: ArmourCandidate, framing: FramingLayout?, _ side: ReportLayout
    ) -> [Sample] {
        let own = samples.filter { !$0.replies.isEmpty }
        let learner = FramingLearner(
            messages: own.map(\.replies), kinds: own.map(\.command.kind), texts: own.map(\.texts), side: side)
        let whole = own.isEmpty ? nil : framing.flatMap { learner.find(like: $0) }
        let padding = whole?.framing.tellsSize == true ? nil : side.padding?.bytes.first
        guard let armour = try? CompiledArmour(candidate.layers.map(\.layer), padding: padding, path: []) else {
            return samples
        }
        var messages = (whole?.messages ?? [])[...]
        return samples.map { sample in
            var sample = sample
            if !sample.replies.isEmpty, let message = messages.popFirst() { sample.replies = [message.bytes] }
            sample.replies = sample.replies.map { (try? armour.open($0)) ?? $0 }
            return sample
        }
    }

    /// Notes the layers of the commands, or that there may be some.
    func take(
        _ armour: ArmourCandidate?, _ messages: [FramingLearner.Whole], _ samples: [Sample], _ lesson: inout Lesson
    ) {
        if let armour { return lesson.take(armour, .output) }
        let messages = ArmouredMessages(
            bytes: messages.map(\.bytes), padding: lesson.outputReport.padding?.bytes.first,
            kinds: samples.map(\.command.kind), texts: samples.map(\.textsInAnyCharacters))
        guard var doubt = messages.doubtOfStuffing else { return }
        doubt.place = "commands"
        lesson.doubts.append(doubt)
    }

    /// The same of replies. What the commands have is the likeliest: checks and escapes are carried over.
    func armoured(
        _ stages: [Stage], _ samples: [Sample], _ lesson: Lesson
    ) -> [(stages: [Stage], armour: ArmourCandidate?)] {
        guard !stages.isEmpty else { return [(stages, nil)] }
        let tellsSize = stages.allSatisfy { $0.framing?.tellsSize == true }
        let messages = ArmouredMessages(
            bytes: stages.flatMap { $0.messages.map(\.whole.bytes) },
            padding: tellsSize ? nil : lesson.inputReport.padding?.bytes.first,
            kinds: stages.flatMap { $0.messages.map { samples[$0.sample].command.kind } },
            texts: stages.flatMap { $0.messages.map { samples[$0.sample].textsInAnyCharacters } })
        var candidates = ArmourSearch(messages: messages).candidates()
        if let known = lesson.armour[.output] {
            let layers = known.map { LearnedLayer($0.layer, "as in the other direction") }
            // Where layers change padding as well, both directions have the same.
            let changed = lesson.outputReport.padding?.bytes.first
            for padding in [nil, changed] where padding == nil || messages.padding == nil && !tellsSize {
                var messages = messages
                messages.padding = padding ?? messages.padding
                let layers = layers.map { LearnedLayer($0.layer.sized(as: messages), $0.evidence) }
                guard let inside = messages.inside(layers) else { continue }
                candidates.insert(ArmourCandidate(layers: layers, inside: inside, padding: padding), at: 0)
            }
        }
        func opened(_ candidate: ArmourCandidate) -> (stages: [Stage], armour: ArmourCandidate?) {
            let inside = candidate.inside
            var start = 0
            let opened = stages.map { stage in
                var stage = stage
                let own = inside.bytes[start..<start + stage.messages.count]
                start += stage.messages.count
                stage.messages = zip(stage.messages, own).map { message, bytes in
                    var message = message
                    message.whole = message.whole.opened(bytes, isExact: inside.padding == nil)
                    return message
                }
                stage.inside = (inside.padding == nil ? 0 : inside.bytes[0].count, inside.padding)
                return stage
            }
            return (opened, candidate)
        }
        return candidates.filter(\.isCertain).map(opened) + [(stages, nil)]
            + candidates.filter { !$0.isCertain }.map(opened)
    }
}

extension ArmourLayer {
    /// The same for messages of other sizes, or with other constants before what is inside.
    fileprivate func sized(as messages: ArmouredMessages) -> ArmourLayer {
        if case .wrapped(var layer) = self {
            layer.head = messages.withConstants(layer.head)
            return .wrapped(layer)
        }
        guard case .exclusiveOr(var layer) = self, !layer.sizes.isEmpty else { return self }
        layer.sizes = messages.sizes
        return .exclusiveOr(layer)
    }
}

extension Sample {
    /// Its texts in each way in which characters are bytes.
    fileprivate var textsInAnyCharacters: [[UInt8]] {
        texts + texts.map { text in text.flatMap { [$0, 0] } }
    }
}

extension FramingLearner.Whole {
    /// The same with other bytes.
    fileprivate func opened(_ bytes: [UInt8], isExact: Bool) -> Self {
        var whole = self
        whole.bytes = bytes
        whole.isSizeTold = isExact
        return whole
    }
}

extension Lesson {
    mutating func take(_ armour: ArmourCandidate, _ direction: Direction) {
        self.armour[direction] = armour.layers
        if let padding = armour.padding {
            if direction == .output { outputReport.padding = HexBytes([padding]) }
            if direction == .input { inputReport.padding = HexBytes([padding]) }
        }
        let place = direction == .output ? "commands" : "replies"
        doubts += armour.doubts.map {
            Doubt(place: place, readings: $0.readings, decidedBy: $0.decidedBy)
        }
    }
}
