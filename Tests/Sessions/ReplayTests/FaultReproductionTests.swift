import BlueTap
import Emulator
import Foundation
import HID
import ProfileFiles
import Replay
import Scenario
import Synchronization
import Testing
import USBCaptures
import WireFormat

/// What a POS saw, in order: its own writes and what came of them, and the reports that it read.
private final class Seen: Cable {
    private struct State {
        var all: [String] = []
        var isThere = true
        var isHalted = false
    }

    private let state = Mutex(State())

    let abilities: CableAbilities = [.unplug, .stall, .slowReader, .longReports]

    func sendInputReport(_ report: [UInt8]) -> Delivery {
        state.withLock { state in
            guard state.isThere else { return .dropped("the host has gone") }
            state.all.append("< \(HexBytes(report))")
            return .sent
        }
    }

    func unplug() { state.withLock { $0.isThere = false } }

    func plug() -> Bool {
        state.withLock { $0.isThere = true }
        return true
    }

    func stall() { state.withLock { $0.isHalted = true } }
    func setReading(_ isReading: Bool) {}

    var isThere: Bool { state.withLock { $0.isThere } }

    func note(_ text: String) { state.withLock { $0.all.append(text) } }

    /// Whether the write just made was refused; the device is opened anew then.
    func takeHalt() -> Bool {
        state.withLock { state in
            defer { state.isHalted = false }
            return state.isHalted
        }
    }

    var all: [String] { state.withLock { $0.all } }
}

/// A device and a POS that does always the same.
private final class FaultBench {
    let profile: Profile
    let codec: Codec
    let device: EmulatedDevice
    private let emulator: Emulator
    private let function: CapturedFunction
    private let seen = Seen()
    private let path = NSTemporaryDirectory() + "faults-\(UUID().uuidString).pcapng"

    init(_ file: ProfileFile, _ scenario: Scenario? = nil) throws {
        profile = file.profile
        codec = file.codec
        let clock = EmulatorClock(mode: .frozen, startingAt: EmulatorClock.virtualStart)
        device = EmulatedDevice(
            id: "1", profile: profile, codec: codec, clock: clock, generator: SeededGenerator(seed: 7))
        emulator = Emulator(devices: [device], clock: clock)
        let writer = try CaptureWriter(
            path: path, application: "test", now: { clock.now.nanoseconds }, complain: { _ in })
        function = CapturedFunction(device, description: device.description, number: 1, file: writer) { _, _ in nil }
        function.connected(to: seen)
        function.hostAttached()
        if let scenario { device.load(ScenarioRun(scenario, startingAt: clock.now), hearsAll: true) }
    }

    deinit { try? FileManager.default.removeItem(atPath: path) }

    /// - Parameter tap: who comes for the link of the third pay.
    func play(tap: Customer? = nil) throws {
        let commands: [Command] = [
            .pay(PayCommand(.trueMoney, amount: "1.00", orderID: "A0", expiryTime: 300)),
            .pay(PayCommand(.trueMoney, amount: "2.00", orderID: "A1", expiryTime: 300)),
            .cancel(CancelCommand(orderID: "A1")),
            .pay(PayCommand(.sevenEleven, amount: "3.00", orderID: "A2", expiryTime: 300)),
            .cancel(CancelCommand()), .pay(PayCommand(.trueMoney, amount: "4.00", orderID: "A3", expiryTime: 60)),
        ]
        for (index, command) in commands.enumerated() {
            let stamp = Codec.Stamp(sequence: Int64(index + 1), counter: Int64(index + 1))
            for report in try codec.encode(command, stamp: stamp) where seen.isThere {
                seen.note("> \(index)")
                function.outputReport(report, from: seen)
                if seen.takeHalt() { seen.note("! \(index)") }
            }
            emulator.advance(by: .seconds(2))
            if index == 3, let tap { device.tap(tap) }
            emulator.advance(by: .seconds(2))
        }
        emulator.advance(by: .seconds(90))
    }

    var all: [String] { seen.all }

    var journalled: RecordedSession {
        RecordedSession(device.events(after: 0).map(JournalEntry.init), profile: profile)
    }

