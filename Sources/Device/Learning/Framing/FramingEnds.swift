internal import BlueTap
internal import WireFormat

/// What could tell where messages end, where the reports behind the first have this header and all have this trailer.
struct Ends {
    private let learner: FramingLearner
    private let header: Int
    private let trailer: Int
    /// All bytes of each message with the header of the first report, and the padding.
    private let raw: [[UInt8]]
    /// How many of these are no padding, and how many there are.
    private let bounds: [ClosedRange<Int>]
    /// Of each report of a message, the first included, what it has of these.
    private let rooms: [[Int]]
    let splitTexts: Int
    private let lengths: [LengthColumn]
    /// How long the first header is at least: before it are bytes that the other reports have as well.
    private let firstLeast: Int
    /// How long it may be: behind it columns change in no way that headers do.
    private let firstLimit: Int

    /// A number in the first report that goes up as messages grow.
    struct LengthColumn {
        let range: Range<Int>
        let order: IntegerFormat.ByteOrder
        let stored: [Int]
        /// What has to be added at least to be the size of all there is, the first header included; and at most.
        let surplus: ClosedRange<Int>
        /// How many messages end just there.
        let tight: Int
    }

    struct Candidate {
        let cut: FramingLearner.Cut
        let totals: [Int]
    }

    /// Nil where no reports have such a header.
    init?(_ learner: FramingLearner, header: Int, trailer: Int) {
        let messages = learner.messages
        guard messages.allSatisfy({ $0.allSatisfy { $0.count >= trailer } }),
            messages.allSatisfy({ $0.dropFirst().allSatisfy { $0.count >= header + trailer } }),
            messages.allSatisfy({ $0.dropFirst().dropLast().allSatisfy { $0.count > header + trailer } })
        else { return nil }
        let later = messages.flatMap { message in
            message.indices.dropFirst().map { (bytes: message[$0], index: $0, remaining: message.count - 1 - $0) }
        }
        var puzzles = 0
        for column in 0..<header where !learner.shared.contains(column) {
            let bytes = later.map { $0.bytes[column] }
            if Self.tells(later.map(\.index), bytes) || Self.tells(later.map(\.remaining), bytes) { continue }
            puzzles += 1
        }
        guard puzzles <= SearchLimit.headerPuzzles else { return nil }
        self.learner = learner
        self.header = header
        self.trailer = trailer
        raw = messages.map { message in
            message.enumerated().flatMap { $1[($0 == 0 ? 0 : header)..<$1.count - trailer] }
        }
        rooms = messages.map { message in
            message.enumerated().map { $1.count - trailer - ($0 == 0 ? 0 : header) }
        }
        bounds = zip(raw, rooms).map { bytes, rooms in
            var end = bytes.count
            let start = end - rooms[rooms.count - 1]
            if let padding = learner.padding { while end > start, bytes[end - 1] == padding { end -= 1 } }
            return end...bytes.count
        }
        splitTexts = learner.splitTexts(raw)
        lengths = Self.lengths(messages, bounds)
        let firsts = messages.map { $0[0] }
        firstLeast =
            (0..<header).last { column in
                let others = Set(later.map { $0.bytes[column] })
                return firsts.allSatisfy { column < $0.count && others.contains($0[column]) }
            }.map { $0 + 1 } ?? 0
        firstLimit = Self.firstLimit(learner, lengths, raw)
    }

    /// Whether the same number always has the same byte beside it.
    private static func tells(_ numbers: [Int], _ bytes: [UInt8]) -> Bool {
        var known: [Int: UInt8] = [:]
        return zip(numbers, bytes).allSatisfy { number, byte in
            known[number].map { $0 == byte } ?? (known.updateValue(byte, forKey: number) == nil)
        }
    }

    static func number(_ bytes: ArraySlice<UInt8>, _ order: IntegerFormat.ByteOrder) -> Int {
        order == .big
            ? bytes.reduce(0) { $0 << 8 | Int($1) } : bytes.reversed().reduce(0) { $0 << 8 | Int($1) }
    }

