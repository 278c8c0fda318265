internal import BlueTap
internal import WireFormat

// What says which values a message has: bits, or a tag before each.
extension SequenceLearner {
    /// Bits of which each says whether one value was given.
    func presences(_ row: Row) -> [Row] {
        let open = labels.optional.filter { !row.carried.contains($0) && !row.told.contains($0) }
        guard !open.isEmpty else { return [] }
        var next: [Row] = []
        for size in SearchLimit.presenceSizes {
            if let presenceSize, presenceSize != size, presenceSize != 2 * size { continue }
            for format in [
                IntegerFormat(order: .big), IntegerFormat(form: .hexadecimal, order: .big),
                IntegerFormat(form: .hexadecimal, order: .big, isLowercase: true),
            ] {
                guard let (field, told, areAlike) = presence(row.cursors, size, format, open) else { continue }
                let width = format.form == .hexadecimal ? 2 * size : size
                if let presenceSize, presenceSize != width { continue }
                var row = row
                // One bit a value is the rule.
                row.doubtful += (field.bits.count - told.count) * ReadingCost.spareBit
                let names = told.map(\.rawValue).sorted()
                var finding = Finding(
                    field: FieldLayout(size: width, content: .presence(field)),
                    evidence: "bits that say whether there is " + names.joined(separator: ", "))
                if areAlike {
                    finding.add(
                        Doubt(
                            place: "bits that say what was given",
                            readings: [
                                "each stands for the value that is taken for it",
                                "for one that is always given with it",
                            ],
                            decidedBy: "send commands with each of \(names.joined(separator: ", ")) alone"))
                }
                row.findings.append(finding)
                row.told.formUnion(told)
                row.cursors = row.cursors.map { $0 + width }
                row.isLoose = false
                next.append(row)
                // Digits without letters are of either case.
                if format.form == .hexadecimal { break }
            }
        }
        return next
    }

    private func presence(
        _ cursors: [Int], _ size: Int, _ format: IntegerFormat, _ open: [FieldLayout.Value]
    ) -> (field: PresenceField, told: Set<FieldLayout.Value>, areAlike: Bool)? {
        var rows: [[UInt8]] = []
        for (specimen, cursor) in zip(specimens, cursors) {
            let width = format.form == .hexadecimal ? 2 * size : size
            guard cursor + width <= specimen.bytes.count else { return nil }
            let bytes = Array(specimen.bytes[cursor..<cursor + width])
            guard format.form == .hexadecimal else {
                rows.append(bytes)
                continue
            }
            let text = String(decoding: bytes, as: UTF8.self)
            guard text == (format.isLowercase ? text.lowercased() : text.uppercased()), let hex = HexBytes(text),
                hex.bytes.count == size
            else {
                return nil
            }
            rows.append(hex.bytes)
        }
        var bits: [Int: FieldLayout.Value] = [:]
        var base = rows[0]
        var areAlike = false
        for bit in 0..<8 * size {
            let mask = UInt8(0x80) >> UInt8(bit % 8)
            let column = rows.map { $0[bit / 8] & mask != 0 }
            guard column.contains(!column[0]) else { continue }
            let matching = open.filter { value in
                specimens.indices.allSatisfy { labels.isGiven(value, $0) == column[$0] }
            }
            areAlike = areAlike || matching.count > 1
            // Values that are always given together have a bit each, in their order.
            guard let value = matching.first(where: { !bits.values.contains($0) }) ?? matching.first else { return nil }
            bits[bit + 1] = value
            base[bit / 8] &= ~mask
        }
        guard !bits.isEmpty else { return nil }
        return (PresenceField(base: HexBytes(base), bits: bits, format: format), Set(bits.values), areAlike)
    }

    /// Values that may be missing, with a tag before those that are there; or the message's end says that they are not.
    func tagged(_ row: Row) -> [Row] {
        var next: [Row] = []
        for value in labels.optional where !row.carried.contains(value) && !row.told.contains(value) {
            let own = specimens.indices.filter { labels.isGiven(value, $0) }
            let others = specimens.indices.filter { !labels.isGiven(value, $0) }
            if others.allSatisfy({ row.cursors[$0] >= row.ends[$0] }) {
                var row = row
                row.told.insert(value)
                next += values(value, row, behind: [])
            }
            var tag: [UInt8] = []
            var cursors = row.cursors
            while tag.count < SearchLimit.tagBytes, let byte = common(cursors, own, row) {
                tag.append(byte)
                for index in own { cursors[index] += 1 }
                let isElsewhere = others.contains { index in
                    let (start, bytes) = (row.cursors[index], specimens[index].bytes)
                    return start + tag.count <= bytes.count && bytes[start..<start + tag.count].elementsEqual(tag)
                }
                if isElsewhere { continue }
                next += values(value, row, behind: tag)
            }
        }
        return next
    }
}
