internal import BlueTap
internal import WireFormat

// Messages between a first and a last byte.
extension MessageLearner {
    func trimmed(_ specimen: Specimen) -> Int {
        guard let padding, !specimen.isSizeTold else { return specimen.bytes.count }
        var end = specimen.bytes.count
        while end > 0, specimen.bytes[end - 1] == padding { end -= 1 }
        return end
    }

    /// First and last bytes between which bytes are escaped.
    func enclosures() -> [EnclosedLayout] {
        let ends = specimens.map(trimmed)
        guard ends.allSatisfy({ $0 > 3 }), Set(specimens.map { $0.bytes[0] }).count == 1,
            Set(zip(specimens, ends).map { $0.bytes[$1 - 1] }).count == 1
        else { return [] }
        let start = specimens[0].bytes[0]
        let end = specimens[0].bytes[ends[0] - 1]
        guard start < 0x20 || start >= 0x7E, end < 0x20 || end >= 0x7E else { return [] }
        let inside = zip(specimens, ends).map { $0.bytes[1..<$1 - 1] }
        if let known = model?.enclosure, known.start.bytes == [start], known.end.bytes == [end] {
            var known = known
            known.fields = []
            return [known]
        }
        guard inside.allSatisfy({ !$0.contains(start) || !$0.contains(end) }) else { return [] }
        return [
            Escape(.exclusiveOr, byte: 0x7D, mask: 0x20), Escape(.before, byte: 0x10), Escape(.before, byte: 0x1B),
            Escape(.before, byte: 0x5C), Escape(.exclusiveOr, byte: 0x10, mask: 0x20),
            Escape(.exclusiveOr, byte: 0x1B, mask: 0x20),
            Escape(.exclusiveOr, byte: 0x10, mask: 0x80), Escape(.exclusiveOr, byte: 0x1B, mask: 0x80),
            Escape(.exclusiveOr, byte: 0x10, mask: 0x40),
        ].filter { escape in
            inside.contains { $0.contains(escape.byte) }
                && inside.allSatisfy { body in
                    guard let bytes = escape.unescaped(body) else { return false }
                    return escape.escaped(bytes, special: [start, end]).elementsEqual(body)
                }
        }.map { EnclosedLayout(start: HexBytes([start]), end: HexBytes([end]), escape: $0, fields: []) }
    }
}
