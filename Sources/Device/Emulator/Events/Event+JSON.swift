internal import BlueTap
internal import Essentials
internal import WireFormat

extension Event {
    /// The event as one JSON object: `seq`, `time`, `device`, `kind`, then the kind's own fields. No line break.
    public var json: String { json(wallTime: nil) }

    /// - Parameter wallTime: the time outside, where the line is to tell it.
    func json(wallTime: String?) -> String {
        var writer = JSONObjectWriter()
        writer.write("seq", Int64(clamping: sequence))
        writer.write("time", time.description)
        writer.write("wall", wallTime)
        writer.write("device", device)
        writer.write("kind", kind)
        body.write(to: &writer)
        return writer.finish()
    }
}

extension Event {
    /// The kind's own fields as texts, as ``json`` has them.
    public var fields: [String: String] {
        var writer = EventFields()
        body.write(to: &writer)
        return writer.fields
    }
}

/// Takes an event's fields in their order. A value that is absent leaves its key out.
protocol EventFieldWriter {
    mutating func write(_ key: String, _ value: String?)
    mutating func write(_ key: String, _ value: Int64?)
    mutating func write(_ key: String, _ value: Bool)
}

extension JSONObjectWriter: EventFieldWriter {}

private struct EventFields: EventFieldWriter {
    var fields: [String: String] = [:]

    mutating func write(_ key: String, _ value: String?) { fields[key] = value }
    mutating func write(_ key: String, _ value: Int64?) { fields[key] = value.map { String($0) } }
    mutating func write(_ key: String, _ value: Bool) { fields[key] = value ? "true" : "false" }
}

extension Event.Body {
    fileprivate func write(to writer: inout some EventFieldWriter) {
        switch self {
        case .attached, .detached: break
        case .payReceived(let command, let report):
            writer.write("paymentMethod", command.paymentMethod)
            writer.write("amount", command.amount)
            writer.write("orderId", command.orderID)
            writer.write("expiryTime", command.expiryTime)
            writer.write("report", HexBytes(report).description)
        case .cancelReceived(let command, let report):
            writer.write("orderId", command.orderID)
            writer.write("report", HexBytes(report).description)
        case .commandRejected(let command, let refusal, let report):
            writer.write("command", command.rawValue)
            writer.write("result", refusal.result.rawValue)
            writer.write("field", refusal.field?.rawValue)
            writer.write("reason", refusal.reason)
            writer.write("report", HexBytes(report).description)
        case .reportMalformed(let reason, let report):
            writer.write("reason", reason)
            writer.write("report", HexBytes(report).description)
        case .replySent(let command, let result, let report):
            writer.write("command", command.rawValue)
            writer.write("result", result.rawValue)
            writer.write("report", HexBytes(report).description)
        case .replyDropped(let command, let result, let reason, let report):
            writer.write("command", command?.rawValue)
            writer.write("result", result?.rawValue)
            writer.write("reason", reason)
            writer.write("report", HexBytes(report).description)
        case .acknowledgementSent(let command, let report):
            writer.write("command", command.rawValue)
            writer.write("report", HexBytes(report).description)
        case .notificationSent(let occasion, let report):
            writer.write("occasion", occasion.rawValue)
            writer.write("report", HexBytes(report).description)
        case .reportAnswered(let report, let answers):
            writer.write("report", HexBytes(report).description)
            writer.write("answers", answers.map { HexBytes($0).description }.joined(separator: " "))
        case .linkReady(let link), .linkExpired(let link), .linkCancelled(let link), .linkLost(let link):
            writer.write(link)
        case .linkReplaced(let link, let successor):
            writer.write(link)
            writer.write("replacedBy", successor.url)
        case .linkTapped(let link, let wallet, let again):
            writer.write("wallet", wallet)
            writer.write("again", again)
            writer.write(link)
        case .tapMissed(let wallet, let reason):
            writer.write("wallet", wallet)
            writer.write("reason", reason)
        case .customerArrived(let wallet, let waiting):
            writer.write("wallet", wallet)
            writer.write("waiting", Int64(waiting))
        case .tapPlanned(let wallet, let due):
            writer.write("wallet", wallet)
            writer.write("at", due.description)
        case .paymentSucceeded(let link, let wallet):
            writer.write("wallet", wallet)
            writer.write(link)
        case .paymentFailed(let link, let wallet, let reason), .paymentPending(let link, let wallet, let reason):
            writer.write("wallet", wallet)
            writer.write("reason", reason)
            writer.write(link)
        case .faultFired(let id, let effect, let report):
            writer.write("fault", effect.name.rawValue)
            writer.write("id", Int64(id))
            // What crosses the cable does not tell these.
            switch effect {
            case .flood(let interval, let burst):
                writer.write("interval", "\(interval.inSeconds)s")
                writer.write("burst", Int64(burst))
            case .slowReader(let delay): writer.write("delay", "\(delay.inSeconds)s")
            default: break
            }
            writer.write("report", report.map { HexBytes($0).description })
        case .note(let text): writer.write("text", text)
        case .journalFailed(let reason): writer.write("reason", reason)
        case .journalRestored(let missing): writer.write("missing", Int64(clamping: missing))
        }
    }
}

extension EventFieldWriter {
    /// The fields of a link that events show.
    fileprivate mutating func write(_ link: Link) {
        write("paymentMethod", link.paymentMethod.rawValue)
        write("amount", link.amount)
        write("orderId", link.orderID)
        write("url", link.url)
        write("expiresAt", link.expiresAt.description)
    }
}
