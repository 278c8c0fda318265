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

/// The body of `POST /v1/clock`.
public struct ClockRequest: Codable, Sendable {
    /// Seconds.
    public var advance: Double?
    /// `frozen` or `running`.
    public var mode: String?

    public init(advance: Double? = nil, mode: String? = nil) {
        self.advance = advance
        self.mode = mode
    }

    static let keys: Set<String> = ["advance", "mode"]
    /// A hundred years, in seconds.
    static let longestAdvance = 3_155_760_000.0
}
