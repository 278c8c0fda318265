internal import BlueTap
internal import WireFormat

/// Goes through the replies that a profile's commands may have.
struct ReplySearch {
    private let profile: Profile
    private let frames: [Command.Kind: CommandFrame]
    private let frame: CommandFrame
    /// What encloses the fields of all commands.
    private let enclosure: FieldLayout?
    private let hints: ReplyHints
    private let isStructured: Bool
    private let structured: [ReplyCandidate]
    /// The reports of the command that is answered; none where it is not known.
    private let command: [[UInt8]]

    /// Nil where there is nothing to answer.
    ///
    /// - Parameter command: the reports of the command that is answered; none where it is not known.
    init?(_ profile: Profile, _ command: [[UInt8]]) {
        let layouts = profile.commands.mapValues { $0.enclosed?.fields ?? $0 }
        let frames = layouts.mapValues { layout in
            CommandFrame(layout, other: layouts.values.first { $0 != layout })
        }
        guard let frame = frames[.pay] ?? frames[.cancel] else { return nil }
        self.profile = profile
        self.frames = frames
        self.frame = frame
        enclosure = (profile.commands[.pay] ?? profile.commands[.cancel])?.enclosed?.enclosure
        hints = ReplyHints(profile, frame)
        let structured =
            StructuredReply.candidates(for: profile.commands) + DocumentReply.candidates(for: profile.commands)
        isStructured = !structured.isEmpty
        self.structured = isStructured ? structured : StructuredReply.objects(for: profile.commands)
        let isRead = !command.isEmpty && (try? Codec(profile).decode(reports: command)) != nil
        self.command = isRead ? command : []
    }

    func candidates(most: Int) -> [ReplyCandidate] {
        var candidates: [ReplyCandidate] = []
        var limit = ReplyCost.firstLimit
        repeat {
            // The order among those of one rank is that in which they were made.
            let ordered = all(limit: limit).enumerated().sorted {
                ($0.element.rank, $0.offset) < ($1.element.rank, $1.offset)
            }
            candidates = distinct(ordered.lazy.map(\.element), most: most)
            limit += ReplyCost.limitStep
        } while candidates.count < most && limit <= ReplyCost.lastLimit
        return candidates
    }

    private func all(limit: Int) -> [ReplyCandidate] {
        // Who commands in text is not answered in bytes.
        let surcharge = isStructured ? ReplyCost.plainForText : 0
        return envelopes.flatMap { envelope -> [ReplyCandidate] in
            let rest = limit - envelope.rank
            let plain = ReplyShape.shapes(frame, hints, limit: rest - surcharge).compactMap {
                candidate($0, envelope, rank: surcharge)
            }
            return (structured.filter { $0.rank <= rest } + plain).map {
                $0.cut(by: envelope.framing, in: envelope.armour, rank: envelope.rank)
            }
        }
    }

    private func candidate(_ shape: ReplyShape, _ envelope: Envelope, rank: Int) -> ReplyCandidate? {
        let report = ReplyShape.Report(
            size: profile.hid.inputReport.size, padding: profile.hid.inputReport.padding?.bytes.first,
            isFramed: envelope.isOpen)
        var replies: [Command.Kind: MessageLayout] = [:]
        var acknowledgements: [Command.Kind: MessageLayout] = [:]
        for (kind, frame) in frames {
            guard let reply = shape.reply(frame, report) else { return nil }
            replies[kind] = envelope.enclosing(reply)
            acknowledgements[kind] = shape.acknowledgement(frame, report).map(envelope.enclosing)
        }
        return ReplyCandidate(
            rank: shape.rank + rank, summary: shape.summary(frame) + envelope.summary, code: HexBytes(shape.code),
            replies: replies, acknowledgements: acknowledgements)
    }

    // MARK: What encloses replies

    /// What stands around the fields of a reply.
    private struct Envelope {
        var framing: FramingLayout?
        var armour: ArmourLayout?
        var enclosure: FieldLayout?
        /// Whether a message ends where its fields end.
        var isOpen: Bool
        var rank: Int
        var summary = ""

        func armoured(_ armour: ArmourLayout) -> Envelope {
            var envelope = self
            envelope.armour = armour
            envelope.isOpen = true
            return envelope
        }

        func cut(by framing: FramingLayout) -> Envelope {
            var envelope = self
            envelope.framing = framing
            envelope.isOpen = true
            return envelope
        }

