package import BlueTap

// Numbers of other units, floating point, packed decimals; texts with others around them.

extension IntegerFormat {
    /// A number of the command's units in those of the format; nil where it is none of these.
    func scaled(_ number: Int64) -> Int64? {
        if factor == 1, divisor == 1, plus == 0 { return number }
        let (product, overflow) = number.multipliedReportingOverflow(by: factor)
        guard !overflow, divisor > 0 else { return nil }
        var (quotient, rest) = product.quotientAndRemainder(dividingBy: divisor)
        if rest != 0 {
            switch rounding {
            case nil: return nil
            case .down: break
            case .up: quotient += 1
            }
        }
        let (sum, isLost) = quotient.addingReportingOverflow(plus)
        return isLost ? nil : sum
    }

    /// What a number of the format is in the command's units; nil where it is none of these.
    func unscaled(_ number: Int64) -> Int64? {
        let (difference, overflow) = number.subtractingReportingOverflow(plus)
        guard !overflow else { return nil }
        if factor == 1, divisor == 1 { return difference }
        let (product, isLost) = difference.multipliedReportingOverflow(by: divisor)
        guard !isLost, factor > 0 else { return nil }
        return product / factor
    }

    /// The bits of a number in floating point; nil where a size has none. The lowest number is what is no number.
    /// Source: IEEE 754.
    func floatBits(_ number: Int64, size: Int) -> UInt64? {
        let value = number == .min ? Double.nan : Double(number) / Self.power(decimals ?? 0)
        switch size {
        case 4: return UInt64(Float(value).bitPattern)
        case 8: return value.bitPattern
        default: return nil
        }
    }

    /// The number that is nearest to one in floating point; nil where none is near.
    func number(floatBits bits: UInt64, size: Int) -> Int64? {
        let value: Double
        switch size {
        case 4: value = Double(Float(bitPattern: UInt32(truncatingIfNeeded: bits)))
        case 8: value = Double(bitPattern: bits)
        default: return nil
        }
        if value.isNaN { return .min }
        let scaled = (value * Self.power(decimals ?? 0)).rounded()
        guard scaled.magnitude < 9e15 else { return nil }
        let number = Int64(scaled)
        // Sums of amounts are off in the last bits.
        let isNear =
            (scaled / Self.power(decimals ?? 0) - value).magnitude <= value.magnitude * (size == 4 ? 1e-6 : 1e-12)
        return isNear ? number : nil
    }

    private static func power(_ exponent: Int) -> Double { (0..<exponent).reduce(1) { result, _ in result * 10 } }

    /// Decimal digits of which the last half byte is the sign: C, D where the number is below zero.
    func packed(_ number: Int64, size: Int?) -> [UInt8]? {
        var digits = String(number.magnitude).utf8.map { $0 - 0x30 } + [number < 0 ? 0xD : 0xC]
        let count = size.map { $0 * 2 } ?? digits.count + digits.count % 2
        guard digits.count <= count else { return nil }
        digits.insert(contentsOf: repeatElement(0, count: count - digits.count), at: 0)
        return stride(from: 0, to: count, by: 2).map { digits[$0] << 4 | digits[$0 + 1] }
    }

    /// The number that such digits are.
    func number(packed bytes: some RandomAccessCollection<UInt8>) -> Int64? {
        guard (1...9).contains(bytes.count), let last = bytes.last else { return nil }
        var number: Int64 = 0
        for byte in bytes.dropLast() {
            guard byte >> 4 < 10, byte & 0xF < 10 else { return nil }
            number = number * 100 + Int64(byte >> 4) * 10 + Int64(byte & 0xF)
        }
        guard last >> 4 < 10 else { return nil }
        number = number * 10 + Int64(last >> 4)
        switch last & 0xF {
        case 0xC, 0xF: return number
        case 0xD: return -number
        default: return nil
        }
    }
}

extension TextFormat {
    /// Whether texts are written as they are.
    var isPlain: Bool {
        before.isEmpty && after.isEmpty && point == nil && grouping == nil && letters == nil && standard == nil
    }

    /// The characters that stand for a text.
    package func dressed(_ text: String) -> String {
        var text = text
        switch letters {
        case .lower: text = text.lowercased()
        case .upper: text = text.uppercased()
        case nil: break
        }
        if let grouping {
            var parts = text.split(separator: ".", maxSplits: 1, omittingEmptySubsequences: false).map(String.init)
            let count = parts[0].count
            parts[0] = String(
                parts[0].enumerated().flatMap { index, digit in
                    index > 0 && (count - index).isMultiple(of: 3) ? Array(grouping) + [digit] : [digit]
                })
            // Not replaced below: what groups digits may be a point itself.
            text = parts.joined(separator: point ?? ".")
        } else if let point {
            text = text.replacing(".", with: point)
        }
        return before + text + after
    }

