public import BlueTap

/// Something that goes wrong on purpose: what, when and how often.
public struct Fault: Hashable, Sendable {
    public let effect: Effect
    public let trigger: Trigger
    /// How often it fires; nil: until it is cleared.
    public let count: Int?
    /// What its chances and spreads are drawn from.
    public let seed: UInt64

    public init(_ effect: Effect, when trigger: Trigger = Trigger(), count: Int? = 1, seed: UInt64 = 0) {
        self.effect = effect
        self.trigger = trigger
        self.count = count
        self.seed = seed
    }

    /// Where in a command's course the cable is pulled.
    public enum Moment: String, CaseIterable, Codable, Sendable {
        /// The command is lost with the device's power.
        case before
        /// The command is carried out, and its reply is lost.
        case during
        /// The reply is on its way.
        case after
    }

    public enum Effect: Hashable, Sendable {
        /// The cable is pulled, and put back after a while, or not.
        case unplug(Moment, replug: Duration?)
        /// The cable is pulled and put back at once.
        case reEnumerate(Moment)
        /// The endpoint for output reports halts: the command is not taken, and further writes fail until the device is
        /// opened anew.
        case stall
        /// The device takes no output report for a while.
        case slowReader(Duration)
        /// Input reports that nobody asked for: so many at a time, at this interval, without end.
        case flood(interval: Duration, burst: Int)
        /// The reply comes later: by the time given, and up to the spread more.
        case replyDelayed(Duration, spread: Duration)
        case replyDropped
        case replyDoubled
        /// So many bytes are missing at the reply's end.
        case replyTruncated(Int)
        /// So many zero bytes follow the reply.
        case replyPadded(Int)
        /// One bit of the reply is wrong.
        case replyCorrupted
        /// The reply comes after the next one.
        case replyOutOfOrder
        /// The reply comes when the next command has come, before that one's.
        case replyLate
        /// The reply bears the number of another command.
        case replyWrongSequence
        /// The reply has another result code than the command.
        case replyResult(ResultCode)
        /// The device refuses the command with PROCESS_FAIL.
        case busy
        /// No link can be made: PROCESS_FAIL.
        case linkFails
        /// Link and reply take this long.
        case linkSlow(Duration)
        /// The device's own clock runs so many times as fast: links die sooner, or later.
        case clockSkew(Double)
        /// The link looks live, and a tap reads nothing.
        case nfcDead
    }

    /// What has to happen for a fault to fire. What is not given does not matter.
    public struct Trigger: Hashable, Sendable {
        /// A command of this kind.
        public var command: Command.Kind?
        /// The nth command that fits, counted from when the fault was set.
        public var nth: Int?
        public var paymentMethod: TextPattern?
        public var amount: TextPattern?
        public var orderID: TextPattern?
        /// Not before so long after the fault was set.
        public var delay: Duration = .zero
        /// Not after so long from then on.
        public var lifetime: Duration?
        /// How long after one firing by time follows the next.
        public var interval: Duration?
        /// How likely it is each time.
        public var probability: Double?

        public init() {}

        /// Whether it waits for a command, rather than for a time.
        var namesCommand: Bool {
            command != nil || nth != nil || paymentMethod != nil || amount != nil || orderID != nil
                || probability != nil
        }

        /// Whether the command's kind and fields fit.
        func fits(_ candidate: Command) -> Bool {
            if let command, command != candidate.kind { return false }
            switch candidate {
            case .pay(let pay):
                return paymentMethod.matches(pay.paymentMethod) && amount.matches(pay.amount)
                    && orderID.matches(pay.orderID)
            case .cancel(let cancel):
                return paymentMethod == nil && amount == nil && orderID.matches(cancel.orderID)
            }
        }
    }

    /// What makes an effect happen.
    enum Occasion {
        case command
        case pay
        case tap
        /// A command where the trigger names one, else a time.
        case commandOrTime
    }

    var occasion: Occasion {
        switch effect {
        case .unplug, .reEnumerate, .stall, .slowReader, .flood: .commandOrTime
        case .linkFails, .linkSlow, .clockSkew: .pay
        case .nfcDead: .tap
        case .replyDelayed, .replyDropped, .replyDoubled, .replyTruncated, .replyPadded, .replyCorrupted,
            .replyOutOfOrder, .replyLate, .replyWrongSequence, .replyResult, .busy:
            .command
        }
    }

    /// Whether it fires by itself at a time.
    var firesByTime: Bool { occasion == .commandOrTime && !trigger.namesCommand }
}

/// A text, or with `*` at its end whatever begins like it.
public struct TextPattern: Hashable, Sendable {
    public let text: String

    public init(_ text: String) {
        self.text = text
    }

    public func matches(_ candidate: String) -> Bool {
        text.hasSuffix("*") ? candidate.hasPrefix(text.dropLast()) : candidate == text
    }
}

extension TextPattern? {
    /// What is not given fits everything; a field that is absent fits nothing that is given.
    fileprivate func matches(_ candidate: String?) -> Bool {
        guard let self else { return true }
        return candidate.map(self.matches) ?? false
    }
}
