public import Emulator

/// What a host and one device said to each other, and what happened at the device meanwhile, in order.
public struct RecordedSession: Sendable {
    public enum Happening: Hashable, Sendable {
        /// The host sends an output report, or sets a feature report.
        case hostReport([UInt8], isFeature: Bool)
        /// The device sends an input report.
        case deviceReport([UInt8])
        /// The host writes a report that the device does not take.
        case failedWrite([UInt8], isFeature: Bool, WriteFailure)
        /// The device sends an input report, or means to, and no host takes it.
        case unheard([UInt8])
        /// The host gives up to wait for an input report, or a fault has swallowed one: nothing was said.
        case unanswered
        /// The host reads the feature report of this ID, and is answered.
        case featureRead(id: UInt8, answer: [UInt8])
        /// The cable is pulled: the host is about to lose the device, and not because the recording ends.
        case pulled
        /// A fault that does not show in the reports, or that cannot be told from other ones by them.
        case disturbed(Disturbance)
        /// The host sees the device from now on.
        case attached
        /// The host has lost the device.
        case detached
        /// A customer holds a phone to the device; only a journal knows.
        case tap(wallet: String)
        /// A customer who has opened the link is waited for; nil where it is not known how long.
        case pending(wallet: String, Customer.Outcome, lasting: Duration?)
        /// The customer pays in the wallet.
        case payment(wallet: String)
        /// The wallet or the customer refuses, for this reason.
        case refusal(wallet: String, reason: String)
    }

    /// What a fault did.
    public enum Disturbance: Hashable, Sendable {
        case flood(interval: String, burst: String)
        case slowReader(delay: String)
    }

    /// Why a report of the host was not taken.
    public struct WriteFailure: Hashable, Sendable {
        public enum Sort: Hashable, Sendable {
            /// The device's endpoint halted.
            case stall
            /// The device was not there any more.
            case gone
            /// The host gave up, or the bus did.
            case other
        }

        public var sort: Sort
        /// As the system says it: `-EPIPE (-32)`.
        public var status: String

        public init(_ sort: Sort, status: String) {
            self.sort = sort
            self.status = status
        }
    }

    /// Where a recording has something: `packet 12` of a capture, `event 7` of a journal.
    public struct Place: Hashable, Sendable, CustomStringConvertible {
        public enum Unit: String, Sendable {
            case packet
            case event
        }

        public var unit: Unit
        public var number: Int64

        public static func packet(_ number: Int) -> Place { Place(unit: .packet, number: Int64(number)) }

        public static func event(_ number: Int64) -> Place { Place(unit: .event, number: number) }

        public var description: String { "\(unit.rawValue) \(number)" }
    }

    public struct Step: Hashable, Sendable {
        /// Since the session's first.
        public var time: Duration
        public var place: Place
        public var happening: Happening

        public init(time: Duration, place: Place, _ happening: Happening) {
            self.time = time
            self.place = place
            self.happening = happening
        }
    }

    /// In the order in which they happened.
    public var steps: [Step]
    /// Until when it was recorded, since the first step.
    public private(set) var end = Duration.zero

    /// - Parameters:
    ///   - steps: in order; times before that of the step before count as the same.
    ///   - end: until when it was recorded, on the clock of the steps; nil: until the last of them.
    public init(_ steps: [Step], end: Duration? = nil) {
        var latest = Duration.zero
        let first = steps.first?.time ?? .zero
        self.steps = steps.map { step in
            var step = step
            latest = max(latest, step.time - first)
            step.time = latest
            return step
        }
        self.end = max(latest, end.map { $0 - first } ?? .zero)
    }

    public var hostReportCount: Int {
        steps.count { if case .hostReport = $0.happening { true } else { false } }
    }

    /// The reports that the device did not take.
    public var failedWrites: [(place: Place, WriteFailure)] {
        steps.compactMap { step in
            guard case .failedWrite(_, _, let failure) = step.happening else { return nil }
            return (step.place, failure)
        }
    }
}
