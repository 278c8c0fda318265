internal import BlueTap
internal import WireFormat

// Lengths and checksums: bytes that follow from other bytes of the message.
extension RegionLearner {
    /// Columns that say how long the message is.
    mutating func findLengths() {
        guard Set(specimens.map(\.end)).count > 1 else { return }
        for width in [4, 3, 2, 1] {
            for column in 0...max(0, size - width) {
                progress.step(column, of: size, "byte \(column)")
                let range = column..<column + width
                guard range.upperBound <= size, isFree(range), range.contains(where: { constant($0) == nil }) else {
                    continue
                }
                for format in Self.lengthFormats where format.form != .binary || width <= 2 {
                    if let length = length(range, format) {
                        claim(range, .length(length), "says how many bytes follow")
                        // Headers in each other say it several times; of few sizes that may be chance.
                        if Set(specimens.map(\.end)).count < ReadingEvidence.sizesForLengths { return }
                        break
                    }
                }
            }
        }
    }

    private static let lengthFormats = [
        IntegerFormat(order: .big), IntegerFormat(order: .little), IntegerFormat(form: .decimal),
        IntegerFormat(form: .hexadecimal), IntegerFormat(form: .hexadecimal, isLowercase: true),
        IntegerFormat(form: .bcd, order: .big),
    ]

    /// The span that the columns count; nil where they count none.
    func length(_ range: Range<Int>, _ format: IntegerFormat) -> LengthField? {
        var surplus: Int64?
        for index in specimens.indices {
            guard let number = format.number(Array(bytes(index, range))) else { return nil }
            let behind = specimens[index].end - starts[index] - range.upperBound
            let found = number - Int64(behind)
            if let surplus, surplus != found { return nil }
            surplus = found
        }
        guard let surplus, SearchLimit.lengthSurplus.contains(surplus) else { return nil }
        if surplus == 0 { return LengthField(over: PlaceRange(from: Place(.after), to: Place(.end)), format: format) }
        let start = starts[0] + range.upperBound
        if surplus == Int64(start), Set(starts).count == 1 {
            return LengthField(over: PlaceRange(from: Place(.start), to: Place(.end)), format: format)
        }
        if surplus < 0 {
            return LengthField(over: PlaceRange(from: Place(.after), to: Place(.end, Int(surplus))), format: format)
        }
        var format = format
        format.plus = surplus
        return LengthField(over: PlaceRange(from: Place(.after), to: Place(.end)), format: format)
    }

    /// Columns that check others.
    ///
    /// - Parameter bits: how much evidence it takes, in bits: many checks over many spans are tried, and one fits by chance.
    mutating func findChecksums(evidence bits: Int = ReadingEvidence.checksum) {
        guard specimens.count > 1 else { return }
        var prefixes = PrefixChecks(specimens[0].bytes)
        while let found = nextChecksum(bits, &prefixes) {
            var doubts: [Doubt] = []
            let place = "checksum at byte \(found.range.lowerBound)"
            if found.isWeak {
                doubts.append(
                    Doubt(
                        place: place,
                        readings: ["a checksum, for which \(specimens.count) messages speak", "something else"],
                        decidedBy: "send more commands"))
            }
            if let size = widerSum(found) {
                let own = found.field.algorithm.size
                doubts.append(
                    Doubt(
                        place: place,
                        readings: [
                            "a sum of \(own) byte\(own == 1 ? "" : "s")",
                            "one of \(size), of which no sample needs the upper",
                        ],
                        decidedBy: (specimens[0].command.isEmpty ? Documented.probe(.orderID) + "; go on" : "go on")
                            + " until the bytes add up to more than \(1 << (8 * own) - 1)"))
            }
            claim(found.range, .checksum(found.field), found.evidence, doubts: doubts)
        }
    }

    /// Columns that check others, and why.
    private struct FoundCheck {
        let range: Range<Int>
        let field: ChecksumField
        let evidence: String
        var isWeak = false
    }

