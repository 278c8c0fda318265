public import ArgumentParser
internal import Glibc

/// The root of the command line.
public struct BlueTapCommand: AsyncParsableCommand {
    static let version = "0.1.0"

    public static let configuration = CommandConfiguration(
        commandName: "bluetap",
        abstract: "A BlueTap in software: what a POS with Alipay+ talks to, without the hardware.",
        discussion: """
            Start with `bluetap demo`. Then run your POS against it: `bluetap run -- CMD`.

            Exit status: 0 done, 1 refused or failed, 64 wrong usage; `run` has CMD's.
            """,
        version: version,
        groupedSubcommands: [
            CommandGroup(
                name: "Devices",
                subcommands: [
                    DemoCommand.self, ServeCommand.self, RunCommand.self, GadgetCommand.self, DoctorCommand.self,
                ]),
            CommandGroup(name: "As the POS", subcommands: [PayPOSCommand.self, CancelPOSCommand.self]),
            CommandGroup(
                name: "Watching and steering a device",
                subcommands: [
                    TapCommand.self, CustomersCommand.self, LinkCommand.self, StatusCommand.self, EventsCommand.self,
                    WaitCommand.self,
                    ClockCommand.self,
                    FaultCommand.self, UnplugCommand.self, PlugCommand.self, ResetCommand.self,
                ]),
            CommandGroup(name: "Whether the customer paid", subcommands: [SandboxCommand.self]),
            CommandGroup(name: "Scripts and recordings", subcommands: [ScenarioCommand.self, ReplayCommand.self]),
            CommandGroup(
                name: "Wire formats", subcommands: [DecodeCommand.self, EncodeCommand.self, ProfileCommand.self]),
        ])

    public init() {}

    /// Runs the command line; an error is one line on standard error.
    public static func run(arguments: [String]) async -> Never {
        do {
            var command = try parseAsRoot(arguments)
            if var command = command as? any AsyncParsableCommand {
                try await command.run()
            } else {
                try command.run()
            }
            Glibc.exit(EXIT_SUCCESS)
        } catch {
            fail(error, arguments: arguments)
        }
    }

    private static func fail(_ error: any Error, arguments: [String]) -> Never {
        if let error = error as? ExitCode { Glibc.exit(error.rawValue) }
        let code = exitCode(for: error)
        if code == .success { exit(withError: error) }
        if code == .validationFailure {
            complain("\(message(for: error).oneLine); see `\(helpCommand(for: arguments))`")
            Glibc.exit(code.rawValue)
        }
        complain("\(error)".oneLine)
        Glibc.exit(EXIT_FAILURE)
    }

    /// The longest part of the command line that names a command, with `--help`.
    private static func helpCommand(for arguments: [String]) -> String {
        var command: any ParsableCommand.Type = self
        var path = ["bluetap"]
        for argument in arguments {
            guard let next = command.configuration.subcommands.first(where: { $0.commandName == argument }) else {
                break
            }
            command = next
            path.append(argument)
        }
        return (path + ["--help"]).joined(separator: " ")
    }
}

extension ParsableCommand {
    fileprivate static var commandName: String { configuration.commandName ?? "" }
}

extension String {
    /// Line breaks become spaces.
    var oneLine: String {
        split(whereSeparator: \.isNewline).map { $0.trimmingPrefix(while: \.isWhitespace) }.joined(separator: " ")
    }
}
