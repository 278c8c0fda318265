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

    static func failure(
        _ refusal: AcquirerRefusal, _ message: String, _ dialect: AcquirerOperation.Dialect
    ) -> AcquirerResult {
        AcquirerResult(code: refusal.code(in: dialect), status: .failure, message: message)
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
}
