/// Bits that say which values were given. Bits are counted from 1, the highest of the first byte, as in ISO 8583.
public struct PresenceField: Hashable, Sendable {
    /// The bits that are always set.
    public var base: HexBytes
    /// The bits that are set where a value was given.
    public var bits: [Int: FieldLayout.Value]
    /// Binary, or hexadecimal text.
    public var format: IntegerFormat

    public init(base: HexBytes, bits: [Int: FieldLayout.Value], format: IntegerFormat = IntegerFormat(order: .big)) {
        self.base = base
        self.bits = bits
        self.format = format
    }

    /// How many bytes it takes in a message.
    var size: Int { base.bytes.count * (format.form == .hexadecimal ? 2 : 1) }

    /// The bits as bytes of a message.
    package func written(isGiven: (FieldLayout.Value) -> Bool) -> [UInt8] {
        var bytes = base.bytes
        for (bit, value) in bits where isGiven(value) { bytes[(bit - 1) / 8] |= 0x80 >> UInt8((bit - 1) % 8) }
        guard format.form == .hexadecimal else { return bytes }
        let digits = HexBytes(bytes).description
        return Array((format.isLowercase ? digits.lowercased() : digits.uppercased()).utf8)
    }

    /// Which values were given; nil where bits are otherwise than they can be.
    func read(_ field: ArraySlice<UInt8>) -> [(value: FieldLayout.Value, isGiven: Bool)]? {
        var bytes = Array(field)
        if format.form == .hexadecimal {
            guard let digits = HexBytes(String(decoding: bytes, as: UTF8.self)) else { return nil }
            bytes = digits.bytes
        }
        guard bytes.count == base.bytes.count else { return nil }
        var given: [(value: FieldLayout.Value, isGiven: Bool)] = []
        given.reserveCapacity(bits.count)
        for (bit, value) in bits {
            let mask = UInt8(0x80) >> UInt8((bit - 1) % 8)
            let isGiven = bytes[(bit - 1) / 8] & mask != 0
            if let other = given.first(where: { $0.value == value }), other.isGiven != isGiven { return nil }
            given.append((value, isGiven))
            bytes[(bit - 1) / 8] &= ~mask
        }
        return bytes == base.bytes ? given : nil
    }
}
