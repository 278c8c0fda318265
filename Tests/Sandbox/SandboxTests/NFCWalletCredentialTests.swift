import BlueTap
import Testing

@testable import Sandbox

@Suite("The NFC wallet's credentials and requests")
struct NFCWalletCredentialTests {
    @Test("are replenished by themselves below 10 after a transaction, and not at 10")
    func threshold() {
        let bench = NFCWalletBench.phone(.payable)
        let before = bench.proxy.requests.count
        for left in (10..<20).reversed() {
            bench.tap()
            #expect(bench.wallet.state.credentials == left)
        }
        #expect(bench.proxy.requests.count == before && bench.wallet.nextDue == nil)
        bench.tap()
        #expect(bench.wallet.state.credentials == 9)
        #expect(bench.proxy.requests.dropFirst(before).map(\.kind) == [.credentials(11)])
        // One that is under way is enough.
        bench.tap()
        #expect(bench.proxy.requests.count == before + 1)
        #expect(bench.pass(.nanoseconds(999_999_999)) == [])
        #expect(bench.pass(.nanoseconds(1)) == [.answer(.automaticReplenish, .success)])
        #expect(bench.wallet.state.credentials == 19)
    }

    @Test("run out without a network, and are replenished by hand when it is back")
    func byHand() {
        let bench = NFCWalletBench.phone(.withoutCredentials)
        #expect(bench.status == .withoutCredentials && bench.wallet.state.credentials == 0)
        #expect(bench.tap().events == [.failed(.insufficientCredentials, nil)])
        #expect(bench.perform { $0.replenish(at: $1) } == [])
        #expect(bench.perform { $0.replenish(at: $1) } == [])
        #expect(bench.pass(.seconds(1)) == [.answer(.replenish, .success)])
        #expect(bench.status == .payable && bench.wallet.state.credentials == 20)
        // There is nothing to fetch.
        let before = bench.proxy.requests.count
        #expect(bench.perform { $0.replenish(at: $1) } == [.answer(.replenish, .success)])
        #expect(bench.proxy.requests.count == before)
    }

    @Test("the user who asks for them while they come by themselves is answered")
    func joined() {
        let bench = NFCWalletBench.phone(.payable)
        for _ in 0..<11 { bench.tap() }
        #expect(bench.perform { $0.replenish(at: $1) } == [])
        #expect(bench.pass(.seconds(1)) == [.answer(.replenish, .success)])
    }

    @Test("those of a token that is deleted meanwhile come to nothing")
    func deleted() {
        let bench = NFCWalletBench { request in
            if case .credentials = request.kind { NFCProxyReply(after: .seconds(5)) } else { NFCProxyReply() }
        }
        bench.connect()
        bench.activate()
        bench.pass(.seconds(25))
        #expect(bench.status == .payable)
        for _ in 0..<11 { bench.tap() }
        bench.perform { $0.deleteToken(at: $1) }
        #expect(
            bench.pass(.seconds(1))
                == [.answer(.deleteToken, .success), .answer(.automaticReplenish, .tokenDoesNotExist)])
        #expect(bench.pass(.seconds(60)) == [] && bench.wallet.state.credentials == 0)
    }

    @Test("every request goes through the proxy; without one each fails with 10005")
    func noProxy() {
        let sdk = NFCWalletBench.phone(.payable).wallet.state
        let wallet = NFCWallet(sdk, app: NFCWalletBench.App(), proxy: nil)
        let now = NFCWalletBench.start + .seconds(100)
        _ = wallet.perform(at: now) { $0.lock(at: now) }
        #expect(wallet.catchUp(to: now) == [.answer(.lock, .networkException)])
        var settings = NFCWalletSettings()
        settings.codeWithoutProxy = .innerException
        let other = NFCWallet(NFCWalletSDK(seed: 1, settings: settings), app: NFCWalletBench.App(), proxy: nil)
        _ = other.perform(at: now) { $0.initialize(at: now) + $0.connect(at: now) }
        _ = other.perform(at: now) { $0.activatePayment(silentActivate: false, doConfirm: false, at: now) }
        #expect(other.catchUp(to: now + .seconds(3)).codes == [.innerException])
    }

    @Test(
        "a proxy that takes its time is waited for, up to 30 s",
        arguments: [
            (.seconds(5), 6_000_000_000, .success), (.nanoseconds(29_999_999_999), 30_999_999_999, .success),
            (.seconds(30), 30_000_000_000, .networkException), (.seconds(Int64.max), 30_000_000_000, .networkException),
            (.seconds(Int64.min), 1_000_000_000, .success),
        ] as [(Duration, Int64, NFCResultCode)])
    func slow(_ delay: Duration, _ end: Int64, _ code: NFCResultCode) {
        let bench = NFCWalletBench { $0.kind == .lock ? NFCProxyReply(after: delay) : NFCProxyReply() }
        bench.connect()
        bench.activate()
        bench.pass(.seconds(20))
        bench.perform { $0.lock(at: $1) }
        #expect(bench.pass(.nanoseconds(end - 1)) == [])
        #expect(bench.pass(.nanoseconds(1)) == [.answer(.lock, code)])
    }

    @Test("a proxy that fails does so when it says, and a request that nobody answers after 30 s")
    func failing() {
        let bench = NFCWalletBench { $0.kind == .lock ? NFCProxyReply(.networkException, after: .seconds(2)) : .init() }
        bench.connect()
        bench.activate()
        bench.pass(.seconds(20))
        bench.perform { $0.lock(at: $1) }
        #expect(bench.pass(.seconds(2)) == [.answer(.lock, .networkException)])
        #expect(bench.status == .payable)

        var sdk = bench.wallet.state
        _ = sdk.lock(at: bench.now)
        #expect(sdk.nextDue == bench.now + .seconds(30))
        #expect(sdk.reply(to: 999, NFCProxyReply(), at: bench.now) == [])
        #expect(sdk.catchUp(to: bench.now + .seconds(30)) == [.answer(.lock, .networkException)])
    }

    @Test("a network that goes while a request is on its way fails it")
    func networkLost() {
        let bench = NFCWalletBench.phone(.payable)
        bench.perform { $0.lock(at: $1) }
        bench.change { $0.isNetworkDown = true }
        #expect(bench.pass(.seconds(1)) == [.answer(.lock, .networkException)])
    }

    @Test("the app may set custom data while it is asked for its permit")
    func reentrant() throws {
        let app = TalkingApp()
        let wallet = NFCWallet(NFCWalletBench.phone(.payable).wallet.state, app: app, proxy: RecordingProxy())
        app.wallet = wallet
        let now = NFCWalletBench.start + .seconds(100)
        let actions = wallet.perform(at: now) { $0.tap(NFCWalletBench.tap, at: now) }
        #expect(actions.presentments.first?.customData == "T7")
    }

    /// Calls the wallet back.
    private final class TalkingApp: NFCWalletApp, @unchecked Sendable {
        weak var wallet: NFCWallet?

        func deviceFingerprint() -> String { "a phone" }

        func isAllowed(_ request: NFCPermitRequest) -> NFCPermit {
            let now = NFCWalletBench.start + .seconds(100)
            _ = wallet?.perform(at: now) { $0.setCustomData("T7", at: now) }
            return .proceed
        }
    }
}
