import Documents

/// An event for people: `2026-01-01T00:15:00.000Z  linkExpired  TRUEMONEY 12.50 order A1 …`.
struct EventLine: CustomStringConvertible {
    let time: String
    let kind: String
    /// What the eye looks for first. Bytes, and what follows from other fields, are left to JSON.
    let details: [String]

    init(_ event: JSONValue) {
        time = event["time"]?.text?.printable ?? ""
        kind = event["kind"]?.text?.printable ?? ""
        var details: [String] = []
        for key in ["result", "paymentMethod", "amount"] {
            if let value = event[key]?.text { details.append(value.printable) }
        }
        for key in ["fault", "orderId", "wallet", "at", "waiting", "expiryTime", "field", "reason", "text", "missing"]
            + (kind == "linkReady" ? ["url", "expiresAt"] : [])
        {
            if let value = event[key]?.text { details.append("\(key)=\(value.printable)") }
        }
        self.details = details
    }

    var description: String {
        let kind = kind + String(repeating: " ", count: max(0, 16 - kind.count))
        return ([time, kind] + details).joined(separator: "  ").trimmingSuffix(while: \.isWhitespace)
    }
}

extension String {
    func trimmingSuffix(while predicate: (Character) -> Bool) -> String {
        String(reversed().drop(while: predicate).reversed())
    }
}
