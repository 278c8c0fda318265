/// What contradicts what in a fault of a sandbox.
public struct SandboxFaultError: Error, Hashable, Sendable, CustomStringConvertible {
    /// One line.
    public let description: String
}
