/// Why no kernel takes a report descriptor.
public struct ReportDescriptorError: Error, Hashable, CustomStringConvertible {
    /// Where the item stands, in bytes from the descriptor's beginning.
    public let offset: Int
    public let problem: String

    public var description: String { "the item at byte \(offset): \(problem)" }
}
