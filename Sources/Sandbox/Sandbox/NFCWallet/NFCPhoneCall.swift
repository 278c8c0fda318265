public import BlueTap

/// What somebody does with a phone, as they write it: a call of the SDK by its documented name, or something that its user
/// does.
public struct NFCPhoneCall: Codable, Hashable, Sendable {
    public enum Name: String, CaseIterable, Codable, Sendable {
        case initialize = "init"
        case connect, disconnect
        /// `nfc_issue_config` and `nfc_transaction_config`.
        case configure
        case activatePayment, replenish, lock, unlock, deleteToken, setCustomData
        /// The user proves who they are.
        case authenticate
        /// The phone is held to a terminal.
        case tap
        /// It is taken away.
        case leaveField
    }

    public var call: Name
    // Of init and configure.
    public var isSupportTransit: Bool?
    // Of configure: how often, and after how many milliseconds.
    public var applyTokenTimes: Int?
    public var applyTokenInterval: Int?
    public var activateTimes: Int?
    public var activateInterval: Int?
    public var sessionTimes: Int?
    public var sessionInterval: Int?
    public var isSupportTransitWithoutConsent: Bool?
    // Of init.
    public var isSupportLockScreenPay: Bool?
    // Of activatePayment.
    public var silentActivate: Bool?
    public var doConfirm: Bool?
    /// Of setCustomData; nil takes them back.
    public var text: String?
    // Of tap: smallest units, three letters, what is bought, and what the payment is called.
    public var value: String?
    /// In its place, as people write it: 12.50.
    public var amount: String?
    public var currency: String?
    public var kind: NFCTap.Kind?
    public var range: NFCTransactionInfo.Range?
    public var mcc: String?
    public var orderId: String?
    public var requestId: String?

    public enum CodingKeys: String, CodingKey, CaseIterable {
        case call, isSupportTransit, isSupportLockScreenPay, isSupportTransitWithoutConsent
        case applyTokenTimes, applyTokenInterval, activateTimes, activateInterval, sessionTimes, sessionInterval
        case silentActivate, doConfirm, text, value, amount, currency, kind, range, mcc, orderId, requestId
    }

    public init(_ call: Name) {
        self.call = call
    }

    /// - Throws: what does not go with what, in one line.
    public func check() throws(SandboxError) {
        var strays: [(CodingKeys, Bool)] = []
        func note(_ key: CodingKeys, _ isGiven: Bool, _ names: Name...) {
            strays.append((key, isGiven && !names.contains(call)))
        }
        note(.isSupportTransit, isSupportTransit != nil, .initialize, .configure)
        note(.isSupportTransitWithoutConsent, isSupportTransitWithoutConsent != nil, .configure)
        for (key, number) in [
            (CodingKeys.applyTokenTimes, applyTokenTimes), (.applyTokenInterval, applyTokenInterval),
            (.activateTimes, activateTimes), (.activateInterval, activateInterval), (.sessionTimes, sessionTimes),
            (.sessionInterval, sessionInterval),
        ] {
            note(key, number != nil, .configure)
        }
        note(.isSupportLockScreenPay, isSupportLockScreenPay != nil, .initialize)
        note(.silentActivate, silentActivate != nil, .activatePayment)
        note(.doConfirm, doConfirm != nil, .activatePayment)
        note(.text, text != nil, .setCustomData)
        note(.value, value != nil, .tap)
        note(.amount, amount != nil, .tap)
        note(.currency, currency != nil, .tap)
        note(.kind, kind != nil, .tap)
        note(.range, range != nil, .tap)
        note(.mcc, mcc != nil, .tap)
        note(.orderId, orderId != nil, .tap)
        note(.requestId, requestId != nil, .tap)
        if let stray = strays.first(where: \.1)?.0 {
            throw SandboxError(.notValid, "\(stray.rawValue) does not go with \(call.rawValue)")
        }
        if call == .tap, (value == nil) == (amount == nil) {
            throw SandboxError(.notValid, "a tap needs amount, such as 12.50, or value, in smallest units")
        }
        for (name, text) in [("orderId", orderId), ("requestId", requestId)] where !(1...64).contains(text?.count ?? 1)
        {
            throw SandboxError(.notValid, "\(name) must have 1 to 64 characters")
        }
        if let mcc, mcc.utf8.count != 4 || !mcc.utf8.allSatisfy({ (0x30...0x39).contains($0) }) {
            throw SandboxError(.notValid, "mcc must be four digits, such as 5411")
        }
    }
}

