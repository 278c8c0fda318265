public import BlueTap
public import WireFormat

/// Parts of profile files, as they are written.
public enum ProfileText {
    /// A profile's text with replies below, and what goes before them.
    ///
    /// - Parameters:
    ///   - framing: how replies are cut into reports, where the profile says it of commands only.
    ///   - comment: stands above them.
    public static func adding(
        replies: [Command.Kind: MessageLayout], acknowledgements: [Command.Kind: MessageLayout] = [:],
        framing: FramingLayout? = nil, armour: ArmourLayout? = nil, comment: String, to text: String
    ) -> String {
        var text = framing.map { adding($0, to: text) } ?? text
        if let armour { text = adding(["input:"] + armour.map { "  - \($0.flowText)" }, below: "armour:", to: text) }
        var lines = text.split(separator: "\n", omittingEmptySubsequences: false).map(String.init)
        if lines.last?.isEmpty == true { lines.removeLast() }
        lines += ["", "# \(comment)"]
        for (key, messages) in [("acknowledgements", acknowledgements), ("replies", replies)] where !messages.isEmpty {
            lines += section(key, messages) { layout in layout.map { ($0, nil) } }
        }
        return lines.joined(separator: "\n") + "\n"
    }

    /// With a framing of input reports as the first of those that are there.
    private static func adding(_ framing: FramingLayout, to text: String) -> String {
        var own = ["input:"]
        if let reports = framing.reports { own.append("  reports: \(reports)") }
        if let end = framing.end { own.append("  end: \(end.flowText)") }
        if framing.isFullClosed { own.append("  emptyAfterFull: true") }
        if framing.isEmptyOmitted { own.append("  leavesOutEmpty: true") }
        if framing.first == [] { own.append("  first: []") }
        for (key, layout) in [("first", framing.first ?? []), ("header", framing.header), ("trailer", framing.trailer)]
        where !layout.isEmpty {
            own.append("  \(key):")
            own += layout.map { "    - \($0.flowText)" }
        }
        return adding(own, below: "framing:", to: text)
    }

    /// With lines as the first of a section, indented as those that are there.
    private static func adding(_ own: [String], below section: String, to text: String) -> String {
        var lines = text.split(separator: "\n", omittingEmptySubsequences: false).map(String.init)
        guard let place = lines.firstIndex(where: { $0.hasPrefix(section) }) else { return text }
        let next = lines[(place + 1)...].first { !$0.allSatisfy { $0 == " " } } ?? ""
        let indent = String(repeating: " ", count: max(1, next.prefix { $0 == " " }.count))
        lines.insert(contentsOf: own.map { indent + $0 }, at: place + 1)
        return lines.joined(separator: "\n")
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
