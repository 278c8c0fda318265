internal import BlueTap
internal import WireFormat

// Numbers in units of their own, times instead of spans, texts with others around them: what is looked for where a value
// stands nowhere as it is.
extension RegionLearner {
    /// Ways in which a value could stand that is not there as it is.
    func unusualCandidates(_ value: FieldLayout.Value, _ given: [Int]) -> [Candidate] {
        var candidates: [Candidate] = []
        if !value.isNumber { candidates += dressedTexts(value, given) }
        if value == .amount || value == .expiryTime {
            candidates += scaledNumbers(value, given)
            if value == .expiryTime { candidates += absoluteTimes(given) }
        }
        return candidates
    }

    // MARK: Numbers

    /// The forms of numbers that may be in units of their own, with their widths.
    private static let scaledForms: [(IntegerFormat, ClosedRange<Int>)] = [
        (IntegerFormat(order: .big), 1...8), (IntegerFormat(order: .little), 1...8),
        (IntegerFormat(form: .bcd, order: .big), 1...6), (IntegerFormat(form: .decimal), 1...12),
        (IntegerFormat(form: .decimal, pad: 0x20), 1...12), (IntegerFormat(form: .hexadecimal), 2...8),
        (IntegerFormat(form: .decimal, pad: 0x20, alignment: .left), 1...12),
    ]

    /// Numbers that go with the value in one ratio.
    private func scaledNumbers(_ value: FieldLayout.Value, _ given: [Int]) -> [Candidate] {
        let plain = IntegerFormat(decimals: value == .amount ? 2 : nil)
        let numbers = given.compactMap { specimens[$0].values[value].flatMap(plain.number(of:)) }
        guard numbers.count == given.count, Set(numbers).count >= ReadingEvidence.numbersOfARatio else { return [] }
        var found: [Candidate] = []
        for (form, widths) in Self.scaledForms {
            for width in widths where width <= size {
                for place in 0...(size - width) {
                    let range = place..<place + width
                    guard isFree(range), range.contains(where: { constant($0) == nil }) else { continue }
                    let written = given.compactMap { form.number(Array(bytes($0, range))) }
                    guard written.count == given.count,
                        let format = Ratio.format(form, plain.decimals, numbers, written)
                    else { continue }
                    let fits = zip(given, numbers).allSatisfy { index, number in
                        plain.text(of: number).flatMap(format.number(of:)).flatMap { format.bytes($0, size: width) }
                            .map { bytes(index, range).elementsEqual($0) } ?? false
                    }
                    guard fits else { continue }
                    found.append(
                        Candidate(
                            value: value, range: range, coding: .number(format),
                            weight: Set(numbers).count * ReadingEvidence.numberByte))
                }
                // The narrowest that holds them is the number; it grows into the padding beside it.
                if !found.isEmpty { return found }
            }
        }
        return found
    }

    /// An expiry that is told as the time at which it ends, where the message tells its own.
    private func absoluteTimes(_ given: [Int]) -> [Candidate] {
        let spans = given.compactMap { specimens[$0].values.number(.expiryTime) }
        guard spans.count == given.count, Set(spans).count >= ReadingEvidence.numbersOfARatio else { return [] }
        var found: [Candidate] = []
        for (times, own) in messageTimes() {
            let ends = zip(given, spans).map { times[$0] + $1 }
            for width in Self.timeFormats.keys.sorted(by: >) where width <= size {
                let formats = Self.timeFormats[width, default: []]
                for format in formats {
                    let written = ends.map { format.bytes(format.notation.number(of: $0, utcOffset: 0), size: width) }
                    for place in 0...(size - width) where !(place..<place + width).overlaps(own) {
                        let fits = zip(given, written).allSatisfy { index, bytes in
                            bytes.map { self.bytes(index, place..<place + width).elementsEqual($0) } ?? false
                        }
                        guard fits else { continue }
                        var absolute = format
                        absolute.isAbsolute = true
                        found.append(
                            Candidate(
                                value: .expiryTime, range: place..<place + width, coding: .number(absolute),
                                weight: Set(spans).count * width))
                    }
                }
            }
        }
        return found
    }

    /// Columns that may tell the messages' times, and what they tell.
    private func messageTimes() -> [(times: [Int64], range: Range<Int>)] {
        var found: [(times: [Int64], range: Range<Int>)] = []
        for width in Self.timeFormats.keys.sorted(by: >) where width <= size {
            for column in 0...(size - width) {
                let range = column..<column + width
                for format in timeFormats(range) {
                    let times = specimens.indices.compactMap { index in
                        format.number(Array(bytes(index, range))).flatMap {
                            format.notation.seconds(of: $0, utcOffset: 0)
                        }
                    }
                    if times.count == specimens.count { found.append((times, range)) }
                }
            }
        }
        return found
    }

    // MARK: Texts

    private func dressedTexts(_ value: FieldLayout.Value, _ given: [Int]) -> [Candidate] {
        let texts = given.compactMap { specimens[$0].values[value] }
        guard texts.count == given.count, Set(texts).count > 1 else { return [] }
        var found: [Candidate] = []
        for dress in TextFormat.dresses(of: value) where texts.contains(where: { dress.dressed($0) != $0 }) {
            for characters in TextFormat.Characters.allCases {
                var format = dress
                format.characters = characters
                found += places(of: value, texts.map(format.encoded), given, format)
            }
        }
        for characters in TextFormat.Characters.allCases {
            let format = TextFormat(characters: characters)
            found += surrounded(value, texts, given, format)
            for dress in TextFormat.dresses(of: value) where value == .amount {
                var dressed = dress
                dressed.characters = characters
                found += surrounded(value, texts, given, dressed)
            }
        }
        return found
    }

