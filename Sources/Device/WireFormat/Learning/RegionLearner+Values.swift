internal import BlueTap

// What the command says: texts and numbers, and the columns that they fill.
extension RegionLearner {
    /// A way in which a value could stand in the region.
    private struct Candidate {
        let value: FieldLayout.Value
        /// The columns that it needs at least.
        var range: Range<Int>
        var coding: Coding
        /// How many bytes speak for it.
        let weight: Int
    }

    private enum Coding {
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
            let weight = distinct.reduce(0) { $0 + format.encoded($1).count } * 4 + (distinct.count > 1 ? 2 : 0)
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
                sum + bytes.filter { $0 != 0 && $0 != format.pad }.count * 3 + 1
            }
            if distinct.count == 1 { weight = min(weight, 4) }
            if format.decimals == 2 { weight += 1 }
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

    /// Gives a value its final columns.
    private mutating func finish(_ candidate: Candidate, rivals: [Candidate]) {
        let value = candidate.value
        let given = specimens.indices.filter { specimens[$0].values[value] != nil }
        let distinct = Set(given.compactMap { specimens[$0].values[value] }).count
        var evidence = "\(value.rawValue) in \(given.count) messages, \(distinct) different"
        let place = "\(value.rawValue) at byte \(candidate.range.lowerBound)"
        var doubts: [Doubt] = []
        func doubt(_ readings: [String], _ decidedBy: String) {
            doubts.append(Doubt(place: place, readings: readings, decidedBy: decidedBy))
        }
        if distinct == 1 && specimens.count > 1 && given.count == specimens.count && specimens[0].command.isEmpty {
            doubts.append(.constant(value, place))
        }
        switch candidate.coding {
        case .text(let format):
            let unit = format.characters == .utf16LE ? 2 : 1
            var range = candidate.range
            let isLeft = format.alignment == .left
            func isPad(_ column: Int) -> Bool {
                guard isFree(column..<column + 1) else { return false }
                let expected =
                    unit == 2 && (column - candidate.range.lowerBound) % 2 != 0 && format.pad != 0xFF ? 0 : format.pad
                return constant(column) == expected
            }
            while (isLeft ? range.upperBound < size : range.lowerBound > 0)
                && isPad(isLeft ? range.upperBound : range.lowerBound - 1)
            {
                range = isLeft ? range.lowerBound..<range.upperBound + 1 : range.lowerBound - 1..<range.upperBound
            }
            // Documented texts are no longer than this: more padding is somebody else's.
            let documented = Documented.length(of: value).map { $0 * unit } ?? range.count
            let count = min(range.count - range.count % unit, max(documented, candidate.range.count))
            range = isLeft ? range.lowerBound..<range.lowerBound + count : range.upperBound - count..<range.upperBound
            let needed = Documented.longest(of: value).map { $0 * unit } ?? 0
            let isKnown = known.contains { $0.range == range && $0.field == .text(value, format) }
            if count > candidate.range.count, candidate.range.count < needed, !isKnown {
                doubt(
                    [
                        "\(value.rawValue) has \(count / unit) characters",
                        "it has \(candidate.range.count / unit) or more, and other bytes follow",
                    ],
                    Documented.probe(value))
            }
            let isFull = specimens.allSatisfy { ($0.values[value]?.utf8.count ?? 0) * unit == range.count }
            if isFull, distinct > 1, !isKnown, specimens[0].command.isEmpty {
                doubt(
                    [
                        "a shorter \(value.rawValue) is filled up with \(HexBytes([format.pad])) on the \(isLeft ? "right" : "left")",
                        "with something else, or on the other side",
                    ],
                    "send a command with a shorter \(value.rawValue)")
            }
            evidence += isLeft ? ", text" : ", text on the right"
            claim(range, .text(value, format), evidence, doubts: doubts)
        case .number(var format):
            var range = candidate.range
            let nils = specimens.indices.filter { specimens[$0].values[value] == nil }
            let unit = format.form.isText && format.characters == .utf16LE ? 2 : 1
            let limit = format.form == .binary ? 8 : format.form == .bcd ? 9 : 20 * unit
            /// What fills a column, and what stands there where nothing was given and `blank` says so.
            func filler(_ column: Int, _ blank: UInt8? = nil) -> UInt8 {
                let byte = blank ?? (format.form.isText ? format.pad : 0)
                let isUpper = unit == 2 && (column - candidate.range.lowerBound) % 2 != 0
                return isUpper && byte != 0xFF ? 0 : byte
            }
            func blank(_ bytes: ArraySlice<UInt8>) -> UInt8? {
                bytes.first.flatMap { bytes.elementsEqual(format.blanks($0, size: bytes.count)) ? $0 : nil }
            }
            // One byte has no order: the zeros beside it say where the number goes on.
            if format.form == .binary, range.count == 1 {
                func isZero(_ column: Int) -> Bool { isFree(column..<column + 1) && constant(column) == 0 }
                let isLittle = isZero(range.upperBound) && !isZero(range.lowerBound - 1)
                if isLittle { format.order = .little }
            }
            let growsLeft =
                format.form == .decimal || format.form == .hexadecimal
                ? format.alignment == .right : format.order == .big
            let isBinary = format.form == .binary
            func isFiller(_ column: Int) -> Bool {
                guard column >= 0, column < size, isFree(column..<column + 1) else { return false }
                guard given.allSatisfy({ byte($0, column) == filler(column) }) else { return false }
                // Where nothing was given stands a number that means that; in text, what fills the rest, or the filler.
                if isBinary { return Set(nils.map { byte($0, column) }).count <= 1 }
                return nils.allSatisfy { index in
                    byte(index, column) == filler(column)
                        || blank(bytes(index, candidate.range)).map { filler(column, $0) } == byte(index, column)
                }
            }
            var room = range
            while room.count < limit, isFiller(growsLeft ? room.lowerBound - 1 : room.upperBound) {
                room = growsLeft ? room.lowerBound - 1..<room.upperBound : room.lowerBound..<room.upperBound + 1
            }
            var count = room.count
            if format.form == .binary {
                count =
                    [8, 4, 2].first { $0 <= room.count && $0 >= range.count && $0 <= 4 || $0 == range.count }
                    ?? range.count
            }
            if value == .sequence, let size = specimens[0].sequenceSize, (range.count...room.count).contains(size) {
                count = size
            }
            if format.form == .bcd { count = min(count, max(range.count, 6)) }
            count -= count % unit
            range =
                growsLeft ? range.upperBound - count..<range.upperBound : range.lowerBound..<range.lowerBound + count
            let holdsAll = Documented.largest(value, decimals: format.decimals).map {
                format.bytes($0, size: candidate.range.count) != nil
            }
            if count > candidate.range.count, holdsAll == false {
                doubt(
                    [
                        "\(value.rawValue) has \(count) bytes",
                        "it has \(candidate.range.count), and the others are constants",
                    ],
                    Documented.probe(value))
            }
            // What is as good a reading of the same columns, and says something else of other values.
            let others = rivals.filter { rival in
                guard case .number(let other) = rival.coding else { return false }
                return rival.range.overlaps(candidate.range) && rival.weight >= candidate.weight - 2
                    && (other.form != format.form || other.decimals != format.decimals
                        || (other.order != format.order && rival.range != candidate.range && candidate.range.count == 1))
            }
            if let rival = others.first, case .number(let other) = rival.coding, rival.range == candidate.range {
                if format.differs(from: other, value, size: count, count) {
                    doubt(
                        ["\(value.rawValue) is \(format.name)", "it is \(other.name)"],
                        value == .amount ? "send a pay with the amount 10.01" : Documented.probe(value))
                }
            }
            if !nils.isEmpty {
                let blanks = Set(nils.map { blank(bytes($0, range)) })
                if blanks.count == 1, case let blank?? = blanks.first, blank != 0 || format.form == .decimal {
                    format.blank = blank
                } else if let number = format.number(Array(bytes(nils[0], range))),
                    nils.allSatisfy({ bytes($0, range).elementsEqual(bytes(nils[0], range)) })
                {
                    format.absent = number
                }
            }
            evidence += ", \(format.name)"
            claim(range, .integer(value, format), evidence, doubts: doubts)
        }
    }
}
