public import Essentials

/// What kept a host from running, or what it has to say of its run at the end.
public struct HostError: ReportableError, Hashable {
    public enum Code: String, Sendable {
        /// The configuration contradicts itself.
        case configuration
        /// The journal lacks events.
        case journalIncomplete = "journal-incomplete"
        /// The capture lacks packets.
        case captureIncomplete = "capture-incomplete"
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
