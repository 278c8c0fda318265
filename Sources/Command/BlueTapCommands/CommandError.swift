internal import Essentials

/// A command that was refused or failed: one line that says what, and what to do about it.
struct CommandError: ReportableError {
    enum Code: String, Sendable {
        case failed = "command-failed"
    }

    let code = Code.failed
    let problem: String

    init(_ problem: String) {
        self.problem = problem
    }
}
