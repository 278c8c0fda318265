public import Essentials

/// What kept the kernel from doing what was asked, and what to do about it.
public struct LinuxIOError: ReportableError, Hashable {
    public enum Code: String, Sendable {
        /// Somebody listens there.
        case inUse = "in-use"
        /// A path cannot be, or is something else.
        case notUsable = "not-usable"
    }

    public let code: Code
    /// What failed, and which thing.
    public let problem: String
    /// What to do about it, as an instruction; nil where that goes without saying.
    public let remedy: String?

    public init(_ problem: String, code: Code, remedy: String? = nil) {
        self.code = code
        self.problem = problem
        self.remedy = remedy
    }
}
