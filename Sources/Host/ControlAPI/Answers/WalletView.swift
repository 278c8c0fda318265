public import BlueTap
public import Emulator

/// A customer with habits, as `GET /v1/wallets` tells of them.
public struct WalletView: Codable, Hashable, Sendable {
    public var wallet: String
    public var outcome: Customer.Outcome
    /// How long what they do takes.
    public var seconds: TextualDuration?
    public var reason: Customer.Reason?

    public init(_ customer: Customer) {
        wallet = customer.wallet
        outcome = customer.outcome
        seconds = (customer.after ?? customer.outcome.usualTime).map(TextualDuration.init)
        reason = customer.reason
    }
}
