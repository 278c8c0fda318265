internal import BlueTap
internal import WireFormat

// JSON objects in objects.
extension MessageLearner {
    /// Members of one object; those whose keys have several names stand in objects in it.
    func object(_ items: [KeyedField], isSpaced: Bool, depth: Int) -> ObjectLayout {
        var members: [KeyedField] = []
        var bare: Set<String> = []
        var isAlways = false
        var inner: [(name: String, items: [KeyedField])] = []
        for item in items {
            let path = item.key.bytes.split(separator: 0, omittingEmptySubsequences: false)
            let name = String(decoding: path[0], as: UTF8.self)
            if item.key.bytes.isEmpty {
                isAlways = true
            } else if path.count == 1 {
                members.append(KeyedField(name, item.field))
                if isBare(name) { bare.insert(name) }
            } else if let index = inner.firstIndex(where: { $0.name == name }) {
                inner[index].items.append(
                    KeyedField(key: HexBytes(Array(path.dropFirst().joined(separator: [0]))), field: item.field))
            } else {
                inner.append(
                    (
                        name,
                        [KeyedField(key: HexBytes(Array(path.dropFirst().joined(separator: [0]))), field: item.field)]
                    ))
                members.append(KeyedField(name, FieldLayout(extent: .rest, content: .fill(0))))
            }
        }
        members = members.map { member in
            guard let nested = inner.first(where: { $0.name == member.name }) else { return member }
            return KeyedField(
                member.name,
                FieldLayout(
                    extent: .rest, content: .object(object(nested.items, isSpaced: isSpaced, depth: depth + 1))))
        }
        return ObjectLayout(isSpaced: isSpaced, isAlways: isAlways, bare: bare, items: members)
    }

    /// Whether a member's value stands without quotes.
    private func isBare(_ name: String) -> Bool {
        specimens.contains { specimen in
            let text = String(decoding: specimen.bytes, as: UTF8.self)
            for separator in ["\":", "\": "] {
                guard let range = text.firstRange(of: "\"\(name)\(separator)") else { continue }
                let next = text[range.upperBound...].first { $0 != " " }
                return next != "\"" && next != nil
            }
            return false
        }
    }
}
