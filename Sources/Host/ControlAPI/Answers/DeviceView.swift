/// The answer of `GET /v1/device`.
public struct DeviceView: Codable, Hashable, Sendable {
    public var id: String
    public var state: String
    public var transport: String
    public var profile: String
    /// Virtual time, ISO 8601.
    public var now: String
    public var clock: String
    public var link: LinkView?
    /// The number of the newest event.
    public var lastSequence: UInt64
    /// Faults that may still fire.
    public var faults: Int
    /// Why the journal is not complete.
    public var journalFailure: String?

    public init(
        id: String, state: String, transport: String, profile: String, now: String, clock: String, link: LinkView?,
        lastSequence: UInt64, faults: Int, journalFailure: String?
    ) {
        self.id = id
        self.state = state
        self.transport = transport
        self.profile = profile
        self.now = now
        self.clock = clock
        self.link = link
        self.lastSequence = lastSequence
        self.faults = faults
        self.journalFailure = journalFailure
    }

    public struct LinkView: Codable, Hashable, Sendable {
        public var url: String
        /// The NDEF message, in hex.
        public var ndef: String
        public var paymentMethod: String
        public var amount: String?
        public var orderId: String?
        public var expiresAt: String

        public init(
            url: String, ndef: String, paymentMethod: String, amount: String?, orderId: String?, expiresAt: String
        ) {
            self.url = url
            self.ndef = ndef
            self.paymentMethod = paymentMethod
            self.amount = amount
            self.orderId = orderId
            self.expiresAt = expiresAt
        }
    }
}

extension DeviceView {
    private enum Key: String, CodingKey {
        case id, state, transport, profile, now, clock, link, lastSequence, faults, journalFailure
    }

    /// As synthesised, but that `link` is null where there is none.
    public func encode(to encoder: any Encoder) throws {
        var container = encoder.container(keyedBy: Key.self)
        try container.encode(id, forKey: .id)
        try container.encode(state, forKey: .state)
        try container.encode(transport, forKey: .transport)
        try container.encode(profile, forKey: .profile)
        try container.encode(now, forKey: .now)
        try container.encode(clock, forKey: .clock)
        try container.encode(link, forKey: .link)
        try container.encode(lastSequence, forKey: .lastSequence)
        try container.encode(faults, forKey: .faults)
        try container.encodeIfPresent(journalFailure, forKey: .journalFailure)
    }
}
