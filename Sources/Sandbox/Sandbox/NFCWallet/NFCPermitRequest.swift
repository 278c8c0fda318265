/// What `TransactionPermit` is asked with.
public struct NFCPermitRequest: Hashable, Sendable {
    /// Whether the user has authenticated within the last 30 s.
    public let authBefore: Bool
    public let info: NFCTransactionInfo?
    /// `RiskControlInfo`'s decision.
    public let isRiskProceed: Bool?
}