    private static func lengths(_ messages: [[[UInt8]]], _ bounds: [ClosedRange<Int>]) -> [LengthColumn] {
        let size = messages.map { $0[0].count }.min() ?? 0
        var all: [LengthColumn] = []
        for width in [4, 2, 1] {
            for order in width == 1 ? [IntegerFormat.ByteOrder.big] : [.big, .little] {
                for column in 0..<max(0, min(SearchLimit.lengthColumn, size - width + 1)) {
                    let stored = messages.map { number($0[0][column..<column + width], order) }
                    let least = zip(stored, bounds).map { $1.lowerBound - $0 }.max() ?? 0
                    let most = zip(stored, bounds).map { $1.upperBound - $0 }.min() ?? 0
                    guard least <= most, Set(stored).count > 1,
                        abs(least) <= SearchLimit.uncounted || abs(most) <= SearchLimit.uncounted
                    else { continue }
                    all.append(
                        LengthColumn(
                            range: column..<column + width, order: order, stored: stored, surplus: least...most,
                            tight: zip(stored, bounds).count { $0 + least == $1.lowerBound }))
                }
            }
        }
        return all.sorted { $0.tight > $1.tight }
    }

    private static func firstLimit(_ learner: FramingLearner, _ lengths: [LengthColumn], _ raw: [[UInt8]]) -> Int {
        let firsts = learner.messages.map { $0[0] }
        let counts = learner.messages.map(\.count)
        let kinds = learner.kinds.map { $0 == .pay ? 0 : 1 }
        var limit = min(SearchLimit.firstHeader, (firsts.map(\.count).min() ?? 0))
        for (bytes, texts) in zip(raw, learner.texts) {
            for text in texts {
                if let place = bytes.firstPlace(of: text, from: 0, to: bytes.count) { limit = min(limit, place) }
            }
        }
        var puzzles = 0
        for column in 0..<limit {
            let bytes = firsts.map { $0[column] }
            if learner.shared.contains(column) || tells(kinds, bytes) || tells(counts, bytes)
                || lengths.contains(where: { $0.range.contains(column) })
            {
                continue
            }
            puzzles += 1
            if puzzles > SearchLimit.headerPuzzles { return column }
        }
        return limit
    }

    // MARK: Candidates

    /// - Parameter uniform: how many reports every message has, where nothing else needs to tell.
    func candidates(uniform: Int?) -> [Candidate] {
        var all: [Candidate] = []
        func add(_ first: Int, _ totals: [Int], _ end: FramingEnd? = nil, reports: Int? = nil) {
            guard first >= firstLeast, totals.allSatisfy({ $0 >= 0 }) else { return }
            for isOther in first == header ? [false, true] : [true] {
                let cut = FramingLearner.Cut(
                    first: first, header: header, trailer: trailer, isFirstOther: isOther, end: end, reports: reports)
                all.append(Candidate(cut: cut, totals: totals))
            }
        }
        for (first, totals) in toldTotals() { add(first, totals) }
        for (first, totals, end) in innerLengths() { add(first, totals, end) }
        for first in 0...max(0, min(header + SearchLimit.longerFirstHeader, firstLimit)) {
            for totals in pieceTotals(first) + [bounds.map { $0.upperBound - first }] { add(first, totals) }
            guard first <= header + SearchLimit.markedFirstHeader else { continue }
            for (totals, end) in ends(first) { add(first, totals, end) }
            if let uniform { add(first, bounds.map { $0.upperBound - first }, reports: uniform) }
        }
        return all
    }

