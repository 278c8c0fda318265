public import BlueTap
internal import DequeModule
public import Emulator
internal import HID
internal import Synchronization
public import WireFormat

/// An emulated device of the replay's own, in virtual time; which may be held back, so that it passes no faster than real
/// time does.
public final class EmulatedTarget: ReplayTarget {
    public let device: EmulatedDevice
    private let emulator: Emulator
    private let host = RecordedHost()
    /// How many times as fast as real time; nil: no real time passes.
    private let speed: Double?
    private let realStart = ContinuousClock.now
    private var position = Duration.zero

    /// When its time begins.
    public static let start = EmulatorClock.virtualStart

    /// - Parameters:
    ///   - script: what happens at the device: the session's ``DeviceSide``, or a scenario.
    ///   - speed: how many times as fast as real time; nil: no real time passes.
    public init(profile: Profile, codec: Codec, script: (any DeviceScript)?, speed: Double? = nil) {
        self.speed = speed
        let clock = EmulatorClock(mode: .frozen, startingAt: Self.start)
        device = EmulatedDevice(
            id: "1", profile: profile, codec: codec, clock: clock, generator: SeededGenerator(seed: 1))
        emulator = Emulator(devices: [device], clock: clock)
        device.connected(to: host)
        device.hostAttached()
        device.load(script, hearsAll: true)
    }

    public var elapsed: Duration { position }

    public func pass(until time: Duration) async throws {
        guard time > position else { return }
        if let speed { try await Task.sleep(until: realStart + time / speed, clock: .continuous) }
        position = time
        emulator.advance(to: Self.start + time)
    }

    public func send(_ report: [UInt8], isFeature: Bool) -> Bool {
        // A recorded host that goes on writing has opened the device anew.
        host.clearHalt()
        if isFeature { return device.setFeatureReport(report) }
        device.outputReport(report, from: host)
        return !host.isHalted
    }

    public func inputReport() -> [UInt8]? { host.next() }

    public func awaitInputReport(due: Duration, next: Duration) async throws -> [UInt8]? {
        if let report = host.next() { return report }
        try await pass(until: next)
        return host.next()
    }

    public func featureReport(id: UInt8) -> [UInt8]? { device.featureReport(id: id) }

    // What pulls the cable is the scenario's.
    public func detached() {}

    public func attached() {}
}

/// The host's end: keeps what the device sends until it is looked at.
private final class RecordedHost: Cable {
    private let reports = Mutex<Deque<[UInt8]>>([])
    private let halt = Atomic(false)
    /// Most that are kept: beyond that nobody looks.
    private static let capacity = 100_000

    let abilities: CableAbilities = [.unplug, .stall, .slowReader, .longReports]

    func next() -> [UInt8]? { reports.withLock { $0.popFirst() } }

    func sendInputReport(_ report: [UInt8]) -> Delivery {
        reports.withLock { reports in
            guard reports.count < Self.capacity else { return .dropped("the host does not fetch its input reports") }
            reports.append(report)
            return .sent
        }
    }

    func unplug() {}

    func plug() -> Bool { true }

    func stall() { halt.store(true, ordering: .relaxed) }

    var isHalted: Bool { halt.load(ordering: .relaxed) }

    func clearHalt() { halt.store(false, ordering: .relaxed) }

    func setReading(_ isReading: Bool) {}
}
