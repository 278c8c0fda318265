/// What users call a fault.
public enum FaultName: String, CaseIterable, Codable, Hashable, Sendable {
    case unplug
    case reEnumerate = "re-enumerate"
    case stall
    case slowReader = "slow-reader"
    case flood
    case replyDelayed = "reply-delayed"
    case replyDropped = "reply-dropped"
    case replyDoubled = "reply-doubled"
    case replyTruncated = "reply-truncated"
    case replyPadded = "reply-padded"
    case replyCorrupted = "reply-corrupted"
    case replyOutOfOrder = "reply-out-of-order"
    case replyLate = "reply-late"
    case replyWrongSequence = "reply-wrong-sequence"
    case replyResult = "reply-result"
    case busy
    case linkFails = "link-fails"
    case linkSlow = "link-slow"
    case clockSkew = "clock-skew"
    case nfcDead = "nfc-dead"

    /// One line: what the POS, or the customer, sees.
    public var summary: String {
        switch self {
        case .unplug: "the cable is pulled (moment: before, during or after a command), and put back after replug"
        case .reEnumerate: "the cable is pulled and put back at once"
        case .stall: "the command is not taken, and writes fail until the device is opened anew"
        case .slowReader: "the device takes no report for delay (2s)"
        case .flood: "burst (16) input reports that nobody asked for, every interval (10ms), until cleared"
        case .replyDelayed: "the reply comes delay (2s) later, and up to spread more"
        case .replyDropped: "there is no reply"
        case .replyDoubled: "the reply comes twice"
        case .replyTruncated: "bytes (1) are missing at the reply's end"
        case .replyPadded: "bytes (1) follow the reply"
        case .replyCorrupted: "one bit of the reply is wrong"
        case .replyOutOfOrder: "the reply comes after the next one"
        case .replyLate: "the reply comes when the next command has come"
        case .replyWrongSequence: "the reply bears the number of another command"
        case .replyResult: "the reply has this result, whatever became of the command"
        case .busy: "the device refuses the command: PROCESS_FAIL"
        case .linkFails: "no link can be made: PROCESS_FAIL"
        case .linkSlow: "link and reply take delay (5s)"
        case .clockSkew: "the device's clock runs factor (1.1) times as fast: links die sooner than the POS thinks"
        case .nfcDead: "the link looks live, and a tap reads nothing; until cleared"
        }
    }

    /// The settings that go with it, beside those of its trigger.
    public var settings: Set<FaultDescription.Key> {
        switch self {
        case .unplug: [.moment, .replug, .every]
        case .reEnumerate: [.moment, .every]
        case .slowReader: [.delay, .every]
        case .flood: [.interval, .burst]
        case .replyDelayed: [.delay, .spread]
        case .replyTruncated, .replyPadded: [.bytes]
        case .replyResult: [.result]
        case .linkSlow: [.delay]
        case .clockSkew: [.factor]
        case .stall, .replyDropped, .replyDoubled, .replyCorrupted, .replyOutOfOrder, .replyLate, .replyWrongSequence,
            .busy, .linkFails, .nfcDead:
            []
        }
    }

    /// Faults that last until they are cleared, unless a count is given.
    var isLasting: Bool {
        switch self {
        case .flood, .clockSkew, .nfcDead: true
        default: false
        }
    }
}

extension Fault.Effect {
    public var name: FaultName {
        switch self {
        case .unplug: .unplug
        case .reEnumerate: .reEnumerate
        case .stall: .stall
        case .slowReader: .slowReader
        case .flood: .flood
        case .replyDelayed: .replyDelayed
        case .replyDropped: .replyDropped
        case .replyDoubled: .replyDoubled
        case .replyTruncated: .replyTruncated
        case .replyPadded: .replyPadded
        case .replyCorrupted: .replyCorrupted
        case .replyOutOfOrder: .replyOutOfOrder
        case .replyLate: .replyLate
        case .replyWrongSequence: .replyWrongSequence
        case .replyResult: .replyResult
        case .busy: .busy
        case .linkFails: .linkFails
        case .linkSlow: .linkSlow
        case .clockSkew: .clockSkew
        case .nfcDead: .nfcDead
        }
    }
}