    /// Columns that may be a checksum's, read in one way.
    private struct CheckCandidate {
        let range: Range<Int>
        let format: IntegerFormat
        /// What each message has there.
        let stored: [UInt64]
        let algorithms: [Checksum]
        /// Whether it may be a CRC that nobody knows.
        let isOpen: Bool
    }

    private func nextChecksum(_ bits: Int, _ prefixes: inout PrefixChecks) -> FoundCheck? {
        let puzzles = likelyChecks
        guard !puzzles.isEmpty else { return nil }
        if let check = knownElsewhere(puzzles, evidence: bits / 2) {
            return FoundCheck(range: check.range, field: check.field, evidence: check.evidence)
        }
        // The longest first: a part of a checksum is none. Of sums only those that need all their bytes.
        for (size, form) in [
            (8, IntegerFormat.Form.hexadecimal), (4, .binary), (6, .hexadecimal), (3, .binary), (4, .hexadecimal),
            (2, .binary), (2, .hexadecimal), (1, .binary),
        ] where self.size >= size {
            let candidates = candidates(size, form, puzzles)
            let width = size / (form == .hexadecimal ? 2 : 1)
            for (number, candidate) in candidates.enumerated() {
                progress.step(number, of: candidates.count, "\(width) bytes at \(candidate.range.lowerBound)")
                if let (checksum, over) = search(candidate, bits, &prefixes) { return found(candidate, checksum, over) }
            }
            guard bits >= ReadingEvidence.checksum else { continue }
            if let (candidate, checksum, over) = searchAnywhere(
                candidates, bits + ReadingEvidence.spanFromAnywhere, &prefixes)
            {
                return found(candidate, checksum, over)
            }
            // Of noise every difference would have to be divided.
            guard self.puzzles.count <= SearchLimit.columnsForUnknownCRC else { continue }
            for candidate in candidates where candidate.isOpen {
                guard let (crc, over) = CRCSearch(self, candidate.range, candidate.stored, size: width).find() else {
                    continue
                }
                return FoundCheck(
                    range: candidate.range,
                    field: ChecksumField(algorithm: .crc(crc), over: over, format: candidate.format),
                    evidence:
                        "a CRC of \(over.from) to \(over.to) with the polynomial 0x\(String(crc.polynomial, radix: 16)), right in all \(specimens.count) messages"
                )
            }
        }
        return unusualCheck(puzzles, evidence: bits).map { check in
            FoundCheck(range: check.range, field: check.field, evidence: check.evidence)
        }
    }

    private func found(_ candidate: CheckCandidate, _ checksum: Checksum, _ over: PlaceRange) -> FoundCheck {
        FoundCheck(
            range: candidate.range,
            field: ChecksumField(algorithm: checksum.algorithm, over: over, format: candidate.format),
            evidence:
                "\(checksum.algorithm.name ?? "a CRC") of \(over.from) to \(over.to), right in all \(specimens.count) messages",
            isWeak: evidence(checksum, candidate, over.from, over.to) < ReadingEvidence.certainChecksum)
    }

    /// From the end, where most stand.
    private func candidates(_ size: Int, _ form: IntegerFormat.Form, _ puzzles: Set<Int>) -> [CheckCandidate] {
        let width = size / (form == .hexadecimal ? 2 : 1)
        let formats =
            form == .hexadecimal
            ? [IntegerFormat(form: form), IntegerFormat(form: form, isLowercase: true)]
            : size == 1
                ? [IntegerFormat(order: .big)] : [IntegerFormat(order: .big), IntegerFormat(order: .little)]
        var all: [CheckCandidate] = []
        for column in (0...(self.size - size)).reversed() {
            let range = column..<column + size
            guard isFree(range), range.contains(where: puzzles.contains) else { continue }
            // Among so many messages a CRC would not always look like text; the sum of texts may.
            let isText = form == .binary && size * specimens.count >= ReadingEvidence.bytesOfText && isText(range)
            let isWhole = range.allSatisfy(puzzles.contains)
            for format in formats {
                guard let stored = stored(range, format), Set(stored).count > 1 else { continue }
                let upper = Set(stored.map { $0 >> UInt64(4 * width) })
                let algorithms = Self.algorithms.filter { checksum in
                    guard checksum.algorithm.size == width else { return false }
                    switch checksum.algorithm {
                    case .crc, .fletcher: return isWhole && !isText
                    case .xor: return true
                    case .words(let sum):
                        return width == 1 || sum.word > 1 || upper != [sum.xorOut >> UInt64(4 * width)]
                    // One that never needs its upper half is a shorter one as well: that is looked for later.
                    case .sum(_, let isNegated):
                        return width == 1 || upper != [isNegated ? 1 << UInt64(4 * width) - 1 : 0]
                    }
                }
                all.append(
                    CheckCandidate(
                        range: range, format: format, stored: stored, algorithms: algorithms,
                        isOpen: isWhole && !isText && (form == .hexadecimal || looksRandom(range))))
            }
        }
        return all
    }

