import BlueTap
import Testing

@testable import Sandbox

/// A phone whose app and proxy answer at once, on its way through virtual time.
final class NFCWalletBench {
    typealias Action = NFCWalletSDK.Action

    struct App: NFCWalletApp {
        var print = "a phone"
        var permit = NFCPermit.proceed

        func deviceFingerprint() -> String { print }
        func isAllowed(_ request: NFCPermitRequest) -> NFCPermit { permit }
    }

    static let start = PaymentTests.start
    static let tap = NFCTap(PaymentTests.money(1250))!

    let wallet: NFCWallet
    let proxy: RecordingProxy
    var now = start

    /// - Parameter activation: how long one takes, in milliseconds.
    init(
        seed: UInt64 = 1, activation: ClosedRange<Int64> = 20_000...20_000, app: App = App(),
        settings: NFCWalletSettings = NFCWalletSettings(),
        proxy: @escaping @Sendable (NFCRequest) -> NFCProxyReply = { _ in NFCProxyReply() }
    ) {
        var settings = settings
        settings.activationTime = activation
        self.proxy = RecordingProxy(proxy)
        wallet = NFCWallet(NFCWalletSDK(seed: seed, settings: settings), app: app, proxy: self.proxy)
    }

    var status: NFCTokenStatus { wallet.state.status }

    @discardableResult
    func perform(_ input: (inout NFCWalletSDK, Instant) -> [Action]) -> [Action] {
        wallet.perform(at: now) { input(&$0, now) }
    }

    func change(_ body: (inout NFCWalletSDK.Conditions) -> Void) {
        perform { sdk, _ in
            body(&sdk.conditions)
            return []
        }
    }

    func connect() {
        perform { $0.initialize(at: $1) }
        perform { $0.connect(at: $1) }
    }

    @discardableResult
    func activate(isSilent: Bool = false, confirms: Bool = false) -> [Action] {
        perform { $0.activatePayment(silentActivate: isSilent, doConfirm: confirms, at: $1) }
    }

    /// What happens by itself meanwhile.
    @discardableResult
    func pass(_ duration: Duration) -> [Action] {
        now = now + duration
        return wallet.catchUp(to: now)
    }

    @discardableResult
    func tap(_ tap: NFCTap = tap) -> [Action] { perform { $0.tap(tap, at: $1) } }

    /// Brings a new phone to a status.
    static func phone(_ status: NFCTokenStatus) -> NFCWalletBench {
        let bench = NFCWalletBench()
        if status == .disconnected { return bench }
        bench.connect()
        switch status {
        case .disconnected, .absent: break
        case .activating: bench.activate()
        case .unconfirmed:
            bench.activate(isSilent: true)
            bench.pass(.seconds(20))
        case .whiteBoxCrashed, .queryFailed, .withoutCredentials, .payable, .locked:
            bench.activate()
            bench.pass(.seconds(20))
        }
        switch status {
        case .whiteBoxCrashed: bench.change { $0.isWhiteBoxCrashed = true }
        case .queryFailed: bench.change { $0.doesQueryFail = true }
        case .withoutCredentials:
            bench.change { $0.isNetworkDown = true }
            for _ in 0..<20 { bench.tap() }
            bench.change { $0.isNetworkDown = false }
        case .locked:
            bench.perform { $0.lock(at: $1) }
            bench.pass(.seconds(1))
        case .disconnected, .absent, .activating, .unconfirmed, .payable: break
        }
        return bench
    }
}

extension [NFCWalletSDK.Action] {
    /// The codes with which calls were answered.
    var codes: [NFCResultCode] {
        compactMap { if case .answer(_, let code) = $0 { code } else { nil } }
    }

    var events: [NFCTransactionEvent] {
        compactMap { if case .transaction(let event) = $0 { event } else { nil } }
    }

    var presentments: [NFCPresentment] {
        compactMap { if case .present(let presentment) = $0 { presentment } else { nil } }
    }
}
