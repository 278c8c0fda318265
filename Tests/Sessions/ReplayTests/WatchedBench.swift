import BlueTap
import Documents
import Emulator
import Foundation
import HID
import ProfileFiles
import Replay
import Scenario
import Synchronization
import USBCaptures
import WireFormat

/// Who watches a device.
enum Watch: String, CaseIterable {
    case nobody
    /// A fault that is set and never fires.
    case idleFault
    /// A scenario that expects something and does nothing.
    case silentScenario
    case journal
    case capture
    /// Somebody who asks for everything that can be asked for, and takes what is in the outbox.
    case page
    case everybody
}

/// What crosses the cable, in order: the reports of both sides, those of one that follow each other as one text.
private final class Wire: Sendable {
    private let crossed = Mutex<[String]>([])

    func add(_ bytes: [UInt8], fromHost: Bool) {
        let side = fromHost ? ">" : "<"
        crossed.withLock { crossed in
            if crossed.last?.hasPrefix(side) == true {
                crossed[crossed.count - 1] += HexBytes(bytes).description
            } else {
                crossed.append(side + HexBytes(bytes).description)
            }
        }
    }

    var all: [String] { crossed.withLock { $0 } }
}

private struct WireCable: Cable {
    let wire: Wire
    let abilities: CableAbilities = [.unplug, .stall, .slowReader, .longReports]

    func sendInputReport(_ report: [UInt8]) -> Delivery {
        wire.add(report, fromHost: false)
        return .sent
    }

    func unplug() {}
    func plug() -> Bool { true }
    func stall() {}
    func setReading(_ isReading: Bool) {}
}

/// A device with a host and with those who watch it.
final class WatchedBench {
    private let file: ProfileFile
    let device: EmulatedDevice
    private let emulator: Emulator
    private let watches: Set<Watch>
    private let wire = Wire()
    private let function: any HIDFunction
    private let folder = FileManager.default.temporaryDirectory.appending(path: "watched-\(UUID())").path()
    private var sequence: Int64 = 0

    init(_ file: ProfileFile, _ watch: Watch) throws {
        self.file = file
        watches = watch == .everybody ? Set(Watch.allCases) : [watch]
        try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
        let clock = EmulatorClock(mode: .frozen, startingAt: EmulatorClock.virtualStart)
        let journal = watches.contains(.journal) ? try Journal(JournalOptions(path: "\(folder)/journal")) : nil
        device = EmulatedDevice(
            id: "1", profile: file.profile, codec: file.codec, clock: clock, journal: journal,
            generator: SeededGenerator(seed: 7))
        emulator = Emulator(devices: [device], clock: clock)
        if watches.contains(.capture) {
            let writer = try CaptureWriter(
                path: "\(folder)/capture", application: "test", now: { clock.now.nanoseconds }, complain: { _ in })
            function = CapturedFunction(device, description: device.description, number: 1, file: writer) { _, _ in nil
            }
        } else {
            function = device
        }
        if watches.contains(.silentScenario) {
            let text = """
                scenario: silent
                rules: [{when: {event: linkReady, with: {orderId: nobody}}, then: [{log: never}]}]
                expect: [{event: payReceived}]
                """
            let scenario = try Scenario(Document(parsing: text, name: "silent"))
            device.load(ScenarioRun(scenario, startingAt: clock.now), hearsAll: true)
        }
        if watches.contains(.page) { device.openOutbox(for: Set(Event.Kind.allCases)) }
        function.connected(to: WireCable(wire: wire))
        function.hostAttached()
        if watches.contains(.idleFault) {
            var never = Fault.Trigger()
            never.nth = 1_000_000
            _ = try device.add(Fault(.nfcDead, when: never, count: nil))
        }
    }

    deinit {
        try? FileManager.default.removeItem(atPath: folder)
    }

    // MARK: What happens