    var captured: RecordedSession {
        get throws {
            let capture = try USBCapture([UInt8](Data(contentsOf: URL(filePath: path))))
            return RecordedSession(capture.devices, interface: 0)
        }
    }
}

@Suite("Scenarios of sessions with faults", .timeLimit(.minutes(10)))
struct FaultReproductionTests {
    private static let faults = FaultName.allCases

    /// Settings that show.
    private static func setUp(_ fault: inout FaultDescription) {
        switch fault.name {
        case .unplug: fault.replug = TextualDuration(.seconds(1))
        case .slowReader, .replyDelayed, .linkSlow: fault.delay = TextualDuration(.seconds(1))
        case .flood:
            fault.interval = TextualDuration(.milliseconds(500))
            fault.burst = 3
        case .replyResult: fault.result = .unknownException
        case .clockSkew: fault.factor = 2
        case .replyCorrupted: fault.seed = 4711
        default: break
        }
    }

    private static func fault(_ index: Int, nth: Int) throws -> Fault {
        var description = FaultDescription(faults[index])
        setUp(&description)
        if description.name != .nfcDead {
            description.on = .pay
            description.nth = nth
        }
        if description.name == .flood { description.count = .times(1) }
        return try description.fault
    }

    /// What a session with these faults gives from one kind of recording: nil where the scenario gives the POS the same.
    private func failure(_ faults: [Fault], tap: Customer? = nil, fromCapture: Bool) async throws -> String? {
        let file = try ProfileLibrary.profile("reference")
        let bench = try FaultBench(file)
        for fault in faults { _ = try bench.device.add(fault) }
        try bench.play(tap: tap)
        let session = fromCapture ? try bench.captured : bench.journalled
        let made = try await ReproducedScenario(
            reproducing: session, name: "n", profile: file.profile, codec: file.codec)
        let again = try FaultBench(file, made.scenario)
        try again.play()
        if again.all == bench.all { return nil }
        let named = made.shortcomings.isEmpty ? "SILENT" : "named"
        let place = zip(bench.all, again.all).prefix { $0 == $1 }.count
        return
            "\(named) at \(place): \(bench.all.dropFirst(place).prefix(3)) is \(again.all.dropFirst(place).prefix(3))\n"
            + made.text
    }

    @Test("each fault alone gives the POS the same reports", arguments: [false, true])
    func alone(fromCapture: Bool) async throws {
        var failures: [String] = []
        for index in Self.faults.indices {
            if let failure = try await failure([Self.fault(index, nth: 2)], fromCapture: fromCapture) {
                failures.append("\(Self.faults[index].rawValue): \(failure)")
            }
        }
        #expect(failures == [], "\(failures.joined(separator: "\n"))")
    }

    @Test("two faults of one command, and of two, give the POS the same reports", arguments: [false, true])
    func pairs(fromCapture: Bool) async throws {
        var failures: [String] = []
        var count = 0
        for first in Self.faults.indices {
            for second in Self.faults.indices where first < second {
                for nth in [2, 3] {
                    count += 1
                    let faults = [try Self.fault(first, nth: 2), try Self.fault(second, nth: nth)]
                    guard let failure = try await failure(faults, fromCapture: fromCapture) else { continue }
                    failures.append(
                        "\(Self.faults[first].rawValue) + \(Self.faults[second].rawValue) \(nth): \(failure)")
                }
            }
        }
        // Such as a flood that begins as the cable is pulled: its first reports are not there again, which the scenario says.
        let named = failures.filter { $0.contains(": named at ") }
        #expect(count == 380 && named.count <= 2)
        #expect(failures.count == named.count, "\(failures.count) of \(count):\n\(failures.joined(separator: "\n"))")
    }

    @Test("each customer's outcome gives the POS the same reports", arguments: [false, true])
    func outcomes(fromCapture: Bool) async throws {
        for outcome in Customer.Outcome.allCases {
            let failure = try await failure(
                [], tap: Customer(wallet: "Alice", outcome: outcome), fromCapture: fromCapture)
            #expect(failure == nil, "\(outcome): \(failure ?? "")")
        }
    }
}
