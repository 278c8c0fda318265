public import BlueTap

/// A request of the SDK, which the app's proxy takes to its server.
public struct NFCRequest: Hashable, Sendable {
    public enum Server: String, Sendable {
        case mastercard
        /// Alipay+'s.
        case ant
    }

    public enum Kind: Hashable, Sendable {
        case publicKey
        case tokenApplication
        case tokenApproval
        case session
        case token
        /// The token is on the phone.
        case storageNotice
        case activationQuery
        /// The user has agreed to what was activated silently.
        case confirmation
        /// So many.
        case credentials(Int)
        case lock
        case unlock
        case deletion

        /// Where it goes. Source: the steps of an activation; that a session, locking and deleting are the Ant server's is
        /// inferred.
        public var server: Server {
            switch self {
            case .publicKey, .tokenApplication, .token, .storageNotice, .credentials: .mastercard
            case .tokenApproval, .session, .activationQuery, .confirmation, .lock, .unlock, .deletion: .ant
            }
        }
    }

    /// From 1, without gaps.
    public let number: Int
    public let kind: Kind
    public let sentAt: Instant
}
