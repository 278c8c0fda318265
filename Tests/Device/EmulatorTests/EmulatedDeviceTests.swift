import BlueTap
import Emulator
import HID
import ProfileFiles
import Synchronization
import TestSupport
import Testing
import WireFormat

@Suite("The emulated device")
struct EmulatedDeviceTests {
    @Test("a pay, a tap, an expiry, a tap after it: events in order, without gaps, with their times")
    func story() throws {
        let bench = try Bench()
        #expect(try bench.send(.pay(PayCommand(.trueMoney, amount: "12.50", orderID: "A1"))) == .success)
        #expect(bench.device.status.state == .linkReady)
        bench.emulator.advance(by: .seconds(30))
        bench.device.tap(Customer(wallet: "w"))
        #expect(bench.device.status.state == .linkOpened)
        bench.emulator.advance(by: .seconds(10_000))
        bench.device.tap(Customer(wallet: "w"))
        let events = bench.device.events(after: 0)
        #expect(
            events.map(\.kind) == [
                "attached", "payReceived", "linkReady", "replySent", "linkTapped", "paymentSucceeded", "linkExpired",
                "tapMissed",
            ])
        #expect(events.map(\.sequence) == Array(1...8))
        #expect(events[6].time == EmulatorClock.virtualStart + .seconds(900))
        #expect(events[7].time == EmulatorClock.virtualStart + .seconds(10_030))
    }

    @Test("a link expires at exactly its second: one nanosecond before it lives")
    func exactExpiry() throws {
        let bench = try Bench()
        #expect(try bench.send(.pay(PayCommand(.trueMoney, expiryTime: 7))) == .success)
        bench.emulator.advance(by: .nanoseconds(6_999_999_999))
        #expect(bench.device.status.state == .linkReady)
        bench.emulator.advance(by: .nanoseconds(1))
        #expect(bench.device.status.state == .idle)
        #expect(bench.device.events(after: 0).last?.time == EmulatorClock.virtualStart + .seconds(7))
    }

    @Test("a pay replaces, a cancel of another order is refused, a cancel without order id cancels")
    func replaceAndCancel() throws {
        let bench = try Bench()
        #expect(try bench.send(.pay(PayCommand(.trueMoney, orderID: "A"))) == .success)
        #expect(try bench.send(.pay(PayCommand(.alipayCN, orderID: "B"))) == .success)
        #expect(try bench.send(.cancel(CancelCommand(orderID: "A"))) == .parameterIllegal)
        #expect(try bench.send(.cancel(CancelCommand(orderID: "B"))) == .success)
        #expect(try bench.send(.pay(PayCommand(.trueMoney))) == .success)
        #expect(try bench.send(.cancel(CancelCommand())) == .success)
        #expect(
            bench.kinds() == [
                "attached", "payReceived", "linkReady", "replySent",
                "payReceived", "linkReplaced", "linkReady", "replySent",
                "cancelReceived", "commandRejected", "replySent",
                "cancelReceived", "linkCancelled", "replySent",
                "payReceived", "linkReady", "replySent",
                "cancelReceived", "linkCancelled", "replySent",
            ])
    }

    @Test("a refusal names field and limit in its event, and shows the report")
    func refusal() throws {
        let bench = try Bench()
        #expect(try bench.send(.pay(PayCommand(paymentMethod: "Test"))) == .parameterIllegal)
        let json = try #require(bench.device.events(after: 0).first { $0.kind == "commandRejected" }).json
        #expect(
            json.hasPrefix(
                #"{"seq":3,"time":"2026-01-01T00:00:00.000Z","device":"1","kind":"commandRejected","command":"pay","#
                    + #""result":"PARAM_ILLEGAL","field":"paymentMethod","reason":"\"Test\" is not one of TRUEMONEY, "#
                    + #"SEVEN_11, ALIPAY_CN, ALIPAY_PLUS","report":"b70101"#))
    }

    @Test("a link is paid once, however often it is tapped")
    func paidOnce() throws {
        let bench = try Bench()
        _ = try bench.send(.pay(PayCommand(.trueMoney)))
        let outcomes: [Customer.Outcome] = [.walksAway, .declines, .pays, .pays]
        let kinds = outcomes.flatMap { bench.device.tap(Customer(outcome: $0)).map(\.kind) }
        #expect(
            kinds == [
                "linkTapped", "linkTapped", "paymentFailed", "linkTapped", "paymentSucceeded", "linkTapped",
                "paymentFailed",
            ])
    }

    @Test("a reply that the host does not take is an event, not a promise")
    func droppedReply() throws {
        let bench = try Bench()
        bench.device.outputReport(
            try bench.file.codec.encode(.pay(PayCommand(.trueMoney))), from: RecordingHost(isReading: false))
        #expect(bench.kinds().last == "replyDropped")
    }

    @Test("the host's going loses the link")
    func detach() throws {
        let bench = try Bench()
        _ = try bench.send(.pay(PayCommand(.trueMoney)))
        bench.device.hostDetached()
        #expect(bench.kinds().suffix(2) == ["linkLost", "detached"])
        #expect(bench.device.status.state == .detached)
    }

    @Test(
        "ten thousand random and mutated reports: each one an event, none a trap, and the next command works",
        arguments: [UInt64(1), 2])
    func fuzz(seed: UInt64) async throws {
        let bench = try Bench()
        var generator = SeededGenerator(seed: seed)
        let good = try bench.file.codec.encode(.pay(PayCommand(.trueMoney, amount: "1", orderID: "A")))
        for await round in Rounds(10_000, soak: 1_000_000) {
            var report = good
            switch round % 4 {
            case 0:
                report = (0..<Int.random(in: 0...70, using: &generator)).map { _ in
                    UInt8.random(in: 0...255, using: &generator)
                }
            case 1: report.removeLast(Int.random(in: 1...64, using: &generator))
            case 2: report[Int.random(in: 0..<64, using: &generator)] ^= UInt8.random(in: 1...255, using: &generator)
            default:
                // A good checksum over bad fields.
                for _ in 0..<4 {
                    report[Int.random(in: 2..<60, using: &generator)] = UInt8.random(in: 0...255, using: &generator)
                }
                let sum = crc32(report[..<60])
                for byte in 0..<4 { report[60 + byte] = UInt8(truncatingIfNeeded: sum >> UInt32(8 * byte)) }
            }
            let before = bench.device.status.lastSequence
            bench.device.outputReport(report, from: bench.host)
            let kinds = bench.kinds(after: before)
            #expect(
                kinds == ["reportMalformed"] || ["payReceived", "cancelReceived"].contains(kinds.first),
                "seed \(seed), round \(round)")
        }
        #expect(try bench.send(.pay(PayCommand(.trueMoney))) == .success)
    }

    @Test("the log keeps the newest events, and tells how far back it goes")
    func bounded() throws {
        let bench = try Bench()
        for _ in 0..<6000 { _ = try bench.send(.pay(PayCommand(.trueMoney))) }
        let events = bench.device.events(after: 0)
        #expect(events.count == 16_384)
        #expect(events.last?.sequence == bench.device.status.lastSequence)
        #expect(zip(events, events.dropFirst()).allSatisfy { $0.sequence + 1 == $1.sequence })
        #expect(bench.device.events(after: bench.device.status.lastSequence).isEmpty)
        #expect(bench.device.events(after: .max).isEmpty)
    }

    @Test("whoever waits for an event gets it, whether it came before or after", .timeLimit(.minutes(10)))
    func waiting() async throws {
        let bench = try Bench()
        let device = bench.device
        // Event 1 has come: nobody waits for it.
        await device.waitForEvent(after: 0)
        // Each of them tells what there was when it was waited for no longer.
        let (ends, end) = AsyncStream.makeStream(of: UInt64.self)
        let waiting = (UInt64(1)...4).map { number in
            Task {
                await device.waitForEvent(after: number)
                end.yield(number)
            }
        }
        // Long enough for all of them to begin to wait: whoever returned at once has by then said so.
        for _ in 0..<1000 { await Task.yield() }
        end.yield(0)
        var iterator = ends.makeAsyncIterator()
        #expect(await iterator.next() == 0, "somebody did not wait")
        // Events 2, 3 and 4; who waits for event 5 waits on.
        #expect(try bench.send(.pay(PayCommand(.trueMoney))) == .success)
        var woken: Set<UInt64> = []
        while woken.count < 3, let number = await iterator.next() { woken.insert(number) }
        #expect(woken == [1, 2, 3])
        #expect(device.status.lastSequence == 4)
        device.note("the fifth")
        #expect(await iterator.next() == 4)
        for task in waiting { await task.value }
    }

    @Test("whoever waits for an event that does not come is let go when cancelled", .timeLimit(.minutes(10)))
    func cancelledWait() async throws {
        let bench = try Bench()
        let task = Task {
            await bench.device.waitForEvent(after: 1_000_000)
            return Task.isCancelled
        }
        for _ in 0..<1000 { await Task.yield() }
        task.cancel()
        // Nothing else ends it.
        #expect(await task.value)
        #expect(bench.device.status.lastSequence == 1)
    }

    @Test("while time runs, a link expires by itself", .timeLimit(.minutes(10)))
    func runningClock() async throws {
        let bench = try Bench(mode: .running)
        let run = Task { await bench.emulator.run() }
        _ = try bench.send(.pay(PayCommand(.trueMoney, expiryTime: 1)))
        let before = bench.device.status.lastSequence
        await bench.device.waitForEvent(after: before)
        let event = try #require(bench.device.events(after: before).first)
        #expect(event.kind == "linkExpired")
        run.cancel()
        await run.value
    }

    @Test("time that is advanced past a pending wait is not slept through", .timeLimit(.minutes(10)))
    func thaw() async throws {
        let bench = try Bench()
        let run = Task { await bench.emulator.run() }
        _ = try bench.send(.pay(PayCommand(.trueMoney, expiryTime: 900)))
        bench.emulator.advance(by: .milliseconds(899_990))
        let before = bench.device.status.lastSequence
        bench.emulator.clock.mode = .running
        await bench.device.waitForEvent(after: before)
        #expect(bench.kinds(after: before) == ["linkExpired"])
        run.cancel()
        await run.value
    }
}

private func crc32(_ bytes: ArraySlice<UInt8>) -> UInt32 {
    var state: UInt32 = 0xFFFF_FFFF
    for byte in bytes {
        state ^= UInt32(byte)
        for _ in 0..<8 { state = state >> 1 ^ (state & 1 == 1 ? 0xEDB8_8320 : 0) }
    }
    return state ^ 0xFFFF_FFFF
}
