/// Powers of large whole numbers modulo an odd one, by Montgomery's method. For public keys: it takes no care to hide
/// anything by the time that it takes.
struct ModularPower {
    /// The least significant word first.
    private let modulus: [UInt32]
    /// -1/modulus modulo 2³².
    private let inverse: UInt32

    /// - Parameter modulus: the most significant byte first; nil where it is even, or too long.
    init?(modulus bytes: [UInt8]) {
        let words = Self.words(bytes)
        guard let low = words.first, low & 1 == 1, words.count <= 512 else { return nil }
        modulus = words
        // Newton's iteration: each round doubles the bits that are right.
        var inverse: UInt32 = 1
        for _ in 0..<5 { inverse &*= 2 &- low &* inverse }
        self.inverse = 0 &- inverse
    }

    /// base^exponent, as many bytes as the modulus has; nil where the base is not less than the modulus.
    func power(_ base: [UInt8], _ exponent: UInt64) -> [UInt8]? {
        var base = Self.words(base)
        guard base.count <= modulus.count else { return nil }
        base += Array(repeating: 0, count: modulus.count - base.count)
        guard isLess(base) else { return nil }
        var one = [UInt32](repeating: 0, count: modulus.count)
        one[0] = 1
        // R modulo the modulus, and the base times R.
        var result = one
        for _ in 0..<(32 * modulus.count) {
            result = doubled(result)
            base = doubled(base)
        }
        for bit in (0..<(64 - exponent.leadingZeroBitCount)).reversed() {
            result = product(result, result)
            if exponent >> UInt64(bit) & 1 == 1 { result = product(result, base) }
        }
        return product(result, one).reversed().flatMap { word in
            [24, 16, 8, 0].map { UInt8(truncatingIfNeeded: word >> $0) }
        }
    }

    private static func words(_ bytes: [UInt8]) -> [UInt32] {
        let bytes = Array(bytes.drop { $0 == 0 }.reversed())
        return stride(from: 0, to: bytes.count, by: 4).map { start in
            (0..<4).reduce(0) { word, place in
                start + place < bytes.count ? word | UInt32(bytes[start + place]) << (8 * UInt32(place)) : word
            }
        }
    }

    private func isLess(_ number: [UInt32]) -> Bool {
        for place in modulus.indices.reversed() where number[place] != modulus[place] {
            return number[place] < modulus[place]
        }
        return false
    }

    private func reduced(_ number: [UInt32], carry: Bool) -> [UInt32] {
        guard carry || !isLess(number) else { return number }
        var result = number
        var borrow: UInt64 = 0
        for place in modulus.indices {
            let difference = UInt64(number[place]) &- UInt64(modulus[place]) &- borrow
            result[place] = UInt32(truncatingIfNeeded: difference)
            borrow = difference >> 63
        }
        return result
    }

    private func doubled(_ number: [UInt32]) -> [UInt32] {
        var result = number
        var carry: UInt32 = 0
        for place in result.indices {
            let word = result[place]
            result[place] = word << 1 | carry
            carry = word >> 31
        }
        return reduced(result, carry: carry == 1)
    }

    /// a·b/R modulo the modulus.
    private func product(_ a: [UInt32], _ b: [UInt32]) -> [UInt32] {
        let count = modulus.count
        var sum = [UInt64](repeating: 0, count: count + 2)
        for outer in 0..<count {
            var carry: UInt64 = 0
            for inner in 0..<count {
                let value = UInt64(a[inner]) * UInt64(b[outer]) + sum[inner] + carry
                sum[inner] = value & 0xFFFF_FFFF
                carry = value >> 32
            }
            var value = sum[count] + carry
            sum[count] = value & 0xFFFF_FFFF
            sum[count + 1] = value >> 32
            let factor = UInt64(UInt32(truncatingIfNeeded: sum[0]) &* inverse)
            carry = (sum[0] + factor * UInt64(modulus[0])) >> 32
            for inner in 1..<max(count, 1) {
                value = sum[inner] + factor * UInt64(modulus[inner]) + carry
                sum[inner - 1] = value & 0xFFFF_FFFF
                carry = value >> 32
            }
            value = sum[count] + carry
            sum[count - 1] = value & 0xFFFF_FFFF
            sum[count] = sum[count + 1] + value >> 32
        }
        return reduced(sum.prefix(count).map { UInt32($0) }, carry: sum[count] != 0)
    }
}