    /// Whether hardly any byte comes again in its column.
    private func looksRandom(_ range: Range<Int>) -> Bool {
        range.allSatisfy { column in
            ReadingEvidence.isMost(
                Set(specimens.indices.map { byte($0, column) }).count,
                of: min(specimens.count, SearchLimit.messagesForRandom))
        }
    }

    /// The bytes of a longer sum that would be right as well, and would be another in messages that may come; nil where
    /// there is none.
    private func widerSum(_ found: FoundCheck) -> Int? {
        guard case .sum(let size, let isNegated) = found.field.algorithm, size < 4 else { return nil }
        let format = found.field.format
        let digits = format.form == .hexadecimal ? 2 : 1
        let spans = specimens.indices.map { index in
            resolve(found.field.over.from, index, found.range)..<resolve(found.field.over.to, index, found.range)
        }
        guard largestSum(spans) >> UInt64(8 * size) > 0 else { return nil }
        for wider in [2, 4] where wider > size {
            let count = (wider - size) * digits
            let isBefore = format.form == .hexadecimal || format.order == .big
            for order in format.form == .binary && size == 1 ? IntegerFormat.ByteOrder.allCases : [format.order] {
                let goesLeft = size == 1 && format.form == .binary ? order == .big : isBefore
                let extra =
                    goesLeft
                    ? found.range.lowerBound - count..<found.range.lowerBound
                    : found.range.upperBound..<found.range.upperBound + count
                let upper: UInt8 =
                    format.form == .hexadecimal ? UInt8(ascii: isNegated ? "F" : "0") : isNegated ? 0xFF : 0
                let fits = specimens.indices.allSatisfy { index in
                    let bytes = specimens[index].bytes
                    let place = starts[index] + extra.lowerBound..<starts[index] + extra.upperBound
                    guard place.lowerBound >= 0, place.upperBound <= bytes.count else { return false }
                    let span =
                        spans[index].upperBound <= place.lowerBound
                        ? spans[index] : spans[index].lowerBound..<max(spans[index].lowerBound, place.lowerBound)
                    let sum = span.reduce(UInt64(0)) { $0 + UInt64(bytes[$1]) }
                    return sum >> UInt64(8 * size) == 0 && sum > 0 && bytes[place].allSatisfy { $0 == upper }
                }
                if fits { return wider }
            }
        }
        return nil
    }

    /// What the bytes of a span may add up to: where they never change, what they are.
    private func largestSum(_ spans: [Range<Int>]) -> UInt64 {
        guard let longest = spans.indices.max(by: { spans[$0].count < spans[$1].count }) else { return 0 }
        return spans[longest].reduce(0) { sum, place in
            let byte = specimens[longest].bytes[place]
            let isConstant = specimens.allSatisfy { place < $0.bytes.count && $0.bytes[place] == byte }
            return sum + (isConstant ? UInt64(byte) : 255)
        }
    }

    /// Columns that may be a checksum's: where nothing is understood, the first and the last of it.
    private var likelyChecks: Set<Int> {
        let all = puzzles
        let ends = SearchLimit.checkColumnsAtEnds
        return all.count <= SearchLimit.checkColumns ? Set(all) : Set(all.prefix(ends) + all.suffix(ends))
    }

