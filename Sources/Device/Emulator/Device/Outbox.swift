public import BlueTap

/// Something for those beside a device, kept for them until they take it: what happened, or what a script asks of them.
public struct OutboxItem: Hashable, Sendable {
    public enum Body: Hashable, Sendable {
        case event(Event.Body)
        case request(OutboxRequest)
    }

    public let time: Instant
    /// The number of the device's last event by then: tells the order within an instant.
    public let sequence: UInt64
    public let body: Body
}

/// What a script asks of somebody beside its device. The device passes it on unread.
public struct OutboxRequest: Hashable, Sendable {
    /// What it is, for whoever takes it.
    public let content: any Hashable & Sendable
    /// What a note among the events says of it.
    public let summary: String
    /// Why nothing comes of it where nobody is beside the device, and what to do.
    public let absence: String

    public init(_ content: any Hashable & Sendable, summary: String, absence: String) {
        self.content = content
        self.summary = summary
        self.absence = absence
    }

    public static func == (left: Self, right: Self) -> Bool {
        AnyHashable(left.content) == AnyHashable(right.content) && left.summary == right.summary
    }

    public func hash(into hasher: inout Hasher) {
        hasher.combine(AnyHashable(content))
    }
}
