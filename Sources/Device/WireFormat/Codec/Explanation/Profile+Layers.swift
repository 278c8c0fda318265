internal import BlueTap

// A profile's layers in words, for people who want to know what it says without reading its file.
extension Profile {
    /// What each message is made of, from the cable inwards, a line for each thing.
    public var layerLines: [String] {
        var lines = ["profile \(name)" + (summary.map { ": \($0)" } ?? "")]
        let output = commands.map { ($0.key.rawValue, $0.value) }
        let input =
            replies.map { ("reply to \($0.key.rawValue)", $0.value) }
            + acknowledgements.map { ("acknowledgement of \($0.key.rawValue)", $0.value) }
            + notifications.map { ("notification \($0.key.rawValue)", $0.value) }
        lines += direction("commands, host to device", .output, hid.outputReport, output)
        lines += direction("replies, device to host", .input, hid.inputReport, input)
        if !exchanges.isEmpty {
            lines.append("exchanges: \(exchanges.count) reports are answered whatever they mean")
        }
        return lines
    }

    private func direction(
        _ title: String, _ direction: Direction, _ report: ReportLayout,
        _ messages: [(name: String, layout: MessageLayout)]
    ) -> [String] {
        guard !messages.isEmpty else { return [] }
        var lines = [title]
        let kind = report.isFeature ? "feature reports" : "reports"
        let end =
            report.padding.map { "filled with \($0)" }
            ?? "which end where their message does, or are full"
        lines.append("  cutting: \(kind) of \(report.size) bytes, \(end)")
        if let framing = framing[direction] {
            for (name, fields) in [
                ("first header", framing.first ?? []), ("header", framing.header),
                ("trailer", framing.trailer),
            ]
            where !fields.isEmpty {
                lines.append("    \(name)")
                lines += Self.lines(fields, indent: "      ", layer: .cutting)
            }
            if let count = framing.reports { lines.append("    every message has \(count) reports") }
        } else {
            lines.append("    one report a message")
        }
        if let armour = armour[direction], !armour.isEmpty {
            lines.append("  armour, from the outside inwards: \(armour.map(\.name).joined(separator: ", "))")
        }
        for (name, layout) in messages.sorted(by: { $0.name < $1.name }) {
            lines.append("  \(name)")
            lines += Self.lines(layout, indent: "    ")
        }
        return lines
    }

    /// A line for each field, its offset first as long as that is always the same.
    private static func lines(
        _ layout: MessageLayout, indent: String, layer: Explanation.Layer? = nil
    ) -> [String] {
        var offset: Int? = 0
        var lines: [String] = []
        for field in layout {
            if let at = field.at { offset = at }
            var place = "behind"
            if let start = offset { place = "byte \(start)" }
            if let size = field.fixedSize {
                place += ", \(size) byte\(size == 1 ? "" : "s")"
                if let start = offset { offset = start + size }
            } else {
                offset = nil
            }
            let layer = layer ?? field.layer
            lines.append("\(indent)\(place): \(layer.rawValue), \(field.name): \(field.reason)")
        }
        return lines
    }
}
