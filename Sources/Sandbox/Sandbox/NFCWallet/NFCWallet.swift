public import BlueTap
internal import Synchronization

/// A phone with the SDK, the app around it and the app's proxy: carries out what the SDK wants. Calls may come from any thread.
public final class NFCWallet: Sendable {
    private let sdk: Mutex<NFCWalletSDK>
    private let app: any NFCWalletApp
    private let proxy: (any NFCRequestProxy)?

    /// - Parameter proxy: nil: the app has registered none, and every request fails.
    public init(_ sdk: NFCWalletSDK, app: any NFCWalletApp, proxy: (any NFCRequestProxy)?) {
        self.sdk = Mutex(sdk)
        self.app = app
        self.proxy = proxy
    }

    /// Gives the SDK an input, when all that came due before has happened. Returns what the app, the terminal and the
    /// listeners see of it, in order.
    public func perform(
        at now: Instant, _ input: (inout NFCWalletSDK) -> [NFCWalletSDK.Action]
    ) -> [NFCWalletSDK.Action] {
        var seen = catchUp(to: now)
        seen += carryOut(sdk.withLock { input(&$0) }, at: now)
        return seen
    }

    /// Lets everything happen that is due by an instant, each thing at its own.
    public func catchUp(to now: Instant) -> [NFCWalletSDK.Action] {
        var seen: [NFCWalletSDK.Action] = []
        while let due = nextDue, due <= now {
            seen += carryOut(sdk.withLock { $0.catchUp(to: due) }, at: due)
        }
        return seen
    }

    public var nextDue: Instant? { sdk.withLock { $0.nextDue } }

    /// The SDK as it was settled last.
    public var state: NFCWalletSDK { sdk.withLock { $0 } }

    /// The app and the proxy are called without the lock: they may call back.
    private func carryOut(_ actions: [NFCWalletSDK.Action], at now: Instant) -> [NFCWalletSDK.Action] {
        var seen: [NFCWalletSDK.Action] = []
        for action in actions {
            switch action {
            case .request(let request):
                let reply = proxy?.forward(request) ?? NFCProxyReply(state.settings.codeWithoutProxy)
                seen += carryOut(sdk.withLock { $0.reply(to: request.number, reply, at: now) }, at: now)
            case .askFingerprint:
                let fingerprint = app.deviceFingerprint()
                seen += carryOut(sdk.withLock { $0.fingerprint(fingerprint, at: now) }, at: now)
            case .askPermit(let request):
                let permit = app.isAllowed(request)
                seen += carryOut(sdk.withLock { $0.permit(permit, at: now) }, at: now)
            case .answer, .progress, .activateStatus, .transaction, .present: seen.append(action)
            }
        }
        return seen
    }
}
