internal import BlueTap
internal import WireFormat

// What the command says: texts and numbers, and the columns that they fill.
extension RegionLearner {
    /// A way in which a value could stand in the region.
    struct Candidate {
        let value: FieldLayout.Value
        /// The columns that it needs at least.
        var range: Range<Int>
        var coding: Coding
        /// How many bytes speak for it.
        let weight: Int
    }

    enum Coding {
        case text(TextFormat)
        case number(IntegerFormat)
    }

    mutating func findValues() {
        var candidates: [Candidate] = []
        for (number, value) in wanted.enumerated() {
            progress.step(number, of: wanted.count, value.rawValue)
            let given = specimens.indices.filter { specimens[$0].values[value] != nil }
            let distinct = Set(given.compactMap { specimens[$0].values[value] })
            guard !distinct.isEmpty else { continue }
            if !value.isNumber { findTexts(value, given, distinct, &candidates) }
            if value != .paymentMethod && value != .result { findNumbers(value, given, distinct, &candidates) }
        }
        candidates.sort { ($0.weight, $1.range.count) > ($1.weight, $0.range.count) }
        var found: Set<FieldLayout.Value> = []
        var placed: [Candidate] = []
        for candidate in candidates where isFree(candidate.range) && !found.contains(candidate.value) {
            found.insert(candidate.value)
            reserve(candidate.range)
            placed.append(candidate)
        }
        // Once all have their places, each takes the padding around it.
        for candidate in placed.sorted(by: { $0.range.lowerBound < $1.range.lowerBound }) {
            reserve(candidate.range, false)
            finish(candidate, rivals: candidates.filter { $0.value == candidate.value })
        }
    }

    private func findTexts(
        _ value: FieldLayout.Value, _ given: [Int], _ distinct: Set<String>, _ candidates: inout [Candidate]
    ) {
        for characters in TextFormat.Characters.allCases {
            let format = TextFormat(characters: characters)
            let texts = specimens.map { $0.values[value].map(format.encoded) }
            let longest = texts.compactMap { $0?.count }.max() ?? 0
            guard longest > 0, longest <= size else { continue }
            // Every byte that is the text's, each text once.
            let weight =
                distinct.reduce(0) { $0 + format.encoded($1).count } * ReadingEvidence.textByte
                + (distinct.count > 1 ? ReadingEvidence.changingText : 0)
            for place in 0...(size - longest) {
                for alignment in TextFormat.Alignment.allCases {
                    let fits = given.allSatisfy { index in
                        let text = texts[index] ?? []
                        let at = alignment == .left ? place : place + longest - text.count
                        return bytes(index, at..<at + text.count).elementsEqual(text)
                    }
                    guard fits else { continue }
                    guard let pad = padding(value, texts, place..<place + longest, alignment) else { continue }
                    let rightOnly = alignment == .right && given.allSatisfy { texts[$0]?.count == longest }
                    if rightOnly { continue }
                    candidates.append(
                        Candidate(
                            value: value, range: place..<place + longest,
                            coding: .text(TextFormat(characters: characters, pad: pad, alignment: alignment)),
                            weight: weight))
                }
            }
        }
    }

    /// The byte that fills what texts leave of the columns; nil where there is no such.
    private func padding(
        _ value: FieldLayout.Value, _ texts: [[UInt8]?], _ range: Range<Int>, _ alignment: TextFormat.Alignment
    ) -> UInt8? {
        var found: UInt8?
        for index in specimens.indices {
            let count = texts[index]?.count ?? 0
            let rest =
                alignment == .left
                ? range.lowerBound + count..<range.upperBound : range.lowerBound..<range.upperBound - count
            for byte in bytes(index, rest) {
                if let found, found != byte { return nil }
                found = byte
            }
        }
        if let found { return found }
        // Nothing to fill here: what stands behind, or before, tells.
        let neighbour = alignment == .left ? range.upperBound : range.lowerBound - 1
        guard neighbour >= 0, neighbour < size, let byte = constant(neighbour), [0x00, 0x20, 0x30, 0xFF].contains(byte)
        else { return 0 }
        return byte
    }

    /// The formats in which numbers are looked for.
    static let numberFormats: [IntegerFormat] = {
        var forms: [IntegerFormat] = []
        for decimals in [nil, 2, 0, 3, 1, 4] as [Int?] {
            for order in [IntegerFormat.ByteOrder.big, .little] {
                forms.append(IntegerFormat(form: .binary, order: order, decimals: decimals))
                forms.append(IntegerFormat(form: .bcd, order: order, decimals: decimals))
            }
            for pad in [UInt8(0x30), 0x20, 0x00] {
                for alignment in pad == 0x30 ? [TextFormat.Alignment.right] : TextFormat.Alignment.allCases {
                    for form in [IntegerFormat.Form.decimal, .hexadecimal] {
                        for isLowercase in form == .hexadecimal ? [false, true] : [false] {
                            forms.append(
                                IntegerFormat(
                                    form: form, decimals: decimals, pad: pad, alignment: alignment,
                                    isLowercase: isLowercase))
                        }
                    }
                    forms.append(
                        IntegerFormat(
                            form: .decimal, decimals: decimals, pad: pad, alignment: alignment, characters: .utf16LE))
                }
            }
        }
        return forms
    }()

    private func findNumbers(
        _ value: FieldLayout.Value, _ given: [Int], _ distinct: Set<String>, _ candidates: inout [Candidate]
    ) {
        for format in Self.numberFormats where (format.decimals != nil) == (value == .amount) || value == .amount {
            let numbers = specimens.map { $0.values[value].flatMap(format.number(of:)) }
            guard given.allSatisfy({ numbers[$0] != nil }) else { continue }
            // Whole numbers need no decimals.
            if value == .amount, format.decimals == nil { continue }
            let width =
                given.compactMap { index in numbers[index].flatMap { format.bytes($0, size: nil)?.count } }.max() ?? 0
            guard width > 0, width <= size else { continue }
            let written = specimens.indices.map { index in numbers[index].flatMap { format.bytes($0, size: width) } }
            var weight = Set(written.compactMap(\.self)).reduce(0) { sum, bytes in
                sum + bytes.count { $0 != 0 && $0 != format.pad } * ReadingEvidence.numberByte + ReadingEvidence.number
            }
            if distinct.count == 1 { weight = min(weight, ReadingEvidence.unchangingNumber) }
            if format.decimals == 2 { weight += ReadingEvidence.cents }
            for place in 0...(size - width) {
                let fits = given.allSatisfy { index in
                    bytes(index, place..<place + width).elementsEqual(written[index] ?? [])
                }
                guard fits else { continue }
                candidates.append(
                    Candidate(value: value, range: place..<place + width, coding: .number(format), weight: weight))
            }
        }
    }
}
