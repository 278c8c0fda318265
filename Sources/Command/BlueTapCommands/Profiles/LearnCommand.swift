internal import ArgumentParser
internal import BlueTap
internal import Documents
internal import Glibc
internal import Learning
internal import ProfileFiles
internal import Synchronization
internal import SystemPackage
internal import WireFormat

struct LearnCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "learn", abstract: "Work a wire format out from samples, and write it as a profile.",
        discussion: """
            Samples are commands that are known, with the reports that carried them (`bluetap profile learn --help-samples` \
            shows one). A profile is written only if it gives back every sample and every reply to the byte. What is not \
            sure is said, with the command that would decide it, and marked in the profile.
            """)

    @Argument(help: ArgumentHelp("Files of samples.", valueName: "samples"))
    var files: [String] = []

    @Option(
        help: ArgumentHelp(
            "A capture of usbmon, USBPcap or macOS (pcap, pcapng) to learn from instead, with --commands.",
            valueName: "file"))
    var capture: String?

    @Option(help: ArgumentHelp("The commands that were made while the capture ran, in order.", valueName: "file"))
    var commands: String?

    @Option(
        name: .customLong("usb-id"),
        help: ArgumentHelp("The device in the capture, where there are several, in hexadecimal.", valueName: "vid:pid"))
    var usbID: USBID?

    @Option(
        help: ArgumentHelp(
            "The device in the capture by serial number, or by bus and address (1.5).", valueName: "serial|bus.address")
    )
    var device: String?

    @Option(help: ArgumentHelp("Which of the device's interfaces is learned, by number.", valueName: "n"))
    var interface: UInt8?

    @Option(
        name: .shortAndLong, help: ArgumentHelp("The profile to write; standard output without.", valueName: "file"))
    var output: String?

    @Option(help: "The profile's name.")
    var name = "learned"

    @Flag(help: "Write nothing where something is not sure.")
    var strict = false

    @Flag(help: "Write what does not give back every sample as well, marked as a draft, with status 1.")
    var draft = false

    @Flag(help: "Print progress and result as JSON Lines.")
    var json = false

    @Flag(help: "Show what a file of samples looks like, and one of commands.")
    var helpSamples = false

    func validate() throws {
        if helpSamples { return }
        guard (capture == nil) == (commands == nil) else {
            throw ValidationError(
                "a capture and the commands that were made go together: --capture FILE --commands FILE")
        }
        guard files.isEmpty != (capture == nil) else {
            throw ValidationError("give files of samples (--help-samples shows one), or a capture with --commands")
        }
        guard !(strict && draft) else {
            throw ValidationError("--strict writes nothing that is not sure, --draft what is not even proved: give one")
        }
    }

    func run() throws {
        if helpSamples { return emit(Self.exampleSamples) }
        var (lesson, samples, profile) = try learn()
        let flaws = profile.flaws(in: samples)
        // Samples that are all given back do not contradict each other; and what the lesson says needs no saying twice.
        if flaws.isEmpty, !lesson.contradictions.isEmpty {
            lesson.withdrawContradictions(of: samples)
        }
        if lesson.contradictions.isEmpty, lesson.unexplained.isEmpty { lesson.unexplained = flaws.map(\.text) }
        profile.lesson = lesson
        if let flaw = flaws.first { return try refuse(flaw, &profile) }
        if strict, let question = lesson.openQuestions.first {
            report(lesson, .refused)
            throw CommandError("not sure, so that --strict writes nothing: \(question)")
        }
        try write(profile)
        report(lesson, .proved, profile)
        if output == nil, !json { emit(profile.text.dropLast()) }
    }

    /// What became of the samples.
    private enum Outcome: String {
        case proved
        case draft
        case refused
    }

    /// Writes a draft where one is wanted and can be used; ends with status 1.
    private func refuse(_ flaw: LearnedProfile.Flaw, _ profile: inout LearnedProfile) throws {
        let reason = profile.lesson.openQuestions.first ?? flaw.text
        guard draft, flaw.isUsable else {
            report(profile.lesson, .refused)
            throw CommandError(
                draft
                    ? "nothing is written, not even a draft, for what was learned makes no profile: \(flaw.text)"
                    : "nothing is written: \(reason)"
                        + (flaw.isUsable ? "; `--draft` writes what there is, marked as not proved" : ""))
        }
        profile.draft = reason
        try write(profile)
        report(profile.lesson, .draft, profile)
        if output == nil, !json { emit(profile.text.dropLast()) }
        throw CommandError("a draft is written, which is not proved: \(reason)")
    }

    private func write(_ profile: LearnedProfile) throws {
        guard let output else { return }
        do {
            try WholeFile.write(profile.text, to: output)
        } catch {
            throw CommandError("\(output) cannot be written: \(error)")
        }
    }

    private func learn() throws -> (Lesson, [Sample], LearnedProfile) {
        let progress = LearningProgress(isJSON: json)
        defer { progress.end() }
        do {
            guard let capture, let commands else {
                var samples: [Sample] = []
                for file in files { samples += try SampleFile(path: file).samples }
                var lesson = try Learner(samples, onProgress: progress.show).learn()
                lesson.gaps += Learner.gapsWithoutDescriptor(samples)
                return (lesson, samples, LearnedProfile(lesson, name: name))
            }
            let labels = try SampleFile.labels(path: commands)
            let file = try CaptureFile(
                path: capture, CaptureChoice(usbID: usbID, device: device, interface: interface))
            for warning in file.warnings { complain(warning) }
            var (lesson, samples) = try Learner.learn(file.session(labels), onProgress: progress.show)
            lesson.exchanges += file.featureExchanges
            let profile = LearnedProfile(
                lesson, name: name, usb: file.usb, reportDescriptor: file.reportDescriptor)
            return (lesson, samples, profile)
        } catch let error as LearningError {
            if json {
                emit(
                    JSONText.object([
                        ("event", .text("learned")), ("outcome", .text(Outcome.refused.rawValue)),
                        ("unexplained", .list([.text(error.description)])),
                        ("next", error.nextQuestion.map(Self.members)),
                    ]))
            } else if let next = error.nextQuestion {
                ask(next)
            }
            throw CommandError("nothing is learned: \(error.description.printable)")
        }
    }

    /// - Parameter profile: what was written, if anything was.
    private func report(_ lesson: Lesson, _ outcome: Outcome, _ profile: LearnedProfile? = nil) {
        if json {
            func list(_ texts: [String]) -> JSONValue { .list(texts.map { .text($0) }) }
            emit(
                JSONText.object([
                    ("event", .text("learned")), ("outcome", .text(outcome.rawValue)),
                    ("doubts", list(lesson.doubts.map(\.description))),
                    ("unexplained", list(lesson.unexplained)), ("notSeen", list(lesson.gaps)),
                    ("contradictions", list(lesson.contradictions)),
                    ("next", lesson.nextQuestion.map(Self.members)),
                    ("profile", profile == nil ? nil : output.map { .text($0) }),
                    ("text", output == nil ? profile.map { .text($0.text) } : nil),
                ]))
            return
        }
        for line in lesson.contradictions { complain(line) }
        for doubt in lesson.doubts { complain("not sure: \(doubt)") }
        for line in lesson.unexplained { complain("not explained: \(line)") }
        for gap in lesson.gaps { complain("not seen: \(gap)") }
        // Where nothing is open, nothing needs to be asked.
        if !lesson.isCertain, let next = lesson.nextQuestion { ask(next) }
    }

    /// Says what is known, and what to send next.
    private func ask(_ question: NextQuestion) {
        for line in question.known { complain("known: \(line.printable)") }
        complain("next: \(question.description.printable)")
    }

    /// A question for programs: its commands are as those of a file of samples.
    private static func members(_ question: NextQuestion) -> JSONValue {
        let commands = question.commands.map { command in
            var members: [String: JSONValue] = ["command": .text(command.kind.rawValue)]
            let values = FieldValues(command)
            for value in [FieldLayout.Value.paymentMethod, .amount, .orderID] {
                members[value.rawValue] = values[value].map { .text($0) }
            }
            members[FieldLayout.Value.expiryTime.rawValue] = values.number(.expiryTime).map { .integer($0) }
            return JSONValue.object(members)
        }
        var members: [String: JSONValue] = [
            "request": .text(question.request), "reason": .text(question.reason),
            "known": .list(question.known.map { .text($0) }),
            "commands": .list(commands),
        ]
        members["result"] = question.result.map { .text($0.rawValue) }
        return .object(members)
    }

    private static let exampleSamples = """
        samples:
          - command: pay              # or cancel
            paymentMethod: TRUEMONEY
            amount: "12.50"           # fields that were not given are left out
            orderId: "A1"
            expiryTime: 900
            reports: ["01 50 0A"]     # what the host sent, in order, hex, as on the wire
            replies: ["81 00"]        # optional: what the device answered
            result: SUCCESS           # optional: what that answer meant

        # For a capture, which has the reports, with --commands:
        # commands:
        #   - { command: pay, paymentMethod: TRUEMONEY, amount: "12.50", orderId: "A1", expiryTime: 900, result: SUCCESS }
        #   - { command: cancel, orderId: "A1" }
        """
}

/// A bar where somebody looks, JSON Lines where a program does.
final class LearningProgress: Sendable {
    private let isJSON: Bool
    private let isTerminal = isatty(STDERR_FILENO) == 1
    private let hasBar = Mutex(false)

    init(isJSON: Bool) {
        self.isJSON = isJSON
    }

    func show(_ done: Int, of total: Int, _ what: String) {
        if isJSON {
            emit(
                JSONText.object([
                    ("event", .text("progress")), ("done", .integer(Int64(done))), ("of", .integer(Int64(total))),
                    ("what", .text(what)),
                ]))
        } else if isTerminal {
            let width = 24
            // Of some searches nobody knows beforehand how long they are.
            let filled = total > 0 ? min(width, width * done / total) : 0
            let bar = String(repeating: "█", count: filled) + String(repeating: "░", count: width - filled)
            write("\r\u{1B}[K\(bar) \(what)")
            hasBar.withLock { $0 = true }
        }
    }

    func end() {
        if hasBar.withLock({ $0 }) { write("\r\u{1B}[K") }
    }

    private func write(_ text: String) { _ = try? FileDescriptor.standardError.writeAll(text.utf8) }
}
