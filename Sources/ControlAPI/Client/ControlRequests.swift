public import Emulator

/// The body of `POST /v1/tap`.
public struct TapRequest: Codable, Sendable {
    public var wallet: String?
    public var outcome: Customer.Outcome?

    public init(wallet: String? = nil, outcome: Customer.Outcome? = nil) {
        self.wallet = wallet
        self.outcome = outcome
    }

    static let keys: Set<String> = ["wallet", "outcome"]

    var customer: Customer {
        Customer(wallet: wallet ?? Customer().wallet, outcome: outcome ?? Customer().outcome)
    }
}

/// The body of `POST /v1/unplug`.
public struct UnplugRequest: Codable, Sendable {
    /// When the cable is put back.
    public var replug: TextualDuration?

    public init(replug: TextualDuration? = nil) {
        self.replug = replug
    }

    static let keys: Set<String> = ["replug"]
}

/// The body of `POST /v1/clock`: one of them, or `mode` and another.
public struct ClockRequest: Codable, Sendable {
    /// Time passes at once.
    public var advance: TextualDuration?
    /// The instant to advance to, ISO 8601.
    public var to: String?
    /// The side of the next thing that is due to advance to.
    public var next: Emulator.Side?
    public var mode: EmulatorClock.Mode?

    public init(
        advance: TextualDuration? = nil, to: String? = nil, next: Emulator.Side? = nil,
        mode: EmulatorClock.Mode? = nil
    ) {
        self.advance = advance
        self.to = to
        self.next = next
        self.mode = mode
    }

    static let keys: Set<String> = ["advance", "to", "next", "mode"]
}

/// What `GET /v1/events` waits for.
public struct WaitRequest: Sendable {
    /// A state, or the kind of an event.
    public var what: String
    /// Only events with a greater number count; nil: those from now on.
    public var after: UInt64?
    /// Seconds of real time.
    public var timeout: Double

    public init(what: String, after: UInt64? = nil, timeout: Double = 30) {
        self.what = what
        self.after = after
        self.timeout = timeout
    }
}
