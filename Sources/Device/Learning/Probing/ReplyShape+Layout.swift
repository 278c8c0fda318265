internal import BlueTap
internal import WireFormat

// The layouts of replies of a shape.
extension ReplyShape {
    /// What replies go into.
    struct Report {
        var size: Int
        var padding: UInt8?
        /// Whether the profile cuts replies into reports, or pads them: then they end where they end.
        var isFramed: Bool
    }

    /// Nil where it does not go into a report.
    func reply(_ frame: CommandFrame, _ report: Report) -> MessageLayout? {
        if isBare { return padded([result], [], frame, report) }
        var fields = fields(frame, hasResult: true)
        switch echo {
        case .none: break
        case .order: if let order = frame.order { fields.append(order) }
        case .amount: if let amount = frame.amount { fields.append(amount) }
        }
        return padded(fields, trailer(frame), frame, report)
    }

    /// What goes before it; nil where nothing does.
    func acknowledgement(_ frame: CommandFrame, _ report: Report) -> MessageLayout? {
        switch acknowledgement {
        case .none: return nil
        case .byte(let byte):
            let number = frame.header.compactMap { if case .number(let field) = $0 { field } else { nil } }
            return padded([Self.constant([byte])] + (hasNumber ? number : []), trailer(frame), frame, report)
        case .frame: return padded(fields(frame, hasResult: false), trailer(frame), frame, report)
        }
    }

    private static func constant(_ bytes: [UInt8]) -> FieldLayout {
        FieldLayout(size: bytes.count, content: .constant(bytes))
    }

    private var result: FieldLayout {
        FieldLayout(
            size: code.count, content: .enumeration(.result, [ResultCode.success.rawValue: HexBytes(code)]))
    }

    /// The result, and what stands around it.
    private func result(_ frame: CommandFrame) -> [FieldLayout] {
        switch wrapping {
        case .none: return [result]
        case .prefix:
            guard let (size, format) = frame.prefix else { return [result] }
            var field = result
            field.extent = .prefixed(size: size, format: format)
            return [field]
        case .record(let tag):
            guard let records = frame.records else { return [result] }
            let count = code.count + (records.countsAll ? records.tagSize + records.lengthSize : 0)
            let length = IntegerFormat(order: records.order).bytes(Int64(count), size: records.lengthSize)
            return [Self.constant(tag + (length ?? [])), result]
        }
    }

    private func fields(_ frame: CommandFrame, hasResult: Bool) -> [FieldLayout] {
        var fields: [FieldLayout] = []
        let result = hasResult ? result(frame) : []
        var isPlaced = false
        func put(at here: ResultPlace) {
            guard here == place, !isPlaced else { return }
            fields += result
            isPlaced = true
        }
        put(at: .first)
        var isMarked = false
        for part in frame.header {
            switch part {
            case .mark(let bytes):
                // What turns is the first of several marks.
                let change = isMarked && turn.mark != .dropped ? .same : turn.mark
                isMarked = true
                add(change.applied(to: bytes), to: &fields)
            case .type(let bytes):
                put(at: .forType)
                if place != .forType { add(turn.type.applied(to: bytes, isWord: frame.wordSize > 1), to: &fields) }
            case .number(let field):
                put(at: .beforeNumber)
                if hasNumber { fields.append(field) }
            case .length(let field): if hasLength { fields.append(field) }
            case .other(let field): fields.append(field)
            }
        }
        put(at: .behindHeader)
        if !isPlaced { fields += result }
        return started(fields)
    }

    private func add(_ bytes: [UInt8], to fields: inout [FieldLayout]) {
        guard !bytes.isEmpty else { return }
        if let last = fields.last, case .constant(let before) = last.content {
            fields[fields.count - 1] = Self.constant(before + bytes)
        } else {
            fields.append(Self.constant(bytes))
        }
    }

    /// With the bytes that devices were seen to begin with instead of the first ones.
    private func started(_ fields: [FieldLayout]) -> [FieldLayout] {
        guard let start, case .constant(let bytes)? = fields.first?.content else { return fields }
        var fields = fields
        fields[0] = Self.constant(Array((start + bytes.dropFirst(start.count)).prefix(max(start.count, bytes.count))))
        return fields
    }

    /// The checksums and constants behind the result.
    private func trailer(_ frame: CommandFrame) -> [FieldLayout] {
        var trailer = frame.trailer.compactMap { field -> FieldLayout? in
            guard case .checksum(var checksum) = field.content else { return field }
            if case .other(let algorithm) = check { checksum.algorithm = algorithm }
            if check == .none { return nil }
            return Self.check(checksum)
        }
        if frame.checksum == nil, case .other(let algorithm) = check {
            trailer.append(
                Self.check(
                    ChecksumField(algorithm: algorithm, over: PlaceRange(from: Place(.start), to: Place(.here)))))
        }
        return trailer
    }

