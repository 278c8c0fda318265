public import BlueTap
public import Sandbox
internal import Synchronization

/// A phone with the NFC wallet, whose app answers as it was told last, and which keeps what was seen of it, and when.
public final class NFCPhone: Sendable {
    /// Something that was seen of it.
    public struct Sight: Hashable, Sendable {
        /// From 1, without gaps.
        public let number: Int
        public let time: Instant
        /// In the documents' words where they have some: "connect 10000 SUCCESS", "onTransactionStart".
        public let text: String
    }

    public let name: String
    private let wallet: NFCWallet
    private let surroundings = Surroundings()
    private let log = Mutex<(sights: [Sight], last: Int)>(([], 0))

    /// Most that is kept; the oldest goes first.
    private static let capacity = 1000

    /// The app and its proxy.
    private final class Surroundings: NFCWalletApp, NFCRequestProxy {
        let permit = Mutex(NFCPermit.proceed)
        let reply = Mutex(NFCProxyReply())
        /// What has gone through the proxy since it was taken last.
        let forwarded = Mutex<[NFCRequest]>([])

        func deviceFingerprint() -> String { "bluetap" }
        func isAllowed(_ request: NFCPermitRequest) -> NFCPermit { permit.withLock { $0 } }

        func forward(_ request: NFCRequest) -> NFCProxyReply {
            forwarded.withLock { $0.append(request) }
            return reply.withLock { $0 }
        }
    }

    init(name: String, seed: UInt64) {
        self.name = name
        wallet = NFCWallet(NFCWalletSDK(seed: seed), app: surroundings, proxy: surroundings)
    }

    // MARK: State

    public var state: NFCWalletSDK { wallet.state }
    public var conditions: NFCPhoneConditions {
        NFCPhoneConditions(
            wallet.state.conditions, surroundings.permit.withLock { $0 }, surroundings.reply.withLock { $0 })
    }

    /// At most `limit` of what was seen after the sight of that number, oldest first.
    public func sights(after number: Int = 0, limit: Int = .max) -> [Sight] {
        log.withLock { log in Array(log.sights.drop { $0.number <= number }.prefix(limit)) }
    }

    // MARK: Inputs

    func change(_ conditions: NFCPhoneConditions, at now: Instant) {
        if let permit = conditions.permit { surroundings.permit.withLock { $0 = permit } }
        surroundings.reply.withLock { reply in
            reply.code = conditions.proxyCode.flatMap(NFCResultCode.init) ?? reply.code
            reply.delay = conditions.proxyDelay?.duration ?? reply.delay
        }
        perform(at: now) { sdk in
            conditions.change(&sdk.conditions)
            return []
        }
    }

    /// Lets everything happen that is due, each thing at its own instant.
    func catchUp(to now: Instant) {
        while let due = wallet.nextDue, due <= now { note(wallet.catchUp(to: due), at: due) }
    }

    /// Returns what goes to the terminal; nil: nothing does.
    @discardableResult
    func perform(
        at now: Instant, _ input: (inout NFCWalletSDK) -> [NFCWalletSDK.Action]
    ) -> NFCPresentment? {
        catchUp(to: now)
        let seen = wallet.perform(at: now, input)
        note(seen, at: now)
        for case .present(let presentment) in seen { return presentment }
        return nil
    }

    func note(_ text: String, at time: Instant) {
        log.withLock { log in
            log.last += 1
            log.sights.append(Sight(number: log.last, time: time, text: text))
            if log.sights.count > Self.capacity { log.sights.removeFirst(Self.capacity / 10) }
        }
    }

    private func note(_ actions: [NFCWalletSDK.Action], at time: Instant) {
        let requests = surroundings.forwarded.withLock { requests in
            defer { requests = [] }
            return requests
        }
        for request in requests { note("proxy: \(request.kind) to \(request.kind.server.rawValue)", at: time) }
        for action in actions { if let text = action.text { note(text, at: time) } }
    }
}

extension NFCWalletSDK.Action {
    /// Nil where nobody sees it.
    fileprivate var text: String? {
        switch self {
        case .request, .askFingerprint, .askPermit: nil
        case .answer(let call, let code): "\(call.documentedName) \(code.rawValue) \(code.message)"
        case .progress(let percent): "progress \(percent)%"
        case .activateStatus(let status): "ActivateStatusListener \(status.rawValue)"
        case .transaction(.started): "onTransactionStart"
        case .transaction(.completed): "onTransactionComplete"
        case .transaction(.authenticationNeeded): "onTransactionAuth"
        case .transaction(.failed(let code, _)): "onTransactionFailed \(code.rawValue) \(code.message)"
        case .present(let presentment):
            "to the terminal: token \(presentment.token), credential \(presentment.counter)"
                + (presentment.customData.map { ", custom data \($0)" } ?? "")
        }
    }
}

extension NFCWalletSDK.Call {
    /// As the documents call it, where they do.
    fileprivate var documentedName: String {
        switch self {
        case .initialize: "init"
        case .activate: "activatePayment"
        case .silentActivate: "activatePayment silentActivate"
        case .automaticReplenish: "automatic replenish"
        case .connect, .disconnect, .configure, .replenish, .lock, .unlock, .deleteToken, .setCustomData: rawValue
        }
    }
}
