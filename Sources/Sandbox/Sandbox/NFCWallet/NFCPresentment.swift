/// What goes to the terminal, and with its authorisation to the wallet's server.
public struct NFCPresentment: Hashable, Sendable {
    /// What stands for the user: 16 digits.
    public let token: String
    /// Which of the token's credentials was used: from 1, without gaps.
    public let counter: Int
    /// What the app has set with `setCustomData`.
    public let customData: String?
    public let tap: NFCTap
}
