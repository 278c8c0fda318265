internal import BlueTap

/// Finds how messages of several reports are cut.
struct FramingLearner {
    /// The reports of each message, in order.
    let messages: [[[UInt8]]]
    /// Which command each is, or answers.
    let kinds: [Command.Kind]
    /// Texts that stand in each message, whole.
    let texts: [[[UInt8]]]
    /// The byte that fills what the last report of a message has left.
    let padding: UInt8?

    struct Result {
        var framing: FramingLayout
        var evidence: FramingEvidence
        var messages: [Whole]
        var cost: Int
    }

    /// A message put together.
    struct Whole: Equatable {
        var bytes: [UInt8]
        /// Whether the headers say to the byte where it ends.
        var isSizeTold: Bool
    }

    /// The messages as a known framing cuts them, with constants of their own; nil where it does not.
    func find(like model: FramingLayout) -> Result? {
        guard let size = messages.first?.first?.count, messages.allSatisfy({ $0.allSatisfy { $0.count == size } })
        else {
            return nil
        }
        var framing = model
        let firsts = zip(kinds, messages).map { (kind: $0, bytes: $1[0]) }
        let others = zip(kinds, messages).flatMap { kind, message in message.dropFirst().map { (kind: kind, bytes: $0) }
        }
        if let first = model.first {
            guard let own = first.withConstants(of: firsts) else { return nil }
            framing.first = own
        }
        guard let header = model.header.withConstants(of: model.first == nil ? firsts + others : others) else {
            return nil
        }
        framing.header = header
        guard let whole = assembled(by: framing, size: size, isWrittenAlike: true) else { return nil }
        return Result(
            framing: framing, evidence: FramingEvidence(framing, "as in the other direction"), messages: whole,
            cost: -1000)
    }

    /// The messages as a framing puts them together; nil where one of them does not end with its last report.
    ///
    /// - Parameter isWrittenAlike: whether it has to make the same reports of them again.
    private func assembled(by framing: FramingLayout, size: Int, isWrittenAlike: Bool) -> [Whole]? {
        guard let compiled = try? CompiledFraming(framing, size: size, padding: padding, path: []) else { return nil }
        var whole: [Whole] = []
        for reports in messages {
            var assembler = Assembler(compiled)
            let ends = reports.map { try? assembler.receive($0).message }
            guard let message = ends.last ?? nil, ends.dropLast().allSatisfy({ $0 == nil }) else { return nil }
            if isWrittenAlike, (try? compiled.reports(of: message.bytes, values: message.values)) != reports {
                return nil
            }
            whole.append(Whole(bytes: message.bytes, isSizeTold: message.values[.total] != nil))
        }
        return whole
    }

    private struct Cut {
        let first: Int
        let header: Int
        let trailer: Int
    }

    /// The likeliest first.
    ///
    /// - Parameter isUniform: whether messages may be told by nothing but that all have as many reports.
    func find(isUniform: Bool) -> [Result] {
        guard let size = messages.first?.first?.count, messages.allSatisfy({ $0.allSatisfy { $0.count == size } }),
            messages.contains(where: { $0.count > 1 })
        else { return [] }
        let counts = Set(messages.map(\.count))
        let uniform = counts.count == 1 ? counts.first : nil
        var found: [Result] = []
        for trailer in [0, 1, 2, 4] {
            for header in 0...5 {
                for first in header...(header + 4) where first + trailer < size {
                    let cut = Cut(first: first, header: header, trailer: trailer)
                    if let result = learn(cut, size: size, uniform: isUniform ? uniform : nil) { found.append(result) }
                }
            }
        }
        return found.sorted { $0.cost < $1.cost }
    }

    /// - Parameter uniform: how many reports every message has, where nothing else needs to tell.
    private func learn(_ cut: Cut, size: Int, uniform: Int?) -> Result? {
        let rooms = messages.map { message in
            message.indices.map { size - ($0 == 0 ? cut.first : cut.header) - cut.trailer }
        }
        for totals in totals(cut, rooms, size) {
            if let result = learn(cut, size, rooms, totals, uniform: nil) { return result }
        }
        guard let uniform else { return nil }
        return learn(cut, size, rooms, rooms.map { $0.reduce(0, +) }, uniform: uniform)
    }

