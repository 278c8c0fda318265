import BlueTap
import TestSupport
import Testing

@testable import Sandbox

@Suite("The NFC wallet, whatever is done to it")
struct NFCWalletRandomTests {
    /// A phone, a proxy that does as it likes, and the network behind the terminal.
    struct Chaos {
        var generator: SeededGenerator
        var sdk: NFCWalletSDK
        var now = PaymentTests.start
        /// Requests that nobody has answered.
        var unanswered: [Int] = []
        var network: NFCRandomNetwork
        var taps = 0
        var activations = 0
        var statuses: Set<NFCTokenStatus> = []

        init(seed: UInt64) throws {
            generator = SeededGenerator(seed: seed)
            sdk = NFCWalletSDK(seed: seed)
            network = try NFCRandomNetwork(seed: seed)
        }

        mutating func number(_ range: ClosedRange<Int>) -> Int { Int.random(in: range, using: &generator) }
        mutating func chance(_ percent: Int) -> Bool { number(1...100) <= percent }

        /// Does one thing; what is wrong after it, if something is.
        mutating func step() throws -> String? {
            if chance(40) { now = now + .milliseconds(number(0...(chance(1) ? 90_000_000 : 4000))) }
            let before = sdk.credentials
            let actions = input()
            if let fault = fault(actions, before) { return fault }
            for action in actions {
                switch action {
                case .request(let request): unanswered.append(request.number)
                case .present(let presentment): try authorize(presentment)
                case .activateStatus(.payable): activations += 1
                case .askFingerprint, .askPermit, .answer, .progress, .activateStatus, .transaction: break
                }
            }
            return chance(1) ? try network.settleUp(at: now) : nil
        }

        private mutating func input() -> [NFCWalletSDK.Action] {
            switch number(0...99) {
            case 0..<1: return sdk.initialize(NFCWalletOptions(isSupportTransit: chance(50)), at: now)
            case 1..<6: return sdk.connect(at: now)
            case 6..<7: return chance(10) ? sdk.disconnect(at: now) : sdk.catchUp(to: now)
            case 7..<10:
                let polling = NFCPolling(times: number(-1...12), interval: number(0...3000))
                return sdk.configure(
                    issue: NFCIssueConfiguration(applyToken: polling, activate: polling, session: polling), at: now)
            case 10..<18: return sdk.activatePayment(silentActivate: chance(30), doConfirm: chance(40), at: now)
            case 18..<21: return sdk.replenish(at: now)
            case 21..<23: return sdk.lock(at: now)
            case 23..<29: return sdk.unlock(at: now)
            case 29..<30: return chance(20) ? sdk.deleteToken(at: now) : sdk.catchUp(to: now)
            case 30..<33: return sdk.setCustomData(chance(80) ? "T\(number(0...9))" : "", at: now)
            case 33..<50:
                let tap = NFCTap(
                    mcc: "", currencyCode: [0xFF], amount: [UInt8](repeating: 0xFF, count: number(0...20)),
                    kind: NFCTap.Kind.allCases.randomElement(using: &generator)!)
                return sdk.tap(tap, at: now)
            case 50..<65: return sdk.permit(NFCPermit.allCases.randomElement(using: &generator)!, at: now)
            case 65..<67: return sdk.authenticate(at: now)
            case 67..<68: return sdk.leaveField(at: now)
            case 68..<74: return sdk.fingerprint(chance(95) ? "a phone" : "", at: now)
            case 74..<94:
                let request = unanswered.popLast() ?? number(-5...5)
                let code = chance(97) ? .success : NFCResultCode.allCases.randomElement(using: &generator)!
                return sdk.reply(to: request, NFCProxyReply(code, after: .milliseconds(number(-5...900))), at: now)
            case 94..<97:
                sdk.conditions = NFCWalletSDK.Conditions()
                return []
            case 97..<98 where chance(50):
                sdk.conditions.isNetworkDown = chance(30)
                sdk.conditions.isDeviceUnsafe = chance(20)
                sdk.conditions.isWhiteBoxCrashed = chance(20)
                sdk.conditions.doesQueryFail = chance(20)
                sdk.conditions.isNFCOn = chance(80)
                sdk.conditions.isScreenLocked = chance(30)
                return []
            default: return sdk.catchUp(to: now)
            }
        }

