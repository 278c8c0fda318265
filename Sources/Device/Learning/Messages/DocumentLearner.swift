internal import BlueTap
internal import WireFormat

/// Explains documents, one of each message.
struct DocumentLearner {
    let specimens: [Specimen]
    let wanted: [FieldLayout.Value]
    let scalars: ScalarLearner

    /// A layout that was found, and why.
    struct Found {
        var layout: DocumentLayout
        /// The single values in it.
        var leaves: [(path: String, finding: Finding)] = []

        var unexplained: Int { leaves.reduce(0) { $0 + $1.finding.unexplained } }
        var values: Set<FieldLayout.Value> { Set(leaves.flatMap(\.finding.field.values)) }
    }

    /// One key's member in each message that has it.
    typealias Column = [DocumentTree?]

    // MARK: Documents

    /// What holds members in each message that has it; nil where they are not built alike.
    func explain(_ trees: Column, path: String = "", style: DocumentStyle, depth: Int = 0) -> Found? {
        guard depth < SearchLimit.documentDepth, let first = trees.lazy.compactMap(\.self).first else { return nil }
        let containers = trees.map { $0.flatMap { $0.isContainer ? $0 : nil } }
        guard containers.allSatisfy({ $0 == nil || $0!.kind == first.kind }) || first.notation == .xml else {
            return nil
        }
        let isMap = first.kind != .array && first.kind != .openArray && first.kind != .packed
        let bodies = trees.map { tree in
            tree.map { tree in tree.children.map { (key: isMap ? $0.key : $0.index, tree: $0) } } ?? []
        }
        let keys = Self.order(bodies.map { $0.map(\.key) })
        guard keys.count <= SearchLimit.keys else { return nil }
        var members: [DocumentMember] = []
        var leaves: [(path: String, finding: Finding)] = []
        for key in keys {
            let column = bodies.map { body in body.first { $0.key == key }?.tree }
            guard
                let explained = explain(
                    column, key, path: path.isEmpty ? key : "\(path).\(key)", style: style, depth: depth)
            else { return nil }
            var member = explained.member
            member.key = key
            members.append(member)
            leaves += explained.leaves
        }
        let layout = DocumentLayout(
            notation: first.notation, kind: first.isContainer ? first.kind : .map,
            name: depth == 0 && (first.notation == .der || first.notation == .xml) ? first.key : "",
            hasNumberedKeys: isMap && bodies.contains { $0.contains { $0.tree.hasNumberedKey } }, style: style,
            isAlways: trees.allSatisfy { $0 != nil }, members: members)
        return Found(layout: layout, leaves: leaves)
    }

    /// Keys in the order in which they stand: a new one behind that which it follows.
    static func order(_ bodies: [[String]]) -> [String] {
        var keys: [String] = []
        for body in bodies.sorted(by: { $0.count > $1.count }) {
            var place = 0
            for key in body {
                if let known = keys.firstIndex(of: key) {
                    place = known + 1
                } else {
                    keys.insert(key, at: place)
                    place += 1
                }
            }
        }
        return keys
    }

    // MARK: Members

    private typealias Explained = (member: DocumentMember, leaves: [(path: String, finding: Finding)])

    private func explain(
        _ column: Column, _ key: String, path: String, style: DocumentStyle, depth: Int
    ) -> Explained? {
        let present = column.compactMap(\.self)
        guard let first = present.first(where: { $0.kind != .null }) else {
            let finding = Finding(field: FieldLayout(extent: .rest, content: .fill(0)), evidence: "always null")
            guard present.count == column.count else { return nil }
            return (DocumentMember(key: key, kind: .null, field: finding.field), [(path, finding)])
        }
        if present.contains(where: \.isContainer) {
            guard let found = explain(column, path: path, style: style, depth: depth + 1) else { return nil }
            return document(found, found.layout.kind)
        }
        let whole = leaf(column, key, path)
        if let whole, whole.leaves[0].finding.unexplained == 0, !isBinary(present) || !whole.member.field.values.isEmpty
        {
            return whole
        }
        // What stands in text may be a document itself.
        if first.kind == .text || first.kind == .bytes {
            for notation in first.notation == .protobuf ? [.protobuf] + Self.embedded : Self.embedded {
                guard let found = nested(column, notation, path, depth), !found.values.isEmpty || whole == nil,
                    found.unexplained < max(1, whole?.leaves[0].finding.unexplained ?? 1)
                else { continue }
                return document(found, notation == .protobuf && first.notation == .protobuf ? .map : first.kind)
            }
            if first.notation == .protobuf, let found = packed(column, path, depth) { return document(found, .packed) }
        }
        return whole
    }

