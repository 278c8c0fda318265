import BlueTap
import Emulator
import Foundation
import HID
import ProfileFiles
import Replay
import Synchronization
import USBCaptures
import WireFormat

/// A host's end that keeps nothing.
private struct Host: Cable {
    let abilities: CableAbilities = [.unplug, .stall, .slowReader, .longReports]

    func sendInputReport(_ report: [UInt8]) -> Delivery { .sent }
    func unplug() {}
    func plug() -> Bool { true }
    func stall() {}
    func setReading(_ isReading: Bool) {}
}

/// An emulated device with a host, of whose session there are a capture and a journal.
final class RecordedBench {
    let profile: Profile
    let codec: Codec
    let device: EmulatedDevice
    let emulator: Emulator
    private let function: CapturedFunction
    private let path = NSTemporaryDirectory() + "session-\(UUID().uuidString).pcapng"
    private var sequence: Int64 = 0

    init(_ file: ProfileFile? = nil) throws {
        let file = try file ?? ProfileLibrary.profile("reference")
        profile = file.profile
        codec = file.codec
        let clock = EmulatorClock(mode: .frozen, startingAt: EmulatorClock.virtualStart)
        device = EmulatedDevice(
            id: "1", profile: profile, codec: codec, clock: clock, generator: SeededGenerator(seed: 7))
        emulator = Emulator(devices: [device], clock: clock)
        let writer = try CaptureWriter(
            path: path, application: "test", now: { clock.now.nanoseconds }, complain: { _ in })
        function = CapturedFunction(device, description: device.description, number: 1, file: writer) { _, _ in nil }
        function.connected(to: Host())
        function.hostAttached()
    }

    deinit {
        try? FileManager.default.removeItem(atPath: path)
    }

    func send(_ report: [UInt8]) {
        if profile.hid.outputReport.isFeature {
            _ = function.setFeatureReport(report)
        } else {
            function.outputReport(report, from: Host())
        }
    }

    func send(_ command: Command) throws {
        sequence = sequence % 100 + 1
        for report in try codec.encode(command, stamp: Codec.Stamp(sequence: sequence, counter: sequence)) {
            send(report)
        }
    }

    func pay(_ order: String, _ method: PaymentMethod = .trueMoney) throws {
        try send(.pay(PayCommand(method, amount: "12.50", orderID: order, expiryTime: 60)))
    }

    func cancel() throws { try send(.cancel(CancelCommand())) }

    func pass(_ duration: Duration) { emulator.advance(by: duration) }

    // MARK: Recordings

    var captured: RecordedSession {
        get throws {
            let capture = try USBCapture([UInt8](Data(contentsOf: URL(filePath: path))))
            return RecordedSession(capture.devices, interface: 0)
        }
    }

    var journalled: RecordedSession {
        RecordedSession(device.events(after: 0).map(JournalEntry.init), profile: profile)
    }

    /// The differences of a replay, as people read them.
    func replay(_ session: RecordedSession, isExact: Bool = false) async throws -> [String] {
        let target = EmulatedTarget(profile: profile, codec: codec, script: DeviceSide(of: session, codec: codec))
        let turns = try await Replayer.play(session, to: target)
        return SessionComparison(turns, codec: codec, isExact: isExact).differences.joined().map(\.description)
    }
}
