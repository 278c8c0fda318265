/// How the simulated SDK and the servers behind it behave: what is documented, and what had to be chosen.
public struct NFCWalletSettings: Hashable, Sendable {
    /// How long an activation takes, in milliseconds; the seed picks one. Source: "20-30 second".
    public var activationTime: ClosedRange<Int64> = 20_000...30_000
    /// How long any other request takes at its server. Chosen.
    public var serverTime = Duration.seconds(1)
    /// How long the SDK waits for the app's proxy, or for the device's fingerprint. Chosen.
    public var proxyTimeout = Duration.seconds(30)
    /// What a request comes to that no proxy is registered for. Chosen: the network cannot be reached.
    public var codeWithoutProxy = NFCResultCode.networkException
    /// What a configuration of 0 polls means. Chosen, true: the server holds its one answer until it is done. False: that
    /// answer counts, and a server that is not done fails the activation.
    public var isUnpolledAnswerHeld = true
    /// Whether an activation by the user needs NFC to be on and the app to be the default one. Inferred from the order of
    /// the steps; a silent one does not.
    public var activationNeedsSettings = true

    /// Fewer credentials than these are replenished after a transaction. Source: 10.
    public var replenishmentThreshold = 10
    /// How many credentials there are after an activation or a replenishment. Chosen: twice the threshold.
    public var credentialBatch = 20

    /// How long an authentication counts, its last instant left out. Source: 30 s.
    public var authenticationTime = Duration.seconds(30)
    /// What `onTransactionFailed` says when the app declines. Chosen: the codes after 10011 could not be read.
    public var declineCode = NFCResultCode.innerException
    /// Most bytes that custom data have. Chosen.
    public var customDataLimit = 256

    public init() {}
}