        /// Less likely, for it lacks something that commands have.
        func without(_ what: String) -> Envelope {
            var envelope = self
            envelope.rank += ReplyCost.noFraming
            envelope.summary += what
            return envelope
        }

        func enclosing(_ fields: MessageLayout) -> MessageLayout {
            guard var field = enclosure, case .enclosed(var content) = field.content else { return fields }
            content.fields = fields
            field.content = .enclosed(content)
            return [field]
        }
    }

    private var envelopes: [Envelope] {
        let isCut = profile.framing[.input] != nil
        var envelopes = [Envelope(enclosure: enclosure, isOpen: isCut || enclosure != nil, rank: 0)]
        if enclosure != nil {
            envelopes.append(
                Envelope(isOpen: isCut, rank: ReplyCost.noFraming, summary: ", not enclosed as commands are"))
        }
        if let armour = profile.armour[.output], profile.armour[.input] == nil {
            envelopes =
                envelopes.map { $0.armoured(armour) }
                + envelopes.map { $0.without(", without the layers around commands") }
        }
        guard !isCut, let framing = profile.framing[.output] else { return envelopes }
        return cut(envelopes, framing)
    }

    /// Cut as commands are, but for a count of reports that all commands have.
    private func cut(_ envelopes: [Envelope], _ framing: FramingLayout) -> [Envelope] {
        var own = framing
        if own.reports != nil { own.reports = 1 }
        let same = envelopes.map { $0.cut(by: own) }
        let plain = envelopes.map { $0.without(", in a report without a header") }
        let turned = [ByteChange.plus(1), .set(0x80)].flatMap { change in
            same.compactMap { envelope -> Envelope? in
                guard let framing = own.turned(change) else { return nil }
                var envelope = envelope
                envelope.framing = framing
                envelope.rank += ReplyCost.turnedFraming
                envelope.summary += ", the reports' first byte \(change.summary)"
                return envelope
            }
        }
        return same + plain + turned
    }

    // MARK: Each once

    /// Each that makes a reply which no other makes, and one that goes into the profile's reports.
    private func distinct(_ candidates: some Sequence<ReplyCandidate>, most: Int) -> [ReplyCandidate] {
        var distinct: [ReplyCandidate] = []
        var seen: Set<[[UInt8]]> = []
        for candidate in candidates {
            guard distinct.count < most else { break }
            guard let reports = reports(candidate), seen.insert(reports).inserted else { continue }
            distinct.append(candidate)
        }
        return distinct
    }

    /// What a candidate answers, to commands of several numbers where none is known; nil where it makes no reply.
    private func reports(_ candidate: ReplyCandidate) -> [[UInt8]]? {
        guard let codec = try? Codec(candidate.applied(to: profile)),
            let kind = Command.Kind.allCases.first(where: { candidate.replies[$0] != nil })
        else { return nil }
        // What a reply repeats of its command is known to those who read it for that.
        let context = command.isEmpty ? nil : try? codec.decode(reports: command).context
        let contexts = context.map { [$0] } ?? Self.numbers.map { Codec.Context(command: kind, sequence: $0) }
        var reports: [[UInt8]] = []
        for context in contexts {
            let reply = codec.reply(to: context, result: .success)
            guard !reply.isEmpty else { return nil }
            reports += codec.acknowledgement(of: context) + reply
        }
        return reports
    }

    /// Numbers of commands, the second of which no candidate has as a constant.
    private static let numbers: [Int64] = [1, 0x57]
}

extension MessageLayout {
    /// What is enclosed, where that is all there is.
    fileprivate var enclosed: (enclosure: FieldLayout, fields: MessageLayout)? {
        guard count == 1, case .enclosed(let content) = self[0].content, content.fields.count > 1 else { return nil }
        return (self[0], content.fields)
    }
}

extension FramingLayout {
    /// The same with another first byte; nil where that is no constant.
    fileprivate func turned(_ change: ByteChange) -> FramingLayout? {
        func turned(_ header: MessageLayout) -> MessageLayout? {
            guard case .constant(let bytes)? = header.first?.content else { return nil }
            var header = header
            header[0].content = .constant(change.applied(to: bytes))
            return header
        }
        guard let header = turned(header), let start = turned(first ?? self.header) else { return nil }
        var framing = self
        framing.header = header
        if framing.first != nil { framing.first = start }
        return framing
    }
}
