public import BlueTap

/// A fault of a sandbox, as people write it.
public struct SandboxFaultDescription: Codable, Hashable, Sendable {
    /// What is done wrong. Each name is a ``SandboxFault/Effect``.
    public enum Name: String, CaseIterable, Codable, Sendable {
        case answer, failure, unknown, timeout, lost, slow
        case wrongSignature = "wrong-signature"
        case unsigned
        case noResponseTime = "no-response-time"
        case down
        case badGateway = "bad-gateway"
        case reset
        case badCertificate = "bad-certificate"
        case late, doubled, reordered, unsent
        case paysAfterCancel = "pays-after-cancel"

        /// For people.
        public var summary: String {
            switch self {
            case .answer: "nothing is done, and the answer has this code"
            case .failure: "the payment is made, and fails with this code"
            case .unknown: "it is done, and the answer says that nobody knows"
            case .timeout: "it is done, and no answer comes"
            case .lost: "it is not done, and no answer comes"
            case .slow: "it is done, and the answer comes so much later"
            case .wrongSignature: "the signature is of something else"
            case .unsigned: "it is done, and the answer or notification has no signature"
            case .noResponseTime: "it is done, and the answer has no header response-time"
            case .down: "nothing but HTTP's 503"
            case .badGateway: "it is done, and HTML with HTTP's 502 comes in place of an answer"
            case .reset: "it is done, and the connection is reset in place of an answer"
            case .badCertificate: "a client that connects by TLS is shown a certificate that does not verify"
            case .late: "the notification is sent so much later"
            case .doubled: "the notification is sent twice"
            case .reordered: "the notification is sent after the next one"
            case .unsent: "the notification is not sent, and tried again as if nobody had answered"
            case .paysAfterCancel: "so long after a cancel the wallet pays all the same"
            }
        }

        /// What it is of, where that is not said.
        var usualOccasion: SandboxFault.Occasion {
            switch self {
            case .failure: .pay
            case .late, .doubled, .reordered, .unsent: .notification
            case .paysAfterCancel: .cancel
            case .badCertificate: .connection
            case .answer, .unknown, .timeout, .lost, .slow, .wrongSignature, .unsigned, .noResponseTime, .down,
                .badGateway, .reset:
                .any
            }
        }

        var takesCode: Bool { self == .answer || self == .failure }
        var takesDelay: Bool { [.slow, .late, .paysAfterCancel].contains(self) }
    }

    public var name: Name
    public var on: SandboxFault.Occasion?
    /// The answer's or the failure's.
    public var code: String?
    /// How much later.
    public var delay: TextualDuration?
    /// The orders' ids, with `*` for any text.
    public var order: String?
    /// Only amounts of more than so many smallest units.
    public var above: Int64?
    public var nth: Int?
    public var count: FaultCount?
    /// Not before so long, and not after so long from then on.
    public var after: TextualDuration?
    public var lasting: TextualDuration?

    public enum CodingKeys: String, CodingKey, CaseIterable {
        case name, on, code, delay, order, above, nth, count, after
        case lasting = "for"
    }

    public init(name: Name) {
        self.name = name
    }

    /// - Throws: what contradicts what, in one line.
    public func fault(at now: Instant) throws(SandboxFaultError) -> SandboxFault {
        func require(_ condition: Bool, _ message: String) throws(SandboxFaultError) {
            if !condition { throw SandboxFaultError(problem: message) }
        }
        try require(name.takesCode == (code != nil), "code goes with answer and failure, and they need it")
        try require(
            name.takesDelay == (delay != nil), "delay goes with slow, late and pays-after-cancel, and they need it")
        if let code {
            try require(
                (1...64).contains(code.utf8.count)
                    && code.utf8.allSatisfy { (0x41...0x5A).contains($0) || (0x30...0x39).contains($0) || $0 == 0x5F },
                "code is 1 to 64 capitals, digits and underscores, such as USER_BALANCE_NOT_ENOUGH")
        }
        let occasion = on ?? name.usualOccasion
        let isOfNotifications = [.late, .doubled, .reordered, .unsent].contains(name)
        let isOfBoth = [.wrongSignature, .unsigned, .lost, .timeout].contains(name)
        try require(
            (isOfBoth || isOfNotifications == (occasion == .notification))
                && (name == .badCertificate) == (occasion == .connection),
            "\(name.rawValue) is no fault of \(occasion.rawValue)")
        if let usual: SandboxFault.Occasion = name == .failure ? .pay : name == .paysAfterCancel ? .cancel : nil {
            try require(occasion == usual, "\(name.rawValue) is a fault of \(usual.rawValue) alone")
        }
        try require((1...1_000_000).contains(nth ?? 1), "nth must be 1 to 1000000")
        try require((order?.utf8.count ?? 1) <= 256, "order has more than 256 bytes")
        try require(above ?? 0 >= 0, "above must be 0 or more")
        try require(lasting == nil || after != nil, "for goes with after")
        let times: Int? =
            switch count {
            case nil: 1
            case .times(let times)?: times
            case .always?: nil
            }
        if let times { try require((1...1_000_000).contains(times), "count must be 1 to 1000000, or always") }
        let begins = after.map { now + $0.duration }
        return SandboxFault(
            effect, on: occasion, order: order, above: above, nth: nth ?? 1, count: times, begins: begins,
            ends: lasting.flatMap { lasting in begins.map { $0 + lasting.duration } })
    }

    private var effect: SandboxFault.Effect {
        let delay = delay?.duration ?? .zero
        return switch name {
        case .answer: .answer(code: code ?? "")
        case .failure: .failure(code: code ?? "")
        case .unknown: .unknown
        case .timeout: .timeout
        case .lost: .lost
        case .slow: .slow(delay)
        case .wrongSignature: .wrongSignature
        case .unsigned: .unsigned
        case .noResponseTime: .noResponseTime
        case .down: .down
        case .badGateway: .badGateway
        case .reset: .reset
        case .badCertificate: .badCertificate
        case .late: .late(delay)
        case .doubled: .doubled
        case .reordered: .reordered
        case .unsent: .unsent
        case .paysAfterCancel: .paysAfterCancel(delay)
        }
    }

    /// As it is told of one that is set.
    public init(_ fault: SandboxFault) {
        switch fault.effect {
        case .answer(let code): (name, self.code) = (.answer, code)
        case .failure(let code): (name, self.code) = (.failure, code)
        case .unknown: name = .unknown
        case .timeout: name = .timeout
        case .lost: name = .lost
        case .slow(let delay): (name, self.delay) = (.slow, TextualDuration(delay))
        case .wrongSignature: name = .wrongSignature
        case .unsigned: name = .unsigned
        case .noResponseTime: name = .noResponseTime
        case .down: name = .down
        case .badGateway: name = .badGateway
        case .reset: name = .reset
        case .badCertificate: name = .badCertificate
        case .late(let delay): (name, self.delay) = (.late, TextualDuration(delay))
        case .doubled: name = .doubled
        case .reordered: name = .reordered
        case .unsent: name = .unsent
        case .paysAfterCancel(let delay): (name, self.delay) = (.paysAfterCancel, TextualDuration(delay))
        }
        on = fault.occasion
        order = fault.order
        above = fault.above
        nth = fault.nth
        count = fault.count.map(FaultCount.times) ?? .always
    }
}