    /// Notations that stand in the text of others.
    private static let embedded: [Notation] = [.json, .xml, .cbor, .messagePack, .der, .protobuf]

    private func document(_ found: Found, _ kind: DocumentKind) -> Explained {
        let field = FieldLayout(extent: .rest, content: .document(found.layout))
        return (DocumentMember(key: "", kind: kind, field: field), found.leaves)
    }

    /// Whether some text has bytes that are no characters.
    private func isBinary(_ present: [DocumentTree]) -> Bool {
        present.contains { tree in
            (tree.kind == .text || tree.kind == .bytes)
                && (tree.text(as: .text) ?? []).contains { $0 < 0x20 }
        }
    }

    private func nested(_ column: Column, _ notation: Notation, _ path: String, _ depth: Int) -> Found? {
        var trees: Column = []
        for tree in column {
            guard let tree else {
                trees.append(nil)
                continue
            }
            guard let inner = tree.nested(notation), inner.isContainer else { return nil }
            trees.append(inner)
        }
        let style = notation == .json || notation == .xml ? style(notation, trees) : DocumentStyle()
        return explain(trees, path: path, style: style, depth: depth + 1)
    }

    private func packed(_ column: Column, _ path: String, _ depth: Int) -> Found? {
        for kind in [DocumentKind.number, .fixed32, .fixed64] {
            let trees = column.map { $0.flatMap { $0.packed(kind) } }
            guard zip(column, trees).allSatisfy({ ($0 == nil) == ($1 == nil) }) else { continue }
            let found = explain(trees, path: path, style: DocumentStyle(), depth: depth + 1)
            if let found, found.unexplained == 0, !found.values.isEmpty { return found }
        }
        return nil
    }

    private func style(_ notation: Notation, _ trees: Column) -> DocumentStyle {
        let texts = trees.compactMap { tree in tree.map { Array($0.parser.bytes[$0.parser.range]) } }
        return DocumentStyle(of: notation, texts)
    }

    // MARK: Single values

    private func leaf(_ column: Column, _ key: String, _ path: String) -> Explained? {
        let all = column.compactMap(\.self).filter { $0.kind != .null }
        // What has nothing in it says nothing of the others' kind.
        let given = all.filter { !Optional($0).isMissing }
        let present = given.isEmpty ? all : given
        guard let first = present.first, present.allSatisfy({ !$0.isContainer }) else { return nil }
        let kinds = first.kinds.filter { kind in present.allSatisfy { $0.kinds.contains(kind) } }
        var best: Explained?
        for kind in kinds {
            for standard in standards(column, kind) {
                guard let found = leaf(column, key, path, kind, standard) else { continue }
                if best == nil || better(found, best!) { best = found }
            }
        }
        return best
    }

    private func better(_ one: Explained, _ other: Explained) -> Bool {
        let (first, second) = (one.leaves[0].finding, other.leaves[0].finding)
        guard first.unexplained == second.unexplained else { return first.unexplained < second.unexplained }
        if other.member.field.values.isEmpty || one.member.field.values.isEmpty {
            return other.member.field.values.isEmpty && !one.member.field.values.isEmpty
        }
        // Twice a number is one that may be below zero.
        return other.member.field.isScaled && !one.member.field.isScaled
    }

