internal import WireFormat

extension Draft {
    /// The bytes that nothing explains: where they are, and what they change with.
    var riddles: [String] {
        guard unexplained > 0 else { return [] }
        var riddles: [String] = []
        // Until something has no fixed size.
        var start: Int? = 0
        for finding in findings {
            let size = finding.field.fixedSize
            if case .unknown = finding.field.content {
                let isPlural = size != 1
                let place =
                    if let start, let size {
                        isPlural ? "bytes \(start)–\(start + size - 1)" : "byte \(start)"
                    } else {
                        size.map { "\($0) byte\(isPlural ? "s" : "")" } ?? "bytes"
                    }
                riddles.append("\(place) \(finding.evidence)")
            }
            if let known = start, let size { start = known + size } else { start = nil }
        }
        return riddles.isEmpty ? ["\(unexplained) bytes change, and nothing explains them"] : riddles
    }
}