    /// The first header's size, and the messages' sizes by a number in it.
    private func toldTotals() -> [(Int, [Int])] {
        var all: [(Int, [Int])] = []
        var seen: Set<[Int]> = []
        func add(_ first: Int, _ totals: [Int]) {
            if seen.insert([first] + totals).inserted { all.append((first, totals)) }
        }
        for length in lengths.prefix(SearchLimit.lengthColumns) {
            for first in length.range.upperBound..<length.range.upperBound + SearchLimit.headerBehindLength
            where first <= firstLimit {
                let natural = [length.surplus.lowerBound, first, 0, length.range.upperBound]
                for surplus in Set(natural).sorted() where length.surplus.contains(surplus) {
                    add(first, length.stored.map { $0 + surplus - first })
                }
            }
        }
        // What follows in other reports, with what the first has; of one that has no others that says nothing.
        for width in [2, 1] {
            for order in width == 1 ? [IntegerFormat.ByteOrder.big] : [.big, .little] {
                for column in 0..<max(0, min(SearchLimit.lengthColumn, firstLimit - width + 1)) {
                    let stored = learner.messages.map { Self.number($0[0][column..<column + width], order) }
                    let sizes = stored.indices.map { index in
                        rooms[index].count == 1
                            ? (stored[index] == 0 ? bounds[index].upperBound : -1) : stored[index] + rooms[index][0]
                    }
                    guard zip(sizes, bounds).allSatisfy({ $1.contains($0) }) else { continue }
                    for first in column + width..<column + width + SearchLimit.headerBehindLength
                    where first <= firstLimit { add(first, sizes.map { $0 - first }) }
                }
            }
        }
        return all
    }

    /// Numbers that the messages have themselves.
    private func innerLengths() -> [(Int, [Int], FramingEnd)] {
        var all: [(Int, [Int], FramingEnd)] = []
        var seen: Set<[Int]> = []
        for length in lengths.prefix(SearchLimit.lengthColumns) {
            let natural = [length.surplus.lowerBound, 0, length.range.upperBound]
            for surplus in Set(natural).sorted() where length.surplus.contains(surplus) {
                for first in 0...min(header, length.range.lowerBound) {
                    let totals = length.stored.map { $0 + surplus - first }
                    // The widest of those that say the same.
                    guard seen.insert([first] + totals).inserted,
                        totals.allSatisfy({ $0 >= length.range.upperBound - first })
                    else { continue }
                    let format = IntegerFormat(order: length.order, plus: Int64(first - surplus))
                    all.append(
                        (
                            first, totals,
                            .length(
                                InnerLength(
                                    at: length.range.lowerBound - first, size: length.range.count, format: format))
                        ))
                }
            }
        }
        return all
    }

    /// A size below a flag in the first byte of every message's only report, or in the one behind a report ID.
    func flagged() -> [Candidate] {
        // A report ID may stand before.
        let column = header - 1
        guard column == 0 || Set(learner.messages.map { $0[0][..<column] }).count == 1 else { return [] }
        for mask in [0x7F, 0x3F] {
            let flags = Set(learner.messages.map { Int($0[0][column]) & ~mask })
            guard flags.count == 1, flags.first.map({ $0 & 0x80 != 0 }) == true,
                let totals = pieceTotals(header, column, mask), Set(totals).count > 1,
                ReadingEvidence.isMajority(
                    zip(totals, bounds).count { $0 + header == $1.lowerBound }, of: totals.count)
            else { continue }
            let cut = FramingLearner.Cut(first: header, header: header, trailer: 0, isFirstOther: false)
            return [Candidate(cut: cut, totals: totals)]
        }
        return []
    }

    /// What each report says that it has: the messages' sizes by what the last one says.
    private func pieceTotals(_ first: Int) -> [[Int]] {
        var all: [[Int]] = []
        for column in 0..<min(first, max(header, learner.messages.allSatisfy { $0.count == 1 } ? first : 0)) {
            for mask in [0xFF, 0x7F, 0x3F, 0x1F, 0x0F] {
                guard let totals = pieceTotals(first, column, mask), !all.contains(totals) else { continue }
                all.append(totals)
            }
        }
        return all
    }

    private func pieceTotals(_ first: Int, _ column: Int, _ mask: Int) -> [Int]? {
        var besides: Int?
        var totals: [Int] = []
        for (message, rooms) in zip(learner.messages, rooms) {
            for (report, room) in zip(message.dropLast(), rooms) {
                let surplus = (Int(report[column]) & mask) - (report == message[0] ? room - first : room)
                guard besides ?? surplus == surplus, abs(surplus) <= SearchLimit.uncounted else { return nil }
                besides = surplus
            }
        }
        for (message, rooms) in zip(learner.messages, rooms) {
            let last = message.count - 1
            let room = rooms[last] - (last == 0 ? first : 0)
            let piece = (Int(message[last][column]) & mask) - (besides ?? 0)
            guard 0...max(0, room) ~= piece else { return nil }
            totals.append(rooms.dropLast().reduce(0, +) - (last == 0 ? 0 : first) + piece)
        }
        return zip(totals, bounds).allSatisfy { $0 + first >= $1.lowerBound } ? totals : nil
    }

