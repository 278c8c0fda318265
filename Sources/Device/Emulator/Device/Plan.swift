internal import BlueTap
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
        // Indirect, so that a step is small to move about.
        indirect case act(DeviceAction)
        indirect case decide(Course)
    }

    /// From ``nextIndex`` on those that are left: few, and soon carried out.
    private var steps: [Step] = []
    private var nextIndex = 0
    /// How many steps the one in hand has led to so far.
    private var added = 0

    /// Whether what is added next is the next step.
    var isAtFront: Bool { added == 0 }

    mutating func add(_ step: Step) {
        let place = nextIndex + added
        if place == steps.count { steps.append(step) } else { steps.insert(step, at: place) }
        added += 1
    }

    mutating func next() -> Step? {
        added = 0
        if nextIndex + 1 < steps.count {
            defer { nextIndex += 1 }
            return steps[nextIndex]
        }
        // The last is taken, not copied: nearly always it is the only one.
        let last = steps.popLast()
        if nextIndex > 0 {
            steps.removeAll(keepingCapacity: true)
            nextIndex = 0
        }
        return last
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
// A reference: it is handed on until it has left, while its host waits.
final class Message: Sendable {
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

    init(kind: Kind, reports: [[UInt8]], host: (any HostPort)?) {
        self.kind = kind
        self.reports = reports
        self.host = host
    }

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