        private mutating func fault(_ actions: [NFCWalletSDK.Action], _ before: Int) -> String? {
            statuses.insert(sdk.status)
            if ![-3, -2, -1, 0, 1, 2, 3, 11, 21].contains(sdk.status.rawValue) { return "status \(sdk.status)" }
            if !(0...20).contains(sdk.credentials) { return "\(sdk.credentials) credentials" }
            let presentments = actions.presentments
            if presentments.count > 1 { return "two presentments of one tap" }
            if !presentments.isEmpty, before == 0, !actions.contains(.answer(.automaticReplenish, .success)),
                !actions.contains(.answer(.replenish, .success))
            {
                return "a presentment without a credential"
            }
            if let due = sdk.nextDue, due < now,
                actions.contains(where: { if case .answer = $0 { true } else { false } })
            {
                return "something was left undone"
            }
            if sdk.status == .disconnected, sdk.nextDue != nil { return "something waits without a connection" }
            let completed = actions.events.count { if case .completed = $0 { true } else { false } }
            if completed != presentments.count { return "\(completed) complete, \(presentments.count) presented" }
            return nil
        }

        private mutating func authorize(_ presentment: NFCPresentment) throws {
            taps += 1
            try network.authorize(customData: presentment.customData, at: now)
        }
    }

    @Test(
        "random calls, taps, failures and clearings: the status is a documented one, and money is conserved",
        arguments: [UInt64(1), 2, 3])
    func invariants(_ seed: UInt64) async throws {
        var chaos = try Chaos(seed: seed)
        for await step in Rounds(10_000, soak: 200_000) {
            if let fault = try chaos.step() {
                Issue.record("seed \(seed), step \(step): \(fault)")
                return
            }
            let faults = step % 2000 == 1999 ? try chaos.network.ledger.audit() : []
            #expect(faults == [], "seed \(seed), step \(step)")
        }
        try chaos.network.service.catchUp(to: .distantFuture)
        #expect(try chaos.network.ledger.audit() == [], "seed \(seed)")
        #expect(
            chaos.taps > 20 && chaos.activations > 2,
            "seed \(seed): \(chaos.taps) taps, \(chaos.activations) activations")
        #expect(chaos.statuses.count >= 8, "seed \(seed): \(chaos.statuses)")
    }

    @Test(
        "random authorisations, reversals, clearings and refunds: each answered alike when repeated, and money is conserved",
        arguments: [UInt64(1), 2])
    func network(_ seed: UInt64) async throws {
        var network = try NFCRandomNetwork(seed: seed)
        var now = PaymentTests.start
        for await step in Rounds(500, soak: 10_000) {
            now = now + .milliseconds(network.number(0...(network.number(0...49) == 0 ? 90_000_000 : 20_000)))
            if network.number(0...2) == 0 { try network.authorize(customData: nil, at: now) }
            if let fault = try network.settleUp(at: now) {
                Issue.record("seed \(seed), step \(step): \(fault)")
                return
            }
            let faults = step % 100 == 99 ? try network.ledger.audit() : []
            #expect(faults == [], "seed \(seed), step \(step)")
        }
        try network.service.catchUp(to: .distantFuture)
        #expect(try network.service.nextDue == nil && network.ledger.audit() == [], "seed \(seed)")
        let kinds = Set(try network.ledger.changes().map(\.kind))
        #expect(
            kinds.isSuperset(of: [.created, .paid, .failed, .closed, .cancelled, .reversed, .refunded, .adjusted]),
            "seed \(seed): \(kinds)")
    }
}
