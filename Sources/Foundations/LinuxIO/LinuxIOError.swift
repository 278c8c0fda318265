public import Essentials

/// What kept the kernel from doing what was asked, and what to do about it.
public struct LinuxIOError: ReportableError, Hashable {
    public enum Code: String, Sendable {
        case failed = "linux-io-failed"
    }

    public let code = Code.failed
    /// What failed, and which thing.
    public let problem: String
    /// What to do about it, as an instruction; nil where that goes without saying.
    public let remedy: String?

    public init(_ problem: String, remedy: String? = nil) {
        self.problem = problem
        self.remedy = remedy
    }

    /// One line.
    public var description: String { remedy.map { "\(problem): \($0)" } ?? problem }
}
