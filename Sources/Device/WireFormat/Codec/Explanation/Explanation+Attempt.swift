internal import BlueTap

extension Explanation {
    /// Reports read as one of a profile's messages, as far as that goes.
    struct Attempt {
        let name: String
        let direction: Direction
        /// Where the message stands in the profile.
        let path: String
        let layout: MessageLayout
        let values: FieldValues
        /// What a field is, where it stands in the message, and what a check should be.
        let places: [(field: FieldLayout, range: Range<Int>, check: Check?)]
        let whole: Assembler.Message?
        let surroundings: [[(name: String, range: Range<Int>)]]
        /// The layers around the message; nil where there are none.
        let armour: String?
        let stop: Malformation?
        let meaning: String

        struct Check {
            let span: Range<Int>
            let expected: UInt64
        }

        /// How far reading went. That a message is another one is told by the field at which it stops.
        var reach: Int {
            guard let last = places.last else { return whole == nil ? -1 : 0 }
            if case .wrongChecksum = stop { return last.range.upperBound + 1 }
            return stop == nil ? last.range.upperBound : last.range.lowerBound
        }
    }
}

extension Explanation.Attempt {
    /// One for each message of a profile, the host's first.
    static func all(of reports: [[UInt8]], with profile: Profile) throws(ProfileError) -> [Self] {
        // All messages are read the general way, which knows where its fields stand.
        let codec = try Codec(profile, way: .general)
        var attempts: [Self] = []
        for kind in Command.Kind.allCases {
            guard let layout = profile.commands[kind] else { continue }
            let source = Source(name: kind.rawValue, path: "commands.\(kind.rawValue)", layout: layout)
            attempts.append(Self(reports, codec.message(kind), source, codec.assembler, .output, kind))
        }
        for kind in Command.Kind.allCases {
            if let layout = profile.replies[kind] {
                let source = Source(
                    name: "reply to \(kind.rawValue)", path: "replies.\(kind.rawValue)", layout: layout)
                attempts.append(
                    Self(reports, codec.reply(kind), source, codec.replyAssembler, .input, kind))
            }
            if let layout = profile.acknowledgements[kind] {
                let source = Source(
                    name: "acknowledgement of \(kind.rawValue)", path: "acknowledgements.\(kind.rawValue)",
                    layout: layout)
                attempts.append(
                    Self(reports, codec.acknowledgement(kind), source, codec.replyAssembler, .input, kind))
            }
        }
        for occasion in Occasion.allCases {
            guard let layout = profile.notifications[occasion] else { continue }
            let source = Source(
                name: "notification \(occasion.rawValue)", path: "notifications.\(occasion.rawValue)",
                layout: layout)
            attempts.append(
                Self(reports, codec.notification(occasion), source, codec.replyAssembler, .input, nil))
        }
        return attempts
    }

    private struct Source {
        let name: String
        let path: String
        let layout: MessageLayout
    }

    private init(
        _ reports: [[UInt8]], _ message: Codec.Message?, _ source: Source, _ assembler: Assembler,
        _ direction: Direction, _ kind: Command.Kind?
    ) {
        name = source.name
        path = source.path
        layout = source.layout
        self.direction = direction
        armour = assembler.armour?.name
        var assembler = assembler
        var whole: Assembler.Message?
        var stop: Malformation?
        do throws(Malformation) {
            for report in reports {
                guard whole == nil else { throw .brokenOff("the message ends before the last report") }
                whole = try assembler.receive(report).message
            }
            if whole == nil { throw .brokenOff("the message is not whole: reports are missing") }
            if let whole, let kind, !whole.values.isCommand(kind) { throw .unknownCommand }
        } catch {
            stop = error
        }
        self.whole = whole
        surroundings = whole.flatMap { assembler.framing?.surroundings(of: $0) } ?? []
        guard let whole, stop == nil, case .general(let general)? = message else {
            (values, places, self.stop, meaning) = (
                FieldValues(), [], stop ?? .unknownCommand, "no message, most like \(source.name)"
            )
            return
        }
        var reader = MessageReader(general, bytes: whole.bytes, values: whole.values, keepsPlaces: true)
        do throws(Malformation) {
            try reader.read()
        } catch {
            stop = error
        }
        values = reader.values
        places = reader.places.map { field, range in
            (
                field, range,
                reader.expectation(field, at: range).map { Check(span: $0.span, expected: $0.value) }
            )
        }
        self.stop = stop
        meaning =
            stop == nil
            ? Self.meaning(source.name, kind, values, direction) : "no message, most like \(source.name)"
    }

    private static func meaning(
        _ name: String, _ kind: Command.Kind?, _ values: FieldValues, _ direction: Direction
    ) -> String {
        if direction == .output, let kind {
            return Interpreter.Meaning.command(values.command(kind)).description
        }
        return values[.result].map { "\(name): \($0)" } ?? name
    }
}

extension MessageReader {
    /// What a checksum covers, and what should stand there; nil for what is none, or where the message is too short.
    fileprivate func expectation(_ field: FieldLayout, at range: Range<Int>) -> (
        span: Range<Int>, value: UInt64
    )? {
        guard case .checksum(let checksum) = field.content else { return nil }
        return expectation(checksum, at: range)
    }
}
