/// Base64, ready to be read.
struct CompiledBase64: Sendable {
    let layer: Base64Layer
    private let alphabet: [UInt8]
    /// What each character is worth.
    private let values: [UInt8?]

    init(_ layer: Base64Layer) {
        self.layer = layer
        alphabet = Array(
            "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789\(layer.isURL ? "-_" : "+/")".utf8)
        var values = [UInt8?](repeating: nil, count: 256)
        for (value, character) in alphabet.enumerated() { values[Int(character)] = UInt8(value) }
        self.values = values
    }

    private static let fill = UInt8(ascii: "=")

    /// Where characters and their filling end.
    private func places(in bytes: [UInt8], from start: Int) -> (characters: Int, end: Int) {
        var index = min(start, bytes.count)
        while index < bytes.count, values[Int(bytes[index])] != nil { index += 1 }
        let characters = index
        while layer.isPadded, index < bytes.count, bytes[index] == Self.fill, !(index - start).isMultiple(of: 4) {
            index += 1
        }
        return (characters, index)
    }

    func end(in bytes: [UInt8], from start: Int) -> Int? {
        let end = places(in: bytes, from: start + layer.span.from).end + layer.span.behind
        return end <= bytes.count ? end : nil
    }

    func open(_ bytes: [UInt8], padding: UInt8?) throws(Malformation) -> [UInt8] {
        let start = layer.span.from
        guard start <= bytes.count else { throw .unreadable("the message of \(bytes.count) bytes is too short") }
        var (characters, end) = places(in: bytes, from: start)
        // What stands behind may look like more of the text.
        if layer.span.behind > 0 {
            end = max(start, min(end, bytes.end(before: padding) - layer.span.behind))
            characters = min(characters, end)
        }
        let last = end + layer.span.behind
        guard last <= bytes.count else { throw .unreadable("the message ends before what stands behind its end") }
        try bytes.checkPadding(from: last, padding)
        let rest = (characters - start) % 4
        guard rest != 1, !layer.isPadded || (end - start).isMultiple(of: 4) else {
            throw .unreadable("the base64 is not whole")
        }
        var result = Array(bytes[..<start])
        result.reserveCapacity(bytes.count)
        var bits: UInt32 = 0
        var count = 0
        for byte in bytes[start..<characters] {
            bits = bits << 6 | UInt32(values[Int(byte)] ?? 0)
            count += 6
            guard count >= 8 else { continue }
            count -= 8
            result.append(UInt8(truncatingIfNeeded: bits >> UInt32(count)))
            bits &= 1 << UInt32(count) - 1
        }
        guard bits == 0 else { throw .unreadable("the base64 ends with bits that mean nothing") }
        return result + bytes[end..<last]
    }

    func close(_ bytes: [UInt8]) throws(EncodingError) -> [UInt8] {
        let last = bytes.count - layer.span.behind
        guard layer.span.from <= last else { throw .tooShort }
        var result = Array(bytes[..<layer.span.from])
        result.reserveCapacity(bytes.count * 4 / 3 + 4)
        var index = layer.span.from
        while index < last {
            let count = min(3, last - index)
            var bits: UInt32 = 0
            for offset in 0..<3 { bits = bits << 8 | (offset < count ? UInt32(bytes[index + offset]) : 0) }
            for digit in 0...count { result.append(alphabet[Int(bits >> UInt32(18 - 6 * digit) & 0x3F)]) }
            if layer.isPadded { for _ in count..<3 { result.append(Self.fill) } }
            index += 3
        }
        return result + bytes[last...]
    }
}

extension HexadecimalLayer {
    private func value(_ digit: UInt8) -> UInt8? {
        switch digit {
        case UInt8(ascii: "0")...UInt8(ascii: "9"): digit - UInt8(ascii: "0")
        case UInt8(ascii: "A")...UInt8(ascii: "F") where !isLowercase: digit - UInt8(ascii: "A") + 10
        case UInt8(ascii: "a")...UInt8(ascii: "f") where isLowercase: digit - UInt8(ascii: "a") + 10
        default: nil
        }
    }

    private func digits(in bytes: [UInt8], from start: Int) -> Int {
        var index = min(start, bytes.count)
        while index < bytes.count, value(bytes[index]) != nil { index += 1 }
        return index
    }

    func end(in bytes: [UInt8], from start: Int) -> Int? {
        let end = digits(in: bytes, from: start + span.from) + span.behind
        return end <= bytes.count ? end : nil
    }

    func open(_ bytes: [UInt8], padding: UInt8?) throws(Malformation) -> [UInt8] {
        let start = span.from
        guard start <= bytes.count else { throw .unreadable("the message of \(bytes.count) bytes is too short") }
        var end = digits(in: bytes, from: start)
        // What stands behind may look like more digits.
        if span.behind > 0 { end = max(start, min(end, bytes.end(before: padding) - span.behind)) }
        let last = end + span.behind
        guard last <= bytes.count else { throw .unreadable("the message ends before what stands behind its end") }
        try bytes.checkPadding(from: last, padding)
        guard (end - start).isMultiple(of: 2) else { throw .unreadable("the hexadecimal digits are no pairs") }
        var result = Array(bytes[..<start])
        result.reserveCapacity(start + (end - start) / 2 + span.behind)
        for index in stride(from: start, to: end, by: 2) {
            result.append((value(bytes[index]) ?? 0) << 4 | (value(bytes[index + 1]) ?? 0))
        }
        return result + bytes[end..<last]
    }

    func close(_ bytes: [UInt8]) throws(EncodingError) -> [UInt8] {
        let last = bytes.count - span.behind
        guard span.from <= last else { throw .tooShort }
        let letter = UInt8(ascii: isLowercase ? "a" : "A") - 10
        func digit(_ nibble: UInt8) -> UInt8 { nibble < 10 ? nibble + UInt8(ascii: "0") : nibble + letter }
        var result = Array(bytes[..<span.from])
        result.reserveCapacity(2 * bytes.count)
        for byte in bytes[span.from..<last] {
            result.append(digit(byte >> 4))
            result.append(digit(byte & 0xF))
        }
        return result + bytes[last...]
    }
}
