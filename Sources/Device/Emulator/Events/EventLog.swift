internal import BlueTap
internal import DequeModule

/// The newest events of a device, in order.
struct EventLog: Sendable {
    /// Older events are forgotten here; a journal keeps them all.
    static let capacity = 16_384

    private var events: Deque<Event> = []
    private(set) var lastSequence: UInt64 = 0

    mutating func append(_ body: Event.Body, device: String, at time: Instant) {
        lastSequence += 1
        let event = Event(sequence: lastSequence, time: time, device: device, body: body)
        if events.count == Self.capacity { events.removeFirst() }
        events.append(event)
    }

    /// The first event after `sequence`, of those that are not forgotten.
    func event(after sequence: UInt64) -> Event? {
        guard let first = events.first, sequence < lastSequence else { return nil }
        return sequence < first.sequence ? first : events[Int(sequence - first.sequence) + 1]
    }

    /// At most `limit` events after `sequence`. The first may be later than asked for: then older ones are forgotten.
    func events(after sequence: UInt64, limit: Int) -> [Event] {
        guard let first = events.first, sequence < lastSequence else { return [] }
        let skipped = sequence < first.sequence ? 0 : Int(sequence - first.sequence) + 1
        return Array(events.dropFirst(skipped).prefix(limit))
    }
}
