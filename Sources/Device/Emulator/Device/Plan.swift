internal import BlueTap
internal import DequeModule
internal import HID
internal import WireFormat

/// What a device does next, step by step: what leaves it, what is told of that, and what follows.
///
/// There is one order, whoever watches. What a step leads to comes before all that stood behind that step.
struct Plan: Sendable {
    enum Step: Sendable {
        /// Those beside the device are told.
        case tell(Event.Body)
        /// Reports leave the device.
        case send(Message)
        /// The device's end of the cable does something.
        case move(CableMotion)
        /// Power goes, for so long, or until somebody puts the cable back.
        case unplug(replug: Duration?)
        case reset
        /// The script hears of what it has not heard of yet.
        case hear(turns: Int)
        case act(DeviceAction)
        // Indirect, so that a step is small to move about.
        indirect case decide(Course)
    }

    private var steps: Deque<Step> = []
    /// How many steps the one in hand has led to so far.
    private var added = 0

    /// Whether what is added next is the next step.
    var isAtFront: Bool { added == 0 }

    mutating func add(_ step: Step) {
        steps.insert(step, at: added)
        added += 1
    }

    mutating func next() -> Step? {
        added = 0
        return steps.popFirst()
    }
}

/// What the device's end of the cable can do beside sending reports.
enum CableMotion: Hashable, Sendable {
    case unplug
    case plug
    case stall
    case setReading(Bool)
}

/// Reports that leave the device together.
struct Message: Sendable {
    enum Kind: Hashable, Sendable {
        case reply(Command.Kind, ResultCode)
        /// A first "received", before the reply.
        case acknowledgement(Command.Kind)
        /// Something that the host did not ask for.
        case notification(Occasion)
        /// What the profile has as the answer to a report, whatever that means.
        case exchange
        case flood
    }

    let kind: Kind
    let reports: [[UInt8]]
    /// Whom it answers; nil: whoever is at the cable.
    let host: (any HostPort)?

    /// All bytes, report after report.
    var bytes: [UInt8] { reports.count == 1 ? reports[0] : reports.flatMap(\.self) }
}

/// A reply that waits for something else to happen first.
struct HeldReply: Sendable {
    enum Cause {
        case nextCommand
        case nextReply
    }

    let reply: Message
    let cause: Cause
}
