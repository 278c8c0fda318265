internal import BlueTap
internal import WireFormat

extension Event {
    /// The event as one JSON object: `seq`, `time`, `device`, `kind`, then the kind's own fields. No line break.
    public var json: String {
        var writer = JSONObjectWriter()
        writer.write("seq", Int64(clamping: sequence))
        writer.write("time", time.description)
        writer.write("device", device)
        writer.write("kind", kind)
        body.write(to: &writer)
        return writer.finish()
    }
}

extension Event.Body {
    fileprivate func write(to writer: inout JSONObjectWriter) {
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
        case .paymentSucceeded(let link, let wallet):
            writer.write("wallet", wallet)
            writer.write(link)
        case .paymentFailed(let link, let wallet, let reason):
            writer.write("wallet", wallet)
            writer.write("reason", reason)
            writer.write(link)
        }
    }
}

extension JSONObjectWriter {
    /// The fields of a link that events show.
    fileprivate mutating func write(_ link: Link) {
        write("paymentMethod", link.paymentMethod.rawValue)
        write("amount", link.amount)
        write("orderId", link.orderID)
        write("url", link.url)
        write("expiresAt", link.expiresAt.description)
    }
}
