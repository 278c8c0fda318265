internal import ArgumentParser
internal import BlueTap
internal import Documents
internal import Learning
internal import ProfileFiles
internal import WireFormat

struct ProbeCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "probe",
        abstract: "Find the replies that a host accepts, by trying them.",
        discussion: """
            For a profile that has commands and no replies. CMD makes one command through hidapi, and its status or what \
            it prints tells how the command fared. It is run again and again against a loopback device that answers with \
            one reply after another, from the most to the least plausible; then, in the reply that it takes, with one \
            result after another. A reply is found when CMD ends in SUCCESS with it, twice. Where CMD numbers its \
            commands, let it begin with another number in each run: {run} in its arguments is the number of the run.
            """)

    @Option(help: ArgumentHelp("The profile whose replies are looked for.", valueName: "file"))
    var profile: String

    @Option(help: ArgumentHelp("How often CMD is run at most.", valueName: "n"))
    var runs = 200

    @Option(help: ArgumentHelp("How long one run may take.", valueName: "seconds"))
    var timeout = 30

    @Option(
        name: .shortAndLong,
        help: ArgumentHelp("Write the profile with the replies that were found.", valueName: "file"))
    var output: String?

    @Flag(help: "Print each run and the result as JSON Lines.")
    var json = false

    @Argument(parsing: .postTerminator, help: ArgumentHelp("The program and its arguments.", valueName: "cmd"))
    var command: [String] = []

    func validate() throws {
        if command.isEmpty { throw ValidationError("there is no CMD: put it behind --") }
        guard (3...100_000).contains(runs) else { throw ValidationError("--runs is 3 to 100000") }
        guard (1...3600).contains(timeout) else { throw ValidationError("--timeout is 1 to 3600 seconds") }
    }

    func run() async throws {
        let document = try ProfileLibrary.document(profile)
        let file = try ProfileFile(document)
        guard file.profile.replies.isEmpty else {
            throw CommandError("\(profile) has replies already: take them out to have others looked for")
        }
        let directory = try TemporaryDirectory(prefix: "bluetap-probe")
        let bench = ProbeBench(
            profile: try ProbeBench.text(of: profile), command: command, directory: directory.path, timeout: timeout)
        let (codec, size) = (file.codec, file.profile.hid.outputReport.size)
        func reports(_ command: [UInt8]) -> [[UInt8]] {
            stride(from: 0, to: command.count, by: size).map { Array(command[$0..<min($0 + size, command.count)]) }
        }
        let layouts =
            Array(file.profile.commands.values) + file.profile.framing.values.map { ($0.first ?? []) + $0.header }
        let hasNumber = layouts.contains { $0.sequenceField != nil }
        var probe = Probe(
            runs: runs, bench: bench,
            number: { hasNumber ? try? codec.decode(reports: reports($0)).context.sequence : nil },
            onTrial: { run, of, trial in report(run, of, trial) })
        try await probe.begin()
        // One more than can be tried, to know whether any are left.
        let candidates = ReplyCandidate.candidates(
            for: file.profile, most: runs + 1, answering: reports(probe.command))
        if let first = candidates.first {
            // Replies are written below what is there.
            do {
                _ = try ProfileFile(Document(parsing: bench.profile(with: first, codes: [:]), name: profile))
            } catch {
                throw CommandError(
                    "replies cannot be added to \(profile): write it as YAML of several lines (\(error))")
            }
        }
        try await probe.run(candidates)
        conclude(probe)
        guard let found = probe.found else { throw CommandError(failure(probe)) }
        if found.candidate.repeatsNumber, probe.numbers.count == 1, let number = probe.numbers.first {
            complain(
                "not sure: the sequence number was \(number) in all runs; have CMD begin with another one, as {run}, and probe again"
            )
        }
        guard let output else { return }
        let text = bench.profile(with: found.candidate, codes: found.codes)
        _ = try ProfileFile(Document(parsing: text, name: output))
        do {
            try WholeFile.write(text, to: output)
        } catch {
            throw CommandError("\(output) cannot be written: \(error)")
        }
    }

    private func failure(_ probe: Probe) -> String {
        let count = Set(probe.trials.compactMap(\.candidate)).count
        var text = "none of \(count) replies made \(command[0]) end in SUCCESS"
        if let other = probe.different { text += "; the first that made a difference: \(other.name): \(other.outcome)" }
        return text
            + (probe.left > 0
                ? ": give more --runs, or capture a device's replies"
                : ": there are no others to try; capture a device's replies, or write them by hand")
    }

    private func report(_ run: Int, _ total: Int, _ trial: Probe.Trial) {
        if json {
            emit(
                JSONText.object([
                    ("event", .text("run")), ("run", .integer(Int64(run))), ("of", .integer(Int64(total))),
                    ("reply", trial.candidate.map { .text("\($0.summary); result \($0.code)") }),
                    ("outcome", .text(trial.outcome.description)),
                ]))
        } else {
            complain("run \(run) of \(total): \(trial.name): \(trial.outcome)")
        }
    }

    /// Which reply yields which outcome.
    private func conclude(_ probe: Probe) {
        for (outcome, trials) in probe.byOutcome {
            let replies = trials.map(\.name)
            if json {
                emit(
                    JSONText.object([
                        ("event", .text("outcome")), ("outcome", .text(outcome.description)),
                        ("replies", .list(replies.map { .text($0) })),
                    ]))
            } else {
                emit("\(outcome): \(trials.count) \(trials.count == 1 ? "reply" : "replies")")
                for reply in replies.prefix(8) { emit("    \(reply)") }
                if replies.count > 8 { emit("    and \(replies.count - 8) others") }
            }
        }
    }
}
