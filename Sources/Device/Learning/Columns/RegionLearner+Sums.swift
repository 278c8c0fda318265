internal import BlueTap
internal import WireFormat

// Checks of less usual kinds: sums that begin with a number of their own, sums of words, those over the bytes from the
// last to the first, those over a span with the check itself in it, and what the other direction has.
extension RegionLearner {
    /// A check in some columns, over a span, which is right in all messages.
    struct UnusualCheck {
        let range: Range<Int>
        let field: ChecksumField
        let evidence: String
    }

    /// Looks for such checks, the likelier kinds first.
    func unusualCheck(_ puzzles: Set<Int>, evidence bits: Int) -> UnusualCheck? {
        let least = ReadingEvidence.checksumKnownElsewhere
        if bits < ReadingEvidence.checksum { return knownElsewhere(puzzles, evidence: least) }
        // Where much is not understood, the ends of it are looked at.
        let ends = SearchLimit.unusualCheckColumnsAtEnds
        let sorted = puzzles.sorted()
        let puzzles = sorted.count <= 2 * ends ? puzzles : Set(sorted.prefix(ends) + sorted.suffix(ends))
        return seededSum(puzzles, bits + ReadingEvidence.solvedStart)
            ?? rearranged(puzzles, bits + ReadingEvidence.spanFromAnywhere) ?? knownElsewhere(puzzles, evidence: least)
    }

    // MARK: Columns

    /// Columns that may be a check's, read in one way.
    struct CheckColumns {
        let range: Range<Int>
        let format: IntegerFormat
        /// In bytes.
        let size: Int
        let stored: [UInt64]

        /// How much speaks for a sum that is right: the bits that change, once for each other value.
        var bits: Int {
            let changing = stored.reduce(0) { $0 | ($1 ^ stored[0]) }
            return changing.nonzeroBitCount * (Set(stored).count - 1)
        }
    }

    private func checkColumns(_ puzzles: Set<Int>, _ forms: [(width: Int, form: IntegerFormat.Form)]) -> [CheckColumns]
    {
        var all: [CheckColumns] = []
        for (width, form) in forms where width <= size {
            let formats: [IntegerFormat] =
                switch form {
                case .hexadecimal: [IntegerFormat(form: form), IntegerFormat(form: form, isLowercase: true)]
                case .binary where width > 1: [IntegerFormat(order: .big), IntegerFormat(order: .little)]
                default: [IntegerFormat(form: form, order: .big)]
                }
            for column in (0...(size - width)).reversed() {
                let range = column..<column + width
                guard isFree(range), puzzles.contains(range.upperBound - 1) || puzzles.contains(column) else {
                    continue
                }
                for format in formats {
                    guard let stored = stored(range, format), Set(stored).count > 1 else { continue }
                    let bytes =
                        form == .hexadecimal ? (width + 1) / 2 : form == .decimal ? Self.bytesOfDecimals(width) : width
                    all.append(CheckColumns(range: range, format: format, size: bytes, stored: stored))
                }
            }
        }
        return all
    }

    /// How many bytes a sum has that is told in so many decimal digits.
    private static func bytesOfDecimals(_ digits: Int) -> Int { digits <= 3 ? 1 : digits <= 5 ? 2 : 4 }

    /// The spans that a check in these columns may be over, in every message.
    private func messageSpans(_ range: Range<Int>, _ from: Place, _ to: Place, coversOwn: Bool = false) -> [Range<Int>]?
    {
        var spans: [Range<Int>] = []
        for index in specimens.indices {
            let start = resolve(from, index, range)
            let end = resolve(to, index, range)
            let own = starts[index] + range.lowerBound..<starts[index] + range.upperBound
            guard start >= 0, start < end, end <= specimens[index].bytes.count,
                coversOwn ? start <= own.lowerBound && end >= own.upperBound : !(start..<end).overlaps(own)
            else { return nil }
            spans.append(start..<end)
        }
        return isCircular(range, spans[0]) ? nil : spans
    }

    /// Whether a check that was found covers these columns, and would be covered: neither could be made first.
    private func isCircular(_ range: Range<Int>, _ span: Range<Int>) -> Bool {
        let own = starts[0] + range.lowerBound..<starts[0] + range.upperBound
        return claims.contains { claim in
            guard case .checksum(let check) = claim.field else { return false }
            let other = starts[0] + claim.range.lowerBound..<starts[0] + claim.range.upperBound
            let from = resolve(check.over.from, 0, claim.range)
            let to = resolve(check.over.to, 0, claim.range)
            return span.overlaps(other) && from < own.upperBound && own.lowerBound < to
        }
    }

    // MARK: Sums with a start of their own

