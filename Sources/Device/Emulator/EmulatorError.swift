/// What an emulator could not do, and what to do about it.
public struct EmulatorError: Error, Hashable, Sendable, CustomStringConvertible {
    /// One line.
    public let description: String

    public init(_ description: String) {
        self.description = description
    }
}
