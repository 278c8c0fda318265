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
            let own = candidates.filter { $0.value == value }
            if own.isEmpty || own.contains(where: { goesOnBefore($0, given) }) {
                candidates += unusualCandidates(value, given)
            }
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

    /// Whether a text has the same character before it wherever it stands, and something else where it does not.
    private func goesOnBefore(_ candidate: Candidate, _ given: [Int]) -> Bool {
        let column = candidate.range.lowerBound - 1
        guard case .text = candidate.coding, column >= 0, constant(column) == nil, let first = given.first else {
            return false
        }
        let byte = byte(first, column)
        return (0x21...0x7E).contains(byte) && given.allSatisfy { self.byte($0, column) == byte }
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
                    guard let padding = padding(value, texts, place..<place + longest, alignment, characters) else {
                        continue
                    }
                    let rightOnly = alignment == .right && given.allSatisfy { texts[$0]?.count == longest }
                    if rightOnly { continue }
                    var found = TextFormat(characters: characters, pad: padding.pad, alignment: alignment)
                    found.standard = padding.standard.flatMap { found.text(in: $0[...]) }
                    candidates.append(
                        Candidate(value: value, range: place..<place + longest, coding: .text(found), weight: weight))
                }
            }
        }
    }

    /// The byte that fills what texts leave of the columns, and what stands there where none was given and that is no
    /// filling; nil where there is no such byte.
    func padding(
        _ value: FieldLayout.Value, _ texts: [[UInt8]?], _ range: Range<Int>, _ alignment: TextFormat.Alignment,
        _ characters: TextFormat.Characters
    ) -> (pad: UInt8, standard: [UInt8]?)? {
        let width = characters.width
        /// What a part of the columns is filled with; nil where it is not.
        func filling(_ part: Range<Int>, of index: Int) -> UInt8? {
            let row = Array(bytes(index, part))
            let byte = row[characters == .utf16BE && row.count > 1 ? 1 : 0]
            return TextFormat(characters: characters, pad: byte).isFilling(row) ? byte : nil
        }
        var found: UInt8?
        for index in specimens.indices {
            guard let count = texts[index]?.count, count < range.count else { continue }
            let rest =
                alignment == .left
                ? range.lowerBound + count..<range.upperBound : range.lowerBound..<range.upperBound - count
            guard let byte = filling(rest, of: index), found == nil || found == byte else { return nil }
            found = byte
        }
        let absent = specimens.indices.filter { texts[$0] == nil }
        let blanks = Set(absent.map { filling(range, of: $0) })
        if blanks.count == 1, case let blank?? = blanks.first, found == nil || found == blank { return (blank, nil) }
        // A value that stands where none was given.
        if let first = absent.first {
            let row = Array(bytes(first, range))
            guard absent.allSatisfy({ bytes($0, range).elementsEqual(row) }) else { return nil }
            let format = TextFormat(characters: characters, pad: found ?? 0, alignment: alignment)
            guard let text = format.text(in: row[...]), isStandard(text, value, absent.count) else { return nil }
            return (found ?? 0, row)
        }
        if let found { return (found, nil) }
        // Nothing to fill here: what stands behind, or before, tells.
        let neighbour = alignment == .left ? range.upperBound : range.lowerBound - width
        guard neighbour >= 0, neighbour < size, let byte = constant(neighbour), [0x00, 0x20, 0x30, 0xFF].contains(byte)
        else { return (0, nil) }
        return (byte, nil)
    }

    /// Whether a text may be what a host writes where no value was given: an amount of nothing, or what was given as well.
    private func isStandard(_ text: String, _ value: FieldLayout.Value, _ count: Int) -> Bool {
        if specimens.contains(where: { $0.values[value] == text }) { return true }
        if value == .amount { return text.utf8.allSatisfy { [0x30, 0x2E].contains($0) } }
        return value == .orderID && count >= ReadingEvidence.messagesForADefault
            && text.utf8.allSatisfy { (0x21...0x7E).contains($0) }
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
                    for characters in [TextFormat.Characters.utf16LE, .utf16BE, .ebcdic] {
                        forms.append(
                            IntegerFormat(
                                form: .decimal, decimals: decimals,
                                pad: characters == .ebcdic && pad != 0 ? pad == 0x30 ? 0xF0 : 0x40 : pad,
                                alignment: alignment, characters: characters))
                    }
                }
            }
            forms.append(IntegerFormat(form: .packed, order: .big, decimals: decimals))
            if decimals ?? 2 == 2 {
                for order in [IntegerFormat.ByteOrder.big, .little] {
                    forms.append(IntegerFormat(form: .float, order: order, decimals: decimals))
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
            let least =
                given.compactMap { index in numbers[index].flatMap { format.bytes($0, size: nil)?.count } }.max() ?? 0
            for width in format.form == .float ? [8, 4] : [least] where width > 0 && width <= size {
                let written = specimens.indices.map { index in numbers[index].flatMap { format.bytes($0, size: width) }
                }
                var weight = Set(written.compactMap(\.self)).reduce(0) { sum, bytes in
                    sum + bytes.count { $0 != 0 && $0 != format.pad } * ReadingEvidence.numberByte
                        + ReadingEvidence.number
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
}
