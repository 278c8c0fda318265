/// What an activation consists of, in order.
///
/// Source: Alipay+, "Activate card token". How long each takes is chosen, as a part of the whole.
public enum NFCActivationStep: Int, CaseIterable, Sendable {
    /// The SDK asks the app: `getDeviceFingerPrint()`.
    case fingerprint
    case publicKey
    case application
    /// The Ant server is asked until it has approved.
    case approval
    case session
    case token
    /// Mastercard is told, and tells the Ant server.
    case storageNotice
    /// The Ant server is asked until the token is active.
    case activation
    case credentials

    /// How much of an activation it is, in percent.
    public var percent: Int {
        switch self {
        case .fingerprint, .session, .storageNotice: 5
        case .publicKey, .application, .activation, .credentials: 10
        case .token: 15
        case .approval: 30
        }
    }

    /// How much was done before it, in percent.
    public var percentBefore: Int { Self.allCases.prefix(rawValue).map(\.percent).reduce(0, +) }

    var next: Self? { Self(rawValue: rawValue + 1) }

    /// What is asked of a server; nil: nothing.
    ///
    /// - Parameter credentials: how many to ask for.
    func request(credentials: Int) -> NFCRequest.Kind? {
        switch self {
        case .fingerprint: nil
        case .publicKey: .publicKey
        case .application: .tokenApplication
        case .approval: .tokenApproval
        case .session: .session
        case .token: .token
        case .storageNotice: .storageNotice
        case .activation: .activationQuery
        case .credentials: .credentials(credentials)
        }
    }

    /// How the server is polled; nil: it is not.
    func polling(_ configuration: NFCIssueConfiguration) -> NFCPolling? {
        switch self {
        case .approval: configuration.applyToken
        case .session: configuration.session
        case .activation: configuration.activate
        case .fingerprint, .publicKey, .application, .token, .storageNotice, .credentials: nil
        }
    }
}
