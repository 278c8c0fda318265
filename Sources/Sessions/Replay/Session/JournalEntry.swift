public import BlueTap
public import Emulator
internal import WireFormat

/// A line of a journal: an event, its fields as texts.
public struct JournalEntry: Hashable, Sendable {
    public var sequence: Int64
    public var time: Instant
    public var device: String
    public var kind: Event.Kind
    public var fields: [String: String]

    public init(sequence: Int64, time: Instant, device: String, kind: Event.Kind, fields: [String: String]) {
        self.sequence = sequence
        self.time = time
        self.device = device
        self.kind = kind
        self.fields = fields
    }

    public init(_ event: Event) {
        self.init(
            sequence: Int64(clamping: event.sequence), time: event.time, device: event.device, kind: event.body.kind,
            fields: event.fields)
    }

    /// Reads a line's members, as texts by key.
    ///
    /// - Throws: which of them is missing or means nothing. A report that cannot be read would be one less that is replayed.
    public init(members: [String: String]) throws(JournalEntryError) {
        func member<Value>(
            _ key: String, _ what: String, _ read: (String) -> Value?
        ) throws(JournalEntryError) -> Value {
            guard let text = members[key] else { throw JournalEntryError("\(key) is missing") }
            guard let value = read(text) else { throw JournalEntryError("\(key): \"\(text)\" is no \(what)") }
            return value
        }
        let sequence = try member("seq", "event's number") { Int64($0) }
        let time = try member("time", "time as 2026-01-01T00:00:00Z") { Instant(iso8601: $0) }
        let device = try member("device", "device") { $0 }
        let kind = try member("kind", "event of this version") { Event.Kind(name: $0) }
        if kind.hasReport { _ = try member("report", "report in hexadecimal") { HexBytes($0) } }
        if kind == .reportAnswered {
            _ = try member("answers", "list of reports in hexadecimal") { text in
                text.split(separator: " ").allSatisfy { HexBytes($0) != nil } ? text : nil
            }
        }
        self.init(sequence: sequence, time: time, device: device, kind: kind, fields: members)
    }

    func bytes(_ key: String) -> [UInt8] { fields[key].flatMap { HexBytes($0)?.bytes } ?? [] }
}

/// A line of a journal that is no event: which key is why.
public struct JournalEntryError: Error, Hashable, CustomStringConvertible {
    public let description: String

    init(_ description: String) {
        self.description = description
    }
}

extension Event.Kind {
    /// Whether it is about a report that crossed the cable.
    fileprivate var hasReport: Bool {
        switch self {
        case .payReceived, .cancelReceived, .reportMalformed, .reportAnswered, .replySent, .acknowledgementSent,
            .notificationSent:
            true
        default: false
        }
    }
}
