public import BlueTap

/// A fault as users give it, in JSON, in YAML and on the command line: every setting by its name, nothing checked yet.
public struct FaultDescription: Codable, Hashable, Sendable {
    public enum Key: String, CaseIterable, CodingKey, Sendable {
        case name, on, nth, paymentMethod, amount, orderId, after, every, probability, seed, count
        case lasting = "for"
        case moment, replug, delay, spread, bytes, result, interval, burst, factor
    }

    public var name: FaultName
    public var on: Command.Kind?
    public var nth: Int?
    public var paymentMethod: String?
    public var amount: String?
    public var orderId: String?
    public var after: TextualDuration?
    public var lasting: TextualDuration?
    public var every: TextualDuration?
    public var probability: Double?
    public var seed: UInt64?
    public var count: FaultCount?
    public var moment: Fault.Moment?
    public var replug: TextualDuration?
    public var delay: TextualDuration?
    public var spread: TextualDuration?
    public var bytes: Int?
    public var result: ResultCode?
    public var interval: TextualDuration?
    public var burst: Int?
    public var factor: Double?

    public init(_ name: FaultName) {
        self.name = name
    }

    private typealias CodingKeys = Key

    private var given: Set<Key> {
        var keys: Set<Key> = []
        func note(_ key: Key, _ isGiven: Bool) { if isGiven { keys.insert(key) } }
        note(.on, on != nil)
        note(.nth, nth != nil)
        note(.paymentMethod, paymentMethod != nil)
        note(.amount, amount != nil)
        note(.orderId, orderId != nil)
        note(.probability, probability != nil)
        note(.every, every != nil)
        note(.moment, moment != nil)
        note(.replug, replug != nil)
        note(.delay, delay != nil)
        note(.spread, spread != nil)
        note(.bytes, bytes != nil)
        note(.result, result != nil)
        note(.interval, interval != nil)
        note(.burst, burst != nil)
        note(.factor, factor != nil)
        return keys
    }

    /// The fault, or what is wrong with its settings in one line.
    public var fault: Fault {
        get throws(EmulatorError) {
            try check()
            var trigger = Fault.Trigger()
            trigger.command = on
            trigger.nth = nth
            trigger.paymentMethod = paymentMethod.map(TextPattern.init)
            trigger.amount = amount.map(TextPattern.init)
            trigger.orderID = orderId.map(TextPattern.init)
            trigger.delay = after?.duration ?? .zero
            trigger.lifetime = lasting?.duration
            trigger.interval = every?.duration
            trigger.probability = probability
            let count: Int? =
                switch count {
                case .always: nil
                case .times(let times): times
                case nil: name.isLasting || every != nil ? nil : 1
                }
            return Fault(try effect, when: trigger, count: count, seed: seed ?? 0)
        }
    }

    private static let trigger: Set<Key> = [.on, .nth, .paymentMethod, .amount, .orderId, .probability]

    private func check() throws(EmulatorError) {
        let fitting = name.settings.union(name == .nfcDead ? [.probability] : Self.trigger)
        if let stray = given.subtracting(fitting).map(\.rawValue).min() {
            let known = name.settings.map(\.rawValue).sorted()
            throw EmulatorError(
                "\(stray) does not go with the fault \(name.rawValue)"
                    + (known.isEmpty
                        ? ", which has no settings" : ": its settings are \(known.joined(separator: ", "))"))
        }
        try require(nth.map { (1...1_000_000).contains($0) }, "nth must be 1 to 1000000")
        try require(probability.map { (0...1).contains($0) }, "probability must be 0 to 1")
        try require(bytes.map { (1...1024).contains($0) }, "bytes must be 1 to 1024")
        try require(burst.map { (1...1000).contains($0) }, "burst must be 1 to 1000")
        try require(factor.map { (0.01...100).contains($0) }, "factor must be 0.01 to 100")
        for (key, value) in [("interval", interval), ("every", every)] {
            try require(value.map { $0.duration >= .milliseconds(1) }, "\(key) must be at least 1ms")
        }
        if case .times(let times) = count {
            try require((1...1_000_000).contains(times), "count must be 1 to 1000000, or always")
        }
        if every != nil && !given.isDisjoint(with: Self.trigger) {
            throw EmulatorError("every goes with a fault that waits for a time, not for a command")
        }
        if on == .cancel && (paymentMethod != nil || amount != nil) {
            throw EmulatorError("a cancel command has neither paymentMethod nor amount")
        }
        if on == .cancel, [.linkFails, .linkSlow, .clockSkew].contains(name) {
            throw EmulatorError("the fault \(name.rawValue) happens to pay commands only")
        }
    }

    private func require(_ isGood: Bool?, _ message: String) throws(EmulatorError) {
        if isGood == false { throw EmulatorError(message) }
    }

    private var effect: Fault.Effect {
        get throws(EmulatorError) {
            switch name {
            case .unplug: return .unplug(moment ?? .during, replug: replug?.duration)
            case .reEnumerate: return .reEnumerate(moment ?? .during)
            case .stall: return .stall
            case .slowReader: return .slowReader(delay?.duration ?? .seconds(2))
            case .flood: return .flood(interval: interval?.duration ?? .milliseconds(10), burst: burst ?? 16)
            case .replyDelayed:
                return .replyDelayed(delay?.duration ?? .seconds(2), spread: spread?.duration ?? .zero)
            case .replyDropped: return .replyDropped
            case .replyDoubled: return .replyDoubled
            case .replyTruncated: return .replyTruncated(bytes ?? 1)
            case .replyPadded: return .replyPadded(bytes ?? 1)
            case .replyCorrupted: return .replyCorrupted
            case .replyOutOfOrder: return .replyOutOfOrder
            case .replyLate: return .replyLate
            case .replyWrongSequence: return .replyWrongSequence
            case .replyResult:
                guard let result else {
                    throw EmulatorError(
                        "the fault reply-result needs result: "
                            + ResultCode.allCases.map(\.rawValue).joined(separator: ", "))
                }
                return .replyResult(result)
            case .busy: return .busy
            case .linkFails: return .linkFails
            case .linkSlow: return .linkSlow(delay?.duration ?? .seconds(5))
            case .clockSkew: return .clockSkew(factor ?? 1.1)
            case .nfcDead: return .nfcDead
            }
        }
    }
}
