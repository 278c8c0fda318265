import BlueTap
import Testing

@testable import Sandbox

@Suite("The NFC wallet's activation")
struct NFCWalletActivationTests {
    @Test("by the user goes through all steps in 20 s, with its progress at each exact second")
    func manual() {
        let bench = NFCWalletBench()
        bench.connect()
        #expect(bench.activate() == [.activateStatus(.activating), .progress(0)])
        #expect(bench.status == .activating)
        for (seconds, progress) in [(1, 5), (2, 15), (2, 25), (6, 55), (1, 60), (3, 75), (1, 80), (2, 90)] {
            #expect(bench.pass(.seconds(seconds) - .nanoseconds(1)) == [])
            #expect(bench.pass(.nanoseconds(1)) == [.progress(progress)])
            #expect(bench.wallet.state.activationProgress(at: bench.now) == progress)
        }
        #expect(bench.wallet.state.activationProgress(at: bench.now + .seconds(1)) == 95)
        #expect(bench.pass(.nanoseconds(1_999_999_999)) == [])
        #expect(bench.status == .activating)
        #expect(
            bench.pass(.nanoseconds(1))
                == [.progress(100), .activateStatus(.payable), .answer(.activate, .success)])
        #expect(bench.wallet.state.activationProgress(at: bench.now) == nil)
        #expect(bench.wallet.state.credentials == 20 && bench.wallet.state.tokenNumber?.count == 16)
        #expect(bench.wallet.nextDue == nil)
        #expect(
            bench.proxy.requests.map(\.kind) == [
                .publicKey, .tokenApplication, .tokenApproval, .session, .token, .storageNotice, .activationQuery,
                .credentials(20),
            ])
        #expect(
            bench.proxy.requests.map(\.kind.server) == [
                .mastercard, .mastercard, .ant, .ant, .mastercard, .mastercard, .ant, .mastercard,
            ])
        #expect(bench.proxy.requests.map(\.number) == Array(1...8))
        #expect(bench.proxy.requests[2].sentAt == NFCWalletBench.start + .seconds(5))
    }

    @Test("takes 20 to 30 s, as its seed picks, and the same with the same seed")
    func duration() async {
        var times: Set<Int64> = []
        for seed in UInt64(1)...50 {
            let ends = (0..<2).map { _ in
                let bench = NFCWalletBench(seed: seed, activation: NFCWalletSettings().activationTime)
                bench.connect()
                bench.activate()
                while let due = bench.wallet.nextDue { bench.pass(due - bench.now) }
                #expect(bench.status == .payable)
                return (bench.now - NFCWalletBench.start).components.seconds
            }
            #expect(ends[0] == ends[1] && (20...30).contains(ends[0]), "seed \(seed)")
            times.insert(ends[0])
        }
        #expect(times.count > 5)
    }

    @Test("silent ends in 21 without progress, and is confirmed by the user")
    func silent() {
        let bench = NFCWalletBench()
        bench.connect()
        #expect(bench.activate(isSilent: true) == [.activateStatus(.activating)])
        #expect(bench.pass(.seconds(20) - .nanoseconds(1)) == [])
        #expect(bench.pass(.nanoseconds(1)) == [.activateStatus(.unconfirmed), .answer(.silentActivate, .success)])
        #expect(bench.status == .unconfirmed)
        #expect(bench.activate(confirms: true) == [])
        #expect(bench.activate(confirms: true) == [.answer(.activate, .activationInProgress)])
        #expect(bench.pass(.seconds(1)) == [.activateStatus(.payable), .answer(.activate, .success)])
        #expect(bench.proxy.requests.last?.kind == .confirmation)
    }

    @Test("a user who agrees while a silent one is under way waits for it")
    func waiting() {
        let bench = NFCWalletBench()
        bench.connect()
        bench.activate(isSilent: true)
        bench.pass(.seconds(7))
        #expect(bench.activate(confirms: true) == [])
        #expect(bench.activate(confirms: true).codes == [.activationInProgress])
        #expect(bench.pass(.seconds(13)).codes == [.success])
        #expect(bench.status == .unconfirmed)
        #expect(bench.pass(.seconds(1)) == [.activateStatus(.payable), .answer(.activate, .success)])
    }

    @Test("a silent one that fails fails the user who waits for it, and can be begun again by hand")
    func fallback() {
        let bench = NFCWalletBench()
        bench.connect()
        bench.activate(isSilent: true)
        bench.activate(confirms: true)
        bench.change { $0.isNetworkDown = true }
        #expect(
            bench.pass(.seconds(1)) == [
                .activateStatus(.absent), .answer(.silentActivate, .networkException),
                .answer(.activate, .networkException),
            ])
        bench.change { $0.isNetworkDown = false }
        bench.activate()
        bench.pass(.seconds(20))
        #expect(bench.status == .payable)
    }

    @Test("polls as nfc_issue_config says: approval every 2 s, the session every 500 ms")
    func polling() {
        let bench = NFCWalletBench()
        bench.perform { $0.configure(issue: .sample, at: $1) }
        bench.connect()
        bench.activate()
        // The first poll of each and those that find the server done: 6 s, 1 s and 2 s after it began.
        bench.pass(.seconds(20))
        #expect(bench.status == .payable)
        let kinds = bench.proxy.requests.map(\.kind)
        #expect(kinds.count { $0 == .tokenApproval } == 4)
        #expect(kinds.count { $0 == .session } == 3)
        #expect(kinds.count { $0 == .activationQuery } == 2)
        let approvals = bench.proxy.requests.filter { $0.kind == .tokenApproval }.map(\.sentAt)
        #expect(approvals == [5, 7, 9, 11].map { NFCWalletBench.start + .seconds($0) })
    }

    @Test("fails with 10001 when its polls are used up", arguments: [(3, true), (4, false)])
    func pollsUsedUp(_ times: Int, _ fails: Bool) {
        let bench = NFCWalletBench()
        var configuration = NFCIssueConfiguration()
        configuration.applyToken = NFCPolling(times: times, interval: 2000)
        bench.perform { $0.configure(issue: configuration, at: $1) }
        bench.connect()
        bench.activate()
        #expect(bench.pass(.seconds(20)).codes == [fails ? .provisionFailed : .success])
        #expect(bench.status == (fails ? .absent : .payable))
    }

    @Test("asks once and fails where a configuration of 0 polls is chosen to mean that")
    func unpolled() {
        var settings = NFCWalletSettings()
        settings.isUnpolledAnswerHeld = false
        let bench = NFCWalletBench(settings: settings)
        bench.connect()
        bench.activate()
        #expect(bench.pass(.seconds(5)).codes == [.provisionFailed])
    }

    @Test(
        "a configuration that is none is refused and changes nothing",
        arguments: [(-1, 25), (1001, 25), (1, 0), (1, -1), (1, 600_001), (.max, .max), (.min, .min)])
    func configuration(_ times: Int, _ interval: Int) {
        let bench = NFCWalletBench()
        var configuration = NFCIssueConfiguration()
        configuration.session = NFCPolling(times: times, interval: interval)
        #expect(bench.perform { $0.configure(issue: configuration, at: $1) }.codes == [.invalidInput])
        #expect(bench.wallet.state.issueConfiguration == NFCIssueConfiguration())
    }

    @Test("a white box that crashes on the way fails it with 10004, an app without a fingerprint with 10001")
    func failures() {
        let bench = NFCWalletBench()
        bench.connect()
        bench.activate()
        bench.change { $0.isWhiteBoxCrashed = true }
        #expect(bench.pass(.seconds(1)).codes == [.innerException])
        #expect(bench.status == .whiteBoxCrashed)

        let nameless = NFCWalletBench(app: NFCWalletBench.App(print: ""))
        nameless.connect()
        nameless.activate()
        #expect(nameless.pass(.zero).codes == [.provisionFailed])
    }

    @Test("each of its requests that is refused fails it, and leaves no token", arguments: 1...8)
    func refused(_ number: Int) {
        let bench = NFCWalletBench { $0.number == number ? .refused : NFCProxyReply() }
        bench.connect()
        bench.activate()
        #expect(bench.pass(.seconds(20)).codes == [.provisionFailed])
        #expect(bench.status == .absent && bench.wallet.state.tokenNumber == nil)
    }
}
