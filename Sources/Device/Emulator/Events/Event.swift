public import BlueTap
public import WireFormat

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
        /// A first "received", before the reply.
        case acknowledgementSent(Command.Kind, report: [UInt8])
        /// The device told the host of something unasked.
        case notificationSent(Occasion, report: [UInt8])
        /// A report that the profile's exchanges answer, whatever it means.
        case reportAnswered(report: [UInt8], answers: [[UInt8]])
        case linkReady(Link)
        case linkReplaced(Link, by: Link)
        case linkTapped(Link, wallet: String, again: Bool)
        /// A phone was held to the device and read nothing.
        case tapMissed(wallet: String, reason: String)
        case linkExpired(Link)
        case linkCancelled(Link)
        /// The live link went with the device's power.
        case linkLost(Link)
        /// Somebody joined the queue.
        case customerArrived(wallet: String, waiting: Int)
        /// A customer will hold a phone to the device.
        case tapPlanned(wallet: String, at: Instant)
        /// The wallet is open, and nobody knows yet.
        case paymentPending(Link, wallet: String, reason: String)
        case paymentSucceeded(Link, wallet: String)
        case paymentFailed(Link, wallet: String, reason: String)
        /// With the command's report, where the fault keeps the device from seeing it.
        case faultFired(Int, Fault.Effect, report: [UInt8]?)
        /// What a scenario has to say.
        case note(String)
        /// From here on the journal lacks events.
        case journalFailed(reason: String)
        /// The journal goes on; so many events are in it nowhere.
        case journalRestored(missing: UInt64)
    }

    /// What sort of event it is. Its name is the one in the control API, in journals and in scenarios.
    public enum Kind: UInt8, CaseIterable, Sendable {
        case attached
        case detached
        case payReceived
        case cancelReceived
        case commandRejected
        case reportMalformed
        case replySent
        case replyDropped
        case acknowledgementSent
        case notificationSent
        case reportAnswered
        case linkReady
        case linkReplaced
        case linkTapped
        case tapMissed
        case linkExpired
        case linkCancelled
        case linkLost
        case customerArrived
        case tapPlanned
        case paymentPending
        case paymentSucceeded
        case paymentFailed
        case faultFired
        case note
        case journalFailed
        case journalRestored

        private static let names = allCases.map { "\($0)" }

        public var name: String { Self.names[Int(rawValue)] }

        public init?(name: String) {
            guard let kind = Self.allCases.first(where: { $0.name == name }) else { return nil }
            self = kind
        }
    }

    /// The name of the event's kind.
    public var kind: String { body.kind.name }
}

extension Event.Body {
    public var kind: Event.Kind {
        switch self {
        case .attached: .attached
        case .detached: .detached
        case .payReceived: .payReceived
        case .cancelReceived: .cancelReceived
        case .commandRejected: .commandRejected
        case .reportMalformed: .reportMalformed
        case .replySent: .replySent
        case .replyDropped: .replyDropped
        case .acknowledgementSent: .acknowledgementSent
        case .notificationSent: .notificationSent
        case .reportAnswered: .reportAnswered
        case .linkReady: .linkReady
        case .linkReplaced: .linkReplaced
        case .linkTapped: .linkTapped
        case .tapMissed: .tapMissed
        case .linkExpired: .linkExpired
        case .linkCancelled: .linkCancelled
        case .linkLost: .linkLost
        case .customerArrived: .customerArrived
        case .tapPlanned: .tapPlanned
        case .paymentPending: .paymentPending
        case .paymentSucceeded: .paymentSucceeded
        case .paymentFailed: .paymentFailed
        case .faultFired: .faultFired
        case .note: .note
        case .journalFailed: .journalFailed
        case .journalRestored: .journalRestored
        }
    }
}
