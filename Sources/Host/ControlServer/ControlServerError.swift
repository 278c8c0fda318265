public import Essentials

/// What the control API's server could not do, and what to do about it.
public struct ControlServerError: ReportableError, Hashable {
    public enum Code: String, Sendable {
        /// The network can reach it, and no token is set.
        case open = "control-open-to-network"
        /// A token that is none.
        case badToken = "bad-token"
        /// Somebody else has the address, or nobody may have it.
        case addressUnusable = "control-address-unusable"
    }

    public let code: Code
    public let problem: String
    public let remedy: String?

    init(_ code: Code, _ problem: String, remedy: String? = nil) {
        self.code = code
        self.problem = problem
        self.remedy = remedy
    }
}
