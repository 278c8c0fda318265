internal import BlueTap
internal import WireFormat

// What headers of reports say: which report of a message it is, how many there are, how long the message is.
extension RegionLearner {
    private static func meaning(_ value: FieldLayout.Value, _ plus: Int64) -> String {
        switch value {
        case .index: "goes up by one with each report of a message" + (plus == -1 ? "" : ", from \(plus)")
        case .count: "how many reports the message has"
        case .remaining: "how many reports follow" + (plus == 0 ? "" : ", itself as well")
        case .total: "the message's size" + (plus == 0 ? "" : ", and \(plus) of its header")
        case .piece: "how many bytes of the message are in the report"
        case .remainder: "how many bytes of the message follow in other reports"
        case .pieceAndRemainder:
            "how many bytes of the message are in the report and in those that follow"
                + (plus == 0 ? "" : ", and \(plus) of its header")
        case .more: "whether reports follow"
        default: value.rawValue
        }
    }

    /// Columns that say which report of a message this is.
    mutating func findFraming() {
        let order: [FieldLayout.Value] = [
            .index, .total, .count, .remaining, .remainder, .pieceAndRemainder, .piece, .more,
        ]
        for value in order {
            let numbers = specimens.map { $0.values.number(value) ?? 0 }
            guard Set(numbers).count > 1 else { continue }
            search: for width in [2, 1] {
                for byteOrder in width == 1 ? [IntegerFormat.ByteOrder.big] : [.big, .little] {
                    for column in 0..<max(0, size - width + 1) {
                        let range = column..<column + width
                        guard isFree(range), range.contains(where: { constant($0) == nil }) else { continue }
                        let pluses: [Int64] =
                            switch value {
                            // Those behind the first count from 0 as well.
                            case .index: [0, 1, -1]
                            case .remaining: [0, 1]
                            case .total, .pieceAndRemainder:
                                FramingLearner.countedBesides(headerSize: size, behind: range.upperBound)
                            default: [0]
                            }
                        for plus in pluses {
                            let format = IntegerFormat(order: byteOrder, plus: plus)
                            let fits = specimens.indices.allSatisfy {
                                format.number(Array(bytes($0, range))).map { $0 - plus } == numbers[$0]
                            }
                            guard fits else { continue }
                            claim(range, .integer(value, format), Self.meaning(value, plus))
                            break search
                        }
                    }
                }
            }
        }
        for column in puzzles {
            // Pays may all be longer than cancels: where a size tells the end, nothing else needs to.
            let tables: [(FieldLayout.Value, String)] = [
                (.position, "which part of the message it is"), (.command, "which command it is"),
            ]
            let isTold = claims.contains { $0.field.carries(.total) || $0.field.carries(.count) }
            if (isTold ? tables.reversed() : tables).contains(where: { claimTable(column, $0, $1) }) { continue }
            claimFramingBits(column)
        }
        // A number that all reports of a message share.
        for range in puzzles.runs {
            let isNumber = range.count == 1 && !claims.contains { $0.field.carries(.sequence) }
            claim(
                range, isNumber ? .integer(.sequence, IntegerFormat()) : .opaque(freeName("channel")),
                "the same in all reports of a message")
        }
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

    /// A flag in the highest bit, and the report's number below it, or the like.
    private mutating func claimFramingBits(_ column: Int) {
        let all = specimens.indices.map { byte($0, column) }
        func fits(_ value: FieldLayout.Value, _ shift: Int, _ count: Int) -> Bool {
            let mask = UInt8((1 << count) - 1)
            return specimens.indices.allSatisfy {
                Int64(all[$0] >> UInt8(shift) & mask) == (specimens[$0].values.number(value) ?? -1)
            }
        }
        for split in 1...7 {
            let low: [FieldLayout.Value] = [.index, .remaining, .count, .more]
            for (high, below) in low.flatMap({ high in low.map { (high, $0) } }) where high != below {
                if fits(high, split, 8 - split), fits(below, 0, split) {
                    claim(
                        column..<column + 1,
                        .bits(
                            [
                                BitField(count: 8 - split, content: .integer(high)),
                                BitField(count: split, content: .integer(below)),
                            ], .little), "\(high.rawValue) in the upper bits, \(below.rawValue) in the lower")
                    return
                }
            }
            for value in low {
                let mask = UInt8((1 << split) - 1)
                if fits(value, 0, split), Set(all.map { $0 >> UInt8(split) }).count == 1 {
                    claim(
                        column..<column + 1,
                        .bits(
                            [
                                BitField(count: 8 - split, content: .constant(UInt64(all[0] >> UInt8(split)))),
                                BitField(count: split, content: .integer(value)),
                            ], .little), "\(value.rawValue) in the lower bits")
                    return
                }
                if fits(value, split, 8 - split), Set(all.map { $0 & mask }).count == 1 {
                    claim(
                        column..<column + 1,
                        .bits(
                            [
                                BitField(count: 8 - split, content: .integer(value)),
                                BitField(count: split, content: .constant(UInt64(all[0] & mask))),
                            ], .little), "\(value.rawValue) in the upper bits")
                    return
                }
            }
        }
    }
}
