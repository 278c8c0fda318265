import BlueTap
import Emulator
import Testing

/// A script of two closures, for tests.
private struct TestScript: DeviceScript {
    var plan: [(due: Instant, actions: [DeviceAction])] = []
    var rule: @Sendable (Event) -> [DeviceAction] = { _ in [] }

    var nextDue: Instant? { plan.first?.due }

    mutating func observe(_ event: Event) -> [DeviceAction] { rule(event) }

    mutating func actionFailed(_ reason: String) {}

    mutating func act(at now: Instant) -> [DeviceAction] {
        var actions: [DeviceAction] = []
        while let first = plan.first, first.due <= now {
            actions += first.actions
            plan.removeFirst()
        }
        return actions
    }
}

@Suite("A script beside a device")
struct ScriptTests {
    private let start = EmulatorClock.virtualStart

    @Test("a rule on a command acts before its reply: a fault it sets befalls this very command")
    func beforeReply() throws {
        let bench = try Bench()
        bench.device.load(
            TestScript { event in
                event.kind == "payReceived" ? [.fault(Fault(.replyResult(.processFail)))] : []
            })
        #expect(try bench.send(.pay(PayCommand(.trueMoney))) == .processFail)
        #expect(bench.kinds() == ["attached", "payReceived", "faultFired", "linkReady", "replySent"])
    }

    @Test("a rule that pulls the cable at a command: no reply, and nothing of the command is carried out")
    func pull() throws {
        let bench = try Bench()
        bench.device.load(
            TestScript { $0.kind == "payReceived" ? [.unplug(replug: .seconds(1))] : [] })
        #expect(try bench.send(.pay(PayCommand(.trueMoney))) == nil)
        bench.emulator.advance(by: .seconds(1))
        #expect(bench.kinds() == ["attached", "payReceived", "detached", "attached"])
    }

    @Test("what is planned happens at its instant, in order with what the device does by itself")
    func plan() throws {
        let bench = try Bench()
        bench.device.load(
            TestScript(plan: [
                (start + .seconds(899), [.tap(Customer(wallet: "early"))]),
                (start + .seconds(900), [.tap(Customer(wallet: "late"))]),
                (start + .seconds(1000), [.note("end")]),
            ]))
        _ = try bench.send(.pay(PayCommand(.trueMoney)))
        bench.emulator.advance(by: .seconds(2000))
        let events = bench.device.events(after: 4)
        #expect(
            events.map(\.kind) == ["linkTapped", "paymentSucceeded", "linkExpired", "tapMissed", "note"])
        #expect(events.map { ($0.time - start).components.seconds } == [899, 899, 900, 900, 1000])
    }

    @Test("an advance that a script asks for has happened when the command's caller goes on")
    func advance() throws {
        let bench = try Bench()
        bench.device.load(TestScript { $0.kind == "replySent" ? [.advance(.seconds(900))] : [] })
        #expect(try bench.send(.pay(PayCommand(.trueMoney))) == .success)
        #expect(bench.kinds().last == "linkExpired")
        #expect(bench.emulator.clock.now == start + .seconds(900))
    }

    @Test("a script that advances time without end is ended, and time goes on")
    func endlessAdvance() throws {
        let bench = try Bench()
        bench.device.load(
            TestScript { $0.kind == "note" || $0.kind == "replySent" ? [.advance(.seconds(1)), .note("again")] : [] })
        #expect(try bench.send(.pay(PayCommand(.trueMoney))) == .success)
        #expect(bench.device.script == nil)
        let now = bench.emulator.clock.now
        bench.emulator.advance(by: .seconds(5))
        #expect(bench.emulator.clock.now == now + .seconds(5))
    }

    @Test("time that many advance at once ends where the sum of it is, with everything due on the way")
    func together() async throws {
        let bench = try Bench()
        bench.device.load(TestScript { $0.kind == "linkExpired" ? [.advance(.seconds(1))] : [] })
        await withTaskGroup { group in
            for _ in 0..<4 {
                group.addTask {
                    for _ in 0..<200 {
                        _ = try? bench.send(.pay(PayCommand(.trueMoney, expiryTime: 1)))
                        bench.emulator.advance(by: .seconds(1))
                    }
                }
            }
        }
        let tally = bench.device.status.tally
        bench.emulator.advance(by: .seconds(1))
        let made = tally.count(of: .linkReady)
        let ended = bench.device.status.tally
        #expect(made == 800)
        #expect(ended.count(of: .linkExpired) + ended.count(of: .linkReplaced) == made)
        #expect(bench.device.status.state == .idle)
    }

    @Test("a script whose cable is pulled for no time, again and again, is ended")
    func endlessCable() throws {
        let bench = try Bench()
        bench.device.load(TestScript { $0.kind == "attached" ? [.unplug(replug: .zero)] : [] }, hearsAll: true)
        #expect(bench.device.script == nil)
        #expect(bench.device.events(after: 0).contains { $0.json.contains("acts without end") })
    }

    @Test("a script that does much at one instant, but not on one input, goes on")
    func diligent() throws {
        let bench = try Bench()
        let actions = Array(repeating: DeviceAction.note("now"), count: 1000)
        bench.device.load(TestScript { $0.kind == "replySent" ? actions : [] })
        for _ in 0..<30 { #expect(try bench.send(.pay(PayCommand(.trueMoney))) == .success) }
        #expect(bench.device.script != nil)
        #expect(bench.device.status.tally.count(of: .note) == 30_000)
    }

    @Test("a script that acts without end is ended, and the device goes on")
    func endless() throws {
        let bench = try Bench()
        bench.device.load(TestScript { _ in [.note("again")] })
        #expect(try bench.send(.pay(PayCommand(.trueMoney))) == .success)
        #expect(bench.device.script == nil)
        #expect(try bench.send(.pay(PayCommand(.trueMoney))) == .success)
    }
}
