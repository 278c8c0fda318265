// Numbers and text to bytes and back.

extension IntegerFormat {
    /// A value's text as the number that is written, or nil where it is none.
    package func number(of text: String) -> Int64? {
        if notation != .seconds { return Int64(text).map { notation.number(of: $0, utcOffset: utcOffset) } }
        guard let decimals else { return Int64(text).flatMap(scaled) }
        let parts = text.split(separator: ".", maxSplits: 1, omittingEmptySubsequences: false)
        let fraction = parts.count > 1 ? String(parts[1]) : ""
        guard fraction.utf8.count <= decimals || fraction.dropFirst(decimals).allSatisfy({ $0 == "0" }),
            (parts[0] + fraction).utf8.allSatisfy({ 0x30...0x39 ~= $0 }), !(parts[0].isEmpty && fraction.isEmpty)
        else { return nil }
        let digits = parts[0] + fraction.prefix(decimals)
        return Int64(digits + String(repeating: "0", count: max(0, decimals - fraction.utf8.count))).flatMap(scaled)
    }

    /// The value's text that a number which was read stands for; nil where it is no date.
    package func text(of number: Int64) -> String? {
        if notation != .seconds { return notation.seconds(of: number, utcOffset: utcOffset).map { String($0) } }
        guard form != .float || number != .min, let value = unscaled(number) else { return nil }
        guard let decimals, decimals > 0 else { return String(value) }
        let digits = String(value.magnitude)
        let padded = String(repeating: "0", count: max(0, decimals + 1 - digits.utf8.count)) + digits
        return (value < 0 ? "-" : "") + padded.dropLast(decimals) + "." + padded.suffix(decimals)
    }

    /// The bytes of a number; in as many as it needs where `size` is nil. Nil where it does not fit.
    package func bytes(_ number: Int64, size: Int?) -> [UInt8]? {
        switch form {
        case .binary:
            let size = size ?? (1...8).first { holds(number, size: $0) } ?? 8
            guard holds(number, size: size) else { return nil }
            let little = (0..<size).map { UInt8(truncatingIfNeeded: number >> Int64(8 * $0)) }
            return order == .little ? little : little.reversed()
        case .float:
            let size = size ?? 8
            guard let bits = floatBits(number, size: size) else { return nil }
            let little = (0..<size).map { UInt8(truncatingIfNeeded: bits >> UInt64(8 * $0)) }
            return order == .little ? little : little.reversed()
        case .packed: return packed(number, size: size)
        case .varint: return varint(number, size: size)
        case .bcd:
            guard number >= 0 else { return nil }
            var digits = String(number).utf8.map { $0 - 0x30 }
            let least = max(digits.count, notation.digitCount ?? 0)
            let count = size.map { $0 * 2 } ?? (least + least % 2)
            guard digits.count <= count else { return nil }
            digits.insert(contentsOf: repeatElement(0, count: count - digits.count), at: 0)
            let big = stride(from: 0, to: count, by: 2).map { digits[$0] << 4 | digits[$0 + 1] }
            return order == .big ? big : big.reversed()
        case .decimal:
            let digits = String(number)
            let missing = max(0, (notation.digitCount ?? 0) - digits.utf8.count)
            return padded(String(repeating: "0", count: missing) + digits, to: size)
        case .zoned:
            let digits = String(number).utf8.map { $0 | 0xF0 }
            let count = size ?? digits.count
            guard number >= 0, digits.count <= count else { return nil }
            return [UInt8](repeating: 0xF0, count: count - digits.count) + digits
        case .hexadecimal:
            guard number >= 0 else { return nil }
            return padded(String(number, radix: 16, uppercase: !isLowercase), to: size)
        }
    }

    /// The groups of seven bits, in as many bytes as they need.
    private func varint(_ number: Int64, size: Int?) -> [UInt8]? {
        guard number >= 0 else { return nil }
        var groups = [UInt8(number & 0x7F)]
        var rest = number >> 7
        while rest > 0 {
            groups.append(UInt8(rest & 0x7F))
            rest >>= 7
        }
        guard size ?? groups.count == groups.count else { return nil }
        if order == .big { groups.reverse() }
        for index in groups.indices.dropLast() { groups[index] |= 0x80 }
        return groups
    }