    func happen(_ happening: Happening) throws {
        switch happening {
        case .command(let command):
            sequence = sequence % 100 + 1
            let stamp = Codec.Stamp(sequence: sequence, counter: sequence)
            for report in try file.codec.encode(command, stamp: stamp) { send(report) }
            // A host that reads its answers reads one for each command.
            if file.profile.hid.inputReport.isFeature, let answer = function.featureReport(id: 0) {
                wire.add(answer, fromHost: false)
            }
        case .report(let bytes): send(bytes)
        case .tap(let customer): device.tap(customer)
        case .fault(let fault): _ = try device.add(fault)
        case .pass(let duration): emulator.advance(by: duration)
        case .unplug(let duration):
            try device.unplug()
            emulator.advance(by: duration)
            try device.plug()
        }
        if watches.contains(.page) { look() }
    }

    private func send(_ report: [UInt8]) {
        wire.add(report, fromHost: true)
        guard file.profile.hid.outputReport.isFeature else {
            return function.outputReport(report, from: WireCable(wire: wire))
        }
        _ = function.setFeatureReport(report)
    }

    private func look() {
        device.catchUp()
        _ = (device.status, device.crowd, device.script, device.inputReport(id: 0))
        _ = device.events(after: device.status.lastSequence - min(3, device.status.lastSequence))
        _ = device.takeOutbox()
    }

    // MARK: What came of it

    var crossed: [String] { wire.all }

    /// How often what has happened, by kind; and what commands were answered with.
    var counters: [String: UInt64] {
        let tally = device.status.tally
        var counters: [String: UInt64] = [:]
        for kind in Event.Kind.allCases { counters[kind.name] = tally.count(of: kind) }
        for kind in Command.Kind.allCases {
            for result in ResultCode.allCases {
                counters["\(kind) \(result)"] = tally.replies(to: kind, result)
            }
        }
        return counters
    }

    var kinds: [String] { device.events(after: 0).map(\.kind) }

    /// The order of the reports of both sides, as the events tell it.
    var told: [String] { Self.crossed(journalled) }

    /// The same, as the capture has it.
    var seen: [String] { get throws { Self.crossed(try captured) } }

    private static func crossed(_ session: RecordedSession) -> [String] {
        let wire = Wire()
        for step in session.steps {
            switch step.happening {
            case .hostReport(let report, _): wire.add(report, fromHost: true)
            case .deviceReport(let report), .featureRead(_, let report): wire.add(report, fromHost: false)
            case .failedWrite, .unheard, .unanswered, .pulled, .disturbed, .attached, .detached, .tap, .pending,
                .payment, .refusal:
                break
            }
        }
        return wire.all
    }

    var journalled: RecordedSession {
        RecordedSession(device.events(after: 0).map(JournalEntry.init), profile: file.profile)
    }

    /// What the journal's file has.
    var keptEntries: [JournalEntry] {
        get throws {
            try String(contentsOfFile: "\(folder)/journal", encoding: .utf8).split(separator: "\n").map { line in
                let members = try JSONSerialization.jsonObject(with: Data(line.utf8)) as? [String: Any] ?? [:]
                // As `replay` reads them: every value as a text.
                return try JournalEntry(members: members.mapValues { "\($0)" })
            }
        }
    }

    var captured: RecordedSession {
        get throws {
            let capture = try USBCapture([UInt8](Data(contentsOf: URL(filePath: "\(folder)/capture"))))
            return RecordedSession(capture.devices, interface: 0)
        }
    }

    /// The differences of a replay, as people read them.
    func replay(_ session: RecordedSession) async throws -> [String] {
        let target = EmulatedTarget(
            profile: file.profile, codec: file.codec, script: DeviceSide(of: session, codec: file.codec))
        let turns = try await Replayer.play(session, to: target)
        return SessionComparison(turns, codec: file.codec).differences.joined().map(\.description)
    }
}

/// One thing of a session.
enum Happening {
    case command(Command)
    /// A report that is no command.
    case report([UInt8])
    case tap(Customer)
    case fault(Fault)
    case pass(Duration)
    case unplug(Duration)
}
