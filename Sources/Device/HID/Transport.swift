public import Essentials

/// A way for hosts to see devices: loopback, the local kernel, a USB cable, a network.
public protocol Transport: Sendable {
    /// `loopback`, `uhid`, `gadget` or `usbip`.
    var name: String { get }
    /// Makes the devices visible. When it returns, a host can open them.
    func open() throws(TransportError)
    /// Serves hosts until the task is cancelled; then the devices are gone and nothing is left behind.
    func run() async throws
}

/// What kept a transport from working, and what to do about it.
public struct TransportError: ReportableError, Hashable {
    public enum Code: String, Sendable {
        case failed = "transport-failed"
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
