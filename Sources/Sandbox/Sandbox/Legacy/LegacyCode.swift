/// The codes with which the legacy gateway refuses.
///
/// Source: client libraries and Antom's page of error codes, of which which service has which is mostly not public: what
/// each stands for here is chosen, and told beside it.
enum LegacyCode: String, CaseIterable, Sendable {
    // Of the request: `error` of an answer whose `is_success` is F.

    /// A parameter is missing or malformed, or the form cannot be read.
    case illegalArgument = "ILLEGAL_ARGUMENT"
    case illegalSign = "ILLEGAL_SIGN"
    case illegalSignType = "ILLEGAL_SIGN_TYPE"
    case illegalPartner = "ILLEGAL_PARTNER"
    case illegalService = "ILLEGAL_SERVICE"
    /// The partner has no contract for the service.
    case illegalPartnerExterface = "ILLEGAL_PARTNER_EXTERFACE"
    /// The request is too old.
    case sessionTimeout = "SESSION_TIMEOUT"
    /// The ledger cannot be read or written.
    case systemError = "SYSTEM_ERROR"

    // Of the business: `error` and `detail_error_code` of an answer whose `is_success` is T.

    /// The currency of a refund is not the payment's; a merchant code is unknown, or another has its store.
    case invalidParameter = "INVALID_PARAMETER"
    case tradeNotExist = "TRADE_NOT_EXIST"
    case tradeHasSuccess = "TRADE_HAS_SUCCESS"
    /// Nobody paid in time, or it was cancelled or wholly refunded.
    case tradeHasClose = "TRADE_HAS_CLOSE"
    /// It can be refunded no more.
    case tradeHasFinished = "TRADE_HAS_FINISHED"
    /// Nobody has paid yet, or a part was refunded.
    case tradeStatusError = "TRADE_STATUS_ERROR"
    /// It can be cancelled no more.
    case illegalStatus = "REASON_ILLEGAL_STATUS"
    /// No payment code.
    case codeNotParsed = "SOUNDWAVE_PARSER_FAIL"
    /// A request of that name has asked for something else.
    case discordantRepeat = "DISCORDANT_REPEAT_REQUEST"
    /// More than is left of the payment.
    case returnAmountExceed = "RETURN_AMOUNT_EXCEED"
    case forbiddenWord = "EXIST_FORBIDDEN_WORD"

    // What wallets refuse with.

    case balanceNotEnough = "BUYER_BALANCE_NOT_ENOUGH"
    case buyerNotExist = "BUYER_NOT_EXIST"
    case buyerForbidden = "BUYER_ENABLE_STATUS_FORBID"
    case dayLimit = "BUYER_PAYMENT_AMOUNT_DAY_LIMIT_ERROR"
    case restriction = "BEYOND_PAY_RESTRICTION"

    /// Those that say that a request was none. Source: as above, and two that no request here deserves: an interface that
    /// is not there, and a partner without the right to it.
    static let ofRequests = Set(
        [
            illegalArgument, illegalSign, illegalSignType, illegalPartner, illegalService, illegalPartnerExterface,
            sessionTimeout, systemError,
        ].map(\.rawValue) + ["ILLEGAL_EXTERFACE", "HAS_NO_PRIVILEGE"])

    /// The legacy gateway's word for a code of Alipay+ with which a wallet has refused: others stay as they are, so that a
    /// wallet can refuse with any.
    static func word(forFailure code: String) -> String {
        let word: LegacyCode? =
            switch code {
            case "USER_BALANCE_NOT_ENOUGH": .balanceNotEnough
            case "USER_NOT_EXIST": .buyerNotExist
            case "USER_STATUS_ABNORMAL": .buyerForbidden
            case "USER_AMOUNT_EXCEED_LIMIT": .dayLimit
            case "RISK_REJECT": .restriction
            case "INVALID_CODE": .codeNotParsed
            case "ORDER_IS_CLOSED": .tradeHasClose
            default: nil
            }
        return word?.rawValue ?? code
    }
}

/// Why a request is none, with a reason of one line that has nothing of its text.
struct LegacyRefusal: Error, Hashable {
    let code: LegacyCode
    let reason: String
    /// Why a signature does not fit; nil where that is not the reason.
    let diagnosis: SignatureDiagnosis?

    init(_ code: LegacyCode, _ reason: String, _ diagnosis: SignatureDiagnosis? = nil) {
        self.code = code
        self.reason = reason
        self.diagnosis = diagnosis
    }

    static func illegal(_ reason: String) -> LegacyRefusal { LegacyRefusal(.illegalArgument, reason) }
}