    /// What a message's size may count besides: nothing, its header, or what stands in that behind the size.
    static func countedBesides(headerSize: Int, behind end: Int) -> [Int64] {
        headerSize == end ? [0, Int64(headerSize)] : [0, Int64(headerSize), Int64(headerSize - end)]
    }

    /// What the messages' sizes could be: as a number in the first header says, or up to where padding begins.
    private func totals(_ cut: Cut, _ rooms: [[Int]], _ size: Int) -> [[Int]] {
        var all: [[Int]] = []
        let bounds = zip(messages, rooms).map { message, rooms -> ClosedRange<Int> in
            let most = rooms.reduce(0, +)
            let last = message[message.count - 1]
            var unpadded = last.count - cut.trailer
            let start = message.count == 1 ? cut.first : cut.header
            while unpadded > start, last[unpadded - 1] == padding { unpadded -= 1 }
            let least = most - rooms[rooms.count - 1] + unpadded - start
            return max(least, 1)...most
        }
        for width in [2, 1] {
            for order in width == 1 ? [IntegerFormat.ByteOrder.big] : [.big, .little] {
                for column in 0..<max(0, cut.first - width + 1) {
                    let stored = messages.map { Int($0[0].unsignedInteger(at: column, size: width, order: order)) }
                    for plus in Self.countedBesides(headerSize: cut.first, behind: column + width) {
                        let numbers = stored.map { $0 - Int(plus) }
                        let isPossible = zip(numbers, bounds).allSatisfy { $1.contains($0) }
                        if isPossible, !all.contains(numbers) { all.append(numbers) }
                    }
                    // What follows in other reports, with what the first has; of one that has no others that says nothing.
                    let numbers = messages.indices.map { index in
                        messages[index].count == 1
                            ? (stored[index] == 0 ? bounds[index].upperBound : 0) : stored[index] + rooms[index][0]
                    }
                    if zip(numbers, bounds).allSatisfy({ $1.contains($0) }), !all.contains(numbers) {
                        all.append(numbers)
                    }
                }
            }
        }
        // What the last report says that it has.
        for column in 0..<cut.header {
            let numbers = zip(messages, rooms).map { message, rooms in
                rooms.dropLast().reduce(0, +)
                    + Int(message[message.count - 1][message.count == 1 ? min(column, cut.first - 1) : column])
            }
            if zip(numbers, bounds).allSatisfy({ $1.contains($0) }) { all.append(numbers) }
        }
        all.append(bounds.map(\.upperBound))
        return all
    }

