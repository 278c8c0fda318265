internal import BlueTap
internal import WireFormat

// Codes: bytes or bits that are another for each method, or for each result.
extension RegionLearner {
    /// Columns that have another value for each of a value's names.
    mutating func findTable(_ value: FieldLayout.Value) {
        guard !claims.contains(where: { $0.field.carries(value) }) else { return }
        let names = specimens.map { $0.values[value] }
        guard Set(names.compactMap(\.self)).count > 1, names.allSatisfy({ $0 != nil }) else { return }
        func isFunction(_ range: Range<Int>) -> [String: HexBytes]? {
            var table: [String: HexBytes] = [:]
            for index in specimens.indices {
                guard let name = names[index] else { return nil }
                let written = HexBytes(Array(bytes(index, range)))
                if let known = table[name], known != written { return nil }
                table[name] = written
            }
            return table
        }
        for column in puzzles {
            guard var table = isFunction(column..<column + 1) else { continue }
            var range = column..<column + 1
            // Text codes: the columns beside it follow the value as well.
            while range.upperBound < size, isFree(range.upperBound..<range.upperBound + 1),
                constant(range.upperBound) == nil || Set(table.values).count < table.count,
                let wider = isFunction(range.lowerBound..<range.upperBound + 1)
            {
                range = range.lowerBound..<range.upperBound + 1
                table = wider
            }
            guard Set(table.values).count == table.count else { continue }
            if value == .result { table = ResultNames.completed(table) }
            if range.count == 1, let bits = bitsThatTell(column) {
                let mask = UInt8((1 << bits.count) - 1)
                let all = specimens.indices.map { byte($0, column) }
                let inBits = table.mapValues { UInt64($0.bytes[0] >> UInt8(bits.lowerBound) & mask) }
                claimBits(
                    column, shift: bits.lowerBound, count: bits.count, .enumeration(value, inBits), all,
                    "\(value.rawValue) in \(bits.count) bits; the others say which command it is")
                return
            }
            let evidence =
                "\(value.rawValue): the same bytes for the same value, others for another (\(table.count) seen)"
            if table.count == specimens.count {
                claim(
                    range, .enumeration(value, table), evidence,
                    doubts: [.table(value, "\(value.rawValue) at byte \(range.lowerBound)")])
            } else {
                claim(range, .enumeration(value, table), evidence)
            }
            return
        }
        findBits(value, names.compactMap(\.self))
    }

    /// The bits of a column that change, where only the others tell these messages from those of other sorts.
    private func bitsThatTell(_ column: Int) -> Range<Int>? {
        guard !neighbours.isEmpty else { return nil }
        func differs(_ column: Int, _ mask: UInt8) -> Bool {
            neighbours.allSatisfy { neighbour, start in
                start + column < neighbour.bytes.count
                    && (neighbour.bytes[start + column] ^ byte(0, column)) & mask != 0
            }
        }
        guard !(0..<size).contains(where: { constant($0) != nil && differs($0, 0xFF) }) else { return nil }
        let changing = specimens.indices.reduce(UInt8(0)) { $0 | (byte($1, column) ^ byte(0, column)) }
        guard changing != 0, differs(column, ~changing) else { return nil }
        return changing.trailingZeroBitCount..<8 - changing.leadingZeroBitCount
    }

    /// Some bits of a column that follow a value.
    private mutating func findBits(_ value: FieldLayout.Value, _ names: [String]) {
        for column in puzzles {
            let all = specimens.indices.map { byte($0, column) }
            for count in 1...7 {
                for shift in 0...(8 - count) {
                    let mask = UInt8((1 << count) - 1)
                    var table: [String: UInt64] = [:]
                    var isTable = true
                    for (name, byte) in zip(names, all) {
                        let bits = UInt64(byte >> UInt8(shift) & mask)
                        if table.updateValue(bits, forKey: name).map({ $0 != bits }) ?? false { isTable = false }
                    }
                    guard isTable, Set(table.values).count == table.count else { continue }
                    claimBits(
                        column, shift: shift, count: count, .enumeration(value, table), all,
                        "\(value.rawValue) in \(count) bits")
                    return
                }
            }
        }
    }

    /// Some bits of a column are a value's; what the others are is looked at as well.
    private mutating func claimBits(
        _ column: Int, shift: Int, count: Int, _ content: BitField.Content, _ all: [UInt8], _ evidence: String
    ) {
        var parts: [BitField] = []
        var isLoose = false
        func rest(_ low: Int, _ width: Int) {
            guard width > 0 else { return }
            let mask = UInt8((1 << width) - 1)
            let values = all.map { $0 >> UInt8(low) & mask }
            if Set(values).count == 1 {
                parts.append(BitField(count: width, content: .constant(UInt64(values[0]))))
            } else if counts(values.map { Int64($0) }, modulus: Int64(mask) + 1) {
                parts.append(BitField(count: width, content: .integer(.counter)))
            } else {
                parts.append(BitField(count: width, content: .fill(0)))
                isLoose = true
            }
        }
        rest(shift + count, 8 - shift - count)
        parts.append(BitField(count: count, content: content))
        rest(0, shift)
        if isLoose { unexplainedBits += 1 }
        claim(
            column..<column + 1, .bits(parts, .little), evidence,
            unsure: isLoose ? "the other bits change, and nothing explains them" : nil)
    }
}
