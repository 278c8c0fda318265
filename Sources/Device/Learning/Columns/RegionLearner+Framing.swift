internal import BlueTap
internal import WireFormat

// What headers of reports say: which report of a message it is, how many there are, how long the message is.
extension RegionLearner {
    private static func besides(_ plus: Int64) -> String {
        plus == 0 ? "" : plus > 0 ? ", and \(plus) besides" : ", without \(-plus) of them"
    }

    private static func meaning(_ value: FieldLayout.Value, _ plus: Int64) -> String {
        switch value {
        case .index: "goes up by one with each report of a message" + (plus == -1 ? "" : ", from \(plus)")
        case .count: "how many reports the message has"
        case .remaining: "how many reports follow" + (plus == 0 ? "" : ", itself as well")
        case .total: "the message's size" + besides(plus)
        case .piece: "how many bytes of the message are in the report" + besides(plus)
        case .remainder: "how many bytes of the message follow in other reports"
        case .pieceAndRemainder:
            "how many bytes of the message are in the report and in those that follow"
                + besides(plus)
        case .more: "whether reports follow"
        case .last: "whether it is the last"
        default: value.rawValue
        }
    }

    /// Columns that say which report of a message this is.
    ///
    /// - Parameters:
    ///   - shared: columns that all reports of a message have alike.
    ///   - known: what the headers of other reports were found to have.
    mutating func findFraming(shared: Set<Int>, like known: [Claim]) {
        for claim in known {
            guard case .integer(let value, let format) = claim.field, isFree(claim.range) else { continue }
            let fits = specimens.indices.allSatisfy { index in
                let number = format.number(Array(bytes(index, claim.range))).map { $0 - format.plus }
                return value == .sequence || number == specimens[index].values.number(value)
            }
            if fits { self.claim(claim.range, claim.field, claim.evidence) }
        }
        let order: [FieldLayout.Value] = [
            .index, .total, .count, .remaining, .remainder, .pieceAndRemainder, .piece, .more, .last,
        ]
        for value in order { findNumber(value) }
        for column in puzzles {
            // Pays may all be longer than cancels: where a size tells the end, nothing else needs to.
            let tables: [(FieldLayout.Value, String)] = [
                (.position, "which part of the message it is"), (.command, "which command it is"),
            ]
            let isTold = claims.contains { $0.field.carries(.total) || $0.field.carries(.count) }
            if (isTold ? tables.reversed() : tables).contains(where: { claimTable(column, $0, $1) }) { continue }
            claimFramingBits(column)
        }
        claimShared(shared)
    }

    private mutating func findNumber(_ value: FieldLayout.Value) {
        let numbers = specimens.map { $0.values.number(value) ?? 0 }
        guard Set(numbers).count > 1 else { return }
        for width in [4, 2, 1] {
            for byteOrder in width == 1 ? [IntegerFormat.ByteOrder.big] : [.big, .little] {
                for column in 0..<max(0, size - width + 1) {
                    let range = column..<column + width
                    guard isFree(range), range.contains(where: { constant($0) == nil }) else { continue }
                    let plus = Int64(Ends.number(bytes(0, range), byteOrder)) - numbers[0]
                    guard Self.isCounted(value, plus),
                        specimens.indices.allSatisfy({
                            Int64(Ends.number(bytes($0, range), byteOrder)) - plus == numbers[$0]
                        })
                    else { continue }
                    claim(
                        range, .integer(value, IntegerFormat(order: byteOrder, plus: plus)), Self.meaning(value, plus))
                    return
                }
            }
        }
    }

    /// What a number may count besides, or leave out.
    private static func isCounted(_ value: FieldLayout.Value, _ plus: Int64) -> Bool {
        switch value {
        // Those behind the first count from 0 as well.
        case .index: -1...1 ~= plus
        case .remaining: 0...1 ~= plus
        case .total, .piece, .remainder, .pieceAndRemainder: abs(plus) <= SearchLimit.uncounted
        default: plus == 0
        }
    }

    /// Numbers that all reports of a message share, and bytes that mean nothing.
    private mutating func claimShared(_ shared: Set<Int>) {
        for range in puzzles.filter(shared.contains).runs {
            let order = claims.contains { $0.field.carries(.sequence) } ? nil : counting(range)
            claim(
                range, order.map { .integer(.sequence, IntegerFormat(order: $0)) } ?? .opaque(freeName("channel")),
                "the same in all reports of a message")
        }
    }

