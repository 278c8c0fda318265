internal import BlueTap
internal import Documents

/// A session as a Mermaid sequence diagram, for bug reports: POS, device and customers, and what each said to the other.
///
/// Source: Mermaid 11, syntax of sequence diagrams.
struct SequenceDiagram {
    private var customers: [String] = []
    private var body: [String] = []
    private var start: Instant?

    init(_ events: [JSONValue]) {
        for event in events { add(event) }
    }

    var lines: [String] {
        ["sequenceDiagram", "    participant POS", "    participant BlueTap"]
            + customers.enumerated().map { "    actor C\($0 + 1) as \(Self.text($1))" } + body.map { "    " + $0 }
    }

    private mutating func add(_ event: JSONValue) {
        let time = time(of: event)
        func text(_ keys: String...) -> String {
            keys.compactMap { event[$0]?.text }.filter { !$0.isEmpty }.joined(separator: " ")
        }
        func note(_ text: String, over place: String = "BlueTap") {
            body.append("Note over \(place): \(time) \(Self.text(text))")
        }
        func arrow(_ from: String, _ arrow: String, _ to: String, _ text: String) {
            body.append("\(from)\(arrow)\(to): \(time) \(Self.text(text))")
        }
        let order = event["orderId"]?.text.map { ", order \($0)" } ?? ""
        switch event["kind"]?.text ?? "" {
        case "attached": note("attached", over: "POS,BlueTap")
        case "detached": note("detached", over: "POS,BlueTap")
        case "payReceived":
            let expiry = event["expiryTime"]?.text.map { ", \($0) s" } ?? ""
            arrow("POS", "->>", "BlueTap", "pay \(text("paymentMethod", "amount"))\(order)\(expiry)")
        case "cancelReceived": arrow("POS", "->>", "BlueTap", "cancel\(order)")
        case "reportMalformed": arrow("POS", "-x", "BlueTap", "a report: \(text("reason"))")
        case "reportAnswered":
            arrow("POS", "->>", "BlueTap", "a report")
            arrow("BlueTap", "-->>", "POS", "the answer of the profile")
        case "replySent": arrow("BlueTap", "-->>", "POS", text("result"))
        case "replyDropped": arrow("BlueTap", "--x", "POS", "\(text("result")) dropped: \(text("reason"))")
        case "acknowledgementSent": arrow("BlueTap", "-->>", "POS", "received")
        case "notificationSent": arrow("BlueTap", "-->>", "POS", "unasked: \(text("occasion"))")
        case "commandRejected": note("refused: \(text("reason"))")
        case "linkReady": note("link ready\(order), until \(text("expiresAt"))")
        case "linkReplaced": note("link replaced\(order)")
        case "linkExpired": note("link expired\(order)")
        case "linkCancelled": note("link cancelled\(order)")
        case "linkLost": note("link lost with the power\(order)")
        case "faultFired": note("fault \(text("fault"))")
        case "linkTapped":
            arrow(customer(event), "->>", "BlueTap", event["again"]?.text == "true" ? "taps again" : "taps")
        case "tapMissed": arrow(customer(event), "-x", "BlueTap", "taps: \(text("reason"))")
        case "customerArrived": note("joins the queue", over: customer(event))
        case "tapPlanned": note("will tap at \(text("at"))", over: customer(event))
        case "paymentPending": note("not yet: \(text("reason"))", over: customer(event))
        case "paymentSucceeded": note("paid", over: customer(event))
        case "paymentFailed": note("not paid: \(text("reason"))", over: customer(event))
        case "note": note(text("text"))
        case let other: note("\(other) \(text("reason"))")
        }
    }

    private mutating func customer(_ event: JSONValue) -> String {
        let name = event["wallet"]?.text ?? ""
        if let index = customers.firstIndex(of: name) { return "C\(index + 1)" }
        customers.append(name)
        return "C\(customers.count)"
    }

    /// Seconds since the first event.
    private mutating func time(of event: JSONValue) -> String {
        guard let now = event["time"]?.text.flatMap(Instant.init(iso8601:)) else { return "" }
        let first = start ?? now
        start = first
        let milliseconds = (now - first) / .milliseconds(1)
        let whole = Int64(milliseconds.rounded())
        let rest = String(whole % 1000)
        return "\(whole / 1000).\(String(repeating: "0", count: 3 - rest.count))\(rest) s"
    }

    /// What would end the line or begin something else, as Mermaid's entities.
    private static func text(_ text: String) -> String {
        text.printable.reduce(into: "") { result, character in
            switch character {
            case "#": result += "#35;"
            case ";": result += "#59;"
            case "<": result += "#lt;"
            case ">": result += "#gt;"
            default: result.append(character)
            }
        }
    }
}
