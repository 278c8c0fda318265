internal import BlueTap
internal import Documents
internal import Glibc
internal import Learning
internal import ProfileFiles
internal import Subprocess
internal import SystemPackage
internal import WireFormat

/// Runs a host's program against devices that differ in their replies alone.
struct ProbeBench: Sendable {
    /// The profile's file, without replies.
    let profile: String
    let command: [String]
    /// Where its files are.
    let directory: String
    /// Seconds.
    let timeout: Int

    static func text(of nameOrPath: String) throws -> String {
        if let text = ProfileLibrary.text(of: nameOrPath) { return text }
        return String(decoding: try WholeFile.read(nameOrPath, atMost: Document.maximumSize), as: UTF8.self)
    }

    /// The file with a candidate's replies, and what is known of the results in them.
    func profile(with candidate: ReplyCandidate, codes: [ResultCode: HexBytes]) -> String {
        ProfileText.adding(
            replies: codes.isEmpty ? candidate.replies : candidate.replies(with: codes),
            acknowledgements: candidate.acknowledgements, framing: candidate.framing, armour: candidate.armour,
            comment: "Found by `bluetap profile probe`: \(candidate.summary).", to: profile)
    }

    /// What came of a run.
    struct Result {
        var outcome: Probe.Outcome
        var seconds: Double
        /// The commands that came, as the journal has their reports.
        var commands: [[UInt8]]
    }

    /// One run; `{run}` in the command is its number.
    func run(_ candidate: ReplyCandidate?, number: Int) async throws -> Result {
        let file = "\(directory)/profile.yaml"
        let journal = "\(directory)/journal.jsonl"
        unlink(journal)
        let text = candidate.map { profile(with: $0, codes: [.success: $0.code]) } ?? profile
        try WholeFile.write(text, to: file)
        let clock = ContinuousClock()
        let start = clock.now
        let arguments =
            ["run", "--profile", file, "--journal", journal, "--"]
            + command.map { $0.replacing("{run}", with: String(number)) }
        let result = try await ended(arguments)
        let seconds = (clock.now - start).inSeconds
        let commands = Self.commands(in: String(decoding: Self.bytes(of: journal), as: UTF8.self))
        guard candidate != nil || !commands.isEmpty else {
            throw CommandError(
                "\(command[0]) sent no command that the profile knows; it printed: \(result.line.isEmpty ? "nothing" : result.line)"
            )
        }
        return Result(outcome: result, seconds: seconds, commands: commands)
    }

    private static func bytes(of file: String) -> [UInt8] { (try? WholeFile.read(file, atMost: 1 << 20)) ?? [] }

    /// The reports of commands in a journal, those of one command one behind the other.
    private static func commands(in journal: String) -> [[UInt8]] {
        journal.split(whereSeparator: \.isNewline).compactMap { line in
            guard let event = try? JSONText.parse(String(line)), let kind = event["kind"]?.text,
                kind == "payReceived" || kind == "cancelReceived", let report = event["report"]?.text
            else { return nil }
            return HexBytes(report)?.bytes
        }
    }

    private func ended(_ arguments: [String]) async throws -> Probe.Outcome {
        try await withThrowingTaskGroup(of: Probe.Outcome?.self) { group in
            group.addTask {
                // This program itself, whatever its path is.
                var options = PlatformOptions()
                // A device that is told to end passes it on to its program, and cleans up.
                options.teardownSequence = [.gracefulShutDown(allowedDurationToNextStep: .seconds(3))]
                let result = try await Subprocess.run(
                    .path("/proc/self/exe"), arguments: Arguments(arguments), platformOptions: options,
                    output: .string(limit: 1 << 24), error: .string(limit: 1 << 24))
                let output = result.standardOutput
                guard case .exited(let status) = result.terminationStatus else { return nil }
                if status == 126 || status == 127 { throw CommandError(Self.lastLine(result.standardError)) }
                return Probe.Outcome(status: status, result: Self.result(in: output), line: Self.lastLine(output))
            }
            group.addTask {
                try await Task.sleep(for: .seconds(timeout))
                return Probe.Outcome(status: -1, result: nil, line: "no end within \(timeout) s")
            }
            let first = try await group.next() ?? nil
            group.cancelAll()
            guard let first else { throw CommandError("\(command[0]) was killed by a signal") }
            return first
        }
    }

    /// The result that is named last.
    private static func result(in output: String) -> ResultCode? {
        let words = output.split { !($0.isLetter || $0 == "_" || $0.isNumber) }
        return words.last { ResultCode(rawValue: String($0)) != nil }.flatMap { ResultCode(rawValue: String($0)) }
    }

    private static func lastLine(_ output: String) -> String {
        let line = output.split(whereSeparator: \.isNewline).last ?? ""
        return String(line.prefix(120)).printable
    }
}
