import BlueTap
import Testing

@testable import Sandbox

@Suite("The NFC wallet's calls, by what the token is")
struct NFCWalletStatusTests {
    /// A call that may be made in every status.
    enum Input: CaseIterable {
        case activate, silent, confirm, both, replenish, lock, unlock, delete, customData, tap

        func callAsFunction(_ sdk: inout NFCWalletSDK, at now: Instant) -> [NFCWalletSDK.Action] {
            switch self {
            case .activate: sdk.activatePayment(silentActivate: false, doConfirm: false, at: now)
            case .silent: sdk.activatePayment(silentActivate: true, doConfirm: false, at: now)
            case .confirm: sdk.activatePayment(silentActivate: false, doConfirm: true, at: now)
            case .both: sdk.activatePayment(silentActivate: true, doConfirm: true, at: now)
            case .replenish: sdk.replenish(at: now)
            case .lock: sdk.lock(at: now)
            case .unlock: sdk.unlock(at: now)
            case .delete: sdk.deleteToken(at: now)
            case .customData: sdk.setCustomData("T1", at: now)
            case .tap: sdk.tap(NFCWalletBench.tap, at: now)
            }
        }
    }

    /// The codes of ``Input``'s cases, in their order.
    static let codes: [(NFCTokenStatus, [Int])] = [
        (.whiteBoxCrashed, [10004, 10004, 10004, 10011, 10004, 10004, 10004, 10004, 10000, 10008]),
        (.disconnected, [10006, 10006, 10006, 10011, 10006, 10006, 10006, 10006, 10006, 10006]),
        (.queryFailed, [10004, 10004, 10004, 10011, 10004, 10004, 10004, 10004, 10000, 10008]),
        (.absent, [10000, 10000, 10000, 10011, 10009, 10009, 10009, 10009, 10000, 10009]),
        (.withoutCredentials, [10000, 10000, 10000, 10011, 10000, 10000, 10000, 10000, 10000, 10007]),
        (.payable, [10000, 10000, 10000, 10011, 10000, 10000, 10000, 10000, 10000, 10000]),
        (.locked, [10000, 10000, 10000, 10011, 10008, 10000, 10000, 10000, 10000, 10008]),
        (.activating, [10010, 10010, 10010, 10011, 10010, 10010, 10010, 10010, 10000, 10010]),
        (.unconfirmed, [10000, 10000, 10000, 10011, 10008, 10008, 10008, 10008, 10000, 10008]),
    ]

    @Test("each call is answered as its token's status wants it", arguments: codes)
    func calls(_ status: NFCTokenStatus, _ codes: [Int]) throws {
        try #require(codes.count == Input.allCases.count)
        for (input, code) in zip(Input.allCases, codes) {
            let bench = NFCWalletBench.phone(status)
            try #require(bench.status == status)
            var actions = bench.perform { input(&$0, at: $1) }
            actions += bench.pass(.seconds(20))
            guard input == .tap else {
                let answers = status == .activating ? Array(actions.codes.prefix(1)) : actions.codes
                #expect(answers.map(\.rawValue) == [code], "\(input)")
                continue
            }
            if code == 10000 {
                #expect(actions.events == [.started, .completed(NFCWalletBench.tap.context)])
            } else {
                // Without onTransactionStart.
                #expect(actions.events == [.failed(NFCResultCode(rawValue: code)!, nil)])
            }
        }
    }

    @Test("the status is one of the documented numbers, of which 1, 2 and 3 can be deleted")
    func numbers() {
        #expect(NFCTokenStatus.allCases.map(\.rawValue) == [-3, -2, -1, 0, 1, 2, 3, 11, 21])
        #expect(NFCTokenStatus.allCases.filter(\.isDeletable).map(\.rawValue) == [1, 2, 3])
        #expect(NFCResultCode.allCases.map(\.rawValue) == Array(10000...10011))
        #expect(NFCResultCode.tokenDoesNotExist.message == "TOKEN DOES NOT EXISTS")
    }