    private func isText(_ range: Range<Int>) -> Bool {
        specimens.indices.allSatisfy { bytes($0, range).allSatisfy { (0x20...0x7E).contains($0) } }
    }

    /// The numbers that the columns have, one of each message; nil where one has none.
    func stored(_ range: Range<Int>, _ format: IntegerFormat) -> [UInt64]? {
        let stored = specimens.indices.compactMap { self.stored(specimens[$0], starts[$0], range, format) }
        return stored.count == specimens.count ? stored : nil
    }

    private func stored(_ specimen: Specimen, _ start: Int, _ range: Range<Int>, _ format: IntegerFormat) -> UInt64? {
        guard start + range.upperBound <= specimen.bytes.count else { return nil }
        let bytes = Array(specimen.bytes[start + range.lowerBound..<start + range.upperBound])
        return format.form == .binary
            ? bytes.unsignedInteger(at: 0, size: bytes.count, order: format.order)
            : format.number(bytes).map { UInt64(bitPattern: $0) }
    }

    /// How much speaks for a checksum, in bits: messages of other sorts do as well. Of a sum only those bits that change.
    private func evidence(_ checksum: Checksum, _ candidate: CheckCandidate, _ from: Place, _ to: Place) -> Int {
        let range = candidate.range
        var seen = Set(candidate.stored)
        for (specimen, start) in neighbours {
            guard let value = self.stored(specimen, start, range, candidate.format) else { continue }
            let span = (resolve(from, specimen, start, range), resolve(to, specimen, start, range))
            guard span.0 >= 0, span.0 < span.1, span.1 <= specimen.bytes.count,
                checksum(specimen.bytes, over: span.0..<span.1) == value
            else { continue }
            seen.insert(value)
        }
        var width = checksum.algorithm.size * 8
        if checksum.algorithm.isSum {
            width = seen.reduce(0) { $0 | ($1 ^ candidate.stored[0]) }.nonzeroBitCount
        }
        return width * (seen.count - 1)
    }

    static let algorithms = ChecksumAlgorithm.catalogue.map { Checksum($0.algorithm) }

    /// The places at which a span may begin and end, the likely ones first.
    func spans(of range: Range<Int>) -> [(from: Place, to: Place)] {
        let isBehind = starts[0] + range.lowerBound > 3
        var spans: [(Place, Place)] = []
        let ends = [Place(.here)] + (1...3).map { Place(.here, -$0) }
        let froms = [0, 1, 2, 3, 4, 5, 6, 7, 8].map { Place(.start, $0) }
        if isBehind {
            for to in ends { for from in froms { spans.append((from, to)) } }
            // Behind a longer header.
            for from in (froms.count...SearchLimit.furthestSpanStart) {
                spans.append((Place(.start, from), Place(.here)))
            }
        }
        for to in (0...4).map({ Place(.end, -$0) }) {
            for from in [Place(.after), Place(.after, 1), Place(.after, 2)] + (isBehind ? [] : froms) {
                spans.append((from, to))
            }
        }
        return spans
    }

    func resolve(_ place: Place, _ index: Int, _ range: Range<Int>) -> Int {
        resolve(place, specimens[index], starts[index], range)
    }

    /// Where a place is in a message whose region begins at `start`, for a field in these columns.
    private func resolve(_ place: Place, _ specimen: Specimen, _ start: Int, _ range: Range<Int>) -> Int {
        switch place.base {
        case .start: place.offset
        case .end: specimen.end + place.offset
        case .here: start + range.lowerBound + place.offset
        case .after: start + range.upperBound + place.offset
        }
    }

    func isRight(_ checksum: Checksum, _ stored: [UInt64], _ range: Range<Int>, _ from: Place, _ to: Place) -> Bool {
        for index in specimens.indices {
            let start = resolve(from, index, range)
            let end = resolve(to, index, range)
            let own = starts[index] + range.lowerBound..<starts[index] + range.upperBound
            guard start >= 0, start <= end, end <= specimens[index].bytes.count, !(start..<end).overlaps(own),
                checksum(specimens[index].bytes, over: start..<end) == stored[index]
            else { return false }
        }
        return true
    }

