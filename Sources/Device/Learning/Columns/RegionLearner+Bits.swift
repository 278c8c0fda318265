internal import BlueTap
internal import WireFormat

// Values in bits of a number that goes over several bytes.
extension RegionLearner {
    /// Some bits of the number in some columns, from its lowest.
    private struct BitSpan {
        var low: Int
        var count: Int
        var content: BitField.Content
        /// Whether it may take the zeros above it.
        var isNumber: Bool
    }

    /// Columns that are one number, of which some bits each are a value's.
    mutating func findPackedBits() {
        let missing = wanted.filter { value in
            !claims.contains { $0.field.carries(value) }
                && Set(specimens.map { $0.values[value] }).count > 1
        }
        guard missing.contains(where: { $0 == .amount || $0 == .expiryTime }) else { return }
        for columns in windows() {
            for order in [IntegerFormat.ByteOrder.big, .little] {
                let numbers = specimens.indices.map { index in
                    Array(bytes(index, columns)).unsignedInteger(at: 0, size: columns.count, order: order)
                }
                guard let parts = parts(numbers, bits: 8 * columns.count, missing) else { continue }
                return claim(
                    columns, .bits(parts, order),
                    "bits of one number: " + parts.compactMap(\.content.value?.rawValue).joined(separator: ", "))
            }
        }
    }

    /// Runs of columns that nothing explains, with the zeros before them.
    private func windows() -> [Range<Int>] {
        var found: [Range<Int>] = []
        let puzzles = Set(puzzles)
        for start in puzzles.sorted() where !puzzles.contains(start - 1) {
            var end = start + 1
            while puzzles.contains(end) { end += 1 }
            // A column that never changes may be in the middle of a number.
            while end + 1 < size, isFree(end..<end + 1), puzzles.contains(end + 1), end + 1 - start < 8 { end += 2 }
            while end - start < 8, puzzles.contains(end) { end += 1 }
            guard end - start <= 8 else { continue }
            if start > 0, isFree(start - 1..<start), constant(start - 1) == 0, end - start < 8 {
                found.append(start - 1..<end)
            }
            if end - start > 1 { found.append(start..<end) }
        }
        return found
    }

    private func parts(_ numbers: [UInt64], bits: Int, _ missing: [FieldLayout.Value]) -> [BitField]? {
        var spans: [BitSpan] = []
        func isFree(_ low: Int, _ count: Int) -> Bool {
            spans.allSatisfy { low + count <= $0.low || $0.low + $0.count <= low }
        }
        for value in missing where value == .amount || value == .expiryTime {
            guard let span = span(of: value, numbers, bits, isFree) else { return nil }
            spans.append(span)
        }
        var taken = spans.reduce(UInt64(0)) { $0 | (UInt64(1) << UInt64($1.count) &- 1) << UInt64($1.low) }
        let changing = numbers.reduce(UInt64(0)) { $0 | ($1 ^ numbers[0]) }
        for value in missing where value == .paymentMethod {
            // The bits that change and are nobody's.
            let rest = changing & ~taken
            if rest == 0 { continue }
            let low = rest.trailingZeroBitCount
            var count = 1
            while low + count < bits, rest >> UInt64(low + count) & 1 == 1 { count += 1 }
            guard let table = table(of: value, numbers, low, count) else { return nil }
            spans.append(BitSpan(low: low, count: count, content: .enumeration(value, table), isNumber: false))
            taken |= (UInt64(1) << UInt64(count) &- 1) << UInt64(low)
        }
        guard changing & ~taken == 0, !spans.isEmpty else { return nil }
        return filled(spans.sorted { $0.low > $1.low }, numbers, bits)
    }

    /// All bits, from the highest: numbers take the zeros above them, the others are constants.
    private func filled(_ spans: [BitSpan], _ numbers: [UInt64], _ bits: Int) -> [BitField] {
        var parts: [BitField] = []
        var top = bits
        for var span in spans {
            let gap = top - span.low - span.count
            if gap > 0 {
                let mask = UInt64(1) << UInt64(gap) &- 1
                let value = numbers[0] >> UInt64(span.low + span.count) & mask
                if span.isNumber, value == 0 {
                    span.count += gap
                } else {
                    parts.append(BitField(count: gap, content: .constant(value)))
                }
            }
            parts.append(BitField(count: span.count, content: span.content))
            top = span.low
        }
        if top > 0 {
            parts.append(BitField(count: top, content: .constant(numbers[0] & (UInt64(1) << UInt64(top) &- 1))))
        }
        return parts
    }

    /// The bits that are a value's number in every message.
    private func span(
        of value: FieldLayout.Value, _ numbers: [UInt64], _ bits: Int, _ isFree: (Int, Int) -> Bool
    ) -> BitSpan? {
        let given = specimens.indices.filter { specimens[$0].values[value] != nil }
        let absent = specimens.indices.filter { specimens[$0].values[value] == nil }
        for decimals in value == .amount ? [2, 0, 3] : [nil] as [Int?] {
            var format = IntegerFormat(decimals: decimals)
            let written = given.compactMap { specimens[$0].values[value].flatMap(format.number(of:)) }
            guard written.count == given.count, Set(written).count >= ReadingEvidence.numbersOfARatio,
                let largest = written.max(), largest > 0
            else { continue }
            let width = 64 - largest.leadingZeroBitCount
            guard width <= bits else { continue }
            let mask = UInt64(1) << UInt64(width) &- 1
            for low in 0...(bits - width) where isFree(low, width) {
                let fits = zip(given, written).allSatisfy { numbers[$0] >> UInt64(low) & mask == UInt64($1) }
                guard fits else { continue }
                let blanks = Set(absent.map { Int64(numbers[$0] >> UInt64(low) & mask) })
                guard blanks.count <= 1 else { continue }
                if let blank = blanks.first {
                    if written.contains(blank) { format.standard = blank } else { format.absent = blank }
                }
                return BitSpan(low: low, count: width, content: .number(value, format), isNumber: true)
            }
        }
        return nil
    }

    private func table(
        of value: FieldLayout.Value, _ numbers: [UInt64], _ low: Int, _ count: Int
    ) -> [String: UInt64]? {
        let mask = UInt64(1) << UInt64(count) &- 1
        var table: [String: UInt64] = [:]
        for (specimen, number) in zip(specimens, numbers) {
            guard let name = specimen.values[value] else { return nil }
            let part = number >> UInt64(low) & mask
            if let known = table.updateValue(part, forKey: name), known != part { return nil }
        }
        return Set(table.values).count == table.count ? table : nil
    }
}

extension BitField.Content {
    fileprivate var value: FieldLayout.Value? {
        switch self {
        case .integer(let value), .number(let value, _), .enumeration(let value, _): value
        case .constant, .fill: nil
        }
    }
}
