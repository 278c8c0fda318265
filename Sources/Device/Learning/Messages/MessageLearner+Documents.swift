internal import BlueTap
internal import WireFormat

// Bodies in a notation that says of itself what stands in it.
extension MessageLearner {
    func documentDrafts(
        _ ending: Frame.Ending, _ ends: [Int], _ frames: [(frame: Frame, bodyEnds: [Int])], _ progress: SearchProgress
    ) -> [Draft] {
        let notations = structures.compactMap { structure in
            if case .document(let notation) = structure { notation } else { nil }
        }
        guard !notations.isEmpty else { return [] }
        let learner = DocumentLearner(
            specimens: specimens, wanted: wanted,
            scalars: ScalarLearner(specimens: specimens, wanted: wanted, isEchoed: isEchoedAsNumber))
        var bodies: [Body] = []
        for notation in notations {
            if case .padding = ending, notation.tellsEnd {
                for header in 0..<SearchLimit.bodyHeader {
                    if let body = body(notation, ownEnd: header, ending, ends, learner) { bodies.append(body) }
                }
                continue
            }
            for (frame, bodyEnds) in frames where frame.header < SearchLimit.bodyHeader {
                let trees = zip(specimens, bodyEnds).lazy.map { specimen, end in
                    specimen.document(notation, frame.header..<end, isOpen: false)
                }
                if let body = body(notation, trees, frame, bodyEnds, ends, learner) { bodies.append(body) }
            }
        }
        return drafts(of: bodies)
    }

    /// A document behind which stand a trailer of one size, and padding, however it ends.
    private func body(
        _ notation: Notation, ownEnd header: Int, _ ending: Frame.Ending, _ ends: [Int], _ learner: DocumentLearner
    ) -> Body? {
        guard specimens.allSatisfy({ $0.bytes.count > header }) else { return nil }
        var trees: [DocumentTree] = []
        for specimen in specimens {
            guard let tree = specimen.document(notation, header..<specimen.bytes.count, isOpen: true) else {
                return nil
            }
            trees.append(tree)
        }
        let trailer = zip(trees, ends).map { $1 - $0.end }.max() ?? 0
        guard trailer <= SearchLimit.bodyTrailers.max() ?? 0 else { return nil }
        let bodyEnds = trees.map(\.end)
        let size = max(0, trailer)
        let messageEnds = bodyEnds.map { $0 + size }
        guard zip(specimens, messageEnds).allSatisfy({ $0.bytes.count >= $1 }) else { return nil }
        var body = body(
            notation, trees.lazy.map { $0 }, Frame(header: header, trailer: size, ending: ending), bodyEnds,
            messageEnds,
            learner)
        body?.endsItself = true
        return body
    }

    private func body(
        _ notation: Notation, _ all: some Sequence<DocumentTree?>, _ frame: Frame, _ bodyEnds: [Int], _ ends: [Int],
        _ learner: DocumentLearner
    ) -> Body? {
        var trees: [DocumentTree?] = []
        for tree in all {
            guard let tree, tree.isContainer || notation == .xml else { return nil }
            trees.append(tree)
        }
        // Nothing at all is a message of Protocol Buffers as well.
        guard trees.contains(where: { !($0?.children.isEmpty ?? true) }) else { return nil }
        guard notation != .der && notation != .xml || Set(trees.map { $0?.key }).count == 1 else { return nil }
        let texts = zip(specimens, bodyEnds).map { Array($0.bytes[frame.header..<$1]) }
        let style = notation == .json || notation == .xml ? DocumentStyle(of: notation, texts) : DocumentStyle()
        guard let found = learner.explain(trees, style: style), !found.values.isEmpty else { return nil }
        return Body(
            structure: .document(notation), frame: frame, ends: bodyEnds, messageEnds: ends,
            items: found.leaves.map { KeyedField($0.path, $0.finding.field) },
            evidence: found.leaves.map(\.finding.evidence), doubts: found.leaves.flatMap(\.finding.doubts),
            unexplained: found.unexplained, document: found.layout)
    }

    /// Whether replies repeat a number, which their notation may write otherwise than in digits.
    private func isEchoedAsNumber(_ rows: [ArraySlice<UInt8>]) -> Bool {
        if isEchoed(rows) { return true }
        let numbers = rows.compactMap { UInt64(String(decoding: $0, as: UTF8.self)) }
        guard numbers.count == rows.count, !numbers.isEmpty else { return false }
        let ways: [(UInt64) -> [UInt8]] = [
            { $0.varint }, { $0.bytes(4) }, { $0.bytes(8) }, { $0.bytes(4).reversed() }, { $0.bytes(8).reversed() },
            { $0.bytes(2) }, { $0.bytes(2).reversed() },
        ]
        return ways.contains { way in isEchoed(numbers.map { way($0)[...] }) }
    }

    // MARK: Sorts of messages

    /// Lets a layout refuse messages of other sorts, where it would take them.
    func tellApart(_ draft: inout Draft) {
        guard specimens[0].command.isEmpty, !neighbours.isEmpty, takesOthers(draft),
            let place = draft.findings.firstIndex(where: { $0.field.content.isDocument }),
            case .document(let document) = draft.findings[place].field.content
        else { return }
        let others = neighbours.compactMap { specimen in
            specimen.document(document.notation, draft.frame.header..<specimen.bytes.count, isOpen: true)
                ?? specimen.trimmed(padding, draft.frame).flatMap {
                    specimen.document(document.notation, draft.frame.header..<$0, isOpen: false)
                }
        }
        guard others.count == neighbours.count else { return }
        for candidate in document.restricted(others) {
            var other = draft
            other.findings[place].field.content = .document(candidate)
            if !takesOthers(other) {
                draft = other
                return
            }
        }
    }

