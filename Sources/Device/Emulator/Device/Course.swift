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
// A reference, which nearly all commands share: a command waits for its reply while it is handed on.
final class Disturbance: Sendable {
    /// Those that have fired, in the order in which they were set.
    let faults: [ArmedFault]
    /// The first that keeps the device from seeing the command at all.
    let prevention: ArmedFault?
    /// What the device answers instead of trying.
    let refusal: Refusal?
    /// How many times as fast as time the device's own clock runs.
    let clockRate: Double
    /// How long the link and the reply take.
    let linkDelay: Duration?
    let pullsDuringReply: Pull?
    let pullsAfterReply: Pull?

    // What becomes of the reply.
    let result: ResultCode?
    let sequenceOffset: Int64
    /// What is done to its last report, in order.
    let spoiling: [ArmedFault]
    let isDropped: Bool
    let copies: Int
    /// Delays, of which each is drawn anew.
    let delays: [ArmedFault]
    let hold: HeldReply.Cause?

    /// How the cable is pulled.
    enum Pull: Hashable, Sendable {
        case unplug(replug: Duration?)
        /// It is put back at once.
        case reset
    }

    static let none = Disturbance([])

    init(_ faults: [ArmedFault]) {
        let effects = faults.map(\.fault.effect)
        func pull(_ moment: Fault.Moment) -> Pull? { effects.lazy.compactMap { $0.pull(at: moment) }.first }
        self.faults = faults
        prevention = faults.first { $0.fault.effect == .stall || $0.fault.effect.pull(at: .before) != nil }
        refusal = effects.lazy.compactMap(\.refusal).first.map { Refusal(.processFail, reason: $0) }
        clockRate = effects.reduce(1) { if case .clockSkew(let factor) = $1 { $0 * factor } else { $0 } }
        linkDelay = effects.lazy.compactMap { if case .linkSlow(let delay) = $0 { delay } else { nil } }.first
        pullsDuringReply = pull(.during)
        pullsAfterReply = pull(.after)
        result = effects.lazy.compactMap { if case .replyResult(let result) = $0 { result } else { nil } }.last
        sequenceOffset = Int64(effects.count { $0 == .replyWrongSequence })
        spoiling = faults.filter(\.fault.effect.isSpoiling)
        isDropped = effects.contains(.replyDropped)
        copies = 1 + effects.count { $0 == .replyDoubled }
        delays = faults.filter { if case .replyDelayed = $0.fault.effect { true } else { false } }
        hold =
            switch effects.last(where: { $0 == .replyOutOfOrder || $0 == .replyLate }) {
            case .replyOutOfOrder: .nextReply
            case .replyLate: .nextCommand
            default: nil
            }
    }

    func adding(_ fired: [ArmedFault]) -> Disturbance { fired.isEmpty ? self : Disturbance(faults + fired) }
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

    fileprivate func pull(at wanted: Fault.Moment) -> Disturbance.Pull? {
        switch self {
        case .unplug(wanted, _), .reEnumerate(wanted): pull
        default: nil
        }
    }

    fileprivate var refusal: String? {
        switch self {
        case .busy: "the device is busy"
        case .linkFails: "no link can be made"
        default: nil
        }
    }

    fileprivate var isSpoiling: Bool {
        switch self {
        case .replyTruncated, .replyPadded, .replyCorrupted: true
        default: false
        }
    }
}
