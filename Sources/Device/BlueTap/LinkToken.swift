/// The unguessable part of a link: 128 random bits.
public struct LinkToken: Hashable, Sendable, CustomStringConvertible {
    private let high: UInt64
    private let low: UInt64

    /// Draws a token. Outside tests the generator is the system's.
    public init(using generator: inout some RandomNumberGenerator) {
        high = generator.next()
        low = generator.next()
    }

    /// 32 lower-case hexadecimal digits.
    public var description: String {
        String(unsafeUninitializedCapacity: 32) { digits in
            var index = 0
            for word in [high, low] {
                for shift in stride(from: 60, through: 0, by: -4) {
                    let nibble = UInt8(truncatingIfNeeded: word >> UInt64(shift)) & 0xF
                    digits[index] = nibble < 10 ? 0x30 + nibble : 0x61 - 10 + nibble
                    index += 1
                }
            }
            return 32
        }
    }
}
