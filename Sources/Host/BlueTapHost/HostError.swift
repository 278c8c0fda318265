/// What kept a host from running, or what it has to say of its run at the end.
public struct HostError: Error, Hashable, Sendable, CustomStringConvertible {
    public enum Code: String, Sendable {
        /// The configuration contradicts itself.
        case configuration
        /// The journal lacks events.
        case journalIncomplete = "journal-incomplete"
        /// The capture lacks packets.
        case captureIncomplete = "capture-incomplete"
    }

    public let code: Code
    /// What failed, and which thing.
    public let problem: String
    /// What to do about it; nil where that goes without saying.
    public let remedy: String?

    init(_ code: Code, _ problem: String, remedy: String? = nil) {
        self.code = code
        self.problem = problem
        self.remedy = remedy
    }

    /// One line.
    public var description: String { remedy.map { "\(problem): \($0)" } ?? problem }
}
