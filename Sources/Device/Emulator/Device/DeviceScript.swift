public import BlueTap

/// What plays a part beside a device: hears of every event, and steers the device, at exact instants of its time.
public protocol DeviceScript: Sendable {
    /// Hears of an event, in their order. What it returns happens at once: after a `payReceived`, before the reply.
    mutating func observe(_ event: Event) -> [DeviceAction]
    /// When it acts by itself next.
    var nextDue: Instant? { get }
    /// Acts: all that is due by `now`.
    mutating func act(at now: Instant) -> [DeviceAction]
    /// Something that it wanted cannot be done, for this reason.
    mutating func actionFailed(_ reason: String)
}

/// What a script does to its device.
public enum DeviceAction: Hashable, Sendable {
    case tap(Customer)
    /// The customer who opened the link does this in the wallet.
    case useWallet(Customer)
    case unplug(replug: Duration?)
    case plug
    case reset
    case fault(Fault)
    case clearFaults
    /// Somebody beside the device is asked for something.
    case ask(OutboxRequest)
    /// Time is advanced once what happens now has happened.
    case advance(Duration)
    /// A line among the events.
    case note(String)
}
