internal import BlueTap
internal import Documents

/// A session as a Mermaid sequence diagram, for bug reports: POS, devices and customers, and what each said to the other.
///
/// Source: Mermaid 11, syntax of sequence diagrams.
struct SequenceDiagram {
    private var devices: [String] = []
    private var customers: [String] = []
    private var body: [String] = []
    /// When the first event was.
    private var start: Instant?
    /// The last event's number of each device.
    private var last: [String: Int64] = [:]

    init(_ events: [JSONValue]) {
        for event in events { add(event) }
    }

    var lines: [String] {
        let hasSeveral = devices.count > 1
        let participants = devices.enumerated().map { index, id in
            "    participant D\(index + 1) as BlueTap\(hasSeveral ? " \(Self.text(id))" : "")"
        }
        let actors = customers.enumerated().map { "    actor C\($0 + 1) as \(Self.text($1))" }
        return ["sequenceDiagram", "    participant POS"] + participants + actors + body.map { "    " + $0 }
    }

    private mutating func add(_ event: JSONValue) {
        let device = device(event)
        if case .integer(let number)? = event["seq"] {
            // A journal may have several runs, each with a clock of its own.
            if let last = last[device], number <= last {
                start = nil
                body.append("Note over POS,\(device): begins anew")
            }
            last[device] = number
        }
        let time = time(event["time"]?.text)
        func text(_ keys: String...) -> String {
            keys.compactMap { event[$0]?.text }.filter { !$0.isEmpty }.joined(separator: " ")
        }
        func note(_ text: String, over place: String? = nil) {
            body.append("Note over \(place ?? device): \(time) \(Self.text(text))")
        }
        func arrow(_ from: String, _ arrow: String, _ to: String, _ text: String) {
            body.append("\(from)\(arrow)\(to): \(time) \(Self.text(text))")
        }
        let order = event["orderId"]?.text.map { ", order \($0)" } ?? ""
        switch event["kind"]?.text ?? "" {
        case "attached": note("attached", over: "POS,\(device)")
        case "detached": note("detached", over: "POS,\(device)")
        case "payReceived":
            let expiry = event["expiryTime"]?.text.map { ", \($0) s" } ?? ""
            arrow("POS", "->>", device, "pay \(text("paymentMethod", "amount"))\(order)\(expiry)")
        case "cancelReceived": arrow("POS", "->>", device, "cancel\(order)")
        case "reportMalformed": arrow("POS", "-x", device, "a report: \(text("reason"))")
        case "reportAnswered":
            arrow("POS", "->>", device, "a report")
            arrow(device, "-->>", "POS", "the answer of the profile")
        case "replySent": arrow(device, "-->>", "POS", text("result"))
        case "replyDropped": arrow(device, "--x", "POS", "\(text("result")) dropped: \(text("reason"))")
        case "acknowledgementSent": arrow(device, "-->>", "POS", "received")
        case "notificationSent": arrow(device, "-->>", "POS", "unasked: \(text("occasion"))")
        case "commandRejected": note("refused: \(text("reason"))")
        case "linkReady": note("link ready\(order), until \(self.time(event["expiresAt"]?.text))")
        case "linkReplaced": note("link replaced\(order)")
        case "linkExpired": note("link expired\(order)")
        case "linkCancelled": note("link cancelled\(order)")
        case "linkLost": note("link lost with the power\(order)")
        case "faultFired": note("fault \(text("fault"))")
        case "linkTapped":
            let isOpen = event["again"]?.text == "true"
            arrow(customer(event), "->>", device, "taps\(order)\(isOpen ? ", which is open already" : "")")
        case "tapMissed": arrow(customer(event), "-x", device, "taps: \(text("reason"))")
        case "customerArrived": note("joins the queue", over: customer(event))
        case "tapPlanned": note("will tap at \(self.time(event["at"]?.text))", over: customer(event))
        case "paymentPending": note("not yet\(order): \(text("reason"))", over: customer(event))
        case "paymentSucceeded": note("paid\(order)", over: customer(event))
        case "paymentFailed": note("not paid\(order): \(text("reason"))", over: customer(event))
        case "note": note(text("text"))
        case let other: note([other, text("reason")].filter { !$0.isEmpty }.joined(separator: " "))
        }
    }

    private mutating func customer(_ event: JSONValue) -> String {
        let name = event["wallet"]?.text ?? ""
        if let index = customers.firstIndex(of: name) { return "C\(index + 1)" }
        customers.append(name)
        return "C\(customers.count)"
    }

    private mutating func device(_ event: JSONValue) -> String {
        let id = event["device"]?.text ?? ""
        if let index = devices.firstIndex(of: id) { return "D\(index + 1)" }
        devices.append(id)
        return "D\(devices.count)"
    }

    /// Seconds since the first event.
    private mutating func time(_ text: String?) -> String {
        guard let now = text.flatMap(Instant.init(iso8601:)) else { return "" }
        let first = start ?? now
        start = first
        let milliseconds = Int64(((now - first) / .milliseconds(1)).rounded())
        let (whole, rest) = milliseconds.magnitude.quotientAndRemainder(dividingBy: 1000)
        let digits = String(rest)
        let zeros = String(repeating: "0", count: 3 - digits.count)
        return "\(milliseconds < 0 ? "-" : "")\(whole).\(zeros)\(digits) s"
    }

    /// What would end the line or begin something else, as Mermaid's entities.
    private static func text(_ text: String) -> String {
        // By scalars: a character may hide one of these behind a combining mark.
        text.printable.unicodeScalars.reduce(into: "") { result, scalar in
            switch scalar {
            case "#": result += "#35;"
            case ";": result += "#59;"
            case "<": result += "#lt;"
            case ">": result += "#gt;"
            default: result.unicodeScalars.append(scalar)
            }
        }
    }
}
