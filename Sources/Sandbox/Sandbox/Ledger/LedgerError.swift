/// What a ledger could not do, and what to do about it.
public struct LedgerError: Error, Hashable, Sendable, CustomStringConvertible {
    public enum Code: Hashable, Sendable {
        /// The file cannot be opened, read or written.
        case storage
        /// The file is no ledger, or one of a newer bluetap.
        case format
        /// There is no such payment.
        case unknownPayment
    }

    public let code: Code
    /// One line.
    public let description: String

    init(_ code: Code, _ description: String) {
        self.code = code
        self.description = description
    }
}
