internal import BlueTap

/// What a customer does who holds a phone to the device.
public struct Customer: Hashable, Sendable {
    /// What happens in the wallet once the link is open.
    public enum Outcome: String, CaseIterable, Codable, Sendable {
        case pays
        case declines
        /// Opens the wallet and does nothing.
        case walksAway = "walks-away"
    }

    /// What events call the wallet.
    public var wallet: String
    public var outcome: Outcome

    public init(wallet: String = "wallet", outcome: Outcome = .pays) {
        self.wallet = wallet
        self.outcome = outcome
    }
}