    private func search(
        _ candidate: CheckCandidate, _ bits: Int, _ prefixes: inout PrefixChecks
    ) -> (Checksum, PlaceRange)? {
        for (from, to) in spans(of: candidate.range) {
            let first =
                resolve(
                    from, 0, candidate.range)..<max(resolve(from, 0, candidate.range), resolve(to, 0, candidate.range))
            for checksum in candidate.algorithms {
                // Most fail in the first message: what it begins with is put in once.
                if from.base == .start, first.upperBound <= specimens[0].bytes.count,
                    prefixes.value(checksum, over: first) != candidate.stored[0]
                {
                    continue
                }
                guard isRight(checksum, candidate.stored, candidate.range, from, to),
                    evidence(checksum, candidate, from, to) >= bits
                else { continue }
                return (checksum, PlaceRange(from: from, to: to))
            }
        }
        return nil
    }

    /// Spans from anywhere to anywhere, in messages of which all places are known.
    private func searchAnywhere(
        _ candidates: [CheckCandidate], _ bits: Int, _ prefixes: inout PrefixChecks
    ) -> (CheckCandidate, Checksum, PlaceRange)? {
        guard Set(specimens.map(\.end)).count == 1, Set(starts).count == 1 else { return nil }
        for checksum in Set(candidates.flatMap(\.algorithms)).sorted(by: { $0.order < $1.order }) {
            var byValue: [UInt64: [CheckCandidate]] = [:]
            for candidate in candidates where candidate.algorithms.contains(checksum) {
                byValue[candidate.stored[0], default: []].append(candidate)
            }
            for from in 0..<min(SearchLimit.spanStarts, specimens[0].end) {
                let values = prefixes.values(checksum, from: from)
                for (index, value) in values.enumerated() {
                    guard let likely = byValue[value] else { continue }
                    let to = from + index + 1
                    for candidate in likely {
                        let own = starts[0] + candidate.range.lowerBound
                        guard to <= (from < own ? own : specimens[0].end) else { continue }
                        let places = (Place(.start, from), Place(.start, to))
                        if isRight(checksum, candidate.stored, candidate.range, places.0, places.1),
                            evidence(checksum, candidate, places.0, places.1) >= bits
                        {
                            return (candidate, checksum, PlaceRange(from: places.0, to: places.1))
                        }
                    }
                }
            }
        }
        return nil
    }
}

extension ChecksumAlgorithm {
    /// Whether single bits of it may stay the same whatever it is of.
    fileprivate var isSum: Bool {
        switch self {
        case .sum, .words: true
        case .xor, .crc, .fletcher: false
        }
    }
}

extension Checksum {
    /// Its place among those that have a name.
    fileprivate var order: Int {
        ChecksumAlgorithm.catalogue.firstIndex { $0.algorithm == algorithm } ?? .max
    }
}

/// The checksums of all spans of one message that begin at one of its first places, each computed once.
private struct PrefixChecks {
    private let bytes: [UInt8]
    private var known: [Key: [UInt64]] = [:]

    private struct Key: Hashable {
        let algorithm: ChecksumAlgorithm
        let from: Int
    }

    init(_ bytes: [UInt8]) {
        self.bytes = bytes
    }

    /// Of the spans from there, the shortest first.
    mutating func values(_ checksum: Checksum, from: Int) -> [UInt64] {
        let key = Key(algorithm: checksum.algorithm, from: from)
        if let values = known[key] { return values }
        let values = from < bytes.count ? checksum.values(of: bytes, from: from) : []
        known[key] = values
        return values
    }

    /// Of one span, which must lie within the message; nil where it is empty.
    mutating func value(_ checksum: Checksum, over span: Range<Int>) -> UInt64? {
        span.isEmpty ? nil : values(checksum, from: span.lowerBound)[span.count - 1]
    }
}
