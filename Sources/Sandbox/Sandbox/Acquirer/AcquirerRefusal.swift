/// Why a request is refused, or a payment has failed: each has a code in each dialect.
///
/// Source: the result tables of Alipay+'s and of Antom's API pages; where those could not be read, public clients.
enum AcquirerRefusal: CaseIterable, Sendable {
    case illegalParameter, currencyNotSupported, requestDiffers
    // Who asks, and what for.
    case invalidClient, invalidSignature, keyNotFound, noSuchAPI, methodNotSupported, mediaTypeNotAcceptable
    // The code that a till has scanned.
    case wrongCode, usedCode
    // Payments.
    case orderNotExist, orderClosed, orderCancelled
    case cancelTooLate, cancelPartlyRefunded
    // Refunds.
    case refundOfUnpaid, refundTooMuch, refundTooLate, refundNotExist
    // Merchants.
    case recordNotFound

    func code(in dialect: AcquirerOperation.Dialect) -> String {
        switch dialect {
        case .alipayPlus: alipayPlus
        case .antom: antom
        }
    }

    private var alipayPlus: String {
        switch self {
        case .invalidClient: "INVALID_CLIENT"
        case .noSuchAPI: "INVALID_API"
        case .wrongCode: "INVALID_CODE"
        // Alipay+ has one code for both.
        case .orderClosed, .orderCancelled: "ORDER_IS_CLOSED"
        case .cancelPartlyRefunded: "PROCESS_FAIL"
        default: shared
        }
    }

    private var antom: String {
        switch self {
        case .invalidClient: "CLIENT_INVALID"
        case .noSuchAPI: "NO_INTERFACE_DEF"
        case .wrongCode: "INVALID_PAYMENT_CODE"
        case .orderClosed: "ORDER_IS_CLOSED"
        case .orderCancelled: "ORDER_IS_CANCELED"
        case .cancelPartlyRefunded: "ORDER_STATUS_INVALID"
        default: shared
        }
    }

    private var shared: String {
        switch self {
        case .illegalParameter: "PARAM_ILLEGAL"
        case .currencyNotSupported: "CURRENCY_NOT_SUPPORT"
        case .requestDiffers: "REPEAT_REQ_INCONSISTENT"
        case .invalidSignature: "INVALID_SIGNATURE"
        case .keyNotFound: "KEY_NOT_FOUND"
        case .methodNotSupported: "METHOD_NOT_SUPPORTED"
        case .mediaTypeNotAcceptable: "MEDIA_TYPE_NOT_ACCEPTABLE"
        case .usedCode: "EXPIRED_CODE"
        case .orderNotExist: "ORDER_NOT_EXIST"
        case .cancelTooLate: "CANCEL_WINDOW_EXCEED"
        case .refundOfUnpaid: "ORDER_STATUS_INVALID"
        case .refundTooMuch: "REFUND_AMOUNT_EXCEED"
        case .refundTooLate: "REFUND_WINDOW_EXCEED"
        case .refundNotExist: "REFUND_NOT_EXIST"
        case .recordNotFound: "RECORD_NOT_FOUND"
        // Each dialect has its own.
        case .invalidClient, .noSuchAPI, .wrongCode, .orderClosed, .orderCancelled, .cancelPartlyRefunded:
            "PROCESS_FAIL"
        }
    }
}
