/// The configuration `nfc_transaction_config`, so far as it could be read.
public struct NFCTransactionConfiguration: Hashable, Sendable {
    /// In the place of what `init()` was told; nil: that counts.
    public var isSupportTransit: Bool?
    /// Whether fares are paid on a locked screen without the app being asked.
    public var isSupportTransitWithoutConsent: Bool

    public init(isSupportTransit: Bool? = nil, isSupportTransitWithoutConsent: Bool = false) {
        self.isSupportTransit = isSupportTransit
        self.isSupportTransitWithoutConsent = isSupportTransitWithoutConsent
    }
}
