import Documents

/// An event for people: `2026-01-01T00:15:00.000Z  linkExpired  TRUEMONEY 12.50 order A1 …`.
struct EventLine: CustomStringConvertible {
    let description: String

    init(_ event: JSONValue) {
        let kind = event["kind"]?.text ?? ""
        // What the eye looks for first. Bytes, and what follows from other fields, are left to --json.
        var parts = [event["time"]?.text ?? "", Self.padded(kind)]
        for key in ["result", "paymentMethod", "amount"] {
            if let value = event[key]?.text { parts.append(value.printable) }
        }
        for key in ["fault", "orderId", "wallet", "at", "waiting", "expiryTime", "field", "reason", "text", "missing"]
            + (kind == "linkReady" ? ["url", "expiresAt"] : [])
        {
            if let value = event[key]?.text { parts.append("\(key)=\(value.printable)") }
        }
        description = parts.joined(separator: "  ").trimmingSuffix(while: \.isWhitespace)
    }

    private static func padded(_ kind: String) -> String {
        kind + String(repeating: " ", count: max(0, 16 - kind.count))
    }
}

extension String {
    fileprivate func trimmingSuffix(while predicate: (Character) -> Bool) -> String {
        String(reversed().drop(while: predicate).reversed())
    }
}