    /// The number of groups of seven bits; nil where they are none, more than it takes, or too many.
    private func number(varint bytes: some RandomAccessCollection<UInt8>) -> Int64? {
        guard (1...9).contains(bytes.count), let last = bytes.last, last < 0x80,
            bytes.dropLast().allSatisfy({ $0 >= 0x80 })
        else { return nil }
        let big = order == .big ? Array(bytes) : bytes.reversed()
        guard big.count == 1 || big[0] & 0x7F != 0 else { return nil }
        return big.reduce(0) { $0 << 7 | Int64($1 & 0x7F) }
    }

    private func padded(_ digits: String, to size: Int?) -> [UInt8]? {
        let format = TextFormat(characters: characters, pad: pad, alignment: alignment)
        let digits = format.encoded(digits)
        return size.map { format.bytes(digits, size: $0) } ?? digits
    }

    /// What stands where a value was not given and `blank` says so.
    package func blanks(_ blank: UInt8, size: Int) -> [UInt8] {
        TextFormat(characters: form.isText ? characters : .utf8, pad: blank).filling(size)
    }

    /// Whether the bytes say that the value was not given.
    func isBlank(_ bytes: some RandomAccessCollection<UInt8>) -> Bool {
        blank.map { bytes.elementsEqual(blanks($0, size: bytes.count)) } ?? false
    }

    /// The same of an array: where the compiler sees no more than the call, what is generic is slow.
    package func number(_ bytes: [UInt8]) -> Int64? { number(bytes[...]) }

    /// The number that bytes stand for; nil where they are none.
    func number(_ bytes: some RandomAccessCollection<UInt8>) -> Int64? {
        switch form {
        case .binary:
            guard (1...8).contains(bytes.count) else { return nil }
            let big = order == .big ? Array(bytes) : bytes.reversed()
            return number(big.reduce(0) { $0 << 8 | UInt64($1) }, size: bytes.count)
        case .float:
            guard bytes.count == 4 || bytes.count == 8 else { return nil }
            let big = order == .big ? Array(bytes) : bytes.reversed()
            return number(floatBits: big.reduce(0) { $0 << 8 | UInt64($1) }, size: bytes.count)
        case .packed: return number(packed: bytes)
        case .varint: return number(varint: bytes)
        case .bcd:
            guard (1...9).contains(bytes.count) else { return nil }
            var number: Int64 = 0
            for byte in order == .big ? Array(bytes) : bytes.reversed() {
                guard byte >> 4 < 10, byte & 0xF < 10 else { return nil }
                number = number * 100 + Int64(byte >> 4) * 10 + Int64(byte & 0xF)
            }
            return number
        case .zoned:
            guard (1...18).contains(bytes.count) else { return nil }
            var number: Int64 = 0
            for byte in bytes {
                guard (0xF0...0xF9).contains(byte) else { return nil }
                number = number * 10 + Int64(byte & 0xF)
            }
            return number
        case .decimal, .hexadecimal:
            if characters != .utf8 {
                guard let narrow = TextFormat.narrowed(bytes, characters) else { return nil }
                var format = self
                format.characters = .utf8
                return format.number(narrow)
            }
            var digits = bytes[...]
            if pad != 0x30 {
                if alignment == .right {
                    while digits.first == pad { digits = digits.dropFirst() }
                } else {
                    while digits.last == pad { digits = digits.dropLast() }
                }
            }
            guard let first = digits.first, digits.count <= 20, form == .decimal && first == 0x2D || isDigit(first),
                digits.dropFirst().allSatisfy(isDigit)
            else { return nil }
            return Int64(String(decoding: digits, as: UTF8.self), radix: form == .decimal ? 10 : 16)
        }
    }

    private func isDigit(_ byte: UInt8) -> Bool {
        switch byte {
        case 0x30...0x39: true
        case 0x41...0x46: form == .hexadecimal && !isLowercase
        case 0x61...0x66: form == .hexadecimal && isLowercase
        default: false
        }
    }
}

