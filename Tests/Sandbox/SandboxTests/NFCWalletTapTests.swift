import BlueTap
import Testing

@testable import Sandbox

@Suite("A tap of the NFC wallet")
struct NFCWalletTapTests {
    static let info = NFCWalletBench.tap.info

    @Test("in order: start, permit, complete, then the token and the custom data go to the terminal")
    func order() throws {
        var sdk = NFCWalletBench.phone(.payable).wallet.state
        let now = NFCWalletBench.start + .seconds(100)
        let question = NFCPermitRequest(authBefore: false, info: Self.info, isRiskProceed: true)
        #expect(sdk.tap(NFCWalletBench.tap, at: now) == [.transaction(.started), .askPermit(question)])
        #expect(sdk.setCustomData("T1", at: now) == [.answer(.setCustomData, .success)])
        let token = try #require(sdk.tokenNumber)
        let first = NFCPresentment(token: token, counter: 1, customData: "T1", tap: NFCWalletBench.tap)
        #expect(
            sdk.permit(.proceed, at: now)
                == [.transaction(.completed(NFCWalletBench.tap.context)), .present(first)])
        #expect(sdk.permit(.proceed, at: now) == [])
        // Custom data go with one tap.
        _ = sdk.tap(NFCWalletBench.tap, at: now)
        let second = NFCPresentment(token: token, counter: 2, customData: nil, tap: NFCWalletBench.tap)
        #expect(sdk.permit(.proceed, at: now).presentments == [second])
    }

    @Test(
        "what the app does not permit fails, and uses no credential",
        arguments: [
            (.decline, [.failed(.innerException, info)]), (.appDecline1, [.failed(.innerException, info)]),
            (.appDecline2, [.failed(.innerException, info)]),
            (.needAuthentication, [.authenticationNeeded, .failed(.authenticationRequired, info)]),
        ] as [(NFCPermit, [NFCTransactionEvent])])
    func declined(_ permit: NFCPermit, _ events: [NFCTransactionEvent]) {
        let bench = NFCWalletBench(app: NFCWalletBench.App(permit: permit))
        bench.connect()
        bench.activate()
        bench.pass(.seconds(20))
        let actions = bench.tap()
        #expect(actions.events == [.started] + events && actions.presentments == [])
        #expect(bench.wallet.state.credentials == 20)
    }

    @Test(
        "an authentication counts for 30 s, and not at their end",
        arguments: [(0, true), (29_999_999_999, true), (30_000_000_000, false)] as [(Int64, Bool)])
    func authentication(_ nanoseconds: Int64, _ counts: Bool) {
        var sdk = NFCWalletBench.phone(.payable).wallet.state
        let now = NFCWalletBench.start + .seconds(100)
        _ = sdk.authenticate(at: now)
        let question = NFCPermitRequest(authBefore: counts, info: Self.info, isRiskProceed: true)
        let asked = sdk.tap(NFCWalletBench.tap, at: now.advanced(byNanoseconds: nanoseconds))
        #expect(asked == [.transaction(.started), .askPermit(question)])
    }

    @Test("a token that is locked, or deleted, before the app has answered fails the tap")
    func lockedMeanwhile() {
        var sdk = NFCWalletBench.phone(.payable).wallet.state
        let now = NFCWalletBench.start + .seconds(100)
        for action in sdk.lock(at: now) {
            guard case .request(let request) = action else { continue }
            _ = sdk.reply(to: request.number, NFCProxyReply(), at: now)
        }
        _ = sdk.tap(NFCWalletBench.tap, at: now)
        #expect(
            sdk.permit(.proceed, at: now + .seconds(1))
                == [.answer(.lock, .success), .transaction(.failed(.tokenUnavailable, Self.info))])
        #expect(sdk.credentials == 20)
    }

    @Test("a phone that is taken away, put to another terminal or logged out fails the tap that is open")
    func interrupted() {
        let now = NFCWalletBench.start + .seconds(100)
        let phone = NFCWalletBench.phone(.payable).wallet.state
        var sdk = phone
        _ = sdk.tap(NFCWalletBench.tap, at: now)
        #expect(sdk.leaveField(at: now) == [.transaction(.failed(.innerException, Self.info))])
        #expect(sdk.leaveField(at: now) == [])
        sdk = phone
        _ = sdk.tap(NFCWalletBench.tap, at: now)
        #expect(sdk.tap(NFCWalletBench.tap, at: now).events == [.failed(.innerException, Self.info), .started])
        #expect(sdk.disconnect(at: now).events == [.failed(.notConnected, Self.info)])
    }

    @Test("on a locked screen it pays only where that is supported")
    func lockedScreen() {
        for isSupported in [false, true] {
            let bench = NFCWalletBench.phone(.payable)
            bench.perform { $0.initialize(NFCWalletOptions(isSupportLockScreenPay: isSupported), at: $1) }
            bench.change { $0.isScreenLocked = true }
            let actions = bench.tap()
            #expect(actions.presentments.count == (isSupported ? 1 : 0))
            if !isSupported {
                #expect(
                    actions.events == [.started, .authenticationNeeded, .failed(.authenticationRequired, Self.info)])
            }
        }
    }

    @Test(
        "fares are paid where init or the configuration supports transit, of which the configuration wins",
        arguments: [
            (false, nil, false), (true, nil, true), (true, false, false), (false, true, true),
        ] as [(Bool, Bool?, Bool)])
    func transit(_ option: Bool, _ configured: Bool?, _ isPaid: Bool) throws {
        let bench = NFCWalletBench(app: NFCWalletBench.App(permit: .decline))
        bench.connect()
        bench.activate()
        bench.pass(.seconds(20))
        bench.perform { $0.initialize(NFCWalletOptions(isSupportTransit: option), at: $1) }
        let gate = try #require(NFCTap(PaymentTests.money(230), kind: .transit))
        let consented = NFCTransactionConfiguration(isSupportTransit: configured)
        bench.perform { $0.configure(issue: .sample, transaction: consented, at: $1) }
        #expect(bench.tap(gate).events.first == (isPaid ? .started : .failed(.tokenUnavailable, nil)))
        // Without consent the app is not asked, which would decline.
        let free = NFCTransactionConfiguration(isSupportTransit: configured, isSupportTransitWithoutConsent: true)
        bench.perform { $0.configure(issue: .sample, transaction: free, at: $1) }
        bench.change { $0.isScreenLocked = true }
        #expect(bench.tap(gate).presentments.count == (isPaid ? 1 : 0))
    }

    @Test("custom data that are empty or too long are refused, and the old ones stay")
    func customData() {
        var sdk = NFCWalletBench.phone(.payable).wallet.state
        let now = NFCWalletBench.start + .seconds(100)
        #expect(sdk.setCustomData(String(repeating: "x", count: 256), at: now).codes == [.success])
        #expect(sdk.setCustomData(String(repeating: "x", count: 257), at: now).codes == [.invalidInput])
        #expect(sdk.setCustomData("", at: now).codes == [.invalidInput])
        _ = sdk.tap(NFCWalletBench.tap, at: now)
        #expect(sdk.permit(.proceed, at: now).presentments.first?.customData?.count == 256)
    }

    @Test("says its amount and currency as EMV does, in binary coded decimals")
    func bytes() throws {
        // HKD 12.50: currency 344, amount 1250.
        #expect(NFCWalletBench.tap.currencyCode == [0x03, 0x44])
        #expect(NFCWalletBench.tap.amount == [0x00, 0x00, 0x00, 0x00, 0x12, 0x50])
        let most = try #require(NFCTap(PaymentTests.money(999_999_999_999, "USD")))
        #expect(most.amount == [0x99, 0x99, 0x99, 0x99, 0x99, 0x99] && most.currencyCode == [0x08, 0x40])
        #expect(NFCTap(PaymentTests.money(1_000_000_000_000)) == nil)
        #expect(NFCTap(PaymentTests.money(1, "XXX")) == nil)
        let context = try #require(NFCTap(PaymentTests.money(1), range: .highValue)).context
        #expect(context.range?.rawValue == "HVT" && context.kind.rawValue == "PURCHASE")
    }
}
