public import Essentials

/// What a ledger could not do, and what to do about it.
public struct LedgerError: ReportableError, Hashable {
    public enum Code: String, Sendable {
        /// The file cannot be opened, read or written.
        case storage = "ledger-storage"
        /// The file is no ledger, or one of a newer bluetap.
        case format = "ledger-format"
        /// There is no such payment.
        case unknownPayment = "no-such-payment"
        /// No phone has authorised the payment.
        case noAuthorization = "no-authorization"
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