extension IntegerFormat.Form {
    /// Whether numbers are digits that people can read.
    package var isText: Bool { self == .decimal || self == .hexadecimal }
}

extension TextFormat {
    private var unit: Int { characters.width }

    package func encoded(_ text: String) -> [UInt8] {
        let text = isPlain ? text : dressed(text)
        switch characters {
        case .ebcdic: return EBCDIC.encoded(text)
        case .utf8: return Array(text.utf8)
        case .utf16LE:
            return text.utf16.flatMap { [UInt8(truncatingIfNeeded: $0), UInt8(truncatingIfNeeded: $0 >> 8)] }
        case .utf16BE:
            return text.utf16.flatMap { [UInt8(truncatingIfNeeded: $0 >> 8), UInt8(truncatingIfNeeded: $0)] }
        }
    }

    /// Bytes that fill a field of `size`; nil where the text does not fit.
    package func bytes(_ text: [UInt8], size: Int) -> [UInt8]? {
        guard text.count <= size else { return nil }
        let filling = filling(size - text.count)
        return alignment == .left ? text + filling : filling + text
    }

    /// Whether bytes are nothing but padding.
    package func isFilling(_ bytes: [UInt8]) -> Bool { bytes == filling(bytes.count) }

    /// So many bytes of padding.
    func filling(_ count: Int) -> [UInt8] {
        guard unit == 2 else { return [UInt8](repeating: pad, count: count) }
        // 0xFF fills both halves of a character, what is ASCII only the lower.
        let lower = characters == .utf16BE ? 1 : 0
        return (0..<count).map { $0 % 2 == lower || pad == 0xFF ? pad : 0 }
    }

    /// The lower halves of characters whose upper halves say nothing; nil where one of them does.
    static func narrowed(_ bytes: some RandomAccessCollection<UInt8>, _ characters: Characters) -> [UInt8]? {
        if characters == .ebcdic { return EBCDIC.decoded(bytes) }
        guard bytes.count.isMultiple(of: 2) else { return nil }
        if characters == .utf16BE {
            return narrowed(
                stride(from: 0, to: bytes.count, by: 2).flatMap { place -> [UInt8] in
                    let index = bytes.index(bytes.startIndex, offsetBy: place)
                    return [bytes[bytes.index(after: index)], bytes[index]]
                }, .utf16LE)
        }
        var narrow: [UInt8] = []
        narrow.reserveCapacity(bytes.count / 2)
        var lower: UInt8?
        for byte in bytes {
            if let half = lower {
                guard byte == (half == 0xFF ? 0xFF : 0) else { return nil }
                narrow.append(half)
                lower = nil
            } else {
                lower = byte
            }
        }
        return narrow
    }

    /// Whether a text in a field of `size` would be read as something else: it is empty, or ends in padding.
    func looksLikePadding(_ text: [UInt8], size: Int) -> Bool {
        guard !text.isEmpty, let bytes = bytes(text, size: size) else { return true }
        return !trimmed(bytes[...]).elementsEqual(text)
    }

    private func isPadding(_ bytes: ArraySlice<UInt8>) -> Bool {
        guard bytes.count == unit, (characters == .utf16BE ? bytes.last : bytes.first) == pad else { return false }
        return unit == 1 || (characters == .utf16BE ? bytes.first : bytes.last) == (pad == 0xFF ? 0xFF : 0)
    }

    /// The text in a field, without its padding; nil where there is none.
    package func text(in bytes: ArraySlice<UInt8>) -> String? { decoded(trimmed(bytes)) }

    private func trimmed(_ all: ArraySlice<UInt8>) -> ArraySlice<UInt8> {
        var bytes = all
        guard alignment == .right else {
            while isPadding(bytes.suffix(unit)) { bytes = bytes.dropLast(unit) }
            return bytes
        }
        while isPadding(bytes.prefix(unit)) { bytes = bytes.dropFirst(unit) }
        // Of 00000.05 the last of the zeros is no padding.
        let isFraction = pad == UInt8(ascii: "0") && bytes.first == UInt8(ascii: ".") && bytes.count < all.count
        return isFraction ? all[(bytes.startIndex - unit)...] : bytes
    }