    /// The text that characters stand for.
    func undressed(_ characters: String) -> String {
        var text = characters[...]
        if text.hasPrefix(before) { text = text.dropFirst(before.count) }
        if text.hasSuffix(after) { text = text.dropLast(after.count) }
        var plain = String(text)
        // The last one is the point: what groups digits may be the same as the other's point.
        if let point, let last = plain.ranges(of: point).last {
            let whole = plain[..<last.lowerBound]
            let digits = grouping.map { String(whole).replacing($0, with: "") } ?? String(whole)
            plain = digits + "." + plain[last.upperBound...]
        } else if let grouping {
            plain = plain.replacing(grouping, with: "")
        }
        switch letters {
        // What is written in lower case was in upper case before, as all names of methods and results are.
        case .lower: return plain.uppercased()
        case .upper, nil: return plain
        }
    }
}

extension MessageLayout {
    /// Whether what was read of a value is the same on the wire as what was meant: a default that the host puts in where
    /// none was given, or a number of which only whole units are written.
    package func isSame(_ value: FieldLayout.Value, _ read: String?, _ meant: String?) -> Bool {
        guard let read else { return false }
        var isSame = false
        for field in self {
            field.visit { field in
                switch field.content {
                case .integer(value, let format) where format.standard != nil || format.rounding != nil:
                    let number = meant.map(format.number(of:)) ?? format.standard
                    if let number, format.number(of: read) == number { isSame = true }
                case .text(value, let format) where meant == nil:
                    if format.standard == read { isSame = true }
                case .bits(let bits, _) where meant == nil:
                    for case .number(value, let format) in bits.map(\.content)
                    where format.standard != nil && format.number(of: read) == format.standard { isSame = true }
                default: break
                }
            }
        }
        return isSame
    }
}

extension Codec {
    /// The same of a command of this kind.
    package func isSame(_ kind: Command.Kind, _ value: FieldLayout.Value, _ read: String?, _ meant: String?) -> Bool {
        guard case .general(let message)? = message(kind) else { return false }
        return message.fields.isSame(value, read, meant)
    }
}

extension IntegerFormat {
    /// The format in which a number of this size is held: numbers by which messages are told apart keep all 64 bits, whatever
    /// they are worth, so that replies repeat them.
    func wrapping(_ value: FieldLayout.Value, size: Int?) -> IntegerFormat {
        guard value == .sequence, form == .binary, size == 8 else { return self }
        var format = self
        format.isSigned = true
        return format
    }
}

extension IntegerFormat {
    /// Whether it says no more than bits of a number can be.
    var isBits: Bool {
        var plain = self
        (plain.absent, plain.standard, plain.decimals) = (nil, nil, nil)
        return plain == IntegerFormat()
    }
}

extension FieldLayout {
    /// The same of a field.
    mutating func wrapSequence() {
        guard case .integer(let value, let format) = content else { return }
        content = .integer(value, format.wrapping(value, size: fixedSize))
    }
}

/// Letters and digits of EBCDIC's page 037, which all pages have alike.
enum EBCDIC {
    private static let pairs: [(ascii: UInt8, code: UInt8)] = {
        var pairs: [(UInt8, UInt8)] = []
        func run(_ first: Character, _ code: UInt8, _ count: UInt8) {
            guard let ascii = first.asciiValue else { return }
            for index in 0..<count { pairs.append((ascii + index, code + index)) }
        }
        run("0", 0xF0, 10)
        run("A", 0xC1, 9)
        run("J", 0xD1, 9)
        run("S", 0xE2, 8)
        run("a", 0x81, 9)
        run("j", 0x91, 9)
        run("s", 0xA2, 8)
        let others: [(Character, UInt8)] = [
            (" ", 0x40), (".", 0x4B), ("<", 0x4C), ("(", 0x4D), ("+", 0x4E), ("|", 0x4F), ("&", 0x50), ("!", 0x5A),
            ("$", 0x5B), ("*", 0x5C), (")", 0x5D), (";", 0x5E), ("-", 0x60), ("/", 0x61), (",", 0x6B), ("%", 0x6C),
            ("_", 0x6D), (">", 0x6E), ("?", 0x6F), (":", 0x7A), ("#", 0x7B), ("@", 0x7C), ("'", 0x7D), ("=", 0x7E),
            ("\"", 0x7F),
        ]
        for (character, code) in others { if let ascii = character.asciiValue { pairs.append((ascii, code)) } }
        return pairs
    }()

    private static let codes: [UInt8: UInt8] = Dictionary(pairs.map { ($0.ascii, $0.code) }) { first, _ in first }
    private static let characters: [UInt8: UInt8] = Dictionary(pairs.map { ($0.code, $0.ascii) }) { first, _ in first }

    /// What it has no code for is written as its substitute.
    static func encoded(_ text: String) -> [UInt8] { text.utf8.map { codes[$0] ?? 0x3F } }

    static func decoded(_ bytes: some Sequence<UInt8>) -> [UInt8] { bytes.map { characters[$0] ?? 0x1A } }
}
