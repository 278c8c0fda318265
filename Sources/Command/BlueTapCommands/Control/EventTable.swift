import Documents

/// Events as a table for people: number, time, kind, and what the kind has to say.
struct EventTable {
    /// Whether the events are of several devices.
    var hasDevices = false

    var header: String { row("seq", "device", "time", "kind", "what") }

    func row(_ event: JSONValue) -> String {
        let line = EventLine(event)
        return row(
            event["seq"]?.text?.printable ?? "", event["device"]?.text?.printable ?? "", line.time, line.kind,
            line.details.joined(separator: "  "))
    }

    // Wide enough for the longest kind; what is wider shifts its own line only.
    private func row(_ number: String, _ device: String, _ time: String, _ kind: String, _ details: String) -> String {
        let margin = String(repeating: " ", count: max(0, 6 - number.count))
        let cells = [margin + number] + (hasDevices ? [padded(device, 6)] : [])
        return (cells + [padded(time, 24), padded(kind, 19), details]).joined(separator: "  ")
            .trimmingSuffix(while: \.isWhitespace)
    }

    private func padded(_ text: String, _ width: Int) -> String {
        text + String(repeating: " ", count: max(0, width - text.count))
    }
}
