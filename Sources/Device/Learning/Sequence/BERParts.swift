internal import BlueTap
internal import WireFormat

/// Messages as records with lengths that say their own size, those in records as well.
///
/// A record's key is its tag behind the tags of those that it stands in; with 00, which is no tag, it is the fact that a
/// record with others in it stands there.
struct BERParts {
    private(set) var bodies: [[(key: [UInt8], value: [UInt8])]] = []
    /// The size of tags; nil: as their bits say.
    private let tagSize: Int?
    /// Records of which some bytes are no records, whatever their tags say.
    private var opaque: Set<[UInt8]> = []
    /// For records in each record: how many bytes lengths took that need one.
    private var shortLengths: [[UInt8]: Set<Int>] = [:]

    init?(_ messages: [ArraySlice<UInt8>], tagSize: Int?) {
        self.tagSize = tagSize
        let messages = messages.map(Array.init)
        while true {
            let known = opaque.count
            bodies = []
            shortLengths = [:]
            for bytes in messages {
                var parts: [(key: [UInt8], value: [UInt8])] = []
                guard read(bytes, 0..<bytes.count, [], &parts) else { return nil }
                bodies.append(parts)
                if opaque.count > known { break }
            }
            if opaque.count == known { return }
        }
    }

    private mutating func read(
        _ bytes: [UInt8], _ range: Range<Int>, _ path: [UInt8], _ parts: inout [(key: [UInt8], value: [UInt8])]
    ) -> Bool {
        var cursor = range.lowerBound
        while cursor < range.upperBound {
            // Zeros fill what is left.
            if tagSize == nil, bytes[cursor] == 0 {
                return path.isEmpty && bytes[cursor..<range.upperBound].allSatisfy { $0 == 0 }
            }
            let tagEnd = tagSize.map { cursor + $0 } ?? BER.tagEnd(bytes, at: cursor, to: range.upperBound)
            guard let tagEnd, tagEnd < range.upperBound, parts.count < SearchLimit.parts,
                let (count, start) = BER.length(bytes, at: tagEnd, to: range.upperBound),
                count <= range.upperBound - start
            else { return false }
            let key = path + bytes[cursor..<tagEnd]
            guard !parts.contains(where: { $0.key == key }) else { return false }
            if count < 0x80 { shortLengths[path, default: []].insert(start - tagEnd) }
            cursor = start + count
            guard tagSize == nil, BER.isConstructed(Array(bytes[tagEnd - (key.count - path.count)..<tagEnd])),
                !opaque.contains(key)
            else {
                parts.append((key, Array(bytes[start..<cursor])))
                continue
            }
            var inner: [(key: [UInt8], value: [UInt8])] = [(key + [0], [])]
            guard read(bytes, start..<cursor, key, &inner) else {
                opaque.insert(key)
                return true
            }
            parts += inner
        }
        return true
    }

    /// How lengths are written of records in a record.
    private func lengths(in path: [UInt8]) -> BERLength {
        switch shortLengths[path] {
        case [2]?: .twoBytes
        case [3]?: .threeBytes
        default: .shortest
        }
    }

    /// The layout that such items make.
    func layout(_ items: [KeyedField], in path: [UInt8] = []) -> RecordsLayout {
        var members: [KeyedField] = []
        for item in items where item.key.bytes.starts(with: path) && item.key.bytes.count > path.count {
            let rest = Array(item.key.bytes[path.count...])
            let tagEnd = tagSize ?? BER.tagEnd(rest, at: 0, to: rest.count) ?? rest.count
            let tag = HexBytes(Array(rest[..<tagEnd]))
            guard rest[0] != 0 || tagSize != nil, !members.contains(where: { $0.key == tag }) else { continue }
            guard tagEnd < rest.count else {
                members.append(KeyedField(key: tag, field: item.field))
                continue
            }
            let inner = layout(items, in: path + tag.bytes)
            members.append(KeyedField(key: tag, field: FieldLayout(extent: .rest, content: .records(inner))))
        }
        return RecordsLayout(
            tagSize: tagSize ?? 1, hasBERTags: tagSize == nil, berLengths: lengths(in: path),
            isAlways: !path.isEmpty && isAlways(path), items: members)
    }

    /// Whether a record stands in every message that has the one in which it stands.
    private func isAlways(_ path: [UInt8]) -> Bool {
        bodies.allSatisfy { body in body.contains { $0.key == path + [0] } }
    }
}

extension MessageLearner {
    /// What is always the same, and stands there only with a value.
    func conditionalConstant(_ values: [[UInt8]?]) -> Finding? {
        let present = values.compactMap(\.self)
        guard present.count < values.count, let bytes = present.first, !bytes.isEmpty,
            present.allSatisfy({ $0 == bytes }),
            let value = wanted.first(where: { value in
                values.indices.allSatisfy { (values[$0] != nil) == (specimens[$0].values[value] != nil) }
            })
        else { return nil }
        var finding = Finding(
            field: FieldLayout(size: bytes.count, content: .constant(bytes)),
            evidence: "always the same, where there is \(value.rawValue)")
        finding.field.condition = value
        return finding
    }
}
