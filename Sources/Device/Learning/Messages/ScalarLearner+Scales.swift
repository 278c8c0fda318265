internal import BlueTap
internal import WireFormat

// Numbers in units of their own, texts with others around them, and what a host writes where no value was given.
extension ScalarLearner {
    /// The formats in which numbers go with the value in one ratio, and their sizes.
    func scaled(
        _ value: FieldLayout.Value, _ values: [[UInt8]?], _ given: [Int], _ sizes: Set<Int>
    ) -> [(IntegerFormat, Int?)] {
        guard value == .amount || value == .expiryTime else { return [] }
        let plain = IntegerFormat(decimals: value == .amount ? 2 : nil)
        let numbers = given.compactMap { label(value, $0).flatMap(plain.number(of:)) }
        guard numbers.count == given.count, Set(numbers).count >= ReadingEvidence.numbersOfARatio else { return [] }
        var found: [(IntegerFormat, Int?)] = []
        for form in [
            IntegerFormat(form: .decimal), IntegerFormat(order: .big), IntegerFormat(order: .little),
            IntegerFormat(form: .hexadecimal), IntegerFormat(form: .hexadecimal, isLowercase: true),
            IntegerFormat(form: .bcd, order: .big), IntegerFormat(form: .varint),
            IntegerFormat(form: .varint, order: .big),
        ] {
            let size = sizes.count == 1 ? sizes.first : nil
            if form.form == .binary, size.map({ $0 > 8 }) ?? true { continue }
            let written = given.compactMap { values[$0].flatMap { form.number($0) } }
            guard written.count == given.count, let format = Ratio.format(form, plain.decimals, numbers, written) else {
                continue
            }
            found += (form.form == .binary ? [size] : [nil, size]).map { (format, $0) }
        }
        return found
    }

    /// A text that stands where none was given.
    func standard(_ value: FieldLayout.Value, _ values: [[UInt8]?], _ format: TextFormat) -> Finding? {
        let absent = values.indices.filter { label(value, $0) == nil }
        guard let first = absent.first, let row = values[first], !row.isEmpty, absent.count < values.count,
            absent.allSatisfy({ values[$0] == row }), let text = format.decoded(row[...]),
            value == .amount && text.utf8.allSatisfy({ [0x30, 0x2E].contains($0) })
                || values.indices.contains(where: { label(value, $0) == text })
        else { return nil }
        var format = format
        format.standard = text
        let fits = values.indices.allSatisfy { values[$0] == format.encoded(label(value, $0) ?? text) }
        guard fits else { return nil }
        return Finding(
            field: FieldLayout(extent: .rest, content: .text(value, format)),
            evidence: evidence(value) + ", and \(text) where none was given")
    }

    /// Texts with the same characters around them, or written otherwise.
    func dressed(_ value: FieldLayout.Value, _ values: [[UInt8]?]) -> Finding? {
        let given = values.indices.filter { label(value, $0) != nil }
        guard let first = given.first, let row = values[first], let text = label(value, first),
            Set(given.map { label(value, $0) }).count > 1
        else { return nil }
        for characters in TextFormat.Characters.allCases {
            for dress in [TextFormat()] + TextFormat.dresses(of: value) {
                var format = dress
                format.characters = characters
                let bare = format.encoded(text)
                guard let place = row.firstPlace(of: bare, from: 0, to: row.count),
                    place <= SearchLimit.surroundings * characters.width,
                    row.count - place - bare.count <= SearchLimit.surroundings * characters.width
                else { continue }
                format.before = place == 0 ? "" : TextFormat(characters: characters).decoded(row[..<place]) ?? ""
                let behind = row[(place + bare.count)...]
                format.after = behind.isEmpty ? "" : TextFormat(characters: characters).decoded(behind) ?? ""
                let isText = (format.before + format.after).unicodeScalars.allSatisfy {
                    (0x20...0x7E).contains($0.value)
                }
                let fits = values.indices.allSatisfy { values[$0] ?? [] == label(value, $0).map(format.encoded) ?? [] }
                guard isText, fits else { continue }
                return Finding(
                    field: FieldLayout(extent: .rest, content: .text(value, format)),
                    evidence: evidence(value) + ", with the same around it")
            }
        }
        return nil
    }
}
