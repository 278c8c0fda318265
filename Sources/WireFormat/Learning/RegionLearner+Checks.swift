internal import BlueTap

// Lengths and checksums: bytes that follow from other bytes of the message.
extension RegionLearner {
    /// Columns that say how long the message is.
    mutating func findLengths() {
        guard Set(specimens.map(\.end)).count > 1 else { return }
        for width in [4, 3, 2, 1] {
            for column in 0...max(0, size - width) {
                let range = column..<column + width
                guard range.upperBound <= size, isFree(range), range.contains(where: { constant($0) == nil }) else {
                    continue
                }
                for format in Self.lengthFormats where format.form != .binary || width <= 2 {
                    if let length = length(range, format) {
                        claim(range, .length(length), "says how many bytes follow")
                        return
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
        guard let surplus, (-16...32).contains(surplus) else { return nil }
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
    mutating func findChecksums(evidence bits: Int = 32) {
        while let (range, field, evidence, isWeak) = nextChecksum(bits) {
            guard isWeak else {
                claim(range, .checksum(field), evidence)
                continue
            }
            let doubt = Doubt(
                place: "checksum at byte \(range.lowerBound)",
                readings: ["a checksum, for which \(specimens.count) messages speak", "something else"],
                decidedBy: "send more commands")
            claim(range, .checksum(field), evidence, doubts: [doubt])
        }
    }

    private func nextChecksum(_ bits: Int) -> (Range<Int>, ChecksumField, String, Bool)? {
        let puzzles = likelyChecks
        guard !puzzles.isEmpty, specimens.count > 1 else { return nil }
        // The longest first: a part of a checksum is none.
        for (size, form) in [
            (8, IntegerFormat.Form.hexadecimal), (4, .binary), (4, .hexadecimal), (2, .binary), (2, .hexadecimal),
            (1, .binary),
        ] where self.size >= size {
            let width = size / (form == .hexadecimal ? 2 : 1)
            // From the end, where most stand.
            for column in (0...(self.size - size)).reversed() {
                let range = column..<column + size
                guard isFree(range), range.contains(where: puzzles.contains) else { continue }
                // Among so many messages a CRC would not always look like text; the sum of texts may.
                let isText = form == .binary && size * specimens.count >= 12 && isText(range)
                // Of a sum the upper bytes may never change; of a CRC all do.
                let isWhole = range.allSatisfy(puzzles.contains)
                let algorithms = Self.algorithms.filter { checksum in
                    guard checksum.algorithm.size == width else { return false }
                    if case .crc = checksum.algorithm { return isWhole && !isText }
                    return true
                }
                let formats =
                    form == .hexadecimal
                    ? [IntegerFormat(form: form), IntegerFormat(form: form, isLowercase: true)]
                    : size == 1
                        ? [IntegerFormat(order: .big)] : [IntegerFormat(order: .big), IntegerFormat(order: .little)]
                for format in formats {
                    guard let stored = stored(range, format), Set(stored).count > 1 else { continue }
                    if let (checksum, over) = search(algorithms, stored, range, format, bits) {
                        let strength = evidence(checksum, stored, range, format, over.from, over.to)
                        return (
                            range, ChecksumField(algorithm: checksum.algorithm, over: over, format: format),
                            "\(checksum.algorithm.name ?? "a CRC") of \(over.from) to \(over.to), right in all \(specimens.count) messages",
                            strength < 24
                        )
                    }
                    if isWhole, !isText, bits >= 32,
                        let (algorithm, over) = CRCSearch(self, range, stored, size: width).find()
                    {
                        return (
                            range, ChecksumField(algorithm: .crc(algorithm), over: over, format: format),
                            "a CRC of \(over.from) to \(over.to) with the polynomial 0x\(String(algorithm.polynomial, radix: 16)), right in all \(specimens.count) messages",
                            false
                        )
                    }
                }
            }
        }
        return nil
    }

    /// Columns that may be a checksum's: where nothing is understood, the first and the last of it.
    private var likelyChecks: Set<Int> {
        let all = puzzles
        return all.count <= 48 ? Set(all) : Set(all.prefix(8) + all.suffix(8))
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

    /// How much speaks for a checksum, in bits: messages of other sorts do as well.
    private func evidence(
        _ checksum: Checksum, _ stored: [UInt64], _ range: Range<Int>, _ format: IntegerFormat, _ from: Place,
        _ to: Place
    ) -> Int {
        var seen = Set(stored)
        for (specimen, start) in neighbours {
            guard let value = self.stored(specimen, start, range, format) else { continue }
            let span = (resolve(from, specimen, start, range), resolve(to, specimen, start, range))
            guard span.0 >= 0, span.0 < span.1, span.1 <= specimen.bytes.count,
                checksum(specimen.bytes, over: span.0..<span.1) == value
            else { continue }
            seen.insert(value)
        }
        return checksum.algorithm.size * 8 * (seen.count - 1)
    }

    private static let algorithms = ChecksumAlgorithm.catalogue.map { Checksum($0.algorithm) }

    /// The places at which a span may begin and end, the likely ones first.
    func spans(of range: Range<Int>) -> [(from: Place, to: Place)] {
        let isBehind = starts[0] + range.lowerBound > 3
        var spans: [(Place, Place)] = []
        let ends = [Place(.here)] + (1...3).map { Place(.here, -$0) }
        let froms = [0, 1, 2, 3, 4, 5, 6, 7, 8].map { Place(.start, $0) }
        if isBehind { for to in ends { for from in froms { spans.append((from, to)) } } }
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
        _ algorithms: [Checksum], _ stored: [UInt64], _ range: Range<Int>, _ format: IntegerFormat, _ bits: Int
    ) -> (Checksum, PlaceRange)? {
        for (from, to) in spans(of: range) {
            for checksum in algorithms where isRight(checksum, stored, range, from, to) {
                guard evidence(checksum, stored, range, format, from, to) >= bits else { continue }
                return (checksum, PlaceRange(from: from, to: to))
            }
        }
        guard bits >= 32 else { return nil }
        // Anywhere, in messages of which all places are known.
        guard Set(specimens.map(\.end)).count == 1, Set(starts).count == 1 else { return nil }
        let first = specimens[0].bytes
        let own = starts[0] + range.lowerBound..<starts[0] + range.upperBound
        for checksum in algorithms {
            for from in 0..<min(48, specimens[0].end) {
                let limit = from < own.lowerBound ? own.lowerBound : specimens[0].end
                guard from < limit else { continue }
                for to in checksum.ends(in: first, from: from, to: limit, giving: stored[0]) {
                    let places = (Place(.start, from), Place(.start, to))
                    if isRight(checksum, stored, range, places.0, places.1),
                        evidence(checksum, stored, range, format, places.0, places.1) >= bits + 8
                    {
                        return (checksum, PlaceRange(from: places.0, to: places.1))
                    }
                }
            }
        }
        return nil
    }
}

extension Checksum {
    /// The ends of those spans from one place whose checksum this is.
    fileprivate func ends(in bytes: [UInt8], from: Int, to: Int, giving value: UInt64) -> [Int] {
        var ends: [Int] = []
        switch algorithm {
        case .crc(let parameters):
            var state = parameters.initialState
            for index in from..<to {
                let span = bytes.span
                state = update(state, span, over: index..<index + 1)
                if UInt64(parameters.result(of: state)) == value { ends.append(index + 1) }
            }
        case .xor:
            var state: UInt64 = 0
            for index in from..<to {
                state ^= UInt64(bytes[index])
                if state == value { ends.append(index + 1) }
            }
        case .sum(let size, let isNegated):
            var state: UInt64 = 0
            let mask = UInt64(1) << UInt64(8 * size) - 1
            for index in from..<to {
                state &+= UInt64(bytes[index])
                if (isNegated ? 0 &- state : state) & mask == value { ends.append(index + 1) }
            }
        }
        return ends
    }
}

/// Finds a CRC of which nothing is known: what it makes of the difference of two messages of one size does not depend on
/// its initial value, and the polynomial divides all such differences.
private struct CRCSearch {
    private let region: RegionLearner
    private let range: Range<Int>
    private let stored: [UInt64]
    private let width: Int

    init(_ region: RegionLearner, _ range: Range<Int>, _ stored: [UInt64], size: Int) {
        self.region = region
        self.range = range
        self.stored = stored
        width = size * 8
    }

    func find() -> (CRCParameters, PlaceRange)? {
        guard [8, 16, 32].contains(width), width * (Set(stored).count - 1) >= 40 else { return nil }
        for (from, to) in region.spans(of: range).filter({ $0.from.offset <= 4 && $0.to.offset >= -1 }) {
            for isReflected in [false, true] {
                if let parameters = find(from, to, isReflected) { return (parameters, PlaceRange(from: from, to: to)) }
            }
        }
        return nil
    }

    private func find(_ from: Place, _ to: Place, _ isReflected: Bool) -> CRCParameters? {
        var spans: [Range<Int>] = []
        for index in region.specimens.indices {
            let start = region.resolve(from, index, range)
            let end = region.resolve(to, index, range)
            let own = region.starts[index] + range.lowerBound..<region.starts[index] + range.upperBound
            guard start >= 0, start < end, end <= region.specimens[index].bytes.count, !(start..<end).overlaps(own)
            else {
                return nil
            }
            spans.append(start..<end)
        }
        var divisor = BinaryPolynomial()
        var pairs = 0
        for first in spans.indices {
            guard let second = spans.indices.first(where: { $0 > first && spans[$0].count == spans[first].count })
            else {
                continue
            }
            var difference = BinaryPolynomial()
            for (one, other) in zip(spans[first], spans[second]) {
                difference.append(
                    region.specimens[first].bytes[one] ^ region.specimens[second].bytes[other], isReflected)
            }
            let check = UInt32(truncatingIfNeeded: stored[first] ^ stored[second])
            difference.append(isReflected ? check.reflected(width) : check, width: width)
            if difference.isZero { continue }
            divisor = divisor.isZero ? difference : divisor.greatestCommonDivisor(difference)
            pairs += 1
            if divisor.degree < width { return nil }
        }
        guard pairs >= 3, divisor.degree == width else { return nil }
        let polynomial = divisor.lowest(width)
        // Every polynomial in use checks the last bit; that which does nothing else is the exclusive or.
        guard polynomial & 1 == 1, polynomial != 1 else { return nil }
        // With the polynomial known, few starts are in use; the rest is added at the end.
        let ones = width == 32 ? UInt32.max : UInt32(1) << UInt32(width) - 1
        for initial in [0, ones] {
            var parameters = CRCParameters(width, polynomial, initial: initial, isReflected)
            var xorOut: UInt32?
            let checksum = Checksum(.crc(parameters))
            let isRight = spans.indices.allSatisfy { index in
                let value = UInt32(checksum(region.specimens[index].bytes, over: spans[index]))
                let rest = value ^ UInt32(truncatingIfNeeded: stored[index])
                defer { xorOut = rest }
                return xorOut.map { $0 == rest } ?? true
            }
            guard isRight, let xorOut else { continue }
            parameters.xorOut = xorOut
            return parameters
        }
        return nil
    }
}

/// A polynomial over two elements.
private struct BinaryPolynomial {
    /// Its coefficients, the lowest first.
    private var words: [UInt64] = [0]

    var isZero: Bool { words.allSatisfy { $0 == 0 } }

    /// -1 for nothing.
    var degree: Int {
        guard let index = words.lastIndex(where: { $0 != 0 }) else { return -1 }
        return 64 * index + 63 - words[index].leadingZeroBitCount
    }

    mutating func append(_ byte: UInt8, _ isReflected: Bool) {
        let number = UInt32(byte)
        append(isReflected ? number.reflected(8) : number, width: 8)
    }

    /// Multiplies it by the power of a width up to 32, and adds a number.
    mutating func append(_ number: UInt32, width: Int) {
        var carry = UInt64(number)
        for index in words.indices {
            let word = words[index]
            words[index] = word << UInt64(width) | carry
            carry = word >> UInt64(64 - width)
        }
        if carry != 0 { words.append(carry) }
    }

    func lowest(_ width: Int) -> UInt32 {
        UInt32(truncatingIfNeeded: words[0] & (UInt64(1) << UInt64(width) - 1))
    }

    func greatestCommonDivisor(_ other: BinaryPolynomial) -> BinaryPolynomial {
        var (one, two) = (self, other)
        while !two.isZero {
            one.reduce(by: two)
            swap(&one, &two)
        }
        return one
    }

    /// Leaves what a division leaves.
    private mutating func reduce(by divisor: BinaryPolynomial) {
        let size = divisor.degree
        var degree = degree
        while degree >= size {
            let (skipped, shift) = (degree - size).quotientAndRemainder(dividingBy: 64)
            var carry: UInt64 = 0
            for index in 0...(size / 64) {
                let word = divisor.words[index]
                words[index + skipped] ^= word << UInt64(shift) | carry
                carry = shift == 0 ? 0 : word >> UInt64(64 - shift)
            }
            if carry != 0 { words[size / 64 + 1 + skipped] ^= carry }
            degree = self.degree
        }
    }
}
