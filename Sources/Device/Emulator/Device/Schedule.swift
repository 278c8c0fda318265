internal import BlueTap

/// What a device does by itself later, in the order of time; at one instant in the order in which it was planned.
struct Schedule: Sendable {
    enum Entry: Sendable {
        case send(Message)
        case carryOut(Course)
        case plug
        /// A fault fires that waits for a time.
        case fire(Int)
        /// The next reports of a flood.
        case flood(Int)
        case resumeReading
        case customer(CustomerPlan)

        var isPlug: Bool { if case .plug = self { true } else { false } }
        var isResumption: Bool { if case .resumeReading = self { true } else { false } }
    }

    /// Most entries: a host must not make the device remember without end.
    static let capacity = 4096

    private var entries: [(due: Instant, entry: Entry)] = []

    var isEmpty: Bool { entries.isEmpty }
    var isFull: Bool { entries.count >= Self.capacity }
    var nextDue: Instant? { entries.last?.due }

    // The last is the next due, so that taking it moves nothing.
    mutating func add(_ entry: Entry, at due: Instant) {
        let index = entries.firstIndex { $0.due <= due } ?? entries.endIndex
        entries.insert((due, entry), at: index)
    }

    mutating func removeFirst() -> Entry { entries.removeLast().entry }

    /// Takes away what fits, and returns it in order.
    mutating func remove(where fits: (Entry) -> Bool) -> [Entry] {
        let removed = entries.filter { fits($0.entry) }.map(\.entry)
        entries.removeAll { fits($0.entry) }
        return removed.reversed()
    }
}
