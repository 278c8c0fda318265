public import BlueTap

/// A device at one instant.
public struct DeviceStatus: Hashable, Sendable {
    public let state: Device.State
    public let now: Instant
    public let link: Link?
    public let lastSequence: UInt64
    public let tally: EventTally
    /// Faults that may still fire.
    public let faults: [ArmedFault]
    /// Why the journal is not complete.
    public let journalFailure: String?
}
