/// The member `result` of Alipay+'s answers.
public struct AcquirerResult: Hashable, Sendable {
    public enum Status: String, Sendable {
        case success = "S"
        case failure = "F"
        /// Nobody knows yet: ask again.
        case unknown = "U"
    }

    public let code: String
    public let status: Status
    public let message: String

    static func failure(_ code: Code, _ message: String) -> AcquirerResult {
        AcquirerResult(code: code.rawValue, status: .failure, message: message)
    }

    static let success = AcquirerResult(code: "SUCCESS", status: .success, message: "success")
    static let inProcess = AcquirerResult(
        code: "PAYMENT_IN_PROCESS", status: .unknown, message: "the payment is in process")
    static let unknownException = AcquirerResult(
        code: "UNKNOWN_EXCEPTION", status: .unknown, message: "an unknown exception: ask again")

    /// The result of a code, whatever it is.
    static func of(_ code: String) -> AcquirerResult {
        let status: Status =
            switch code {
            case "SUCCESS": .success
            case "PAYMENT_IN_PROCESS", "REQUEST_TRAFFIC_EXCEED_LIMIT", "UNKNOWN_EXCEPTION": .unknown
            default: .failure
            }
        return AcquirerResult(code: code, status: status, message: "a fault that was set")
    }

    /// Source: Alipay+'s API pages, and where marked a public acquirer implementation.
    enum Code: String, CaseIterable, Sendable {
        case paramIllegal = "PARAM_ILLEGAL"
        case processFail = "PROCESS_FAIL"
        case keyNotFound = "KEY_NOT_FOUND"
        case invalidCode = "INVALID_CODE"
        case orderNotExist = "ORDER_NOT_EXIST"
        case orderIsClosed = "ORDER_IS_CLOSED"
        case repeatRequestInconsistent = "REPEAT_REQ_INCONSISTENT"
        case invalidAPI = "INVALID_API"
        // Second-hand from here on.
        case invalidClient = "INVALID_CLIENT"
        case invalidSignature = "INVALID_SIGNATURE"
        case methodNotSupported = "METHOD_NOT_SUPPORTED"
        case mediaTypeNotAcceptable = "MEDIA_TYPE_NOT_ACCEPTABLE"
        case cancelWindowExceed = "CANCEL_WINDOW_EXCEED"
        case refundAmountExceed = "REFUND_AMOUNT_EXCEED"
        case refundWindowExceed = "REFUND_WINDOW_EXCEED"
    }
}
