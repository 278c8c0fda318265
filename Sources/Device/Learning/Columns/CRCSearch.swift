internal import BlueTap
internal import WireFormat

/// Finds a CRC of which nothing is known: what it makes of the difference of two messages of one size does not depend on
/// its initial value, and the polynomial divides all such differences.
struct CRCSearch {
    private let region: RegionLearner
    private let range: Range<Int>
    private let stored: [UInt64]
    private let width: Int

    /// - Parameter size: in bytes.
    init(_ region: RegionLearner, _ range: Range<Int>, _ stored: [UInt64], size: Int) {
        self.region = region
        self.range = range
        self.stored = stored
        width = size * 8
    }

    func find() -> (CRCParameters, PlaceRange)? {
        guard [8, 16, 24, 32].contains(width), width * (Set(stored).count - 1) >= ReadingEvidence.unknownCRC else {
            return nil
        }
        let spans = region.spans(of: range).filter {
            $0.from.offset <= SearchLimit.unknownCRCStart && $0.to.offset >= SearchLimit.unknownCRCEnd
        }
        for (from, to) in spans {
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
        let ones = width == 32 ? UInt32.max : UInt32(1) << UInt32(width) - 1
        let divisor =
            equalSizes(spans, isReflected) ?? allSizes(spans, isReflected, xorOut: 0)
            ?? allSizes(spans, isReflected, xorOut: ones)
        guard let divisor else { return nil }
        let polynomial = divisor.lowest(width)
        // Every polynomial in use checks the last bit; that which does nothing else is the exclusive or.
        guard polynomial & 1 == 1, polynomial != 1 else { return nil }
        // With the polynomial known, few starts are in use; the rest is added at the end.
        let solved = [0, ones].compactMap { start(polynomial, isReflected, spans, xorOut: $0) }
        for initial in [0, ones] + solved {
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

    /// What divides the differences of messages of one size, whatever the CRC's start and end are.
    private func equalSizes(_ spans: [Range<Int>], _ isReflected: Bool) -> BinaryPolynomial? {
        var search = DivisorSearch(width: width)
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
            guard search.take(difference) else { return nil }
        }
        return search.result
    }

    /// What divides the sums of messages of any size, the shorter moved to where the longer begins: what is added at the end
    /// has to be known for that, the start has not.
    private func allSizes(_ spans: [Range<Int>], _ isReflected: Bool, xorOut: UInt32) -> BinaryPolynomial? {
        guard Set(spans.map(\.count)).count > 1 else { return nil }
        func polynomial(_ index: Int) -> BinaryPolynomial {
            var polynomial = BinaryPolynomial()
            for place in spans[index] { polynomial.append(region.specimens[index].bytes[place], isReflected) }
            let check = UInt32(truncatingIfNeeded: stored[index]) ^ xorOut
            polynomial.append(isReflected ? check.reflected(width) : check, width: width)
            return polynomial
        }
        var search = DivisorSearch(width: width)
        let sorted = spans.indices.sorted { spans[$0].count < spans[$1].count }
        for (short, long) in zip(sorted, sorted.dropFirst()) {
            var moved = polynomial(short)
            for _ in 0..<spans[long].count - spans[short].count { moved.append(0, width: 8) }
            guard search.take(moved.added(polynomial(long))) else { return nil }
        }
        return search.result
    }

    /// The start with which a CRC makes what the first message has: of messages of several sizes only one is right.
    private func start(
        _ polynomial: UInt32, _ isReflected: Bool, _ spans: [Range<Int>], xorOut: UInt32
    ) -> UInt32? {
        func value(_ bytes: [UInt8], initial: UInt32) -> UInt32 {
            let checksum = Checksum(.crc(CRCParameters(width, polynomial, initial: initial, isReflected)))
            return UInt32(checksum(bytes, over: bytes.indices))
        }
        guard Set(spans.map(\.count)).count > 1 else { return nil }
        let bytes = Array(region.specimens[0].bytes[spans[0]])
        let zeros = [UInt8](repeating: 0, count: bytes.count)
        var wanted = value(bytes, initial: 0) ^ UInt32(truncatingIfNeeded: stored[0]) ^ xorOut
        // What each bit of the start changes, brought to steps: each row has a leading bit of its own.
        var rows: [(change: UInt32, start: UInt32)] = []
        for bit in 0..<width {
            var row = (change: value(zeros, initial: 1 << UInt32(bit)), start: UInt32(1) << UInt32(bit))
            for other in rows where row.change & other.change.leadingBit != 0 {
                row = (row.change ^ other.change, row.start ^ other.start)
            }
            if row.change != 0 { rows.append(row) }
        }
        var initial: UInt32 = 0
        for row in rows where wanted & row.change.leadingBit != 0 {
            wanted ^= row.change
            initial ^= row.start
        }
        return wanted == 0 ? initial : nil
    }
}

extension UInt32 {
    /// The highest of its bits alone.
    fileprivate var leadingBit: UInt32 { self == 0 ? 0 : 1 << UInt32(31 - leadingZeroBitCount) }
}

/// What divides all of some polynomials.
private struct DivisorSearch {
    let width: Int
    private var divisor = BinaryPolynomial()
    private var count = 0

    init(width: Int) {
        self.width = width
    }

    /// Takes one more; false where no CRC of the width divides all.
    mutating func take(_ polynomial: BinaryPolynomial) -> Bool {
        if polynomial.isZero { return true }
        divisor = divisor.isZero ? polynomial : divisor.greatestCommonDivisor(polynomial)
        count += 1
        return divisor.degree >= width
    }

    /// The divisor, where enough has been divided by it and it is a CRC's.
    var result: BinaryPolynomial? {
        count >= ReadingEvidence.dividedDifferences && divisor.degree == width ? divisor : nil
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

    func added(_ other: BinaryPolynomial) -> BinaryPolynomial {
        var (long, short) = words.count < other.words.count ? (other, self) : (self, other)
        short.words += [UInt64](repeating: 0, count: long.words.count - short.words.count)
        for index in long.words.indices { long.words[index] ^= short.words[index] }
        return long
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
            while words.count > 1, words[words.count - 1] == 0 { words.removeLast() }
            degree = self.degree
        }
    }
}
