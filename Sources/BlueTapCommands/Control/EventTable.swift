/// Events as a table for people: number, time, kind, and what the kind has to say.
struct EventTable {
    static let header = row("seq", "time", "kind", "what")

    static func row(_ event: JSONValue) -> String {
        let line = EventLine(event)
        return row(event["seq"]?.text ?? "", line.time, line.kind, line.details.joined(separator: "  "))
    }

    // Wide enough for the longest kind; what is wider shifts its own line only.
    private static func row(_ number: String, _ time: String, _ kind: String, _ details: String) -> String {
        let margin = String(repeating: " ", count: max(0, 6 - number.count))
        return [margin + number, padded(time, 24), padded(kind, 19), details].joined(separator: "  ")
            .trimmingSuffix(while: \.isWhitespace)
    }

    private static func padded(_ text: String, _ width: Int) -> String {
        text + String(repeating: " ", count: max(0, width - text.count))
    }
}
