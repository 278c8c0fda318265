internal import BlueTap

/// Explains bytes that stand at the same places in all messages of a sort, column by column.
struct RegionLearner {
    /// Where the region begins in each message.
    let starts: [Int]
    let size: Int
    let specimens: [Specimen]
    /// Messages of other sorts that have the same columns, for what goes on from one to the next.
    let neighbours: [(specimen: Specimen, start: Int)]
    /// The values that may stand here.
    let wanted: [FieldLayout.Value]
    /// What was found at the same places in messages of another sort.
    var known: [Claim] = []

    private(set) var claims: [Claim] = []
    private(set) var doubts: [Doubt] = []
    /// Columns that nothing explains.
    private(set) var unexplained = 0
    /// Columns of which some bits are not.
    private var unexplainedBits = 0
    private var owner: [Bool]

    /// Columns that have been explained.
    struct Claim {
        var range: Range<Int>
        var field: FieldLayout.Content
        var evidence: String
        var unsure: String?
    }

    init(
        specimens: [Specimen], starts: [Int], size: Int, wanted: [FieldLayout.Value],
        neighbours: [(specimen: Specimen, start: Int)] = []
    ) {
        self.specimens = specimens
        self.starts = starts
        self.size = size
        self.wanted = wanted
        self.neighbours = neighbours
        owner = [Bool](repeating: false, count: size)
    }

    func byte(_ specimen: Int, _ column: Int) -> UInt8 { specimens[specimen].bytes[starts[specimen] + column] }

    func bytes(_ specimen: Int, _ range: Range<Int>) -> ArraySlice<UInt8> {
        specimens[specimen].bytes[starts[specimen] + range.lowerBound..<starts[specimen] + range.upperBound]
    }

    /// The byte that a column has in every message, or nil.
    func constant(_ column: Int) -> UInt8? {
        let first = byte(0, column)
        return specimens.indices.allSatisfy { byte($0, column) == first } ? first : nil
    }

    func isFree(_ range: Range<Int>) -> Bool {
        range.lowerBound >= 0 && range.upperBound <= size && !owner[range].contains(true)
    }

    mutating func claim(_ range: Range<Int>, _ field: FieldLayout.Content, _ evidence: String, unsure: String? = nil) {
        for column in range { owner[column] = true }
        claims.append(Claim(range: range, field: field, evidence: evidence, unsure: unsure))
    }

    /// The same for what other readings fit as well: which, and what decides it.
    mutating func doubt(
        _ range: Range<Int>, _ field: FieldLayout.Content, _ evidence: String, _ readings: [String], _ decidedBy: String
    ) {
        let name = FieldLayout(extent: .fixed(range.count), content: field).name
        doubts.append(Doubt(place: "\(name) at byte \(range.lowerBound)", readings: readings, decidedBy: decidedBy))
        claim(range, field, evidence, unsure: readings.joined(separator: ", or ") + ": " + decidedBy)
    }

    /// Columns that are not explained and not always the same.
    var puzzles: [Int] { (0..<size).filter { !owner[$0] && constant($0) == nil } }

