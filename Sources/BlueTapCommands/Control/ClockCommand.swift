internal import ArgumentParser
internal import ControlAPI

struct ClockCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "clock", abstract: "Steer a device's time.",
        subcommands: [FreezeCommand.self, ResumeCommand.self, AdvanceCommand.self])

    struct FreezeCommand: AsyncParsableCommand {
        static let configuration = CommandConfiguration(commandName: "freeze", abstract: "Stop time.")

        @OptionGroup var options: ControlOptions

        func run() async throws {
            try options.printEvents(of: await options.client().clock(ClockRequest(mode: "frozen")))
        }
    }

    struct ResumeCommand: AsyncParsableCommand {
        static let configuration = CommandConfiguration(commandName: "resume", abstract: "Let time pass again.")

        @OptionGroup var options: ControlOptions

        func run() async throws {
            try options.printEvents(of: await options.client().clock(ClockRequest(mode: "running")))
        }
    }

    struct AdvanceCommand: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            commandName: "advance",
            abstract: "Advance time. Returns after everything due has happened, and prints those events.")

        @Argument(help: ArgumentHelp("900, 900s, 1h30m, 250ms.", valueName: "duration"))
        var duration: DurationArgument

        @OptionGroup var options: ControlOptions

        func run() async throws {
            try options.printEvents(of: await options.client().clock(ClockRequest(advance: duration.seconds)))
        }
    }
}
