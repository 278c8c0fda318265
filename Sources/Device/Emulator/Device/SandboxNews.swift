public import BlueTap
public import SandboxFaults

/// What happened at a device that the payment sandbox beside it is to hear of.
public struct SandboxNews: Hashable, Sendable {
    public enum Body: Hashable, Sendable {
        /// A wallet did something: an event of a payment.
        case customer(Event.Body)
        /// The scenario sets a fault of the sandbox, ends them, or gives a wallet money.
        case fault(SandboxFault)
        case clearFaults
        /// Smallest units; nil: of the sandbox's currency.
        case deposit(Int64, currency: String?, wallet: String)
    }

    public let time: Instant
    /// The number of the device's last event by then: tells the order within an instant.
    public let sequence: UInt64
    public let body: Body
}
