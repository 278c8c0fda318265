/// `TransactionInfo`: what a tap is about, before it is permitted.
public struct NFCTransactionInfo: Hashable, Sendable {
    public enum Range: String, CaseIterable, Sendable {
        case lowValue = "LOW_VALUE"
        case highValue = "HIGH_VALUE"
        case unknown = "UNKNOWN"
    }

    public enum Kind: String, CaseIterable, Sendable {
        case purchase = "PURCHASE"
        case transit = "TRANSIT"
    }

    /// As in ``NFCTap``.
    public let currencyCode: [UInt8]
    /// As in ``NFCTap``.
    public let amount: [UInt8]
    public let range: Range
    public let type: Kind
}
