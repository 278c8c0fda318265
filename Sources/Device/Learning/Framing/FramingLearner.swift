internal import BlueTap
internal import WireFormat

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
        /// What the headers have that means nothing to the device.
        var opaques: [String: [UInt8]] = [:]

        /// Whether its headers have of that only what the command has.
        func repeats(_ command: Whole) -> Bool { opaques.allSatisfy { command.opaques[$0.key] == $0.value } }
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
            cost: ReadingCost.knownFraming)
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
            whole.append(
                Whole(
                    bytes: message.bytes, isSizeTold: message.values[.total] != nil, opaques: message.values.opaques))
        }
        return whole
    }

    /// How many bytes at the ends of reports are not the message's.
    struct Cut {
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
        for trailer in SearchLimit.trailers {
            for header in 0...SearchLimit.header {
                for first in header...(header + SearchLimit.longerFirstHeader) where first + trailer < size {
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
        guard let pieces = pieces(cut, rooms, totals), let heads = heads(cut, pieces, uniform),
            let trailer = trailer(cut, size, pieces)
        else { return nil }
        let isSame = cut.first == cut.header
        let (first, header) = (heads[0], heads[heads.count - 1])
        let framing = FramingLayout(
            header: header.map(\.field), first: isSame ? nil : first.map(\.field), trailer: trailer.map(\.field),
            reports: uniform)
        guard let read = assembled(by: framing, size: size, isWrittenAlike: false), read.map(\.bytes) == pieces.whole
        else { return nil }
        return Result(
            framing: framing,
            evidence: FramingEvidence(
                first: isSame ? [] : first.map(\.evidence), header: header.map(\.evidence),
                trailer: trailer.map(\.evidence)),
            messages: read,
            cost: ReadingCost.framing(cut, splitTexts: splitTexts(pieces.whole), isUniform: uniform != nil))
    }

    /// The reports of all messages, and these put together.
    private struct Pieces {
        var first: [Specimen] = []
        var later: [Specimen] = []
        var whole: [[UInt8]] = []
    }

    /// Cuts the messages so, and notes what a header of each report could say; nil where a message is not whole then.
    private func pieces(_ cut: Cut, _ rooms: [[Int]], _ totals: [Int]) -> Pieces? {
        var pieces = Pieces()
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
                if number == 0 { pieces.first.append(specimen) } else { pieces.later.append(specimen) }
                order += 1
            }
            guard bytes.count == totals[index] else { return nil }
            pieces.whole.append(bytes)
        }
        return pieces
    }

    /// The header of all reports, or that of the first and that of the others; nil where something in them is not
    /// understood, or they do not tell where a message ends.
    private func heads(_ cut: Cut, _ pieces: Pieces, _ uniform: Int?) -> [[Finding]]? {
        let isSame = cut.first == cut.header
        let heads = isSame ? [pieces.first + pieces.later] : [pieces.first, pieces.later]
        var layouts: [[Finding]] = []
        for (specimens, width) in zip(heads, isSame ? [cut.header] : [cut.first, cut.header]) {
            var region = RegionLearner(
                specimens: specimens, starts: specimens.map { _ in 0 }, size: width, wanted: [])
            region.findFraming()
            region.findChecksums()
            let findings = region.fields()
            guard region.unexplained == 0 else { return nil }
            layouts.append(findings)
        }
        let told = Set(layouts[0].flatMap(\.field.values))
        return uniform != nil || !told.isDisjoint(with: CompiledFraming.tellingEnd) ? layouts : nil
    }

    /// What ends each report, which is a checksum; nil where it is not understood.
    private func trailer(_ cut: Cut, _ size: Int, _ pieces: Pieces) -> [Finding]? {
        guard cut.trailer > 0 else { return [] }
        let all = pieces.first + pieces.later
        var region = RegionLearner(
            specimens: all, starts: all.map { _ in size - cut.trailer }, size: cut.trailer, wanted: [])
        region.findChecksums()
        let findings = region.fields()
        let isChecked = findings.contains { if case .checksum = $0.field.content { true } else { false } }
        return region.unexplained == 0 && isChecked ? findings : nil
    }

    /// Texts that are not whole. Those that go on from one report to the next show that the cut is right.
    private func splitTexts(_ whole: [[UInt8]]) -> Int {
        zip(whole, texts).reduce(0) { sum, pair in
            sum + pair.1.count { text in pair.0.firstPlace(of: text, from: 0, to: pair.0.count) == nil }
        }
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