    /// What a missing member may stand for: nothing, or a zero that Protocol Buffers leave out.
    private func standards(_ column: Column, _ kind: DocumentKind) -> [String?] {
        guard column.contains(where: { $0.isMissing }), let notation = column.lazy.compactMap(\.self).first?.notation
        else {
            return [nil]
        }
        if notation == .protobuf, kind != .text, kind != .bytes { return [nil, "0"] }
        // Where all is well, nothing is said of an error.
        let isError = zip(column, specimens).allSatisfy { tree, specimen in
            tree.isMissing == (specimen.values[.result] == ResultCode.success.rawValue)
        }
        guard wanted.contains(.result), isError else { return [nil] }
        return [nil, kind.isTextual && kind != .bare ? ResultCode.success.rawValue : "0"]
    }

    private func leaf(
        _ column: Column, _ key: String, _ path: String, _ kind: DocumentKind, _ standard: String?
    ) -> Explained? {
        let texts = column.map { tree in
            tree.isMissing && standard != nil ? Array(standard!.utf8) : tree.flatMap { $0.text(as: kind) }
        }
        var finding = number(texts, kind, column) ?? scalars.explain(texts)
        guard kind == .text || kind == .bytes || kind == .bare || kind == .attribute || finding.isOfDigits else {
            return nil
        }
        if !kind.isTextual {
            finding.field.freeDigits()
            finding.withdrawDoubtsOfWidth()
        }
        var member = DocumentMember(key: key, kind: kind, field: finding.field, standard: standard)
        if finding.unexplained > 0, standard == nil, let companion = companion(column, texts) {
            let text = texts.lazy.compactMap(\.self).first ?? []
            finding = Finding(
                field: FieldLayout(size: text.count, content: .constant(text)), evidence: "the same wherever it is")
            member.field = finding.field
            member.companion = companion
        } else if standard != nil {
            let missing = column.filter(\.isMissing)
            guard missing.allSatisfy({ $0?.kind == missing[0]?.kind }) else { return nil }
            member.absence = missing[0].map { $0.kind == .null ? .null : .empty } ?? .leftOut
        } else {
            guard let absence = absence(column, finding) else { return nil }
            member.absence = absence
        }
        return (member, [(path, finding)])
    }

    /// What stands where the value was not given; nil where no one thing does.
    private func absence(_ column: Column, _ finding: Finding) -> DocumentMember.Absence? {
        guard let value = finding.field.values.first, wanted.contains(value) else { return .leftOut }
        if case .integer(_, let format) = finding.field.content, format.absent != nil { return .leftOut }
        let missing = column.indices.filter { specimens[$0].values[value] == nil }.map { column[$0] }
        if missing.allSatisfy({ $0 == nil }) { return .leftOut }
        if missing.allSatisfy({ $0?.kind == .null }) { return .null }
        return missing.allSatisfy({ $0 != nil && $0!.kind != .null }) ? .empty : nil
    }

    /// The value without which a constant is left out.
    private func companion(_ column: Column, _ texts: [[UInt8]?]) -> FieldLayout.Value? {
        guard Set(texts.compactMap(\.self)).count == 1, column.contains(where: { $0 == nil }) else { return nil }
        return [FieldLayout.Value.amount, .orderID, .expiryTime, .paymentMethod].first { value in
            wanted.contains(value)
                && column.indices.allSatisfy { (column[$0] == nil) == (specimens[$0].values[value] == nil) }
        }
    }

    /// An amount in a kind that does not keep its zeros.
    private func number(_ texts: [[UInt8]?], _ kind: DocumentKind, _ column: Column) -> Finding? {
        guard wanted.contains(.amount), kind.isRounded, let notation = column.lazy.compactMap(\.self).first?.notation
        else { return nil }
        var given = 0
        for (index, text) in texts.enumerated() {
            guard let label = specimens[index].values[.amount] else {
                guard text.map(\.isEmpty) ?? true else { return nil }
                continue
            }
            guard let text, kind.canonical(label, notation).map({ Array($0.utf8) }) == text else { return nil }
            given += 1
        }
        guard given > 0, Set(texts).count > 1 else { return nil }
        return Finding(
            field: FieldLayout(extent: .rest, content: .text(.amount, TextFormat())),
            evidence: "amount in \(given) messages, as \(kind.rawValue)")
    }
}