extension NFCPhoneCall {
    /// What is left out is as it is unless configured.
    public var issueConfiguration: NFCIssueConfiguration {
        func polling(_ times: Int?, _ interval: Int?) -> NFCPolling {
            NFCPolling(times: times ?? NFCPolling().times, interval: interval ?? NFCPolling().interval)
        }
        return NFCIssueConfiguration(
            applyToken: polling(applyTokenTimes, applyTokenInterval),
            activate: polling(activateTimes, activateInterval), session: polling(sessionTimes, sessionInterval))
    }
}

extension NFCTap.Kind: Codable {}
extension NFCTransactionInfo.Range: Codable {}
extension NFCPermit: Codable {}

/// What a phone, its app and its surroundings are like, as people write it; what is nil stays as it is.
public struct NFCPhoneConditions: Codable, Hashable, Sendable {
    public var nfc: Bool?
    public var defaultApp: Bool?
    public var screenLocked: Bool?
    public var network: Bool?
    /// False: rooted, or a simulator.
    public var safe: Bool?
    public var whiteBox: Bool?
    public var query: Bool?
    /// `RiskControlInfo`'s decision.
    public var riskProceed: Bool?
    /// What the app answers the next taps.
    public var permit: NFCPermit?
    /// What the app's proxy brings back, as the number of a result code: 10000 is success.
    public var proxyCode: Int?
    /// How long the proxy takes there and back.
    public var proxyDelay: TextualDuration?

    public enum CodingKeys: String, CodingKey, CaseIterable {
        case nfc, defaultApp, screenLocked, network, safe, whiteBox, query, riskProceed, permit, proxyCode, proxyDelay
    }

    public init() {}

    public init(_ conditions: NFCWalletSDK.Conditions, _ permit: NFCPermit, _ proxy: NFCProxyReply) {
        nfc = conditions.isNFCOn
        defaultApp = conditions.isDefaultApp
        screenLocked = conditions.isScreenLocked
        network = !conditions.isNetworkDown
        safe = !conditions.isDeviceUnsafe
        whiteBox = !conditions.isWhiteBoxCrashed
        query = !conditions.doesQueryFail
        riskProceed = conditions.isRiskProceed
        self.permit = permit
        proxyCode = proxy.code.rawValue
        proxyDelay = TextualDuration(proxy.delay)
    }

    /// - Throws: what cannot be, in one line.
    public func check() throws(SandboxError) {
        if let proxyCode, NFCResultCode(rawValue: proxyCode) == nil {
            throw SandboxError(.notValid, "proxyCode is a result code of the SDK: 10000 to 10011")
        }
        if let proxyDelay, proxyDelay.duration > .seconds(3600) {
            throw SandboxError(.notValid, "proxyDelay is up to an hour")
        }
    }

    public func change(_ conditions: inout NFCWalletSDK.Conditions) {
        conditions.isNFCOn = nfc ?? conditions.isNFCOn
        conditions.isDefaultApp = defaultApp ?? conditions.isDefaultApp
        conditions.isScreenLocked = screenLocked ?? conditions.isScreenLocked
        conditions.isNetworkDown = network.map { !$0 } ?? conditions.isNetworkDown
        conditions.isDeviceUnsafe = safe.map { !$0 } ?? conditions.isDeviceUnsafe
        conditions.isWhiteBoxCrashed = whiteBox.map { !$0 } ?? conditions.isWhiteBoxCrashed
        conditions.doesQueryFail = query.map { !$0 } ?? conditions.doesQueryFail
        conditions.isRiskProceed = riskProceed ?? conditions.isRiskProceed
    }
}
