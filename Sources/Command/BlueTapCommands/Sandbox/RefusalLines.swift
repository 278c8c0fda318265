internal import Documents

/// Requests that were refused for their signatures, for people.
struct RefusalLines {
    let lines: [String]

    /// - Parameters:
    ///   - answer: what the control API says of them.
    ///   - names: only those of payments that are called so; nil: all.
    init(_ answer: String, of names: [String]? = nil) throws {
        guard case .list(let refusals)? = try JSONText.parse(answer)["refusals"] else {
            lines = []
            return
        }
        lines = refusals.flatMap { refusal -> [String] in
            func text(_ key: String) -> String? { refusal[key]?.text?.printable }
            if let names, !(text("requestId").map(names.contains) ?? false) { return [] }
            let request = text("requestId").map { "  request \($0)" } ?? ""
            var lines = [
                "\(text("time") ?? "")  refused  \(text("target") ?? "")  client \(text("client") ?? "")\(request)",
                "  \(text("reason") ?? "")", "  verified: \(text("verified") ?? "")",
            ]
            if let signed = text("signed") { lines.append("  signed:   \(signed)") }
            if let difference = text("difference") { lines.append("  \(difference)") }
            return lines
        }
    }
}
