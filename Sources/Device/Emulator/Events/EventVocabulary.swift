internal import BlueTap
internal import Essentials
internal import WireFormat

/// A field that events of a kind may have, under the name that it has in the control API, in journals and in scenarios.
public struct EventField: Hashable, Sendable {
    public let name: String
    /// One line.
    public let summary: String
    /// The texts that it may have; nil: any.
    public let values: [String]?

    init(_ name: String, _ summary: String, _ values: [String]? = nil) {
        self.name = name
        self.summary = summary
        self.values = values
    }
}

extension Event.Kind {
    /// The fields that events of this kind may have.
    public var fields: [EventField] {
        switch self {
        case .attached, .detached: []
        case .payReceived: [.paymentMethod, .amount, .orderID, .expiryTime, .report]
        case .cancelReceived: [.orderID, .report]
        case .commandRejected:
            [
                .command, .result, EventField("field", "the command's field that is wrong"),
                EventField("reason", "why, as people read it"), .report,
            ]
        case .reportMalformed: [EventField("reason", "why no command can be read"), .report]
        case .replySent: [.command, .result, .report]
        case .replyDropped: [.command, .result, EventField("reason", "why the host did not get it"), .report]
        case .acknowledgementSent: [.command, .report]
        case .notificationSent:
            [EventField("occasion", "what the host was told of", Occasion.allCases.map(\.rawValue)), .report]
        case .reportAnswered:
            [.report, EventField("answers", "the answers' bytes in hexadecimal, a space between two")]
        case .linkReady, .linkExpired, .linkCancelled, .linkLost: EventField.link
        case .linkReplaced: EventField.link + [EventField("replacedBy", "the URL of the next link")]
        case .linkTapped:
            [.wallet, EventField("again", "whether the link had been opened before", ["true", "false"])]
                + EventField.link
        case .tapMissed: [.wallet, EventField("reason", "why the phone read nothing")]
        case .customerArrived: [.wallet, EventField("waiting", "how many wait, with this one")]
        case .tapPlanned: [.wallet, EventField("at", "when, as 2026-01-01T00:00:00Z")]
        case .paymentPending: [.wallet, EventField("reason", "what is waited for")] + EventField.link
        case .paymentSucceeded: [.wallet] + EventField.link
        case .paymentFailed: [.wallet, EventField("reason", "why it failed")] + EventField.link
        case .faultFired:
            [
                EventField("fault", "the fault's name", FaultName.allCases.map(\.rawValue)),
                EventField("id", "its number among those of the device"),
                EventField("interval", "of a flood: the time between two bursts"),
                EventField("burst", "of a flood: reports at a time"),
                EventField("delay", "of a slow reader: how long it takes no report"),
                EventField("report", "the bytes of the command that it kept from the device, in hexadecimal"),
            ]
        case .note: [EventField("text", "what the scenario says")]
        case .journalFailed: [EventField("reason", "why the journal cannot be written")]
        case .journalRestored: [EventField("missing", "how many events the journal lacks")]
        }
    }
}

extension EventField {
    fileprivate static let paymentMethod = EventField("paymentMethod", "the payment method's name")
    fileprivate static let amount = EventField("amount", "the amount as the command has it")
    fileprivate static let orderID = EventField("orderId", "the order's id")
    fileprivate static let expiryTime = EventField("expiryTime", "how long the link may live, in seconds")
    fileprivate static let report = EventField("report", "the report's bytes in hexadecimal")
    fileprivate static let command = EventField("command", "which command", ["pay", "cancel"])
    fileprivate static let result = EventField("result", "the result code", ResultCode.allCases.map(\.rawValue))
    fileprivate static let wallet = EventField("wallet", "the customer's wallet")
    fileprivate static let link = [
        paymentMethod, amount, orderID, EventField("url", "the link's URL"),
        EventField("expiresAt", "when the link dies, as 2026-01-01T00:00:00Z"),
    ]
}

/// A kind of event or a field of it that there is not: what is wrong, with the nearest right name.
public struct EventFilterError: Error, Hashable, CustomStringConvertible {
    /// The field's name; nil where the kind is wrong.
    public let field: String?
    public let description: String
}

/// Which events are meant: a kind, and fields with their texts, a `*` at the end standing for any more.
public struct EventFilter: Hashable, Sendable {
    public let kind: Event.Kind
    public let fields: [String: String]

    /// - Throws: what no event can be: a kind, a field of the kind, or a value of the field that does not exist.
    public init(kind name: String, fields: [String: String]) throws(EventFilterError) {
        guard let kind = Event.Kind(name: name) else {
            throw EventFilterError(
                field: nil,
                description: "there is no event \(name.prefix(64))"
                    + NearestName.hint(name, among: Event.Kind.allCases.map(\.name)))
        }
        let known = kind.fields
        for (key, text) in fields.sorted(by: { $0.key < $1.key }) {
            guard let field = known.first(where: { $0.name == key }) else {
                let names = known.map(\.name)
                throw EventFilterError(
                    field: key,
                    description: "\(name) has no field \(key.prefix(64))"
                        + (names.isEmpty
                            ? ": it has none"
                            : NearestName.hint(key, among: names) + " (its fields are \(names.joined(separator: ", ")))")
                )
            }
            guard let values = field.values, !values.contains(where: TextPattern(text).matches) else { continue }
            throw EventFilterError(
                field: key,
                description: "\(key) of \(name) is never \"\(text.prefix(64))\"" + NearestName.hint(text, among: values)
                    + (values.count > 8 ? "" : " (it is one of \(values.joined(separator: ", ")))"))
        }
        self.kind = kind
        self.fields = fields
    }

    public func matches(_ event: Event) -> Bool {
        guard event.body.kind == kind else { return false }
        if fields.isEmpty { return true }
        let present = event.fields
        return fields.allSatisfy { key, text in present[key].map(TextPattern(text).matches) ?? false }
    }
}
