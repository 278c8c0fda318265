/// XOR with a key, checked.
struct CompiledExclusiveOr: Sendable {
    let layer: ExclusiveOrLayer
    private let padding: UInt8?

    init(_ layer: ExclusiveOrLayer, padding: UInt8?, path: [ProfileError.PathStep]) throws(ProfileError) {
        switch layer.key {
        case .constant(let key):
            guard (1...256).contains(key.bytes.count) else {
                throw ProfileError(at: path + [.key("key")], "a key has 1 to 256 bytes")
            }
        case .at(let place, let size):
            let isBefore = place.base == .start && place.offset >= 0 && place.offset + size <= layer.span.from
            let isBehind = place.base == .end && -place.offset <= layer.span.behind && place.offset + size <= 0
            guard (1...8).contains(size), isBefore || isBehind else {
                throw ProfileError(
                    at: path + [.key("keyAt")], "a key of 1 to 8 bytes stands where the message is plain")
            }
        }
        self.layer = layer
        self.padding = padding
    }

    /// The one byte with which every byte is XORed.
    private var mask: UInt8? {
        guard case .constant(let key) = layer.key, key.bytes.count == 1, layer.step == 0, layer.chain == .none else {
            return nil
        }
        return key.bytes[0]
    }

    /// Padding is changed like the message where that is one byte's work; else the message ends before it.
    var innerPadding: UInt8? {
        guard let padding else { return nil }
        if layer.span.to.base == .start { return padding }
        return layer.span.behind > 0 ? nil : mask.map { $0 ^ padding }
    }

    private func range(of bytes: [UInt8], padding: UInt8?) -> (range: Range<Int>, end: Int)? {
        let span = layer.span
        var end = bytes.count
        if span.to.base == .end, innerPadding == nil, padding != nil {
            end = bytes.end(before: padding)
            end = layer.sizes.filter { end <= $0 && $0 <= bytes.count }.min() ?? end
        }
        let to = span.to.base == .start ? min(span.to.offset, end) : end - span.behind
        return span.from <= to ? (span.from..<to, end) : nil
    }

    /// - Parameter isOpening: whether the bytes are those that were written.
    private func apply(_ bytes: inout [UInt8], _ range: Range<Int>, isOpening: Bool) {
        let key: [UInt8]
        switch layer.key {
        case .constant(let bytes): key = bytes.bytes
        case .at(let place, let size):
            let start = place.base == .start ? place.offset : bytes.count + place.offset
            guard start >= 0, start + size <= bytes.count else { return }
            key = Array(bytes[start..<start + size])
        }
        var before = layer.initial ?? (range.lowerBound > 0 ? bytes[range.lowerBound - 1] : 0)
        var added: UInt8 = 0
        for (number, index) in range.enumerated() {
            let byte = bytes[index]
            var result = byte ^ (key[number % key.count] &+ added)
            if layer.chain != .none { result ^= before }
            before = (layer.chain == .written) == isOpening ? byte : result
            added &+= layer.step
            bytes[index] = result
        }
    }

    func open(_ bytes: [UInt8], padding: UInt8?) throws(Malformation) -> [UInt8] {
        guard let (range, end) = range(of: bytes, padding: padding) else {
            throw .unreadable("the message of \(bytes.count) bytes is too short")
        }
        var result = Array(bytes[..<end])
        apply(&result, range, isOpening: true)
        return result
    }

    func close(_ bytes: [UInt8]) throws(EncodingError) -> [UInt8] {
        guard let (range, _) = range(of: bytes, padding: nil) else { throw .tooShort }
        var result = bytes
        apply(&result, range, isOpening: false)
        return result
    }
}

extension SwappedLayer {
    /// The same padding in another order; of whole words only, so that it is one byte.
    func innerPadding(_ padding: UInt8) -> UInt8? {
        guard span.behind == 0 else { return nil }
        return span.to.base == .start ? padding : swapped(padding)
    }

    private func swapped(_ byte: UInt8) -> UInt8 {
        switch unit {
        case .bits: (0..<8).reduce(0) { $0 << 1 | byte >> UInt8($1) & 1 }
        case .nibbles: byte << 4 | byte >> 4
        case .words16, .words32: byte
        }
    }

    private func range(_ end: Int) -> Range<Int>? {
        let to = span.to.base == .start ? min(span.to.offset, end) : end - span.behind
        return span.from <= to ? span.from..<to : nil
    }

    private func apply(_ bytes: inout [UInt8], _ range: Range<Int>) {
        guard unit.width > 1 else {
            for index in range { bytes[index] = swapped(bytes[index]) }
            return
        }
        var index = range.lowerBound
        while index + unit.width <= range.upperBound {
            bytes[index..<index + unit.width].reverse()
            index += unit.width
        }
    }

    func open(_ bytes: [UInt8], padding: UInt8?) throws(Malformation) -> [UInt8] {
        let end = span.behind > 0 ? bytes.end(before: padding) : bytes.count
        guard let range = range(end) else { throw .unreadable("the message of \(bytes.count) bytes is too short") }
        var result = Array(bytes[..<end])
        apply(&result, range)
        return result
    }

    func close(_ bytes: [UInt8], padding: UInt8?) throws(EncodingError) -> [UInt8] {
        var result = bytes
        // Words are whole: padding is swapped into the message's last one.
        if let padding, span.to == Place(.end), bytes.count >= span.from {
            let odd = (bytes.count - span.from) % unit.width
            if odd > 0 { result += [UInt8](repeating: padding, count: unit.width - odd) }
        }
        guard let range = range(result.count) else { throw .tooShort }
        apply(&result, range)
        return result
    }
}