    @Test("connects only after init, and what is under way at the logout fails")
    func connection() {
        let bench = NFCWalletBench()
        #expect(bench.perform { $0.connect(at: $1) } == [.answer(.connect, .notConnected)])
        #expect(bench.perform { $0.disconnect(at: $1) } == [.answer(.disconnect, .notConnected)])
        bench.connect()
        #expect(bench.status == .absent)
        bench.activate()
        #expect(
            bench.perform { $0.disconnect(at: $1) }
                == [.activateStatus(.absent), .answer(.activate, .notConnected), .answer(.disconnect, .success)])
        #expect(bench.status == .disconnected)
        #expect(bench.wallet.nextDue == nil)

        let payable = NFCWalletBench.phone(.payable)
        payable.perform { $0.lock(at: $1) }
        #expect(
            payable.perform { $0.disconnect(at: $1) } == [
                .answer(.lock, .notConnected), .answer(.disconnect, .success),
            ])
        payable.connect()
        // The token is still on the phone.
        #expect(payable.status == .payable)
    }

    @Test("settings are complete when it is connected, NFC is on and the app is the default one")
    func settings() {
        let bench = NFCWalletBench()
        #expect(!bench.wallet.state.isNfcPaySettingsCompleted)
        bench.connect()
        #expect(bench.wallet.state.isNfcPaySettingsCompleted)
        bench.change { $0.isNFCOn = false }
        #expect(!bench.wallet.state.isNfcPaySettingsCompleted)
        #expect(bench.activate().codes == [.provisionFailed])
        // A phone whose NFC is off notices no terminal.
        #expect(bench.tap() == [])
        // In the background nothing is asked of the user.
        bench.activate(isSilent: true)
        #expect(bench.pass(.seconds(20)).codes == [.success])
    }

    @Test("locks, unlocks and deletes a second after it was asked, one thing at a time")
    func managing() {
        let bench = NFCWalletBench.phone(.payable)
        #expect(bench.perform { $0.lock(at: $1) } == [])
        #expect(bench.perform { $0.deleteToken(at: $1) } == [.answer(.deleteToken, .innerException)])
        #expect(bench.pass(.nanoseconds(999_999_999)) == [])
        #expect(bench.status == .payable)
        #expect(bench.pass(.nanoseconds(1)) == [.answer(.lock, .success)])
        #expect(bench.status == .locked)
        bench.perform { $0.unlock(at: $1) }
        #expect(bench.pass(.seconds(1)) == [.answer(.unlock, .success)])
        #expect(bench.status == .payable)
        bench.perform { $0.deleteToken(at: $1) }
        #expect(bench.pass(.seconds(1)) == [.answer(.deleteToken, .success)])
        #expect(bench.status == .absent && bench.wallet.state.credentials == 0)
    }

    @Test("without a network nothing is locked, unlocked, deleted, replenished or activated")
    func networkDown() {
        for (status, input) in [
            (.payable, .lock), (.locked, .unlock), (.payable, .delete), (.withoutCredentials, .replenish),
            (.absent, .activate), (.absent, .silent), (.unconfirmed, .confirm),
        ] as [(NFCTokenStatus, Input)] {
            let bench = NFCWalletBench.phone(status)
            bench.change { $0.isNetworkDown = true }
            #expect(bench.perform { input(&$0, at: $1) }.codes == [.networkException], "\(input)")
            #expect(bench.status == status)
        }
    }

    @Test("an unsafe device is provided with nothing, and keeps what it has")
    func unsafe() {
        for (status, input) in [
            (.absent, .activate), (.absent, .silent), (.withoutCredentials, .replenish),
        ] as [(NFCTokenStatus, Input)] {
            let bench = NFCWalletBench.phone(status)
            bench.change { $0.isDeviceUnsafe = true }
            #expect(bench.perform { input(&$0, at: $1) }.codes == [.deviceUnsafe], "\(input)")
        }
        let bench = NFCWalletBench.phone(.payable)
        bench.change { $0.isDeviceUnsafe = true }
        #expect(bench.tap().presentments.count == 1)
    }
}
