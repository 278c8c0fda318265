public import Essentials

/// What contradicts what in a fault of a sandbox.
public struct SandboxFaultError: ReportableError, Hashable {
    public enum Code: String, Sendable {
        case notValid = "not-valid"
    }

    public let code = Code.notValid
    public let problem: String
}