    /// The text that bytes are; nil where there are none.
    package func decoded(_ bytes: ArraySlice<UInt8>) -> String? {
        guard !bytes.isEmpty else { return nil }
        let text = characterText(bytes)
        return isPlain ? text : undressed(text)
    }

    private func characterText(_ bytes: ArraySlice<UInt8>) -> String {
        switch characters {
        case .utf8: return String(decoding: bytes, as: UTF8.self)
        case .ebcdic: return String(decoding: EBCDIC.decoded(bytes), as: UTF8.self)
        case .utf16BE:
            let units = stride(from: bytes.startIndex, to: bytes.endIndex - 1, by: 2).map {
                UInt16(bytes[$0]) << 8 | UInt16(bytes[$0 + 1])
            }
            return String(decoding: units, as: UTF16.self)
        case .utf16LE:
            let units = stride(from: bytes.startIndex, to: bytes.endIndex - 1, by: 2).map {
                UInt16(bytes[$0]) | UInt16(bytes[$0 + 1]) << 8
            }
            return String(decoding: units, as: UTF16.self)
        }
    }
}

extension Escape {
    /// The bytes with those escaped that are special.
    package func escaped(_ bytes: [UInt8], special: Set<UInt8>) -> [UInt8] {
        switch style {
        case .before, .exclusiveOr:
            bytes.flatMap { byte in
                guard special.contains(byte) || byte == self.byte else { return [byte] }
                return [self.byte, style == .before ? byte : byte ^ mask]
            }
        case .percent, .form:
            bytes.flatMap { byte -> [UInt8] in
                switch byte {
                case 0x30...0x39, 0x41...0x5A, 0x61...0x7A, 0x2D, 0x2E, 0x5F, 0x7E: return [byte]
                case 0x20 where style == .form: return [0x2B]
                default:
                    let digits = Array(HexBytes([byte]).description.uppercased().utf8)
                    return [0x25] + digits
                }
            }
        }
    }

    /// The bytes as they were before they were escaped; nil where an escape is not whole.
    package func unescaped(_ bytes: ArraySlice<UInt8>) -> [UInt8]? {
        var result: [UInt8] = []
        result.reserveCapacity(bytes.count)
        var index = bytes.startIndex
        while index < bytes.endIndex {
            let byte = bytes[index]
            index += 1
            switch style {
            case .before, .exclusiveOr:
                guard byte == self.byte else {
                    result.append(byte)
                    continue
                }
                guard index < bytes.endIndex else { return nil }
                result.append(style == .before ? bytes[index] : bytes[index] ^ mask)
                index += 1
            case .percent, .form:
                if byte == 0x2B, style == .form {
                    result.append(0x20)
                } else if byte == 0x25 {
                    guard index + 2 <= bytes.endIndex,
                        let value = HexBytes(String(decoding: bytes[index..<index + 2], as: UTF8.self)),
                        value.bytes.count == 1
                    else { return nil }
                    result.append(value.bytes[0])
                    index += 2
                } else {
                    result.append(byte)
                }
            }
        }
        return result
    }

    /// How many bytes the escape sequence at the beginning has; 1 where there is none.
    func length(at byte: UInt8) -> Int {
        switch style {
        case .before, .exclusiveOr: byte == self.byte ? 2 : 1
        case .percent, .form: 1
        }
    }
}

extension [UInt8] {
    /// The first place at which `pattern` stands, not within an escape sequence.
    package func firstPlace(of pattern: [UInt8], from start: Int, to end: Int, escape: Escape? = nil) -> Int? {
        self[...].firstPlace(of: pattern, from: start, to: end, escape: escape)
    }
}

extension ArraySlice<UInt8> {
    package func firstPlace(of pattern: [UInt8], from start: Int, to end: Int, escape: Escape? = nil) -> Int? {
        guard !pattern.isEmpty else { return nil }
        var index = start
        while index + pattern.count <= end {
            if pattern.indices.allSatisfy({ self[index + $0] == pattern[$0] }) { return index }
            index += escape?.length(at: self[index]) ?? 1
        }
        return nil
    }
}
