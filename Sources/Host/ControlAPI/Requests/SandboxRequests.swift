public import BlueTap

/// The body of `POST /v1/sandbox/payments/{id}/pay`.
public struct SandboxPayRequest: Codable, Sendable {
    public var wallet: String?

    public init(wallet: String? = nil) {
        self.wallet = wallet
    }
}

/// The body of `POST /v1/sandbox/codes/pay`.
public struct SandboxScanRequest: Codable, Sendable {
    /// What the merchant's code says: its URL.
    public var code: String
    /// In smallest units of the code's currency; nil for an order's code, which has its amount.
    public var value: String?
    /// In its place, as people write it: 12.50.
    public var amount: String?
    public var wallet: String?

    public init(code: String, value: String? = nil, amount: String? = nil, wallet: String? = nil) {
        self.code = code
        self.value = value
        self.amount = amount
        self.wallet = wallet
    }
}

/// The body of `POST /v1/sandbox/payments/{id}/refund`.
public struct SandboxRefundRequest: Codable, Sendable {
    /// In smallest units; nil: what is left.
    public var value: String?
    /// In its place, as people write it: 12.50.
    public var amount: String?
    /// The refund's name; nil: a new one.
    public var requestId: String?

    public init(value: String? = nil, amount: String? = nil, requestId: String? = nil) {
        self.value = value
        self.amount = amount
        self.requestId = requestId
    }
}

/// The body of `POST /v1/sandbox/wallets/{name}/authorize`.
public struct SandboxAuthorizeRequest: Codable, Sendable {
    /// The app's id; nil: that of the sandbox.
    public var app: String?
    /// What the code is; nil: a new one.
    public var code: String?
    /// How long it is worth something; nil: three minutes, the least there is.
    public var life: TextualDuration?

    public init(app: String? = nil, code: String? = nil, life: TextualDuration? = nil) {
        self.app = app
        self.code = code
        self.life = life
    }
}

/// The body of `POST /v1/sandbox/wallets/{name}`.
public struct SandboxAmountRequest: Codable, Sendable {
    /// Nil: the sandbox's.
    public var currency: String?
    /// In smallest units.
    public var value: String?
    /// In its place, as people write it: 12.50.
    public var amount: String?

    public init(currency: String? = nil, value: String? = nil, amount: String? = nil) {
        self.currency = currency
        self.value = value
        self.amount = amount
    }
}
