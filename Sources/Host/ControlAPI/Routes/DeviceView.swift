internal import BlueTap
internal import Emulator
internal import WireFormat

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

    public struct LinkView: Codable, Hashable, Sendable {
        public var url: String
        /// The NDEF message, in hex.
        public var ndef: String
        public var paymentMethod: String
        public var amount: String?
        public var orderId: String?
        public var expiresAt: String
    }
}

extension DeviceView {
    init(_ device: EmulatedDevice, transport: String, clock: EmulatorClock) {
        let status = device.status
        id = device.id
        state = status.state.rawValue
        self.transport = transport
        profile = device.profile.name
        now = status.now.description
        self.clock = clock.mode.rawValue
        link = status.link.map(LinkView.init)
        lastSequence = status.lastSequence
        faults = status.faults.count
        journalFailure = status.journalFailure
    }

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

extension DeviceView.LinkView {
    fileprivate init(_ link: Link) {
        url = link.url
        ndef = HexBytes(link.message.bytes).description
        paymentMethod = link.paymentMethod.rawValue
        amount = link.amount
        orderId = link.orderID
        expiresAt = link.expiresAt.description
    }
}

/// All devices, as `GET /v1/devices` tells them.
struct DevicesView: Encodable {
    let devices: [DeviceView]
    /// Whether there is a payment sandbox beside them.
    let hasSandbox: Bool
}