    // MARK: Values

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
        for value in wanted {
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
            for column in candidate.range { owner[column] = true }
            placed.append(candidate)
        }
        // Once all have their places, each takes the padding around it.
        for candidate in placed.sorted(by: { $0.range.lowerBound < $1.range.lowerBound }) {
            for column in candidate.range { owner[column] = false }
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
        var unsure: String?
        func doubt(_ learner: inout RegionLearner, _ readings: [String], _ decidedBy: String) {
            learner.doubts.append(
                Doubt(
                    place: "\(value.rawValue) at byte \(candidate.range.lowerBound)", readings: readings,
                    decidedBy: decidedBy))
            unsure = (unsure.map { $0 + "; " } ?? "") + readings.joined(separator: ", or ") + ": " + decidedBy
        }
        if distinct == 1 && specimens.count > 1 && given.count == specimens.count && specimens[0].command.isEmpty {
            doubt(
                &self, ["\(value.rawValue), which is always the same in the samples", "a constant"],
                "send a command with another \(value.rawValue)")
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
                    &self,
                    [
                        "\(value.rawValue) has \(count / unit) characters",
                        "it has \(candidate.range.count / unit) or more, and other bytes follow",
                    ],
                    Documented.probe(value))
            }
            let isFull = specimens.allSatisfy { ($0.values[value]?.utf8.count ?? 0) * unit == range.count }
            if isFull, distinct > 1, !isKnown, specimens[0].command.isEmpty {
                doubt(
                    &self,
                    ["\(value.rawValue) is filled up with 00 on the right", "with something else, or on the left"],
                    "send a command with a shorter \(value.rawValue)")
            }
            evidence += isLeft ? ", text" : ", text on the right"
            claim(range, .text(value, format), evidence, unsure: unsure)
        case .number(var format):
            var range = candidate.range
            let nils = specimens.indices.filter { specimens[$0].values[value] == nil }
            let filler: UInt8 = format.form == .binary || format.form == .bcd ? 0 : format.pad
            let limit = format.form == .binary ? 8 : format.form == .bcd ? 9 : 20
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
                guard given.allSatisfy({ byte($0, column) == filler }) else { return false }
                // Where nothing was given stands a number that means that; in text, what fills the rest, or the filler.
                if isBinary { return Set(nils.map { byte($0, column) }).count <= 1 }
                return nils.allSatisfy { index in
                    byte(index, column) == filler
                        || bytes(index, candidate.range).allSatisfy { $0 == byte(index, column) }
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
            range =
                growsLeft ? range.upperBound - count..<range.upperBound : range.lowerBound..<range.lowerBound + count
            let holdsAll = Documented.largest(value, decimals: format.decimals).map {
                format.bytes($0, size: candidate.range.count) != nil
            }
            if count > candidate.range.count, holdsAll == false {
                doubt(
                    &self,
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
                        &self, ["\(value.rawValue) is \(format.name)", "it is \(other.name)"],
                        value == .amount ? "send a pay with the amount 10.01" : Documented.probe(value))
                }
            }
            if !nils.isEmpty {
                let blanks = Set(nils.flatMap { bytes($0, range) })
                if blanks.count == 1, let blank = blanks.first, blank != 0 || format.form == .decimal {
                    format.blank = blank
                } else if let number = format.number(Array(bytes(nils[0], range))),
                    nils.allSatisfy({ bytes($0, range).elementsEqual(bytes(nils[0], range)) })
                {
                    format.absent = number
                }
            }
            evidence += ", \(format.name)"
            claim(range, .integer(value, format), evidence, unsure: unsure)
        }
    }

    // MARK: Tables

    /// Columns that have another value for each of a value's names.
    mutating func findTable(_ value: FieldLayout.Value) {
        guard !claims.contains(where: { $0.field.carries(value) }) else { return }
        let names = specimens.map { $0.values[value] }
        guard Set(names.compactMap(\.self)).count > 1, names.allSatisfy({ $0 != nil }) else { return }
        func isFunction(_ range: Range<Int>) -> [String: HexBytes]? {
            var table: [String: HexBytes] = [:]
            for index in specimens.indices {
                guard let name = names[index] else { return nil }
                let written = HexBytes(Array(bytes(index, range)))
                if let known = table[name], known != written { return nil }
                table[name] = written
            }
            return table
        }
        for column in puzzles {
            guard var table = isFunction(column..<column + 1) else { continue }
            var range = column..<column + 1
            // Text codes: the columns beside it follow the value as well.
            while range.upperBound < size, isFree(range.upperBound..<range.upperBound + 1),
                constant(range.upperBound) == nil || Set(table.values).count < table.count,
                let wider = isFunction(range.lowerBound..<range.upperBound + 1)
            {
                range = range.lowerBound..<range.upperBound + 1
                table = wider
            }
            guard Set(table.values).count == table.count else { continue }
            if range.count == 1, let bits = bitsThatTell(column) {
                let mask = UInt8((1 << bits.count) - 1)
                let all = specimens.indices.map { byte($0, column) }
                let inBits = table.mapValues { UInt64($0.bytes[0] >> UInt8(bits.lowerBound) & mask) }
                claimBits(
                    column, shift: bits.lowerBound, count: bits.count, .enumeration(value, inBits), all,
                    "\(value.rawValue) in \(bits.count) bits; the others say which command it is")
                return
            }
            let evidence =
                "\(value.rawValue): the same bytes for the same value, others for another (\(table.count) seen)"
            // Whatever changes with each message is another for each value that was sent once.
            if table.count == specimens.count {
                doubt(
                    range, .enumeration(value, table), evidence,
                    ["a code for each \(value.rawValue)", "something else that changes"],
                    "send each \(value.rawValue) twice")
            } else {
                claim(range, .enumeration(value, table), evidence)
            }
            return
        }
        findBits(value, names.compactMap(\.self))
    }

    /// The bits of a column that change, where only the others tell these messages from those of other sorts.
    private func bitsThatTell(_ column: Int) -> Range<Int>? {
        guard !neighbours.isEmpty else { return nil }
        func differs(_ column: Int, _ mask: UInt8) -> Bool {
            neighbours.allSatisfy { neighbour, start in
                start + column < neighbour.bytes.count
                    && (neighbour.bytes[start + column] ^ byte(0, column)) & mask != 0
            }
        }
        guard !(0..<size).contains(where: { constant($0) != nil && differs($0, 0xFF) }) else { return nil }
        let changing = specimens.indices.reduce(UInt8(0)) { $0 | (byte($1, column) ^ byte(0, column)) }
        guard changing != 0, differs(column, ~changing) else { return nil }
        return changing.trailingZeroBitCount..<8 - changing.leadingZeroBitCount
    }

    /// Some bits of a column that follow a value.
    private mutating func findBits(_ value: FieldLayout.Value, _ names: [String]) {
        for column in puzzles {
            let all = specimens.indices.map { byte($0, column) }
            for count in 1...7 {
                for shift in 0...(8 - count) {
                    let mask = UInt8((1 << count) - 1)
                    var table: [String: UInt64] = [:]
                    var isTable = true
                    for (name, byte) in zip(names, all) {
                        let bits = UInt64(byte >> UInt8(shift) & mask)
                        if table.updateValue(bits, forKey: name).map({ $0 != bits }) ?? false { isTable = false }
                    }
                    guard isTable, Set(table.values).count == table.count else { continue }
                    claimBits(
                        column, shift: shift, count: count, .enumeration(value, table), all,
                        "\(value.rawValue) in \(count) bits")
                    return
                }
            }
        }
    }

    /// Some bits of a column are a value's; what the others are is looked at as well.
    private mutating func claimBits(
        _ column: Int, shift: Int, count: Int, _ content: BitField.Content, _ all: [UInt8], _ evidence: String
    ) {
        var parts: [BitField] = []
        var isLoose = false
        func rest(_ low: Int, _ width: Int) {
            guard width > 0 else { return }
            let mask = UInt8((1 << width) - 1)
            let values = all.map { $0 >> UInt8(low) & mask }
            if Set(values).count == 1 {
                parts.append(BitField(count: width, content: .constant(UInt64(values[0]))))
            } else if counts(values.map { Int64($0) }, modulus: Int64(mask) + 1) {
                parts.append(BitField(count: width, content: .integer(.counter)))
            } else {
                parts.append(BitField(count: width, content: .fill(0)))
                isLoose = true
            }
        }
        rest(shift + count, 8 - shift - count)
        parts.append(BitField(count: count, content: content))
        rest(0, shift)
        if isLoose { unexplainedBits += 1 }
        claim(
            column..<column + 1, .bits(parts, .little), evidence,
            unsure: isLoose ? "the other bits change, and nothing explains them" : nil)
    }

    // MARK: Counters

    /// Whether numbers go up by one from each message to the next, as far as all messages are here.
    private func counts(_ numbers: [Int64], modulus: Int64) -> Bool {
        let all = zip(specimens.map(\.order), numbers).sorted { $0.0 < $1.0 }
        guard all.count > 2 else { return false }
        return zip(all, all.dropFirst()).allSatisfy { first, second in
            let step = (second.1 - first.1 + modulus) % modulus
            return step == Int64(second.0 - first.0) % modulus
        }
    }

    /// The numbers in some columns, of all messages that have them, in the order of time; none where one is no number.
    private func rows(_ range: Range<Int>, _ format: IntegerFormat) -> [(order: Int, number: Int64)] {
        var rows: [(order: Int, number: Int64)] = []
        for index in specimens.indices {
            guard let number = format.number(Array(bytes(index, range))) else { return [] }
            rows.append((specimens[index].order, number))
        }
        for (specimen, start) in neighbours where start + range.upperBound <= specimen.bytes.count {
            let bytes = Array(specimen.bytes[start + range.lowerBound..<start + range.upperBound])
            if let number = format.number(bytes) { rows.append((specimen.order, number)) }
        }
        return rows.sorted { $0.order < $1.order }
    }

    /// Columns that count the messages.
    mutating func findCounters(isEchoed: (_ range: Range<Int>) -> Bool) {
        for width in [8, 4, 3, 2, 1] where width <= size {
            for column in 0...(size - width) {
                let range = column..<column + width
                guard isFree(range), range.contains(where: { constant($0) == nil }) else { continue }
                for format in Self.counterFormats where width <= 4 || format.form != .binary {
                    guard isCounter(range, format) else { continue }
                    let value: FieldLayout.Value = isEchoed(range) ? .sequence : .counter
                    if width > 2, format.form == .binary, value == .counter { continue }
                    claimCounter(range, value, format)
                    break
                }
            }
        }
    }

    private static let counterFormats = [
        IntegerFormat(order: .big), IntegerFormat(order: .little), IntegerFormat(form: .bcd, order: .big),
        IntegerFormat(form: .decimal), IntegerFormat(form: .hexadecimal),
        IntegerFormat(form: .hexadecimal, isLowercase: true),
    ]

    private func isCounter(_ range: Range<Int>, _ format: IntegerFormat) -> Bool {
        let isLittle = format.form == .binary && format.order == .little
        let (lowest, highest) =
            isLittle ? (range.lowerBound, range.upperBound - 1) : (range.upperBound - 1, range.lowerBound)
        // The lowest byte must be the one that changes most.
        guard constant(lowest) == nil else { return false }
        // What is before a number that is not small is not its part.
        let nothing: UInt8 = format.form == .binary || format.form == .bcd ? 0 : UInt8(ascii: "0")
        if range.count > 1, let byte = constant(highest), byte != nothing { return false }
        let rows = rows(range, format)
        guard rows.count > 2, rows.first?.number != rows.last?.number else { return false }
        let modulus = format.form == .binary && range.count < 8 ? Int64(1) << Int64(8 * range.count) : Int64.max
        return zip(rows, rows.dropFirst()).allSatisfy { first, second in
            let step = second.number &- first.number
            return (step >= 0 ? step : step &+ modulus) == Int64(second.order - first.order)
        }
    }

    private mutating func claimCounter(_ range: Range<Int>, _ value: FieldLayout.Value, _ format: IntegerFormat) {
        let evidence = "goes up by one with each message" + (value == .sequence ? ", and replies repeat it" : "")
        let zeros = range.filter { constant($0) == 0 }.count
        guard format.form == .binary, zeros > 0 else { return claim(range, .integer(value, format), evidence) }
        doubt(
            range, .integer(value, format), evidence,
            ["it has \(range.count) bytes", "it has \(range.count - zeros), and the zeros beside it are others'"],
            "go on until it has passed 255")
    }

    /// Columns that are times, or that replies repeat.
    mutating func findEchoedNumbers(isEchoed: (_ range: Range<Int>) -> Bool) {
        findTimes(isEchoed)
        findEchoed(isEchoed)
    }

    /// Columns that change without a rule and that replies repeat.
    private mutating func findEchoed(_ isEchoed: (_ range: Range<Int>) -> Bool) {
        for width in [8, 4, 2, 1] {
            for column in puzzles {
                let range = column..<column + width
                let format = IntegerFormat(order: .big)
                guard range.upperBound <= size, isFree(range), isEchoed(range),
                    range.contains(where: { constant($0) == nil }),
                    specimens.indices.allSatisfy({ format.number(Array(bytes($0, range))).map { $0 < .max } ?? false })
                else { continue }
                // One number is enough to tell messages by.
                return claim(range, .integer(.sequence, format), "replies repeat it")
            }
        }
    }

    private mutating func findTimes(_ isEchoed: (_ range: Range<Int>) -> Bool) {
        for column in 0..<max(0, size - 3) where isFree(column..<column + 4) {
            let range = column..<column + 4
            guard range.contains(where: { constant($0) == nil }) else { continue }
            for order in IntegerFormat.ByteOrder.allCases {
                let format = IntegerFormat(order: order)
                let rows = rows(range, format)
                guard rows.count > 2, rows.allSatisfy({ Documented.times.contains($0.number) }),
                    rows.first?.number != rows.last?.number,
                    zip(rows, rows.dropFirst()).allSatisfy({ $0.number <= $1.number })
                else { continue }
                let text = "never goes back, and is a time since 1970 in seconds"
                if isEchoed(range) {
                    claim(range, .integer(.sequence, format), text + ", and replies repeat it")
                } else {
                    claim(range, .integer(.time, format), text)
                }
                return
            }
        }
    }

    // MARK: The rest

    /// Fields for all columns, those that nothing explains as well.
    mutating func fields() -> [Finding] {
        var result: [(Range<Int>, Finding)] = claims.map { claim in
            (
                claim.range,
                Finding(
                    field: FieldLayout(extent: .fixed(claim.range.count), content: claim.field, unsure: claim.unsure),
                    evidence: claim.evidence)
            )
        }
        unexplained = unexplainedBits
        var column = 0
        while column < size {
            guard !owner[column] else {
                column += 1
                continue
            }
            let start = column
            if let first = constant(column) {
                while column < size, !owner[column], constant(column) == first { column += 1 }
                let isFill = column - start >= 4 && [0x00, 0x20, 0xFF].contains(first)
                if !isFill {
                    // Other constants belong to the same field, until a run of filling begins.
                    while column < size, !owner[column], let byte = constant(column) {
                        let run = (column..<min(size, column + 4)).allSatisfy { !owner[$0] && constant($0) == byte }
                        if run && column + 4 <= size && [0x00, 0x20, 0xFF].contains(byte) { break }
                        column += 1
                    }
                }
                let bytes = Array(self.bytes(0, start..<column))
                result.append(
                    (
                        start..<column,
                        Finding(
                            field: FieldLayout(
                                size: column - start, content: isFill ? .fill(first) : .constant(bytes)),
                            evidence: isFill ? "always the same: padding" : "always the same")
                    ))
            } else {
                while column < size, !owner[column], constant(column) == nil { column += 1 }
                unexplained += column - start
                let text = "changes, and nothing explains it"
                result.append(
                    (
                        start..<column,
                        Finding(
                            field: FieldLayout(
                                extent: .fixed(column - start), content: .unknown(Array(bytes(0, start..<column))),
                                unsure: text), evidence: text)
                    ))
            }
        }
        return result.sorted { $0.0.lowerBound < $1.0.lowerBound }.map(\.1)
    }
}

extension FieldLayout.Content {
    func carries(_ value: FieldLayout.Value) -> Bool {
        FieldLayout(extent: .rest, content: self).values.contains(value)
    }
}

extension IntegerFormat {
    /// "a big-endian number with 2 decimals"
    var name: String {
        let kind =
            switch form {
            case .binary: "a \(order == .big ? "big" : "little")-endian number"
            case .bcd: "BCD"
            case .decimal: "decimal text"
            case .hexadecimal: "hexadecimal text"
            }
        return kind + (decimals.map { " with \($0) decimals" } ?? "")
    }
}
