internal import BlueTap
internal import CFloor
internal import Emulator
internal import HID

/// Pay commands that expire, in virtual time: how long a million of them takes, and whether it leaves anything behind.
enum CycleBenchmark {
    private static let count = 1_000_000

    /// A host that reads nothing and counts all.
    private final class Host: HostPort, @unchecked Sendable {
        // Used by one thread.
        var count = 0

        func sendInputReport(_ report: [UInt8]) -> Delivery {
            count += 1
            return .sent
        }
    }

    static func run(_ sample: Sample) throws -> [Figure] {
        let clock = EmulatorClock(mode: .frozen, startingAt: EmulatorClock.virtualStart)
        let device = EmulatedDevice(id: "1", profile: sample.profile, codec: sample.codec, clock: clock)
        let emulator = Emulator(devices: [device], clock: clock)
        let host = Host()
        device.hostAttached()
        // The log fills first: it stays as large as it is then.
        for _ in 0..<20_000 { cycle(device, emulator, sample, host) }
        let before = floor_allocated_bytes()
        let start = monotonicNanoseconds()
        for _ in 0..<count { cycle(device, emulator, sample, host) }
        let seconds = Double(monotonicNanoseconds() - start) / 1e9
        let growth = Double(floor_allocated_bytes()) - Double(before)
        guard device.status.tally.count(of: .linkExpired) == UInt64(count + 20_000), host.count == count + 20_000 else {
            throw BenchmarkError("a link did not expire")
        }
        return [
            Figure("cycles", "1 M pays and expiries, virtual time", seconds, "s", target: .atMost(5)),
            Figure("cyclesHeapGrowth", "  heap growth", growth / 1024, "KiB", target: .atMost(64)),
        ]
    }

    private static func cycle(_ device: EmulatedDevice, _ emulator: Emulator, _ sample: Sample, _ host: Host) {
        device.outputReport(sample.report, from: host)
        emulator.advance(by: .seconds(900))
    }
}
