/// A sum of words, by its parameters.
public struct SumParameters: Hashable, Sendable {
    public enum Operation: String, CaseIterable, Codable, Hashable, Sendable {
        case add
        case xor
        /// What is carried out of the sum is added to it: ones' complement. Source: RFC 1071.
        case carry
    }

    public var operation: Operation
    /// Of the sum, in bytes: 1 to 4.
    public var size: Int
    /// Of a word, in bytes: 1, 2 or 4. The last one is filled up with zeros.
    public var word: Int
    /// Of words.
    public var order: IntegerFormat.ByteOrder
    /// What the sum begins with.
    public var initial: UInt64
    /// Whether what is taken is what is missing to the modulus.
    public var isNegated: Bool
    /// For additions: what is kept is the remainder; nil: what fits in the size.
    public var modulus: UInt64?
    /// XORed with the sum at the end; with ones the sum is complemented.
    public var xorOut: UInt64

    public init(
        _ operation: Operation = .add, size: Int = 1, word: Int = 1, order: IntegerFormat.ByteOrder = .big,
        initial: UInt64 = 0, isNegated: Bool = false, modulus: UInt64? = nil, xorOut: UInt64 = 0
    ) {
        self.operation = operation
        self.size = size
        self.word = word
        self.order = order
        self.initial = initial
        self.isNegated = isNegated
        self.modulus = modulus
        self.xorOut = xorOut
    }

    /// What fits in the size.
    package var mask: UInt64 { UInt64(1) << UInt64(8 * size) - 1 }

    /// Whether it can be computed.
    var isGood: Bool {
        (1...4).contains(size) && [1, 2, 4].contains(word) && initial <= mask && xorOut <= mask
            && modulus.map { $0 > 1 && $0 <= mask + 1 } ?? true
    }
}

/// Two sums, of which the second adds up the first, by their parameters: Fletcher's and Adler's.
public struct FletcherParameters: Hashable, Sendable {
    /// Of both sums together, in bytes: 2 or 4.
    public var size: Int
    /// Of a word, in bytes: 1 or 2. The last one is filled up with zeros.
    public var word: Int
    /// Of words.
    public var order: IntegerFormat.ByteOrder
    public var modulus: UInt64
    /// What the first sum begins with.
    public var initial: UInt64

    public init(
        size: Int = 2, word: Int = 1, order: IntegerFormat.ByteOrder = .little, modulus: UInt64, initial: UInt64 = 0
    ) {
        self.size = size
        self.word = word
        self.order = order
        self.modulus = modulus
        self.initial = initial
    }

    /// Whether it can be computed.
    var isGood: Bool {
        (size == 2 || size == 4) && (word == 1 || word == 2) && modulus > 1 && modulus <= UInt64(1) << UInt64(4 * size)
            && initial < modulus
    }
}

/// A sum that is being made, byte by byte.
struct RunningSum {
    private let parameters: SumParameters
    private var sum: UInt64
    private var place = 0

    init(_ parameters: SumParameters) {
        self.parameters = parameters
        sum = parameters.initial
    }

    mutating func take(_ byte: UInt8) {
        // Each byte adds to its word what it is worth there: no word has to be put together.
        let index = parameters.order == .big ? parameters.word - 1 - place : place
        let part = UInt64(byte) << UInt64(8 * index)
        place = place + 1 == parameters.word ? 0 : place + 1
        switch parameters.operation {
        case .add, .carry: sum &+= part
        case .xor: sum ^= part
        }
    }

    var result: UInt64 {
        let mask = parameters.mask
        var result = sum
        switch parameters.operation {
        case .xor: while result > mask { result = result & mask ^ result >> UInt64(8 * parameters.size) }
        case .carry: while result > mask { result = result & mask + result >> UInt64(8 * parameters.size) }
        case .add:
            if let modulus = parameters.modulus {
                result %= modulus
                if parameters.isNegated, result > 0 { result = modulus - result }
            } else if parameters.isNegated {
                result = 0 &- result
            }
        }
        return (result ^ parameters.xorOut) & mask
    }
}

