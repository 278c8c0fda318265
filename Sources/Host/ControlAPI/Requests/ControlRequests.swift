public import BlueTap
public import Emulator

/// The body of `POST /v1/tap`.
public struct TapRequest: Codable, Sendable {
    public var wallet: String?
    public var outcome: Customer.Outcome?
    /// How long what the customer does takes.
    public var after: TextualDuration?
    public var reason: Customer.Reason?

    public init(
        wallet: String? = nil, outcome: Customer.Outcome? = nil, after: TextualDuration? = nil,
        reason: Customer.Reason? = nil
    ) {
        self.wallet = wallet
        self.outcome = outcome
        self.after = after
        self.reason = reason
    }

    public static let keys: Set<String> = ["wallet", "outcome", "after", "reason"]

    /// Who taps.
    public var customer: Customer {
        Customer(named: wallet ?? Customer().wallet, outcome: outcome, after: after?.duration, reason: reason)
    }
}

/// The body of `POST /v1/pay`, and with `orderId` alone that of `POST /v1/cancel`.
public struct CommandRequest: Codable, Sendable {
    public var paymentMethod: String?
    public var amount: String?
    public var orderId: String?
    public var expiryTime: Int64?

    public static let payKeys: Set<String> = ["paymentMethod", "amount", "orderId", "expiryTime"]
    public static let cancelKeys: Set<String> = ["orderId"]
}

/// The body of `POST /v1/customers`.
public struct CustomersRequest: Codable, Sendable {
    /// Who joins the queue.
    public var queue: [String]?
    /// How many come a minute by themselves, on average; 0: no more.
    public var rate: Double?
    /// Who they are; else all with habits.
    public var names: [String]?
    public var seed: UInt64?

    public init(queue: [String]? = nil, rate: Double? = nil, names: [String]? = nil, seed: UInt64? = nil) {
        self.queue = queue
        self.rate = rate
        self.names = names
        self.seed = seed
    }

    public static let keys: Set<String> = ["queue", "rate", "names", "seed"]
}

/// The body of `POST /v1/sandbox/payments/{payment}/reverse`, `clear` and `refund-by-merchant`: what the card network says
/// of a payment that a phone has made.
public struct NetworkRequest: Codable, Sendable {
    public enum Name: String, CaseIterable, Sendable {
        case reverse, clear
        case refundByMerchant = "refund-by-merchant"
    }

    /// In smallest units.
    public var value: String?
    /// In its place, as people write it: 12.50.
    public var amount: String?
    /// What a repeated message is known by.
    public var requestId: String?

    public init(value: String? = nil, amount: String? = nil, requestId: String? = nil) {
        self.value = value
        self.amount = amount
        self.requestId = requestId
    }
}

/// The body of `POST /v1/unplug`.
public struct UnplugRequest: Codable, Sendable {
    /// When the cable is put back.
    public var replug: TextualDuration?

    public init(replug: TextualDuration? = nil) {
        self.replug = replug
    }

    public static let keys: Set<String> = ["replug"]
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

    public static let keys: Set<String> = ["advance", "to", "next", "mode"]
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
