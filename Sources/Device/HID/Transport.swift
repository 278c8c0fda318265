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
        /// Somebody else has the socket, the port or the controller.
        case inUse = "in-use"
        /// This user may not.
        case notAllowed = "not-allowed"
        /// There is no such device node, controller or kernel module.
        case notThere = "not-there"
        /// There are several, and none was named.
        case ambiguous
        /// The transport cannot carry the profile.
        case profileUnsuitable = "profile-unsuitable"
        case failed = "transport-failed"
    }

    public let code: Code
    /// What failed, and which thing.
    public let problem: String
    /// What to do about it, as an instruction; nil where that goes without saying.
    public let remedy: String?

    public init(_ problem: String, code: Code = .failed, remedy: String? = nil) {
        self.code = code
        self.problem = problem
        self.remedy = remedy
    }
}
