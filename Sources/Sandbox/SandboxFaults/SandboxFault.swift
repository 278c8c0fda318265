public import BlueTap

/// What the gateways do wrong, and when.
///
/// A request that a fault refuses has changed nothing; one whose answer is lost or unknown has done its work all the same,
/// as is the case in the field.
public struct SandboxFault: Hashable, Sendable {
    /// What is done wrong.
    public enum Effect: Hashable, Sendable {
        /// Nothing is done, and this is the answer's code.
        case answer(code: String)
        /// The payment is made, and fails with this code: the wallet's.
        case failure(code: String)
        /// It is done, and the answer says that nobody knows.
        case unknown
        /// It is done, and no answer comes.
        case timeout
        /// It is not done, and no answer comes.
        case lost
        /// It is done, and the answer comes so much later.
        case slow(Duration)
        /// It is done, and the answer's or notification's signature is that of something else.
        case wrongSignature
        /// It is done, and the answer or notification has no signature.
        case unsigned
        /// It is done, and the answer does not say its time, which is signed.
        case noResponseTime
        /// The service answers nothing but HTTP's 503.
        case down
        /// It is done, and a proxy's HTML with HTTP's 502 comes in the place of the answer.
        case badGateway
        /// It is done, and the connection is reset in the place of an answer.
        case reset
        /// A client that connects by TLS is shown a certificate that does not verify.
        case badCertificate
        /// The notification is sent so much later.
        case late(Duration)
        /// The notification is sent twice.
        case doubled
        /// The notification is sent after the next one.
        case reordered
        /// The notification is not sent, as if nobody had answered.
        case unsent
        /// A cancel is carried out, and so much later the wallet pays all the same.
        case paysAfterCancel(Duration)
    }

    /// What happens, to which a fault belongs.
    public enum Occasion: String, CaseIterable, Codable, Sendable {
        case pay, inquiry, cancel, refund
        /// A gateway tells a client something.
        case notification
        /// A client connects by TLS.
        case connection
        /// Any request.
        case any
    }

    public var effect: Effect
    public var occasion: Occasion
    /// The orders' ids, with `*` for any text; nil: all.
    public var order: String?
    /// Only amounts of more than so many smallest units, for limits; nil: all.
    public var above: Int64?
    /// The first that counts, from 1.
    public var nth: Int
    /// How often it happens; nil: always.
    public var count: Int?
    /// From when on, and until when; nil: from the beginning, for ever.
    public var begins: Instant?
    public var ends: Instant?

    public init(
        _ effect: Effect, on occasion: Occasion, order: String? = nil, above: Int64? = nil, nth: Int = 1,
        count: Int? = 1, begins: Instant? = nil, ends: Instant? = nil
    ) {
        self.effect = effect
        self.occasion = occasion
        self.order = order
        self.above = above
        self.nth = nth
        self.count = count
        self.begins = begins
        self.ends = ends
    }

    /// What it is asked about.
    public struct Moment: Hashable, Sendable {
        public let occasion: Occasion
        public let orderID: String?
        /// In smallest units.
        public let amount: Int64?
        public let time: Instant

        public init(occasion: Occasion, orderID: String?, amount: Int64?, time: Instant) {
            self.occasion = occasion
            self.orderID = orderID
            self.amount = amount
            self.time = time
        }
    }

    /// Whether it is of what happens at a moment; which of those count is not asked here.
    public func applies(to moment: Moment) -> Bool {
        let isRequest = ![.notification, .connection].contains(moment.occasion)
        guard occasion == moment.occasion || occasion == .any && isRequest else { return false }
        if let begins, moment.time < begins { return false }
        if let ends, moment.time >= ends { return false }
        if let above, moment.amount ?? 0 <= above { return false }
        guard let order else { return true }
        return moment.orderID.map { Self.matches($0, order) } ?? false
    }

    /// Whether a text is of a pattern with `*` for any text.
    static func matches(_ text: String, _ pattern: String) -> Bool {
        let (text, pattern) = (Array(text.utf8), Array(pattern.utf8))
        let star = UInt8(ascii: "*")
        var (place, want) = (0, 0)
        // Where the last star was, and how far the text had come: only the last need be tried anew.
        var (starAt, triedFrom): (Int?, Int) = (nil, 0)
        while place < text.count {
            if want < pattern.count, pattern[want] == star {
                (starAt, triedFrom) = (want, place)
                want += 1
            } else if want < pattern.count, pattern[want] == text[place] {
                place += 1
                want += 1
            } else if let last = starAt {
                triedFrom += 1
                (place, want) = (triedFrom, last + 1)
            } else {
                return false
            }
        }
        return pattern[want...].allSatisfy { $0 == star }
    }
}
