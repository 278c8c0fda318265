/// The app around the SDK: what the SDK asks it.
public protocol NFCWalletApp: Sendable {
    /// `getDeviceFingerPrint()`. An empty one is none.
    func deviceFingerprint() -> String

    /// `TransactionPermit.isAllowed`. May call the wallet, to set custom data.
    func isAllowed(_ request: NFCPermitRequest) -> NFCPermit
}