/// Two sums that are being made, byte by byte.
struct RunningFletcher {
    private let parameters: FletcherParameters
    private var first: UInt64
    private var second: UInt64 = 0
    private var place = 0

    init(_ parameters: FletcherParameters) {
        self.parameters = parameters
        first = parameters.initial
    }

    mutating func take(_ byte: UInt8) {
        let index = parameters.order == .big ? parameters.word - 1 - place : place
        first = (first + UInt64(byte) << UInt64(8 * index)) % parameters.modulus
        place += 1
        guard place == parameters.word else { return }
        place = 0
        second = (second + first) % parameters.modulus
    }

    var result: UInt64 {
        let last = place == 0 ? second : (second + first) % parameters.modulus
        return last << UInt64(4 * parameters.size) | first
    }
}

extension ChecksumAlgorithm {
    /// Sums that have a name.
    static let sums: [(String, ChecksumAlgorithm)] = [
        ("complemented-sum-8", .words(SumParameters(xorOut: 0xFF))),
        ("complemented-sum-16", .words(SumParameters(size: 2, xorOut: 0xFFFF))),
        ("internet", .words(SumParameters(.carry, size: 2, word: 2, xorOut: 0xFFFF))),
        ("carry-sum-8", .words(SumParameters(.carry))),
        ("complemented-carry-sum-8", .words(SumParameters(.carry, xorOut: 0xFF))),
        ("sum-16-of-words", .words(SumParameters(size: 2, word: 2, order: .little))),
        ("sum-16-of-big-words", .words(SumParameters(size: 2, word: 2))),
        ("negated-sum-16-of-words", .words(SumParameters(size: 2, word: 2, order: .little, isNegated: true))),
        ("negated-sum-16-of-big-words", .words(SumParameters(size: 2, word: 2, isNegated: true))),
        ("sum-32-of-words", .words(SumParameters(size: 4, word: 4, order: .little))),
        ("sum-32-of-big-words", .words(SumParameters(size: 4, word: 4))),
        ("xor-16", .words(SumParameters(.xor, size: 2, word: 2, order: .little))),
        ("xor-16-big", .words(SumParameters(.xor, size: 2, word: 2))),
        ("xor-32", .words(SumParameters(.xor, size: 4, word: 4, order: .little))),
        ("fletcher-16", .fletcher(FletcherParameters(modulus: 255))),
        ("fletcher-16/256", .fletcher(FletcherParameters(modulus: 256))),
        ("fletcher-32", .fletcher(FletcherParameters(size: 4, word: 2, modulus: 65_535))),
        ("fletcher-32/bytes", .fletcher(FletcherParameters(size: 4, modulus: 65_535))),
        ("adler-32", .fletcher(FletcherParameters(size: 4, modulus: 65_521, initial: 1))),
    ]

    /// The largest value that it can have.
    package var largest: UInt64 {
        if case .words(let sum) = self, let modulus = sum.modulus, sum.xorOut == 0 { return modulus - 1 }
        return size >= 8 ? .max : UInt64(1) << UInt64(8 * size) - 1
    }
}

extension ChecksumField {
    /// Whether it is the checksum of the bytes as they stand.
    var isPlain: Bool { !isReversed && own == nil }

    /// What should stand there.
    ///
    /// - Parameter place: where the field itself stands.
    package func value(
        _ checksum: Checksum, of bytes: [UInt8], over span: Range<Int>, at place: Range<Int>
    ) -> UInt64 {
        if isPlain { return checksum(bytes.span, over: span) }
        var part = Array(bytes[span])
        if let own {
            for index in place where span.contains(index) { part[index - span.lowerBound] = own }
        }
        if isReversed { part.reverse() }
        return checksum(part.span, over: part.indices)
    }
}