    private func seededSum(_ puzzles: Set<Int>, _ bits: Int) -> UnusualCheck? {
        let columns = checkColumns(
            puzzles,
            [
                (4, .binary), (8, .hexadecimal), (2, .binary), (4, .hexadecimal), (5, .decimal), (3, .decimal),
                (1, .binary), (2, .hexadecimal), (2, .decimal), (1, .hexadecimal),
            ])
        for candidate in columns where candidate.bits >= bits && needsAllBytes(candidate) {
            for (from, to) in spans(of: candidate.range) {
                guard let spans = messageSpans(candidate.range, from, to) else { continue }
                for parameters in sums(of: candidate) {
                    guard let algorithm = solved(parameters, candidate, spans) else { continue }
                    return UnusualCheck(
                        range: candidate.range,
                        field: ChecksumField(
                            algorithm: algorithm, over: PlaceRange(from: from, to: to), format: candidate.format),
                        evidence:
                            "\(algorithm.name ?? "a sum with a start of its own") of \(from) to \(to), right in all \(specimens.count) messages"
                    )
                }
            }
        }
        return nil
    }

    /// Whether the highest byte changes as well: else a shorter sum is right too.
    private func needsAllBytes(_ columns: CheckColumns) -> Bool {
        columns.size == 1 || Set(columns.stored.map { $0 >> UInt64(8 * (columns.size - 1)) }).count > 1
    }

    /// The sums that may stand in columns, but for where they begin.
    private func sums(of columns: CheckColumns) -> [SumParameters] {
        let size = columns.size
        var all: [SumParameters] = []
        let digits = columns.range.count
        // What is kept of a sum told in digits: mostly what they can tell.
        let moduli: [UInt64?] =
            switch columns.format.form {
            case .decimal:
                digits == 2 ? [100, 97] : digits == 3 ? [nil, 1000, 255] : [nil, 100_000].filter { _ in size > 1 }
            case .hexadecimal where digits == 1: [16]
            default: size == 1 ? [nil, 255, 128] : size == 2 ? [nil, 65_535] : [nil]
            }
        for modulus in moduli {
            for isNegated in [false, true] {
                all.append(SumParameters(size: size, isNegated: isNegated, modulus: modulus))
            }
        }
        if columns.format.form != .decimal, digits > 1 || columns.format.form == .binary {
            all.append(SumParameters(.xor, size: size))
        }
        for word in [2, 4] where word <= size {
            for order in [IntegerFormat.ByteOrder.big, .little] {
                all.append(SumParameters(size: size, word: word, order: order))
                all.append(SumParameters(size: size, word: word, order: order, isNegated: true))
                all.append(SumParameters(.xor, size: size, word: word, order: order))
                all.append(SumParameters(.carry, size: size, word: word, order: order))
            }
        }
        return all
    }

    /// The sum with the start that makes it right in all messages: the difference, which must be the same in all.
    private func solved(
        _ parameters: SumParameters, _ columns: CheckColumns, _ spans: [Range<Int>]
    ) -> ChecksumAlgorithm? {
        let mask = parameters.mask
        let modulus = parameters.modulus ?? mask &+ 1
        let checksum = Checksum(.words(parameters))
        var start: UInt64?
        for index in specimens.indices {
            let made = checksum(specimens[index].bytes, over: spans[index])
            let stored = columns.stored[index]
            guard parameters.operation != .add || stored < modulus else { return nil }
            let found: UInt64 =
                switch parameters.operation {
                case .xor: made ^ stored
                case .carry: made &+ stored == mask ? 0 : mask
                case .add:
                    parameters.isNegated ? (made + modulus - stored) % modulus : (stored + modulus - made) % modulus
                }
            if let start, start != found { return nil }
            start = found
        }
        guard let start else { return nil }
        var solved = parameters
        switch parameters.operation {
        case .carry:
            // Only its complement has not been looked for by its name.
            guard start == 0 else { return nil }
            solved.xorOut = mask
        case .xor: solved.initial = start
        case .add where parameters.isNegated && start == 1 && parameters.modulus == nil:
            // What is missing to all ones is the complement.
            solved.isNegated = false
            solved.xorOut = mask
        case .add: solved.initial = start
        }
        let algorithm = ChecksumAlgorithm.words(solved)
        let check = Checksum(algorithm)
        let isRight = specimens.indices.allSatisfy {
            check(specimens[$0].bytes, over: spans[$0]) == columns.stored[$0]
        }
        return isRight ? algorithm : nil
    }

    // MARK: Bytes in another order, and the check's own

