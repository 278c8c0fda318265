public import BlueTap
internal import WireFormat

/// Something that happened to a device.
public struct Event: Hashable, Sendable {
    /// From 1, without gaps.
    public let sequence: UInt64
    public let time: Instant
    public let device: String
    public let body: Body

    // Indirect, so that an event is one reference to move about, however much it carries.
    public indirect enum Body: Hashable, Sendable {
        case attached
        case detached
        case payReceived(PayCommand, report: [UInt8])
        case cancelReceived(CancelCommand, report: [UInt8])
        case commandRejected(Command.Kind, Refusal, report: [UInt8])
        case reportMalformed(reason: String, report: [UInt8])
        case replySent(Command.Kind, ResultCode, report: [UInt8])
        /// The host did not take the reply. Command and result are nil where the report does not tell them.
        case replyDropped(Command.Kind?, ResultCode?, reason: String, report: [UInt8])
        case linkReady(Link)
        case linkReplaced(Link, by: Link)
        case linkTapped(Link, wallet: String, again: Bool)
        /// A phone was held to the device and read nothing.
        case tapMissed(wallet: String, reason: String)
        case linkExpired(Link)
        case linkCancelled(Link)
        /// The live link went with the device's power.
        case linkLost(Link)
        case paymentSucceeded(Link, wallet: String)
        case paymentFailed(Link, wallet: String, reason: String)
    }

    /// The event's name in the control API, in journals and in scenarios.
    public var kind: String {
        switch body {
        case .attached: "attached"
        case .detached: "detached"
        case .payReceived: "payReceived"
        case .cancelReceived: "cancelReceived"
        case .commandRejected: "commandRejected"
        case .reportMalformed: "reportMalformed"
        case .replySent: "replySent"
        case .replyDropped: "replyDropped"
        case .linkReady: "linkReady"
        case .linkReplaced: "linkReplaced"
        case .linkTapped: "linkTapped"
        case .tapMissed: "tapMissed"
        case .linkExpired: "linkExpired"
        case .linkCancelled: "linkCancelled"
        case .linkLost: "linkLost"
        case .paymentSucceeded: "paymentSucceeded"
        case .paymentFailed: "paymentFailed"
        }
    }
}
