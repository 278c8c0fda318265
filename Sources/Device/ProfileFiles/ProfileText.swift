public import BlueTap
public import WireFormat

/// Parts of profile files, as they are written.
public enum ProfileText {
    /// The section with the replies.
    public static func replies(_ replies: [Command.Kind: MessageLayout]) -> String {
        section("replies", replies) { layout in layout.map { ($0, nil) } }.joined(separator: "\n") + "\n"
    }

    /// A section with a message for each kind of command, and a comment behind each field.
    static func section<Message>(
        _ key: String, _ messages: [Command.Kind: Message],
        _ fields: (Message) -> [(field: FieldLayout, comment: String?)]
    ) -> [String] {
        var lines = ["\(key):"]
        for kind in Command.Kind.allCases {
            guard let message = messages[kind] else { continue }
            lines.append("  \(kind.rawValue):")
            for (field, comment) in fields(message) {
                lines.append("    - \(field.flowText)" + (comment.map { " # \($0)" } ?? ""))
            }
        }
        return lines
    }
}
