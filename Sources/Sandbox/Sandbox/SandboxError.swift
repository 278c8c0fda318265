public import Essentials

/// What a sandbox does not do for those who ask it beside its gateways, and why.
public struct SandboxError: ReportableError, Hashable {
    public enum Code: String, Sendable {
        /// What was asked for contradicts itself, or has a value that cannot be.
        case notValid = "not-valid"
        case noSuchPhone = "no-such-phone"
        /// There are as many as there may be.
        case limitReached = "limit-reached"
        /// The payment is in a state in which that cannot be done with it.
        case paymentRefuses = "payment-refuses"
        /// A request of that name has asked for something else.
        case requestDiffers = "request-differs"
    }

    public let code: Code
    public let problem: String
    public let remedy: String?

    public init(_ code: Code, _ problem: String, remedy: String? = nil) {
        self.code = code
        self.problem = problem
        self.remedy = remedy
    }
}
