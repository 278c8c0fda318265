internal import BlueTap
internal import WireFormat

// What messages of other sorts, or the commands that replies answer, say of columns.
extension RegionLearner {
    /// Takes over what was found in messages of another sort, where it holds here as well.
    mutating func transfer(_ claims: [Claim]) {
        for claim in claims where isFree(claim.range) {
            switch claim.field {
            case .checksum(let checksum):
                // Of a message with its own CRC the CRC is 0, which looks like padding behind it.
                guard isChanging(claim.range) || Set(specimens.map(\.bytes)).count == 1,
                    let stored = stored(claim.range, checksum.format),
                    isRight(Checksum(checksum.algorithm), stored, claim.range, checksum.over.from, checksum.over.to)
                else { continue }
                self.claim(claim.range, claim.field, claim.evidence)
            case .length(let field):
                guard
                    let found = length(claim.range, field.format)
                        ?? length(claim.range, IntegerFormat(form: field.format.form, order: field.format.order)),
                    found.over == field.over, found.format.plus == field.format.plus
                else { continue }
                self.claim(claim.range, claim.field, claim.evidence)
            case .integer(let value, let format) where value == .counter || value == .sequence || value == .time:
                // What never changes here is no number that goes on.
                guard isChanging(claim.range),
                    specimens.indices.allSatisfy({
                        format.number(Array(bytes($0, claim.range))).flatMap(format.text(of:)) != nil
                    })
                else { continue }
                self.claim(claim.range, claim.field, claim.evidence)
            case .opaque:
                guard isChanging(claim.range) else { continue }
                self.claim(claim.range, claim.field, claim.evidence)
            case .enumeration(.result, var table):
                // What it has more of is learned with it.
                let fits = specimens.indices.allSatisfy { index in
                    guard let name = specimens[index].values[.result] else { return false }
                    let written = HexBytes(Array(bytes(index, claim.range)))
                    return table.updateValue(written, forKey: name).map { $0 == written } ?? true
                }
                guard fits, Set(table.values).count == table.count else { continue }
                self.claim(claim.range, .enumeration(.result, table), claim.evidence)
            default: break
            }
        }
    }

    /// Whether columns differ in some messages, as far as there are several.
    private func isChanging(_ range: Range<Int>) -> Bool {
        specimens.count == 1 || range.contains { constant($0) == nil }
    }

    /// Columns that have another byte for each result, where nothing else tells it.
    private var likelyResults: Set<Int> {
        guard wanted.contains(.result), !claims.contains(where: { $0.field.carries(.result) }) else { return [] }
        let names = specimens.map { $0.values[.result] }
        guard Set(names).count > 1, !names.contains(nil) else { return [] }
        return Set(
            (0..<size).filter { column in
                guard constant(column) == nil else { return false }
                var table: [String?: UInt8] = [:]
                for (index, name) in names.enumerated() {
                    let byte = byte(index, column)
                    if let known = table.updateValue(byte, forKey: name), known != byte { return false }
                }
                return Set(table.values).count == table.count
            })
    }

    /// Columns of a reply that repeat columns of the command.
    ///
    /// - Parameter isSparingResult: whether columns are left alone that may as well tell the result.
    mutating func findEchoes(isSparingResult: Bool = false) {
        findRepeatedOpaques()
        guard let first = specimens.first, !first.command.isEmpty else { return }
        let codes = isSparingResult ? likelyResults : []
        var column = 0
        while column < size {
            var best: (offset: Int, count: Int) = (0, 0)
            if isFree(column..<column + 1), constant(column) == nil, !codes.contains(column) {
                for offset in first.command.indices {
                    var count = 0
                    while isFree(column + count..<column + count + 1), !codes.contains(column + count),
                        specimens.indices.allSatisfy({ index in
                            let command = specimens[index].command
                            return offset + count < command.count
                                && command[offset + count] == byte(index, column + count)
                        })
                    { count += 1 }
                    if count > best.count { best = (offset, count) }
                }
            }
            guard best.count > 0 else {
                column += 1
                continue
            }
            claim(
                column..<column + best.count, .echo(best.offset..<best.offset + best.count),
                "the command's bytes from \(best.offset)")
            column += best.count
        }
    }
}
