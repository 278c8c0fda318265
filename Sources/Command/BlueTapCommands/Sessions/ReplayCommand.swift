internal import ArgumentParser
internal import BlueTap
internal import ControlAPI
internal import ControlClient
internal import Documents
internal import Emulator
internal import Replay
internal import SandboxServer
internal import Scenario
internal import WireFormat

struct ReplayCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "replay",
        abstract: "Send a recorded session's host reports again, and report where the answers differ.",
        discussion: """
            FILE is a capture (pcapng or pcap, also packed with gzip or zstd: bluetap's own, usbmon's, USBPcap's, macOS') \
            or a journal. The reports go to an \
            emulated device of replay's own, in virtual time: what happened at the recorded device (taps and payments, \
            where FILE is a journal; the cable) happens to it too. With --live they go to the device that a POS would \
            find here, over any transport.

            Exit status: 0 where all answers are alike, 1 where some differ.
            """)

    @Argument(help: ArgumentHelp("The capture or journal; - for standard input.", valueName: "file|-"))
    var file: String

    @OptionGroup var profile: ProfileOptions

    @Option(
        help: ArgumentHelp(
            "Which device of a capture, by serial number or by bus and address (1.5); of a journal, by id.",
            valueName: "serial|bus.address|id"))
    var device: String?

    @Option(help: ArgumentHelp("Which interface of a capture's device, by number.", valueName: "n"))
    var interface: UInt8?

    @Option(help: ArgumentHelp("Which run of a journal, from 1; the last unless given.", valueName: "n"))
    var run: Int?

    @Flag(help: "Play to the device that this machine's hidapi finds: BLUETAP_LOOPBACK's, or a real one.")
    var live = false

    @Option(
        help: ArgumentHelp(
            "How time passes: virtual, recorded, or so many times as fast as recorded (10x). With --live virtual time is"
                + " that of the device behind --control. Unless given: virtual, with --live recorded.",
            valueName: "virtual|recorded|Nx"))
    var pace: PaceArgument?

    @Option(help: "With --live: how long an answer is waited for, 2s unless given.")
    var timeout: DurationArgument?

    @Option(
        help: ArgumentHelp(
            "With --live and --pace virtual: the device's control address; else BLUETAP_CONTROL, else the default.",
            valueName: "unix:path|host:port"))
    var control: ControlAddress?

    @Option(
        help: ArgumentHelp(
            "What happens at the emulated device instead of what was recorded: a file, or a built-in scenario's name.",
            valueName: "name|file"))
    var scenario: String?

    @Flag(help: "Counters and times in answers, which are of each run its own, count as differences as well.")
    var exact = false

    @Flag(
        help:
            "Print a scenario instead, in which an emulated device does what the recorded one did, with expectations of the POS."
    )
    var asScenario = false

    @Flag(help: "Print JSON: a line for each difference, then one with the counts.")
    var json = false

    func validate() throws {
        if live, scenario != nil { throw ValidationError("--scenario is for the emulated device: leave --live out") }
        if asScenario, live || scenario != nil || pace != nil {
            throw ValidationError("--as-scenario goes without --live, --pace and --scenario")
        }
        if asScenario, json || exact {
            throw ValidationError("--as-scenario prints a scenario: leave --json and --exact out")
        }
        if timeout != nil, !live { throw ValidationError("--timeout goes with --live") }
        if control != nil, !live || pace != .virtual {
            throw ValidationError("--control goes with --live --pace virtual")
        }
    }

    /// How long a real device may take for an answer where nobody says: one that the recording has and that does not come
    /// is waited for this long each time.
    private static let livePatience = Duration.seconds(2)

    func run() async throws {
        let (profile, codec) = try self.profile.load()
        let choice = CaptureChoice(usbID: self.profile.usbID, device: device, interface: interface)
        let recorded = try SessionFile(path: file, choice, profile: profile)
        for note in recorded.notes { complain(note) }
        let session = try recorded.session(run: run, path: file)
        guard session.hostReportCount > 0 || !session.failedWrites.isEmpty else {
            throw CommandError("\(SessionFile.name(file)) has no report of a host")
        }
        if asScenario { return try await printScenario(session, profile, codec) }
        for (place, failure) in session.failedWrites {
            complain("\(place): the device did not take a report, which is not sent again: \(failure.status)")
        }
        let turns: [Replayer.Turn]
        var verdict: ScenarioReport?
        if live {
            let target = try HIDTarget(
                profile: profile, pace: livePace, timeout: timeout?.duration ?? Self.livePatience)
            turns = try await Replayer.play(session, to: target)
        } else {
            let played = try scenario.map { try ScenarioLibrary.scenario($0, vocabulary: .sandbox) }
            let script: any DeviceScript =
                played.map { ScenarioRun($0, startingAt: EmulatedTarget.start) }
                ?? DeviceSide(of: session, codec: codec)
            let target = EmulatedTarget(profile: profile, codec: codec, script: script, speed: pace?.speed)
            turns = try await Replayer.play(session, to: target)
            if played != nil { verdict = (target.device.script as? ScenarioRun)?.report(target.device.status) }
        }
        let comparison = SessionComparison(turns, codec: codec, isExact: exact)
        try report(comparison, session, verdict)
    }

    private var livePace: HIDTarget.Pace {
        get throws {
            switch pace ?? .real(speed: 1) {
            case .real(let speed): return .real(speed: speed)
            case .virtual:
                var options = try ControlOptions.parse([])
                options.control = control
                return .virtual(try options.client())
            }
        }
    }

    // MARK: Output

    private func printScenario(_ session: RecordedSession, _ profile: Profile, _ codec: Codec) async throws {
        let name = file.split(separator: "/").last.map { String($0.prefix { $0 != "." }) } ?? ""
        let scenario = try await ReproducedScenario(
            reproducing: session, name: name, profile: profile, codec: codec)
        emit(scenario.text.dropLast())
        for shortcoming in scenario.shortcomings { complain("not reproduced: \(shortcoming)") }
    }

    private func report(
        _ comparison: SessionComparison, _ session: RecordedSession, _ verdict: ScenarioReport?
    ) throws {
        let differences = comparison.differences.flatMap(\.self)
        for (turn, found) in comparison.differences.enumerated() where !found.isEmpty && !json {
            let request = comparison.requests[turn].map { "\($0)".printable } ?? "before the host's first report"
            emit("\(request):")
            for difference in found { emit("  \(difference)") }
        }
        if json { for difference in differences { emit(JSONText.object(difference.members)) } }
        let failures = verdict?.failures.filter { !$0.isConsequence } ?? []
        for check in failures { complain("\(check.title): \(check.failure ?? "")") }
        if json {
            emit(
                JSONText.object([
                    ("hostReports", .integer(Int64(session.hostReportCount))),
                    ("answers", .integer(Int64(comparison.answerCount))),
                    ("differences", .integer(Int64(differences.count))),
                    ("failedWrites", .integer(Int64(session.failedWrites.count))),
                    ("counterOrTimeOnly", .integer(Int64(comparison.volatileCount))),
                ]))
        } else {
            let counted =
                "\(Self.count(session.hostReportCount, "report")) of the host, \(Self.count(comparison.answerCount, "answer"))"
            let outcome =
                differences.isEmpty ? "no difference" : "\(Self.count(differences.count, "difference"))"
            let own =
                comparison.volatileCount == 0
                ? "" : " (\(comparison.volatileCount) with another counter or time: see --exact)"
            emit("\(counted): \(outcome)\(own)")
        }
        if !differences.isEmpty || !failures.isEmpty { throw ExitCode.failure }
    }

    private static func count(_ number: Int, _ noun: String) -> String { "\(number) \(noun)\(number == 1 ? "" : "s")" }
}

extension SessionComparison.Difference {
    fileprivate var members: [(String, JSONValue?)] {
        let common: [(String, JSONValue?)] = [
            ("place", .text(place)), ("time", .number(time.inSeconds)), ("message", message.map(JSONValue.text)),
        ]
        switch kind {
        case .field(let name, let recorded, let answered):
            return common + [("field", .text(name)), ("recorded", .text(recorded)), ("answered", .text(answered))]
        case .missing(let text): return common + [("recorded", .text(text))]
        case .unexpected(let text): return common + [("answered", .text(text))]
        }
    }
}

/// How a session's time passes.
enum PaceArgument: ExpressibleByArgument, Hashable {
    case virtual
    /// So many times as fast as recorded.
    case real(speed: Double)

    init?(argument: String) {
        switch argument {
        case "virtual": self = .virtual
        case "recorded": self = .real(speed: 1)
        default:
            guard argument.last == "x", let speed = Double(argument.dropLast()), (0.001...1_000_000).contains(speed)
            else { return nil }
            self = .real(speed: speed)
        }
    }

    /// Nil where no real time passes.
    var speed: Double? {
        switch self {
        case .virtual: nil
        case .real(let speed): speed
        }
    }
}
