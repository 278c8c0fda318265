public import Essentials

/// Why a request has no answer.
public struct HTTPExchangeError: ReportableError {
    public enum Code: String, Sendable {
        /// Nobody listens there, or it cannot be reached.
        case noConnection = "no-connection"
        /// The server closed the connection and said nothing.
        case noAnswer = "no-answer"
        /// The server closed the connection in the middle of its answer.
        case endedEarly = "answer-ended-early"
        /// What the server says is not HTTP.
        case notHTTP = "not-http"
        /// There is no TLS with the server, or its certificate does not verify.
        case notTrusted = "not-trusted"
    }

    public let code: Code
    public let problem: String
    /// What the network says; nil: nothing.
    public let reason: (any Error)?

    init(_ code: Code, _ problem: String, reason: (any Error)?) {
        self.code = code
        self.problem = reason.map { "\(problem) (\($0))" } ?? problem
        self.reason = reason
    }
}