    private func learn(_ cut: Cut, _ size: Int, _ rooms: [[Int]], _ totals: [Int], uniform: Int?) -> Result? {
        var specimens: (first: [Specimen], later: [Specimen]) = ([], [])
        var whole: [[UInt8]] = []
        var order = 0
        for (index, message) in messages.enumerated() {
            var bytes: [UInt8] = []
            for (number, report) in message.enumerated() {
                let head = number == 0 ? cut.first : cut.header
                let piece = min(rooms[index][number], totals[index] - bytes.count)
                guard piece >= 0 else { return nil }
                bytes += report[head..<head + piece]
                var values = FieldValues()
                values.set(.index, number)
                values.set(.count, message.count)
                values.set(.remaining, message.count - 1 - number)
                values.set(.total, totals[index])
                values.set(.piece, piece)
                values.set(.remainder, totals[index] - bytes.count)
                values.set(.pieceAndRemainder, totals[index] - bytes.count + piece)
                values.set(.more, number < message.count - 1 ? 1 : 0)
                values[.position] =
                    message.count == 1
                    ? "only" : number == 0 ? "first" : number == message.count - 1 ? "last" : "middle"
                values[.command] = kinds[index].rawValue
                let specimen = Specimen(
                    bytes: report, values: values, kind: kinds[index], order: order, end: report.count)
                if number == 0 { specimens.first.append(specimen) } else { specimens.later.append(specimen) }
                order += 1
            }
            guard bytes.count == totals[index] else { return nil }
            whole.append(bytes)
        }
        let isSame = cut.first == cut.header
        let heads = isSame ? [specimens.first + specimens.later] : [specimens.first, specimens.later]
        var layouts: [[Finding]] = []
        var unexplained = 0
        var values: [Set<FieldLayout.Value>] = []
        for (specimens, width) in zip(heads, isSame ? [cut.header] : [cut.first, cut.header]) {
            var region = RegionLearner(
                specimens: specimens, starts: specimens.map { _ in 0 }, size: width, wanted: [])
            region.findFraming()
            region.findChecksums()
            let findings = region.fields()
            unexplained += region.unexplained
            layouts.append(findings)
            values.append(Set(findings.flatMap(\.field.values)))
        }
        guard unexplained == 0 else { return nil }
        guard let told = values.first, uniform != nil || !told.isDisjoint(with: CompiledFraming.tellingEnd) else {
            return nil
        }
        var trailer: [Finding] = []
        if cut.trailer > 0 {
            let all = specimens.first + specimens.later
            var region = RegionLearner(
                specimens: all, starts: all.map { _ in size - cut.trailer }, size: cut.trailer, wanted: [])
            region.findChecksums()
            trailer = region.fields()
            guard region.unexplained == 0,
                trailer.contains(where: { if case .checksum = $0.field.content { true } else { false } })
            else { return nil }
        }
        // Texts that go on from one report to the next show that the cut is right.
        let seen = zip(whole, texts).reduce(0) { sum, pair in
            sum + pair.1.filter { text in pair.0.firstPlace(of: text, from: 0, to: pair.0.count) != nil }.count
        }
        let wanted = texts.reduce(0) { $0 + $1.count }
        let framing = FramingLayout(
            header: layouts[layouts.count - 1].map(\.field), first: isSame ? nil : layouts[0].map(\.field),
            trailer: trailer.map(\.field), reports: uniform)
        guard let read = assembled(by: framing, size: size, isWrittenAlike: false), read.map(\.bytes) == whole else {
            return nil
        }
        return Result(
            framing: framing,
            evidence: FramingEvidence(
                first: isSame ? [] : layouts[0].map(\.evidence), header: layouts[layouts.count - 1].map(\.evidence),
                trailer: trailer.map(\.evidence)),
            messages: read,
            cost: (wanted - seen) * 100 + cut.first + cut.header + (isSame ? 0 : 2)
                - (cut.trailer > 0 ? 2 * cut.trailer : 0) + (uniform == nil ? 0 : 50))
    }
}

extension MessageLayout {
    /// The same fields with the constants that these reports begin with; nil where they have none there.
    fileprivate func withConstants(of reports: [(kind: Command.Kind, bytes: [UInt8])]) -> MessageLayout? {
        var column = 0
        var result: MessageLayout = []
        for var field in self {
            guard let size = field.fixedSize else { return nil }
            let range = column..<column + size
            if !reports.isEmpty {
                switch field.content {
                case .constant:
                    guard let bytes = reports.common(range) else { return nil }
                    field.content = .constant(bytes)
                case .enumeration(.command, _):
                    var table: [String: HexBytes] = [:]
                    for kind in Set(reports.map(\.kind)) {
                        guard let bytes = reports.filter({ $0.kind == kind }).common(range) else { return nil }
                        table[kind.rawValue] = HexBytes(bytes)
                    }
                    // What all answers say alike tells no command.
                    field.content =
                        Set(table.values).count == table.count
                        ? .enumeration(.command, table) : .constant([UInt8](reports[0].bytes[range]))
                default: break
                }
            }
            result.append(field)
            column += size
        }
        return result
    }
}

extension [(kind: Command.Kind, bytes: [UInt8])] {
    /// What all reports have there; nil where they differ.
    fileprivate func common(_ range: Range<Int>) -> [UInt8]? {
        guard allSatisfy({ $0.bytes.count >= range.upperBound }), let first = first?.bytes[range] else { return nil }
        return allSatisfy { $0.bytes[range] == first } ? [UInt8](first) : nil
    }
}

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
        for column in puzzles where isFree(column..<column + 1) {
            claim(column..<column + 1, .integer(.sequence, IntegerFormat()), "the same in all reports of a message")
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
