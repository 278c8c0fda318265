internal import BlueTap
internal import WireFormat

// Numbers that go on from one message to the next, and those that replies repeat.
extension RegionLearner {
    /// Whether numbers go up by one from each message to the next, as far as all messages are here.
    func counts(_ numbers: [Int64], modulus: Int64) -> Bool {
        let all = zip(specimens.map(\.order), numbers).sorted { $0.0 < $1.0 }
        guard all.count >= ReadingEvidence.messagesForARule else { return false }
        return zip(all, all.dropFirst()).allSatisfy { first, second in
            let step = (second.1 - first.1 + modulus) % modulus
            return step == Int64(second.0 - first.0) % modulus
        }
    }

    /// The numbers in some columns, of all messages that have them, in the order of time; none where one is no number.
    private func rows(
        _ range: Range<Int>, _ format: IntegerFormat, isAlone: Bool = false
    ) -> [(order: Int, number: Int64)] {
        var rows: [(order: Int, number: Int64)] = []
        for index in specimens.indices {
            guard let number = format.number(Array(bytes(index, range))) else { return [] }
            rows.append((specimens[index].order, number))
        }
        for (specimen, start) in isAlone ? [] : neighbours
        where start + range.upperBound <= specimen.bytes.count {
            let bytes = Array(specimen.bytes[start + range.lowerBound..<start + range.upperBound])
            if let number = format.number(bytes) { rows.append((specimen.order, number)) }
        }
        return rows.sorted { $0.order < $1.order }
    }

    /// Columns that count the messages.
    mutating func findCounters(isEchoed: (_ range: Range<Int>) -> Bool) {
        for width in (counterSize.map { [$0] } ?? []) + [8, 6, 4, 3, 2, 1] where width <= size {
            for column in 0...(size - width) {
                progress.step(column, of: size, "byte \(column)")
                let range = column..<column + width
                guard isFree(range), range.contains(where: { constant($0) == nil }) else { continue }
                for format in Self.counterFormats where width <= 4 || format.form != .binary {
                    guard isCounter(range, format) else { continue }
                    let value: FieldLayout.Value = isEchoed(range) ? .sequence : .counter
                    // Of a wide one that nobody repeats three bytes have to count.
                    if width > 2, format.form == .binary, value == .counter,
                        range.count(where: { constant($0) == nil }) <= 2
                    {
                        continue
                    }
                    claimCounter(range, value, format)
                    break
                }
            }
        }
    }

    private static let counterFormats = [
        IntegerFormat(order: .big), IntegerFormat(order: .little), IntegerFormat(form: .bcd, order: .big),
        IntegerFormat(form: .decimal), IntegerFormat(form: .hexadecimal),
        IntegerFormat(form: .hexadecimal, isLowercase: true), IntegerFormat(form: .decimal, characters: .utf16LE),
    ]

    private func isCounter(_ range: Range<Int>, _ format: IntegerFormat) -> Bool {
        let isLittle = format.form == .binary && format.order == .little
        let unit = format.characters == .utf16LE ? 2 : 1
        guard range.count.isMultiple(of: unit) else { return false }
        let (lowest, highest) =
            isLittle ? (range.lowerBound, range.upperBound - 1) : (range.upperBound - unit, range.lowerBound)
        // The lowest byte must be the one that changes most.
        guard constant(lowest) == nil else { return false }
        // What is before a number that is not small is not its part.
        let nothing: UInt8 = format.form == .binary || format.form == .bcd ? 0 : UInt8(ascii: "0")
        if range.count > 1, let byte = constant(highest), byte != nothing {
            // Digits are, where all messages have them: nobody writes two numbers into each other.
            guard format.form == .decimal, format.characters == .utf8, (0x31...0x39).contains(byte) else {
                return false
            }
            return counts(rows(range, format), range, format)
        }
        // Messages of other sorts may have something else there.
        return counts(rows(range, format), range, format)
            || !neighbours.isEmpty && counts(rows(range, format, isAlone: true), range, format)
    }

    private func counts(
        _ rows: [(order: Int, number: Int64)], _ range: Range<Int>, _ format: IntegerFormat
    ) -> Bool {
        guard rows.count >= ReadingEvidence.messagesForARule, rows.first?.number != rows.last?.number else {
            return false
        }
        let modulus = format.form == .binary && range.count < 8 ? Int64(1) << Int64(8 * range.count) : Int64.max
        let isSteady = Counting.isRule(
            zip(rows, rows.dropFirst()).map { first, second in
                let step = second.number &- first.number
                return (expected: Int64(second.order - first.order), step: step >= 0 ? step : step &+ modulus)
            })
        return isSteady || countsWithinSessions(rows, range)
    }