extension DocumentKind {
    /// Whether a text is written as it is.
    var isTextual: Bool {
        switch self {
        case .text, .bytes, .bare, .attribute: true
        default: false
        }
    }

    /// Whether a number loses the zeros at its end.
    fileprivate var isRounded: Bool {
        switch self {
        case .number, .float, .float16, .float32, .float64, .mixed: true
        default: false
        }
    }
}

extension FieldLayout {
    /// Whether its number is in units of its own.
    fileprivate var isScaled: Bool {
        if case .integer(_, let format) = content { format.factor != 1 || format.divisor != 1 } else { false }
    }
}

extension Finding {
    /// Whether it can be read from a number: digits in decimal, and nothing else.
    fileprivate var isOfDigits: Bool {
        switch field.content {
        case .integer(_, let format):
            format.form == .decimal && format.characters == .utf8 && format.blank == nil
                && (field.fixedSize == nil || format.notation != .seconds || format.isPlain)
        case .text(let value, _): value == .amount || value == .orderID
        default: true
        }
    }
}

extension IntegerFormat {
    fileprivate var isPlain: Bool { pad == 0x30 && alignment == .right }
}

extension FieldLayout {
    /// A number has as many digits as it needs, however many were seen.
    fileprivate mutating func freeDigits() {
        switch content {
        case .integer, .enumeration, .opaque: extent = .rest
        default: break
        }
    }
}

extension DocumentTree? {
    /// Whether nothing stands there.
    fileprivate var isMissing: Bool {
        guard let tree = self else { return true }
        return tree.kind == .null || tree.text(as: tree.kind)?.isEmpty == true
    }
}

extension DocumentStyle {
    /// How texts are laid out.
    init(of notation: Notation, _ texts: [[UInt8]]) {
        self.init()
        let bare = texts.map(Self.withoutStrings)
        let all = bare.joined(separator: "\n")
        if notation == .json {
            hasSpacedColons = all.contains(": ")
            hasSpacedCommas = all.contains(", ")
            let whole = texts.map { String(decoding: $0, as: UTF8.self) }.joined()
            escapesSlashes = whole.contains("\\/")
            isASCII = whole.utf8.allSatisfy { $0 < 0x80 } && (hasSpacedCommas || whole.contains("\\u"))
        } else {
            let whole = texts.lazy.map { String(decoding: $0, as: UTF8.self) }
            emptyEnd = all.contains(" />") ? " />" : all.contains("/>") ? "/>" : nil
            quote = all.contains("='") && !all.contains("=\"") ? "'" : "\""
            if let text = whole.first, let end = text.firstRange(of: "?>") {
                let rest = text[end.upperBound...]
                prolog = String(text[..<end.upperBound]) + rest.prefix { $0.isWhitespace }
            }
            if prolog.contains("='"), all.contains("=\"") { quote = "\"" }
        }
        let opening: Character = notation == .json ? "{" : ">"
        for text in bare {
            let body = notation == .json ? text[...] : text.dropFirst(prolog.count)
            guard let place = body.firstIndex(of: opening) else { continue }
            let rest = body[body.index(after: place)...]
            // Both bytes of a line's end are one character.
            guard let line = rest.first, line == "\n" || line == "\r\n" else { continue }
            newline = String(line)
            indent = String(rest.dropFirst().prefix { $0 == " " || $0 == "\t" })
            return
        }
    }

    /// The text without what stands in quotes.
    private static func withoutStrings(_ text: [UInt8]) -> String {
        var result: [UInt8] = []
        var isInside = false
        var isEscaped = false
        for byte in text {
            if isEscaped {
                isEscaped = false
            } else if isInside, byte == UInt8(ascii: "\\") {
                isEscaped = true
            } else if byte == UInt8(ascii: "\"") {
                isInside.toggle()
                result.append(byte)
            } else if !isInside {
                result.append(byte)
            }
        }
        return String(decoding: result, as: UTF8.self)
    }
}
