public import BlueTap

/// A code that a merchant shows: a customer scans it, types an amount, and pays.
public struct MerchantCode: Hashable, Sendable {
    public enum State: String, CaseIterable, Sendable {
        case active
        /// Who scans it is told that it is invalid.
        case stopped
    }

    /// What a partner says of it.
    public struct Details: Hashable, Sendable {
        /// The partner's name of the place, which has at most two codes: with and without commission.
        public var store: String
        public var hasCommission: Bool
        /// The merchant's.
        public var name: String
        /// In which customers pay.
        public var currency: String
        /// In which the partner is paid out.
        public var settlementCurrency: String
        /// All that the partner said, as it was sent.
        public var data: String
        /// What the partner is told with each payment.
        public var passback: String?

        public init(
            store: String, hasCommission: Bool = false, name: String, currency: String, settlementCurrency: String,
            data: String = "{}", passback: String? = nil
        ) {
            self.store = store
            self.hasCommission = hasCommission
            self.name = name
            self.currency = currency
            self.settlementCurrency = settlementCurrency
            self.data = data
            self.passback = passback
        }
    }

    /// The URL that the QR code has.
    public let code: String
    /// The partner's id.
    public let client: String
    public let details: Details
    /// Where payments are told; nil: nowhere.
    public let notifyURL: String?
    public let state: State
    public let createdAt: Instant
}

/// The merchant's code by which a payment came.
public struct Scan: Hashable, Sendable {
    public let code: String
    /// The code's ``MerchantCode/Details/passback`` at the time of the payment.
    public let passback: String?
}
