internal import BlueTap
internal import HID
internal import WireFormat

/// A command on its way through the device.
struct Course: Sendable {
    let command: Command
    let context: Codec.Context
    let report: [UInt8]
    let host: any HostPort
    var disturbance: Disturbance
    /// The last fault that was set when it came: those that a script sets for it come later.
    let lastFault: Int
}

/// What faults make of a command's way. Without faults it is empty, and the way is the same.
struct Disturbance: Sendable {
    /// Those that have fired, in the order in which they were set.
    private(set) var faults: [ArmedFault] = []
    /// The first that keeps the device from seeing the command at all.
    private(set) var prevention: ArmedFault?
    /// What the device answers instead of trying.
    private(set) var refusal: Refusal?
    /// How many times as fast as time the device's own clock runs.
    private(set) var clockRate = 1.0
    /// How long the link and the reply take.
    private(set) var linkDelay: Duration?
    private(set) var pullsDuringReply: Pull?
    private(set) var pullsAfterReply: Pull?

    // What becomes of the reply.
    private(set) var result: ResultCode?
    private(set) var sequenceOffset: Int64 = 0
    /// What is done to its last report, in order.
    private(set) var spoiling: [ArmedFault] = []
    private(set) var isDropped = false
    private(set) var copies = 1
    /// Delays, of which each is drawn anew.
    private(set) var delays: [ArmedFault] = []
    private(set) var hold: HeldReply.Cause?

    /// How the cable is pulled.
    enum Pull: Hashable, Sendable {
        case unplug(replug: Duration?)
        /// It is put back at once.
        case reset
    }

    mutating func add(_ fired: [ArmedFault]) {
        for fault in fired { add(fault) }
    }

    private mutating func add(_ fault: ArmedFault) {
        faults.append(fault)
        switch fault.fault.effect {
        case .unplug(let moment, let replug): pull(.unplug(replug: replug), at: moment, by: fault)
        case .reEnumerate(let moment): pull(.reset, at: moment, by: fault)
        case .stall: prevention = prevention ?? fault
        case .busy: refuse("the device is busy")
        case .linkFails: refuse("no link can be made")
        case .linkSlow(let delay): linkDelay = linkDelay ?? delay
        case .clockSkew(let factor): clockRate *= factor
        case .replyResult(let other): result = other
        case .replyWrongSequence: sequenceOffset &+= 1
        case .replyTruncated, .replyPadded, .replyCorrupted: spoiling.append(fault)
        case .replyDropped: isDropped = true
        case .replyDoubled: copies += 1
        case .replyDelayed: delays.append(fault)
        case .replyOutOfOrder: hold = .nextReply
        case .replyLate: hold = .nextCommand
        case .slowReader, .flood, .nfcDead: break
        }
    }

    private mutating func pull(_ pull: Pull, at moment: Fault.Moment, by fault: ArmedFault) {
        switch moment {
        case .before: prevention = prevention ?? fault
        case .during: pullsDuringReply = pullsDuringReply ?? pull
        case .after: pullsAfterReply = pullsAfterReply ?? pull
        }
    }

    private mutating func refuse(_ reason: String) {
        refusal = refusal ?? Refusal(.processFail, reason: reason)
    }
}

extension Fault.Effect {
    /// How it pulls the cable; nil where it does not.
    var pull: Disturbance.Pull? {
        switch self {
        case .unplug(_, let replug): .unplug(replug: replug)
        case .reEnumerate: .reset
        default: nil
        }
    }
}