    /// How a number stands there that goes up by one with each message; any that is one byte is taken for one.
    private func counting(_ range: Range<Int>) -> IntegerFormat.ByteOrder? {
        if range.count == 1 { return .little }
        guard range.count <= 4 else { return nil }
        return [.little, .big].first { order in
            let numbers = specimens.indices.map { Ends.number(bytes($0, range), order) }
            return zip(numbers, numbers.dropFirst()).allSatisfy { 0...1 ~= $1 - $0 }
        }
    }

    /// A constant 0 or 1 at the end of the header of all second reports, where there are no third ones: their number.
    mutating func findOnlyIndex() {
        guard !claims.contains(where: { $0.field.carries(.index) }),
            specimens.allSatisfy({ $0.values.number(.index) == 1 }), size > 0, isFree(size - 1..<size),
            let number = constant(size - 1), number <= 1
        else { return }
        claim(
            size - 1..<size, .integer(.index, IntegerFormat(plus: Int64(number) - 1)),
            "counts reports, or never changes: no message has three",
            doubts: [
                Doubt(
                    place: "the header of a message's second report",
                    readings: ["its last byte is the report's number", "it is always \(number)"],
                    decidedBy: "send the longest command that there is")
            ])
    }

    private mutating func claimTable(_ column: Int, _ value: FieldLayout.Value, _ meaning: String) -> Bool {
        var table: [String: HexBytes] = [:]
        for index in specimens.indices {
            guard let name = specimens[index].values[value] else { return false }
            let written = HexBytes([byte(index, column)])
            if let known = table.updateValue(written, forKey: name), known != written { return false }
        }
        guard Set(table.values).count == table.count else { return false }
        claim(column..<column + 1, .enumeration(value, table), meaning)
        return true
    }

    /// Flags in some bits, and the report's number or what it has in others: in as few parts as can be.
    private mutating func claimFramingBits(_ column: Int) {
        let all = specimens.indices.map { byte($0, column) }
        let values: [FieldLayout.Value] = [.index, .remaining, .count, .more, .last, .piece]
        func part(_ low: Int, _ count: Int) -> BitField.Content? {
            let bits = all.map { Int64($0 >> UInt8(low)) & (1 << Int64(count) - 1) }
            if bits.allSatisfy({ $0 == bits[0] }) { return .constant(UInt64(bits[0])) }
            let value = values.first { value in
                zip(bits, specimens).allSatisfy { $0 == $1.values.number(value) }
            }
            return value.map { .integer($0) }
        }
        // The best for the bits from each one upwards.
        var best: [[BitField]?] = Array(repeating: nil, count: 9)
        best[8] = []
        for low in (0..<8).reversed() {
            for count in 1...(8 - low) {
                guard let above = best[low + count], let content = part(low, count) else { continue }
                let fields = above + [BitField(count: count, content: content)]
                if best[low].map({ fields.count < $0.count }) ?? true { best[low] = fields }
            }
        }
        guard var fields = best[0], fields.count > 1 else { return }
        // Zeros above a number are its own.
        for index in fields.indices.dropFirst() {
            guard case .integer(let value) = fields[index].content, value != .more, value != .last,
                case .constant(let bits) = fields[index - 1].content
            else { continue }
            let zeros = min(bits.trailingZeroBitCount, fields[index - 1].count)
            guard zeros > 0 else { continue }
            fields[index].count += zeros
            fields[index - 1] = BitField(
                count: fields[index - 1].count - zeros, content: .constant(bits >> UInt64(zeros)))
        }
        fields.removeAll { $0.count == 0 }
        // A flag that all have which are their message's only report says that none follows.
        if case .constant(let bits) = fields[0].content, bits >> UInt64(fields[0].count - 1) == 1,
            specimens.allSatisfy({ $0.values.number(.count) == 1 })
        {
            let rest = fields[0].count - 1
            fields[0] = BitField(count: 1, content: .integer(.last))
            if rest > 0 {
                let others = bits & (1 << UInt64(rest) - 1)
                fields.insert(BitField(count: rest, content: .constant(others)), at: 1)
            }
        }
        let names = fields.compactMap { field -> String? in
            if case .integer(let value) = field.content { value.rawValue } else { nil }
        }
        // What is told several times is told by chance.
        guard Set(names).count == names.count else { return }
        claim(column..<column + 1, .bits(fields, .little), "\(names.joined(separator: ", then ")) in bits")
    }
}
