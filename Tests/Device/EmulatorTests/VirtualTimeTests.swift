import BlueTap
import Emulator
import HID
import ProfileFiles
import Synchronization
import TestSupport
import Testing
import WireFormat

@Suite("Virtual time")
struct VirtualTimeTests {
    private let start = EmulatorClock.virtualStart

    @Test("to an instant, to just before and just after what is due: a tap before lives, one after does not")
    func sides() throws {
        let bench = try Bench()
        #expect(bench.emulator.advanceToNextDue(.before) == false)
        _ = try bench.send(.pay(PayCommand(.trueMoney, orderID: "A1")))
        #expect(bench.emulator.advanceToNextDue(.before))
        #expect(bench.emulator.clock.now == start + .seconds(900) + .nanoseconds(-1))
        #expect(bench.device.tap(Customer()).map(\.kind) == ["linkTapped", "paymentSucceeded"])
        #expect(bench.emulator.advanceToNextDue(.after))
        #expect(bench.emulator.clock.now == start + .seconds(900))
        #expect(bench.device.tap(Customer()).map(\.kind) == ["tapMissed"])
        bench.emulator.advance(to: start + .seconds(1000))
        bench.emulator.advance(to: start)
        #expect(bench.emulator.clock.now == start + .seconds(1000))
    }

    @Test("things of many devices happen in the order of time, each at its own instant")
    func order() throws {
        let file = try ProfileLibrary.profile("reference")
        let clock = EmulatorClock(mode: .frozen, startingAt: start)
        let host = RecordingHost()
        let devices = (1...20).map {
            EmulatedDevice(
                id: "\($0)", profile: file.profile, codec: file.codec, clock: clock,
                generator: SeededGenerator(seed: UInt64($0)))
        }
        let emulator = Emulator(devices: devices, clock: clock)
        let seed = UInt64.random(in: 0...UInt64.max)
        var generator = SeededGenerator(seed: seed)
        // The first device's link lives longest: whoever goes from device to device is found out.
        let lives = (0..<devices.count).map { $0 == 0 ? 50 : Int64.random(in: 1...49, using: &generator) }
        let witness = Witness()
        for (device, life) in zip(devices, lives) {
            device.hostAttached()
            device.outputReport(
                try file.codec.encode(.pay(PayCommand(.trueMoney, expiryTime: life)), sequence: 1), from: host)
        }
        for device in devices { device.load(witness) }
        emulator.advance(by: .seconds(50))
        for (device, life) in zip(devices, lives) {
            let expired = try #require(device.events(after: 0).last)
            #expect(expired.kind == "linkExpired" && expired.time == start + .seconds(life), "seed \(seed)")
        }
        // In the order in which they were heard of, whichever device they are of.
        let seen = witness.seen
        #expect(seen.map(\.time) == lives.sorted().map { start + .seconds($0) }, "seed \(seed)")
        #expect(Set(seen.map(\.device)).count == devices.count, "seed \(seed)")
    }

    /// Hears of the events of many devices, one after the other.
    private struct Witness: DeviceScript {
        private final class Notes: Sendable {
            let events = Mutex<[Event]>([])
        }

        private let notes = Notes()

        var seen: [Event] { notes.events.withLock { $0 } }
        var nextDue: Instant? { nil }

        mutating func observe(_ event: Event) -> [DeviceAction] {
            notes.events.withLock { $0.append(event) }
            return []
        }

        mutating func act(at now: Instant) -> [DeviceAction] { [] }
        mutating func actionFailed(_ reason: String) {}
    }

    @Test("a cycle of pay and expiry many times over: nothing is left, nothing grows")
    func cycles() async throws {
        let bench = try Bench()
        let rounds = Rounds(20_000, soak: 1_000_000)
        let pay = try bench.file.codec.encode(.pay(PayCommand(.trueMoney, orderID: "A1")), sequence: 1)
        let host = CountingHost()
        for await _ in rounds {
            bench.device.outputReport(pay, from: host)
            bench.emulator.advance(by: .seconds(900))
        }
        #expect(host.count == rounds.count)
        #expect(bench.device.status.tally.count(of: .linkExpired) == UInt64(rounds.count))
        #expect(bench.emulator.clock.now == start + .seconds(900 * rounds.count))
        #expect(bench.device.status.state == .idle)
    }

    @Test(
        "instants are read as they are written",
        arguments: [
            ("2026-01-01T00:15:00Z", 900 as Int64), ("2026-01-01T00:00:00.000Z", 0),
            ("2026-02-28T00:00:00Z", 5_011_200),
        ])
    func instants(_ text: String, _ seconds: Int64) {
        #expect(Instant(iso8601: text) == start + .seconds(seconds))
    }

    @Test(
        "what is no instant is refused",
        arguments: [
            "", "2026", "2026-13-01T00:00:00Z", "2026-02-30T00:00:00Z", "2026-01-01T24:00:00Z", "2026-01-01T00:00:00",
            "2026-01-01T00:00:00.Z", "9999-01-01T00:00:00Z", "2026-01-01T00:00:00.0000000001Z", "２026-01-01T00:00:00Z",
        ])
    func notInstants(_ text: String) {
        #expect(Instant(iso8601: text) == nil)
    }

    @Test("an instant and its text are each other's")
    func roundTrip() {
        let seed = UInt64.random(in: 0...UInt64.max)
        var generator = SeededGenerator(seed: seed)
        for _ in 0..<1000 {
            let instant = Instant(nanoseconds: .random(in: 0...9_000_000_000_000, using: &generator) * 1_000_000)
            #expect(Instant(iso8601: instant.description) == instant, "\(instant) seed \(seed)")
        }
    }
}