    /// Over the same beginning, up to itself.
    private static func check(_ checksum: ChecksumField) -> FieldLayout {
        var checksum = checksum
        // A span that goes on behind the checksum is told from its end.
        if checksum.over.to.base != .here || checksum.over.to.offset > 0 { checksum.over.to = Place(.here) }
        let size = checksum.algorithm.size * (checksum.format.form == .hexadecimal ? 2 : 1)
        return FieldLayout(size: size, content: .checksum(checksum))
    }

    /// The fields in a report: padded as commands are, with the trailer where it belongs.
    private func padded(
        _ fields: [FieldLayout], _ trailer: [FieldLayout], _ frame: CommandFrame, _ report: Report
    ) -> MessageLayout? {
        let used = Self.size(fields + trailer)
        guard used <= report.size else { return nil }
        let byte = fill == .command ? frame.fill ?? 0 : 0
        let room = report.size - used
        let isAtEnd = !trailer.isEmpty && !isBare && frame.isTrailerAtEnd != (check == .moved)
        // What the profile pads, or does not, is left to it.
        let isOpen = report.isFramed || report.padding == byte
        guard room > 0, isAtEnd || !isOpen else { return lengthsFixed(fields + trailer, count: nil) }
        if report.isFramed { return lengthsFixed(fields + trailer, count: nil) }
        let filling = [FieldLayout(size: room, content: .fill(byte))]
        // A length counts to where the filling begins.
        let end = Self.size(isAtEnd ? fields : fields + trailer)
        return lengthsFixed(isAtEnd ? fields + filling + trailer : fields + trailer + filling, count: end)
    }

    /// How many bytes fields have, all of which are the result's or of fixed size.
    private static func size(_ fields: [FieldLayout]) -> Int {
        fields.reduce(0) { sum, field in
            switch field.extent {
            case .fixed(let size): return sum + size
            case .prefixed(let size, _):
                if case .enumeration(_, let table) = field.content {
                    return sum + size + (table.values.first?.bytes.count ?? 0)
                }
                return sum + size
            default: return sum
            }
        }
    }

    /// With lengths that count to a place, where the message goes on behind it.
    private func lengthsFixed(_ fields: [FieldLayout], count: Int?) -> [FieldLayout] {
        guard let count else { return fields }
        return fields.map { field in
            guard case .length(var length) = field.content, length.over.to.base == .end else { return field }
            var field = field
            length.over.to = Place(.start, count)
            field.content = .length(length)
            return field
        }
    }

    // MARK: For people

    func summary(_ frame: CommandFrame) -> String {
        guard !isBare else { return "nothing but a result of \(Self.bytes(code.count))" }
        var words: [String] = []
        if let start { words.append("begun with \(HexBytes(start)), as devices do") }
        if start == nil, frame.hasMark { words.append("the first byte \(turn.mark.summary)") }
        if frame.hasType, place != .forType { words.append("the type \(turn.type.summary)") }
        if frame.hasNumber { words.append(hasNumber ? "the sequence number" : "no sequence number") }
        if frame.hasLength { words.append(hasLength ? "a length" : "no length") }
        var result = "a result of \(Self.bytes(code.count))"
        switch wrapping {
        case .none: break
        case .prefix: result += " behind its size"
        case .record(let tag): result += " in a record \(HexBytes(tag))"
        }
        switch place {
        case .behindHeader: words.append(result)
        case .beforeNumber: words.append("\(result) before the number")
        case .forType: words.append("\(result) in place of the type")
        case .first: words.append("\(result) before all else")
        }
        switch echo {
        case .none: break
        case .order: words.append("the order")
        case .amount: words.append("the amount")
        }
        if let check = checkSummary(frame) { words.append(check) }
        if fill == .zero, (frame.fill ?? 0) != 0 { words.append("filled with zeros") }
        switch acknowledgement {
        case .none: break
        case .byte(let byte): words.append("after a first report \(HexBytes([byte]))")
        case .frame: words.append("after a first report without a result")
        }
        return words.joined(separator: ", ")
    }

    private func checkSummary(_ frame: CommandFrame) -> String? {
        switch check {
        case .none: frame.checksum == nil ? nil : "no checksum"
        case .other(let algorithm): algorithm.name ?? "another checksum"
        case .same, .moved:
            frame.isTrailerAtEnd != (check == .moved) ? "a checksum at the end" : "a checksum behind the result"
        }
    }

    private static func bytes(_ count: Int) -> String { "\(count) byte\(count == 1 ? "" : "s")" }
}
