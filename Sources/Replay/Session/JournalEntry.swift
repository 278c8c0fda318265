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

    func bytes(_ key: String) -> [UInt8] { fields[key].flatMap { HexBytes($0)?.bytes } ?? [] }
}
