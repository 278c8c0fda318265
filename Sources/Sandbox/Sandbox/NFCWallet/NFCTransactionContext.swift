/// `APTransactionContext`: what a tap was about, when it is complete.
public struct NFCTransactionContext: Hashable, Sendable {
    public enum Range: String, CaseIterable, Sendable {
        case low = "LVT"
        case high = "HVT"
    }

    public let mcc: String
    /// As in ``NFCTap``.
    public let currencyCode: [UInt8]
    /// As in ``NFCTap``.
    public let amount: [UInt8]
    /// Nil where the terminal did not say.
    public let range: Range?
    public let kind: NFCTap.Kind
}