    private mutating func claimCounter(_ range: Range<Int>, _ value: FieldLayout.Value, _ format: IntegerFormat) {
        let evidence = "goes up by one with each message" + (value == .sequence ? ", and replies repeat it" : "")
        let zeros = range.filter { constant($0) == 0 }.count
        guard format.form == .binary, zeros > 0 else { return claim(range, .integer(value, format), evidence) }
        let doubt = Doubt(
            place: "\(value.rawValue) at byte \(range.lowerBound)",
            readings: [
                "it has \(range.count) bytes", "it has \(range.count - zeros), and the zeros beside it are others'",
            ],
            decidedBy: "go on until it has passed \(Int64(1) << Int64(8 * (range.count - zeros)) - 1)")
        claim(range, .integer(value, format), evidence, doubts: [doubt])
    }

    /// Columns that are times, or that replies repeat.
    mutating func findEchoedNumbers(isEchoed: (_ range: Range<Int>) -> Bool) {
        findTimes(isEchoed)
        findRepeated(isEchoed)
    }

    private mutating func findTimes(_ isEchoed: (_ range: Range<Int>) -> Bool) {
        // The longest first: the end of a date may be one too.
        for width in Self.timeFormats.keys.sorted(by: >) where width <= size {
            for column in 0...(size - width) {
                let range = column..<column + width
                let formats = timeFormats(range)
                guard let format = formats.first else { continue }
                if isEchoed(range) {
                    var number = format
                    number.notation = .seconds
                    claim(range, .integer(.sequence, number), format.notation.evidence + ", and replies repeat it")
                } else {
                    // A constant 20 before a day looks like a year.
                    let shorter = format.notation == .yearFirst ? width / 7 : width
                    let others = timeFormats(range.dropFirst(shorter)).filter { $0.notation == .shortDayFirst }
                    let doubts = Doubt.notations(formats + others, "time at byte \(column)")
                    claim(range, .integer(.time, format), format.notation.evidence, doubts: doubts)
                }
                return
            }
        }
    }

    /// How some columns tell a time, if they do.
    func timeFormats(_ range: Range<Int>) -> [IntegerFormat] {
        guard isFree(range), range.contains(where: { constant($0) == nil }) else { return [] }
        return Self.timeFormats[range.count, default: []].filter { format in
            // The lowest byte changes the most: what stays the same there is another field's.
            let lowest = format.order == .little ? range.lowerBound : range.upperBound - 1
            if format.form == .binary, constant(lowest) != nil { return false }
            // Messages of other sorts may have something else there.
            return TimeNotation.isTold(by: rows(range, format), format)
                || TimeNotation.isTold(by: rows(range, format, isAlone: true), format)
        }
    }

    /// By how many bytes they take.
    static let timeFormats: [Int: [IntegerFormat]] = {
        let dates = TimeNotation.allCases.filter { $0 != .seconds }
        let formats =
            IntegerFormat.ByteOrder.allCases.map { (4, IntegerFormat(order: $0)) }
            + dates.flatMap { notation in
                [
                    IntegerFormat(form: .bcd, order: .big, notation: notation),
                    IntegerFormat(form: .decimal, notation: notation),
                    IntegerFormat(form: .decimal, characters: .utf16LE, notation: notation),
                ]
            }.compactMap { format in format.dateSize.map { ($0, format) } }
            + [(10, IntegerFormat(form: .decimal)), (5, IntegerFormat(form: .bcd, order: .big))]
        return Dictionary(grouping: formats, by: \.0).mapValues { $0.map(\.1) }
    }()
}

extension TimeNotation {
    /// Whether numbers, in the order of their messages, are times that go on, as a format has them.
    static func isTold(by rows: [(order: Int, number: Int64)], _ format: IntegerFormat) -> Bool {
        let times = rows.compactMap { row in
            format.notation.seconds(of: row.number, utcOffset: format.utcOffset).map { (row.order, $0) }
        }
        guard times.count == rows.count, times.count >= ReadingEvidence.messagesForARule,
            times.first?.1 != times.last?.1
        else { return false }
        return times.allSatisfy { Documented.times.contains($0.1) }
            && zip(times, times.dropFirst()).allSatisfy { $0.1 <= $1.1 }
    }

    var evidence: String {
        "never goes back, and is "
            + (self == .seconds
                ? "a time since 1970 in seconds" : "a date and time of day, taken for UTC")
    }
}

extension Doubt {
    /// Of dates whose year may as well be the day; none where one format fits, or none is a date.
    static func notations(_ formats: [IntegerFormat], _ place: String) -> [Doubt] {
        let notations = formats.map(\.notation).filter { $0 != .seconds }
        guard notations.count > 1 else { return [] }
        return [
            Doubt(
                place: place, readings: notations.map(\.rawValue),
                decidedBy: "send a command on one of the first 18 days of a month")
        ]
    }
}
