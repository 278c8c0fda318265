public import BlueTap

// What stands where in a message, for those who explain one.
extension Codec {
    /// A message taken apart.
    public struct Anatomy: Sendable {
        /// What its fields carry, stamps as well.
        public var values: FieldValues
        /// Which byte is which field's, in the message.
        public var fields: [(name: String, range: Range<Int>)]
        public var bytes: [UInt8]
        /// The same in each of its reports, with what stands there besides the message.
        public fileprivate(set) var reports: [[(name: String, range: Range<Int>)]] = []
    }

    /// What stands where in a command's reports.
    public func anatomy(ofCommand kind: Command.Kind, _ reports: [[UInt8]]) throws(Malformation) -> Anatomy {
        try anatomy(message(kind), assembler, reports)
    }

    /// What stands where in a reply's reports.
    public func anatomy(ofReplyTo kind: Command.Kind, _ reports: [[UInt8]]) throws(Malformation) -> Anatomy {
        try anatomy(reply(kind), replyAssembler, reports)
    }

    func anatomy(
        _ message: Message?, _ assembler: Assembler, _ reports: [[UInt8]]
    ) throws(Malformation) -> Anatomy {
        var assembler = assembler
        var whole: Assembler.Message?
        for report in reports { whole = try assembler.receive(report).message }
        guard let whole, let message else { throw .unreadable("the message is not whole") }
        return try anatomy(message, assembler, whole)
    }

    /// - Parameter assembler: that which put the message together.
    func anatomy(
        _ message: Message, _ assembler: Assembler, _ whole: Assembler.Message
    ) throws(Malformation) -> Anatomy {
        var anatomy: Anatomy
        switch message {
        case .fixed(let message):
            guard whole.bytes.count == message.size else {
                throw .wrongSize(actual: whole.bytes.count, expected: message.size)
            }
            anatomy = message.anatomy(of: whole.bytes)
        case .general(let message):
            var reader = MessageReader(message, bytes: whole.bytes, values: whole.values, keepsPlaces: true)
            try reader.read()
            anatomy = Anatomy(
                values: reader.values, fields: reader.places.map { ($0.field.name, $0.range) }, bytes: whole.bytes)
        }
        anatomy.reports = assembler.framing?.surroundings(of: whole) ?? [[]]
        // Layers that move bytes leave none where the message has it.
        if let armour = assembler.armour, !armour.preservesPlaces {
            anatomy.reports = anatomy.reports.enumerated().map { index, fields in
                let piece = whole.pieces.isEmpty ? (at: 0, size: whole.reports[index].count) : whole.pieces[index]
                return fields + [(armour.name, piece.at..<piece.at + piece.size)]
            }
            return anatomy
        }
        anatomy.spread(whole.pieces.isEmpty ? [(0, whole.bytes.count)] : whole.pieces)
        return anatomy
    }
}

extension Codec.Anatomy {
    /// Notes the message's fields where they stand in the reports: a field may go on from one to the next.
    fileprivate mutating func spread(_ pieces: [(at: Int, size: Int)]) {
        var start = 0
        for (index, piece) in pieces.enumerated() {
            let here = start..<start + piece.size
            for field in fields {
                let part = field.range.clamped(to: here)
                guard !part.isEmpty else { continue }
                let shift = piece.at - start
                reports[index].append((field.name, part.lowerBound + shift..<part.upperBound + shift))
            }
            start = here.upperBound
        }
    }
}

extension FixedMessage {
    /// What stands where.
    func anatomy(of bytes: [UInt8]) -> Codec.Anatomy {
        var values = FieldValues()
        var fields: [(String, Range<Int>)] = []
        for constant in constants { fields.append(("constant", constant.at..<constant.at + constant.bytes.count)) }
        for fill in fills { fields.append(("padding", fill)) }
        for carrier in carriers {
            switch carrier {
            case .text(let text):
                values[text.value] = read(text, from: bytes.span)
                fields.append((text.value.rawValue, text.at..<text.at + text.size))
            case .integer(let integer):
                values[integer.value] = read(integer, from: bytes.span).map { String($0) }
                fields.append((integer.value.rawValue, integer.at..<integer.at + integer.size))
            }
        }
        if let result {
            values[.result] = read(result, from: bytes.span)?.rawValue
            fields.append(("result", result.at..<result.at + result.size))
        }
        for check in checksums { fields.append(("checksum", check.at..<check.at + check.checksum.algorithm.size)) }
        return Codec.Anatomy(
            values: values, fields: fields.sorted { $0.1.lowerBound < $1.1.lowerBound }, bytes: bytes)
    }
}
