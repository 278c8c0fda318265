/// A value of a YAML or JSON file, and where it stands.
struct Node: Sendable {
    enum Content: Sendable {
        /// `isPlain` where it stands without quotes, and may be a number, a truth value or nothing.
        case scalar(String, isPlain: Bool)
        case list([Node])
        case mapping([(key: Node, value: Node)])
    }

    let content: Content
    /// Both from 1.
    let line: Int
    let column: Int
    /// How many values it unfolds to, aliases followed.
    let size: Int

    init(_ content: Content, line: Int, column: Int) {
        self.content = content
        self.line = line
        self.column = column
        size =
            switch content {
            case .scalar: 1
            case .list(let items): items.reduce(1) { $0 + $1.size }
            case .mapping(let members): members.reduce(1) { $0 + $1.key.size + $1.value.size }
            }
    }

    var text: String? {
        guard case .scalar(let text, _) = content else { return nil }
        return text
    }

    var list: [Node]? {
        guard case .list(let items) = content else { return nil }
        return items
    }

    var mapping: [(key: Node, value: Node)]? {
        guard case .mapping(let members) = content else { return nil }
        return members
    }

    subscript(key: String) -> Node? {
        mapping?.first { $0.key.text == key }?.value
    }

    // MARK: YAML 1.2's core schema, for scalars without quotes

    var isNull: Bool {
        guard case .scalar(let text, isPlain: true) = content else { return false }
        return ["", "~", "null", "Null", "NULL"].contains(text)
    }

    var bool: Bool? {
        guard case .scalar(let text, isPlain: true) = content else { return nil }
        return ["true": true, "True": true, "TRUE": true, "false": false, "False": false, "FALSE": false][text]
    }

    /// Decimal, or hexadecimal behind 0x, or octal behind 0o.
    var integer: Int? {
        guard case .scalar(let text, isPlain: true) = content else { return nil }
        if text.hasPrefix("0x") { return Int(text.dropFirst(2), radix: 16) }
        if text.hasPrefix("0o") { return Int(text.dropFirst(2), radix: 8) }
        return Int(text)
    }
}