    /// From the last byte to the first, or with what the check's own place had before.
    private func rearranged(_ puzzles: Set<Int>, _ bits: Int) -> UnusualCheck? {
        let columns = checkColumns(
            puzzles, [(4, .binary), (8, .hexadecimal), (3, .binary), (2, .binary), (4, .hexadecimal), (1, .binary)])
        for candidate in columns where candidate.size * 8 * (Set(candidate.stored).count - 1) >= bits {
            guard candidate.range.allSatisfy(puzzles.contains) || candidate.format.form == .hexadecimal else {
                continue
            }
            for (from, to) in spans(of: candidate.range) where isUsual(from, to) {
                if let spans = messageSpans(candidate.range, from, to),
                    let found = rearranged(candidate, from, to, spans, isReversed: true, own: nil)
                {
                    return found
                }
            }
            for from in 0...2 {
                for to in [0, -1] {
                    let places = (Place(.start, from), Place(.end, to))
                    guard let spans = messageSpans(candidate.range, places.0, places.1, coversOwn: true) else {
                        continue
                    }
                    for own in [UInt8(0), 0x20, 0xFF, 0x30] where own != 0x30 || candidate.format.form.isText {
                        if let found = rearranged(candidate, places.0, places.1, spans, isReversed: false, own: own) {
                            return found
                        }
                    }
                }
            }
        }
        return nil
    }

    /// Whether a span begins and ends where most do.
    private func isUsual(_ from: Place, _ to: Place) -> Bool {
        from.offset <= SearchLimit.unknownCRCStart && to.offset >= SearchLimit.unknownCRCEnd
    }

    private func rearranged(
        _ columns: CheckColumns, _ from: Place, _ to: Place, _ spans: [Range<Int>], isReversed: Bool, own: UInt8?
    ) -> UnusualCheck? {
        for checksum in Self.algorithms where checksum.algorithm.size == columns.size {
            // The order of the bytes makes no difference to what only adds them up.
            if isReversed, case .sum = checksum.algorithm { continue }
            if isReversed, case .xor = checksum.algorithm { continue }
            let field = ChecksumField(
                algorithm: checksum.algorithm, over: PlaceRange(from: from, to: to), format: columns.format,
                isReversed: isReversed, own: own)
            let isRight = specimens.indices.allSatisfy { index in
                let place = starts[index] + columns.range.lowerBound..<starts[index] + columns.range.upperBound
                return field.value(checksum, of: specimens[index].bytes, over: spans[index], at: place)
                    == columns.stored[index]
            }
            guard isRight else { continue }
            let how = isReversed ? "from the last byte to the first" : "with its own bytes as \(HexBytes([own ?? 0]))"
            return UnusualCheck(
                range: columns.range, field: field,
                evidence:
                    "\(checksum.algorithm.name ?? "a checksum") of \(from) to \(to), \(how), right in all \(specimens.count) messages"
            )
        }
        return nil
    }

    // MARK: What the other direction has

    /// A check as the other direction has one: of few replies little else can speak for it.
    func knownElsewhere(_ puzzles: Set<Int>, evidence bits: Int) -> UnusualCheck? {
        for hint in hints {
            let digits = hint.format.form == .hexadecimal ? 2 : 1
            let columns = checkColumns(puzzles, [(hint.algorithm.size * digits, hint.format.form)])
            let checksum = Checksum(hint.algorithm)
            // Behind a CRC's first byte and its message the CRC is the second byte and 00, which looks like padding.
            let changing = columns.filter { candidate in candidate.range.allSatisfy { constant($0) == nil } }
            for candidate in changing + columns
            where candidate.format == hint.format && candidate.bits >= bits {
                for (from, to) in [(hint.over.from, hint.over.to)] + spans(of: candidate.range) {
                    guard let spans = messageSpans(candidate.range, from, to, coversOwn: hint.own != nil) else {
                        continue
                    }
                    let field = ChecksumField(
                        algorithm: hint.algorithm, over: PlaceRange(from: from, to: to), format: hint.format,
                        isReversed: hint.isReversed, own: hint.own)
                    let isRight = specimens.indices.allSatisfy { index in
                        let place =
                            starts[index] + candidate.range.lowerBound..<starts[index] + candidate.range.upperBound
                        return field.value(checksum, of: specimens[index].bytes, over: spans[index], at: place)
                            == candidate.stored[index]
                    }
                    guard isRight else { continue }
                    return UnusualCheck(
                        range: candidate.range, field: field,
                        evidence:
                            "\(hint.algorithm.name ?? "the checksum") of \(from) to \(to), as in the commands, right in all \(specimens.count) messages"
                    )
                }
            }
        }
        return nil
    }
}

extension ChecksumField {
    /// Whether it is none that formats are known to have, so that it may be one by chance.
    var isUnusual: Bool { algorithm.name == nil && !algorithm.isCRC || isReversed || own != nil }
}

extension ChecksumAlgorithm {
    fileprivate var isCRC: Bool { if case .crc = self { true } else { false } }
}

extension MessageLayout {
    /// The checks in it.
    var checks: [ChecksumField] {
        var found: [ChecksumField] = []
        for field in self {
            field.visit {
                if case .checksum(let checksum) = $0.content, !found.contains(checksum) { found.append(checksum) }
            }
        }
        return found
    }
}