    /// Where texts stand that are written in this way.
    private func places(
        of value: FieldLayout.Value, _ texts: [[UInt8]], _ given: [Int], _ format: TextFormat
    ) -> [Candidate] {
        let longest = texts.map(\.count).max() ?? 0
        guard longest > 0, longest <= size else { return [] }
        let weight =
            Set(texts).reduce(0) { $0 + $1.count } * ReadingEvidence.textByte + ReadingEvidence.changingText
        var found: [Candidate] = []
        for place in 0...(size - longest) {
            for alignment in TextFormat.Alignment.allCases {
                let range = place..<place + longest
                let fits = zip(given, texts).allSatisfy { index, text in
                    let at = alignment == .left ? place : range.upperBound - text.count
                    return bytes(index, at..<at + text.count).elementsEqual(text)
                }
                guard fits else { continue }
                var rows = [[UInt8]?](repeating: nil, count: specimens.count)
                for (index, text) in zip(given, texts) { rows[index] = text }
                var full = format
                full.alignment = alignment
                guard let padding = padding(value, rows, range, alignment, format.characters) else { continue }
                if alignment == .right, texts.allSatisfy({ $0.count == longest }) { continue }
                full.pad = padding.pad
                full.standard = padding.standard.flatMap { full.text(in: $0[...]) }
                found.append(Candidate(value: value, range: range, coding: .text(full), weight: weight))
            }
        }
        return found
    }

    /// Texts that have the same characters around them in every message, and nothing where there is no text.
    private func surrounded(
        _ value: FieldLayout.Value, _ texts: [String], _ given: [Int], _ format: TextFormat
    ) -> [Candidate] {
        guard let first = given.first, let text = texts.first.map(format.encoded), !text.isEmpty else { return [] }
        let row = Array(bytes(first, 0..<size))
        var found: [Candidate] = []
        var from = 0
        while let place = row.firstPlace(of: text, from: from, to: size) {
            from = place + 1
            let width = format.characters.width
            let limit = SearchLimit.surroundings
            for before in 0...limit {
                for after in 0...limit where before + after > 0 {
                    let start = place - before * width
                    let end = place + text.count + after * width
                    guard start >= 0, end <= size,
                        let around = format.decoded(row[start..<place] + []) ?? (before == 0 ? "" : nil),
                        let behind = format.decoded(row[(place + text.count)..<end] + []) ?? (after == 0 ? "" : nil),
                        (around + behind).unicodeScalars.allSatisfy({ (0x20...0x7E).contains($0.value) }),
                        around.first != " ", behind.last != " "
                    else { continue }
                    var dressed = format
                    dressed.before = around
                    dressed.after = behind
                    let written = texts.map(dressed.encoded)
                    found += places(of: value, written, given, dressed)
                }
            }
        }
        return found
    }
}

/// A ratio of numbers to those that are written.
enum Ratio {
    /// The format that makes the written numbers of the others; nil where no simple ratio does.
    static func format(
        _ form: IntegerFormat, _ decimals: Int?, _ numbers: [Int64], _ written: [Int64]
    ) -> IntegerFormat? {
        let pairs = Array(zip(numbers, written))
        guard let low = pairs.min(by: { $0.0 < $1.0 }), let high = pairs.max(by: { $0.0 < $1.0 }), low.0 < high.0 else {
            return nil
        }
        let (rise, isLost) = high.1.subtractingReportingOverflow(low.1)
        guard !isLost, rise > 0 else { return nil }
        func isRight(_ format: IntegerFormat) -> Bool {
            let plain = IntegerFormat(decimals: decimals)
            return pairs.allSatisfy { number, written in
                plain.text(of: number).flatMap(format.number(of:)) == written
            }
        }
        func format(_ factor: Int64, _ divisor: Int64, _ plus: Int64, _ rounding: IntegerFormat.Rounding?)
            -> IntegerFormat?
        {
            var format = form
            (format.decimals, format.factor, format.divisor) = (decimals, factor, divisor)
            (format.plus, format.rounding) = (plus, rounding)
            return isRight(format) ? format : nil
        }
        let run = high.0 - low.0
        let common = greatestCommonDivisor(rise, run)
        let (factor, divisor) = (rise / common, run / common)
        let (product, overflow) = low.0.multipliedReportingOverflow(by: factor)
        if factor <= SearchLimit.factor, divisor <= SearchLimit.factor, factor == 1 || divisor == 1, !overflow {
            let plus = low.1.subtractingReportingOverflow(product / divisor)
            if !plus.overflow, SearchLimit.offset.contains(plus.partialValue),
                let found = format(factor, divisor, plus.partialValue, nil)
            {
                return found
            }
        }
        // Where whole units are written, what is left of them is lost.
        for divisor in SearchLimit.divisors where rise <= run / divisor + 1 && rise >= run / divisor - 1 {
            for rounding in IntegerFormat.Rounding.allCases {
                if let found = format(1, divisor, 0, rounding) { return found }
            }
        }
        return nil
    }

    private static func greatestCommonDivisor(_ one: Int64, _ other: Int64) -> Int64 {
        var (one, other) = (one, other)
        while other != 0 { (one, other) = (other, one % other) }
        return max(1, one)
    }
}

extension TextFormat {
    /// Ways to write a value's text otherwise than it is.
    static func dresses(of value: FieldLayout.Value) -> [TextFormat] {
        switch value {
        case .amount:
            [
                TextFormat(point: ","), TextFormat(grouping: ","), TextFormat(point: ",", grouping: "."),
                TextFormat(grouping: " "), TextFormat(point: ",", grouping: " "), TextFormat(grouping: "'"),
            ]
        case .paymentMethod, .result: [TextFormat(letters: .lower)]
        case .orderID: [TextFormat(letters: .lower), TextFormat(letters: .upper)]
        default: []
        }
    }
}