    /// What else may end messages behind this first header.
    private func ends(_ first: Int) -> [([Int], FramingEnd)] {
        guard raw.allSatisfy({ $0.count >= first }), bounds.allSatisfy({ $0.lowerBound >= first }) else { return [] }
        var all: [([Int], FramingEnd)] = []
        let shown = bounds.map { $0.lowerBound - first }
        for totals in pieceTotals(first) + [shown] {
            let whole = zip(raw, totals).map { Array($0[first..<min($0.count, first + $1)]) }
            for end in Self.endsInside(whole) { all.append((totals, end)) }
            all.append((totals, .short))
        }
        // Text as C has it.
        if let padding = learner.padding, zip(shown, bounds).allSatisfy({ $0 + first < $1.upperBound }) {
            all.append((shown.map { $0 + 1 }, .mark(EndMark([padding]))))
        }
        return all
    }

    /// What stands at the end of all messages.
    private static func endsInside(_ whole: [[UInt8]]) -> [FramingEnd] {
        var ends: [FramingEnd] = []
        if whole.allSatisfy({ $0.first == UInt8(ascii: "{") && $0.last == UInt8(ascii: "}") }) { ends.append(.object) }
        let shortest = whole.map(\.count).min() ?? 0
        func common(_ back: Int) -> UInt8? {
            guard back <= shortest, let byte = whole.first.map({ $0[$0.count - back] }) else { return nil }
            return whole.allSatisfy { $0[$0.count - back] == byte } ? byte : nil
        }
        // A line's end is not the message's.
        var line: [UInt8] = []
        while line.count < 2, let byte = common(line.count + 1), byte == 0x0A || byte == 0x0D {
            line.insert(byte, at: 0)
        }
        if !line.isEmpty { return ends + [.mark(EndMark(line))] }
        for back in 1...SearchLimit.bytesBehindMark + 1 {
            if let byte = common(back), byte < 0x20 || byte >= 0x7B {
                ends.append(.mark(EndMark([byte], isKept: true, trailing: back - 1)))
            }
        }
        return ends
    }
}

// MARK: Reports that were left out

extension FramingLearner {
    /// The messages with reports of nothing but padding in their gaps, where some column counts reports and leaves gaps.
    func completed() -> [[[[UInt8]]]] {
        let size = messages.first?.first?.count ?? 0
        guard messages.allSatisfy({ $0.allSatisfy { $0.count == size } }) else { return [] }
        let columns =
            Array(0..<min(SearchLimit.header, size))
            + Array(max(SearchLimit.header, size - 2)..<max(SearchLimit.header, size))
        var all: [[[[UInt8]]]] = []
        for column in columns where column < size {
            for mask: UInt8 in [0xFF, 0x7F, 0x3F, 0x1F, 0x0F] {
                if let completed = completed(column, mask), !all.contains(completed) { all.append(completed) }
            }
        }
        return all
    }

    private func completed(_ column: Int, _ mask: UInt8) -> [[[UInt8]]]? {
        let start = messages[0][0][column] & mask
        guard messages.allSatisfy({ $0[0][column] & mask == start }) else { return nil }
        let all = messages.flatMap(\.self)
        let blank = (0..<all[0].count).map { column in
            all.allSatisfy { $0[column] == all[0][column] } ? all[0][column] : padding ?? 0
        }
        var hasGaps = false
        var completed: [[[UInt8]]] = []
        for message in messages {
            var whole: [[UInt8]] = []
            for report in message {
                let number = Int(report[column] & mask) - Int(start)
                guard number >= whole.count else { return nil }
                while whole.count < number {
                    hasGaps = true
                    var empty = blank
                    empty[column] = report[column] & ~mask | (start &+ UInt8(whole.count))
                    whole.append(empty)
                }
                whole.append(report)
            }
            completed.append(whole)
        }
        return hasGaps ? completed : nil
    }
}
