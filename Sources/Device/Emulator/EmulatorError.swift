public import Essentials

/// What an emulator could not do, and what to do about it.
public struct EmulatorError: ReportableError, Hashable {
    public enum Code: String, Sendable {
        /// What was asked for contradicts itself, or has a value that cannot be.
        case notValid = "not-valid"
        /// The profile's reports cannot carry it.
        case notEncodable = "not-encodable"
        /// The cable is out.
        case notAttached = "not-attached"
        /// The transport has no cable to pull.
        case noCable = "no-cable"
        /// The transport cannot show the fault.
        case transportCannot = "transport-cannot"
        /// There are as many as there may be.
        case limitReached = "limit-reached"
        /// A file cannot be written.
        case storage = "journal-storage"
    }

    public let code: Code
    public let problem: String
    public let remedy: String?

    public init(_ problem: String, code: Code = .notValid, remedy: String? = nil) {
        self.code = code
        self.problem = problem
        self.remedy = remedy
    }
}
