internal import SandboxFaults

/// What the gateway knows of a partner, or of an app.
public struct LegacyPartner: Sendable {
    /// Signs by MD5, both ways; nil: the partner does not.
    public var md5Key: String?
    /// Vouches for the partner's signatures by RSA and RSA2; nil: the partner has none.
    public var publicKey: PublicKey?
    /// The services that there is a contract for; nil: all.
    public var services: Set<LegacyService>?
    /// How notifications to it are signed; nil: as the request that asked for the payment, else by MD5 where it has a key
    /// for that, else by RSA2.
    public var notificationSignType: LegacySignType?

    public init(
        md5Key: String? = nil, publicKey: PublicKey? = nil, services: Set<LegacyService>? = nil,
        notificationSignType: LegacySignType? = nil
    ) {
        self.md5Key = md5Key
        self.publicKey = publicKey
        self.services = services
        self.notificationSignType = notificationSignType
    }
}

/// Whose requests are believed.
public enum LegacyPartners: Sendable {
    /// Everybody's, whatever the signature.
    case any
    /// Those of the partners, and apps, whose ids are here, if a key of theirs vouches for it.
    case known([String: LegacyPartner])
}

/// A service of the gateway, by the parameter `service`.
public enum LegacyService: String, CaseIterable, Sendable {
    case createCode = "alipay.commerce.qrcode.create"
    case modifyCode = "alipay.commerce.qrcode.modify"
    case modifyCodeStatus = "alipay.commerce.qrcode.modifyStatus"
    case spotPay = "alipay.acquire.overseas.spot.pay"
    case query = "alipay.acquire.overseas.query"
    case spotRefund = "alipay.acquire.overseas.spot.refund"
    case cancel = "alipay.acquire.cancel"
    case precreate = "alipay.acquire.precreate"
    case create = "alipay.acquire.create"

    var occasion: SandboxFault.Occasion {
        switch self {
        case .spotPay, .precreate, .create: .pay
        case .query: .inquiry
        case .spotRefund: .refund
        case .cancel: .cancel
        case .createCode, .modifyCode, .modifyCodeStatus: .any
        }
    }
}