    /// Whether a layout reads messages of another sort as its own.
    private func takesOthers(_ draft: Draft) -> Bool {
        guard
            let message = try? GeneralMessage(
                draft.layout, size: reportSize > 0 ? reportSize : specimens[0].bytes.count, padding: padding, path: [])
        else { return false }
        return neighbours.contains { specimen in
            var known = FieldValues()
            if specimen.isSizeTold { known.set(.total, specimen.bytes.count) }
            var reader = MessageReader(message, bytes: specimen.bytes, values: known)
            return (try? reader.read()) != nil
        }
    }
}

extension DocumentLayout {
    /// The same, each in a way in which it is told from documents of other sorts.
    fileprivate func restricted(_ others: [DocumentTree]) -> [DocumentLayout] {
        let rows = others.map { Dictionary($0.children.map { ($0.key, $0) }) { first, _ in first } }
        let own = Set(members.map(\.key))
        var all: [DocumentLayout] = []
        // What all others have is a zero here that is left out.
        if notation == .protobuf, let first = rows.first {
            for (key, tree) in first.sorted(by: { $0.key < $1.key }) where !own.contains(key) && tree.kind != .text {
                let text = tree.text(as: .number)
                guard rows.allSatisfy({ $0[key]?.text(as: .number) == text }) else { continue }
                let zero = DocumentMember(
                    key: key, kind: .number, field: FieldLayout(size: 1, content: .constant([0x30])), standard: "0")
                all.append(with([zero] + members))
            }
        }
        for index in members.indices where !rows.contains(where: { $0[members[index].key] != nil }) {
            guard members[index].absence == .leftOut, members[index].standard == nil else { continue }
            var restricted = members
            restricted[index].isRequired = true
            all.append(with(restricted))
        }
        return all
    }
}

extension Specimen {
    fileprivate func document(_ notation: Notation, _ range: Range<Int>, isOpen: Bool) -> DocumentTree? {
        guard range.lowerBound <= range.upperBound, range.upperBound <= bytes.count, notation.begins(bytes, at: range)
        else { return nil }
        return DocumentTree(bytes, in: range, notation, isOpen: isOpen)
    }

    /// Where its body ends, as far as padding tells.
    fileprivate func trimmed(_ padding: UInt8?, _ frame: Frame) -> Int? {
        var end = bytes.count
        if case .counted(let column, let size, let order, let plus) = frame.ending {
            guard column + size <= bytes.count else { return nil }
            end = Int(bytes.unsignedInteger(at: column, size: size, order: order)) + plus
        } else if let padding, !isSizeTold, frame.ending != .whole {
            while end > frame.header, bytes[end - 1] == padding { end -= 1 }
        }
        end -= frame.trailer
        return end >= frame.header && end <= bytes.count ? end : nil
    }
}

extension Notation {
    /// Whether a document says where it ends, so that padding may look like its last bytes.
    var tellsEnd: Bool {
        switch self {
        case .cbor, .messagePack, .der: true
        case .json, .xml, .protobuf: false
        }
    }

    /// Whether the first byte could begin one: a look that costs nothing.
    fileprivate func begins(_ bytes: [UInt8], at range: Range<Int>) -> Bool {
        guard let first = bytes[range].first else { return self == .protobuf }
        switch self {
        case .json: return first == UInt8(ascii: "{") || first == UInt8(ascii: "[")
        case .xml: return first == UInt8(ascii: "<")
        case .cbor: return (0x80...0xBF).contains(first)
        case .messagePack: return (0x80...0x9F).contains(first) || (0xDC...0xDF).contains(first)
        case .protobuf: return first & 7 != 3 && first & 7 != 4 && first & 7 < 6 && first >= 8
        case .der: return first & 0x20 != 0
        }
    }

    var title: String {
        switch self {
        case .json: "JSON"
        case .cbor: "CBOR"
        case .messagePack: "MessagePack"
        case .protobuf: "Protocol Buffers"
        case .der: "DER"
        case .xml: "XML"
        }
    }
}

extension Structure {
    var isDocument: Bool { if case .document = self { true } else { false } }

    /// Whether nothing is built so by chance.
    var isText: Bool { self == .object || self == .document(.json) || self == .document(.xml) }
}

extension FieldLayout.Content {
    fileprivate var isDocument: Bool { if case .document = self { true } else { false } }
}

extension UInt64 {
    fileprivate var varint: [UInt8] {
        var bytes: [UInt8] = []
        var rest = self
        while rest >= 0x80 {
            bytes.append(UInt8(truncatingIfNeeded: rest) | 0x80)
            rest >>= 7
        }
        return bytes + [UInt8(rest)]
    }

    /// The lowest bytes, the lowest first.
    fileprivate func bytes(_ count: Int) -> [UInt8] {
        (0..<count).map { UInt8(truncatingIfNeeded: self >> UInt64(8 * $0)) }
    }
}
