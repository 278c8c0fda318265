import BlueTap
import Emulator
import HID
import ProfileFiles
import Synchronization
import WireFormat

/// A host that keeps what it gets.
final class RecordingHost: HostPort {
    private let reports = Mutex<[[UInt8]]>([])
    private let isReading: Bool

    init(isReading: Bool = true) {
        self.isReading = isReading
    }

    var received: [[UInt8]] { reports.withLock { $0 } }

    func sendInputReport(_ report: [UInt8]) -> Delivery {
        guard isReading else { return .dropped("nobody reads") }
        reports.withLock { $0.append(report) }
        return .sent
    }
}

struct Bench {
    let file: ProfileFile
    let device: EmulatedDevice
    let emulator: Emulator
    let host = RecordingHost()

    init(
        profile: ProfileFile? = nil, mode: EmulatorClock.Mode = .frozen, journal: Journal? = nil,
        policy change: (inout DevicePolicy) -> Void = { _ in }
    ) throws {
        file = try profile ?? ProfileLibrary.profile("reference")
        var profile = file.profile
        change(&profile.policy)
        let clock = EmulatorClock(mode: mode, startingAt: EmulatorClock.virtualStart)
        device = EmulatedDevice(
            id: "1", profile: profile, codec: file.codec, clock: clock, journal: journal,
            generator: SeededGenerator(seed: 1))
        emulator = Emulator(devices: [device], clock: clock)
        device.hostAttached()
    }

    func send(_ command: Command, sequence: Int64 = 1) throws -> ResultCode? {
        let before = host.received.count
        device.outputReport(try file.codec.encode(command, sequence: sequence), from: host)
        let replies = host.received.dropFirst(before)
        guard let reply = replies.first, replies.count == 1 else { return nil }
        let (result, context) = try file.codec.decodeReply(reply)
        return context.sequence == sequence ? result : nil
    }

    func kinds(after sequence: UInt64 = 0) -> [String] { device.events(after: sequence).map(\.kind) }
}

/// A host that only counts what it gets.
final class CountingHost: HostPort {
    private let received = Mutex(0)

    var count: Int { received.withLock { $0 } }

    func sendInputReport(_ report: [UInt8]) -> Delivery {
        received.withLock { $0 += 1 }
        return .sent
    }
}
