public import Essentials

/// What is wrong with certificates, and what to do about it.
public struct CertificateError: ReportableError, Hashable {
    public enum Code: String, Sendable {
        /// A file or folder cannot be read or written.
        case file = "certificate-file"
        /// What a file holds is no certificate or key of its kind.
        case notValid = "certificate-not-valid"
        /// A certificate cannot be made.
        case notMade = "certificate-not-made"
    }

    public let code: Code
    public let problem: String

    init(_ code: Code, _ problem: String) {
        self.code = code
        self.problem = problem
    }
}
