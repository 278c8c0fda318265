public import BlueTap

/// Alipay+'s NFC wallet SDK on one phone: a value without a proxy, a clock or an app.
///
/// Each input tells what the SDK does then, in order; what came due before comes first. Whoever holds it carries the actions
/// out: takes requests to the proxy and brings the answers back with ``reply(to:_:at:)``, asks the app, calls its listeners.
///
/// Source: Alipay+'s documents on NFC; where they are silent, what was chosen stands at its place.
public struct NFCWalletSDK: Hashable, Sendable {
    /// A call that is answered by a result code.
    public enum Call: String, CaseIterable, Sendable {
        case initialize, connect, disconnect, configure, activate, silentActivate, replenish, lock, unlock, deleteToken
        case setCustomData
        /// The SDK's own, after a transaction.
        case automaticReplenish
    }

    public enum Action: Hashable, Sendable {
        /// Goes to the proxy, or fails for want of one.
        case request(NFCRequest)
        /// `getDeviceFingerPrint`: answered with ``fingerprint(_:at:)``.
        case askFingerprint
        /// `TransactionPermit`: answered with ``permit(_:at:)``.
        case askPermit(NFCPermitRequest)
        case answer(Call, NFCResultCode)
        /// How much of an activation by the user is done, in percent.
        case progress(Int)
        /// `ActivateStatusListener`: an activation has changed what the token is.
        case activateStatus(NFCTokenStatus)
        case transaction(NFCTransactionEvent)
        /// Goes to the terminal.
        case present(NFCPresentment)
    }

    /// What the phone and its surroundings are like.
    public struct Conditions: Hashable, Sendable {
        public var isNFCOn = true
        public var isDefaultApp = true
        public var isScreenLocked = false
        public var isNetworkDown = false
        /// Rooted, or a simulator: nothing is provided to it.
        public var isDeviceUnsafe = false
        public var isWhiteBoxCrashed = false
        public var doesQueryFail = false
        /// `RiskControlInfo`'s decision.
        public var isRiskProceed = true

        public init() {}
    }

    enum Token: Hashable {
        case absent
        case activating(Activation)
        case unconfirmed
        case active
        case locked
    }

    public let settings: NFCWalletSettings
    /// The switches: what they change counts from the next thing that happens.
    public var conditions = Conditions()

    var generator: SeededGenerator
    var options: NFCWalletOptions?
    public internal(set) var isConnected = false
    public internal(set) var issueConfiguration = NFCIssueConfiguration()
    public internal(set) var transactionConfiguration = NFCTransactionConfiguration()
    var token = Token.absent
    /// What stands for the user at a terminal; nil: there is no token on the phone.
    public internal(set) var tokenNumber: String?
    public internal(set) var credentials = 0
    /// How many credentials of the token were used.
    var used = 0
    var customData: String?
    var authenticatedAt: Instant?
    /// The tap that waits for the app's permit.
    var openTap: NFCTap?
    /// What waits for an answer or an instant.
    var pending: [Pending] = []
    var lastPending = 0
    var lastRequest = 0

    /// - Parameter seed: picks how long activations take, and the token's number.
    public init(seed: UInt64, settings: NFCWalletSettings = NFCWalletSettings()) {
        generator = SeededGenerator(seed: seed)
        self.settings = settings
    }

    /// How many credentials there are to be.
    var batch: Int { max(0, settings.credentialBatch) }

    // MARK: Connection

    /// `init()`, after the user has logged in.
    public mutating func initialize(_ options: NFCWalletOptions = NFCWalletOptions(), at now: Instant) -> [Action] {
        let actions = catchUp(to: now)
        self.options = options
        return actions + [.answer(.initialize, .success)]
    }

    /// `connect()`, after `init()`. Needs no network: none is documented.
    public mutating func connect(at now: Instant) -> [Action] {
        let actions = catchUp(to: now)
        guard options != nil else { return actions + [.answer(.connect, .notConnected)] }
        isConnected = true
        return actions + [.answer(.connect, .success)]
    }

    /// `disconnect()`, when the user logs out. What is under way fails; the token stays on the phone. Both are chosen.
    public mutating func disconnect(at now: Instant) -> [Action] {
        var actions = catchUp(to: now)
        guard isConnected else { return actions + [.answer(.disconnect, .notConnected)] }
        actions += endTap(.notConnected)
        if case .activating(let activation) = token {
            actions += abort(activation, .notConnected)
        }
        actions += pending.compactMap(\.purpose.call).map { .answer($0, .notConnected) }
        pending = []
        (customData, authenticatedAt, isConnected) = (nil, nil, false)
        return actions + [.answer(.disconnect, .success)]
    }

    /// `nfc_issue_config` and `nfc_transaction_config`. Needs no connection.
    public mutating func configure(
        issue: NFCIssueConfiguration, transaction: NFCTransactionConfiguration = NFCTransactionConfiguration(),
        at now: Instant
    ) -> [Action] {
        let actions = catchUp(to: now)
        guard issue.isValid else { return actions + [.answer(.configure, .invalidInput)] }
        (issueConfiguration, transactionConfiguration) = (issue, transaction)
        return actions + [.answer(.configure, .success)]
    }

    // MARK: Questions

    /// `isPaymentAvailable()`, of what was settled.
    public var status: NFCTokenStatus {
        if !isConnected { return .disconnected }
        if conditions.isWhiteBoxCrashed { return .whiteBoxCrashed }
        return conditions.doesQueryFail ? .queryFailed : tokenStatus
    }

    /// The token's, whatever the SDK is like.
    var tokenStatus: NFCTokenStatus {
        switch token {
        case .absent: .absent
        case .activating: .activating
        case .unconfirmed: .unconfirmed
        case .active: credentials > 0 ? .payable : .withoutCredentials
        case .locked: .locked
        }
    }

    /// `isNfcPaySettingsCompleted()`; false as well while it is not connected, which is chosen.
    public var isNfcPaySettingsCompleted: Bool { isConnected && conditions.isNFCOn && conditions.isDefaultApp }

    /// Why a call that needs an active token is refused; nil: it is not. That those in the documents' table fit here is
    /// chosen.
    func refusal(allowsLocked: Bool) -> NFCResultCode? {
        switch status {
        case .disconnected: .notConnected
        case .whiteBoxCrashed, .queryFailed: .innerException
        case .absent: .tokenDoesNotExist
        case .activating: .activationInProgress
        case .unconfirmed: .tokenUnavailable
        case .locked: allowsLocked ? nil : .tokenUnavailable
        case .withoutCredentials, .payable: nil
        }
    }
}
