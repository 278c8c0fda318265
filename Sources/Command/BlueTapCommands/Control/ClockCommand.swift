public import ArgumentParser
internal import BlueTap
internal import ControlAPI
internal import ControlClient
public import Emulator

struct ClockCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "clock", abstract: "Steer a device's time.",
        subcommands: [FreezeCommand.self, ResumeCommand.self, AdvanceCommand.self])

    struct FreezeCommand: AsyncParsableCommand {
        static let configuration = CommandConfiguration(commandName: "freeze", abstract: "Stop time.")

        @OptionGroup var options: ControlOptions

        func run() async throws {
            try options.printEvents(of: await options.client().clock(ClockRequest(mode: .frozen)))
        }
    }

    struct ResumeCommand: AsyncParsableCommand {
        static let configuration = CommandConfiguration(commandName: "resume", abstract: "Let time pass again.")

        @OptionGroup var options: ControlOptions

        func run() async throws {
            try options.printEvents(of: await options.client().clock(ClockRequest(mode: .running)))
        }
    }

    struct AdvanceCommand: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            commandName: "advance",
            abstract: "Advance time. Returns after everything due has happened, and prints those events.")

        @Argument(help: ArgumentHelp("900, 900s, 1h30m, 250ms.", valueName: "duration"))
        var duration: DurationArgument?

        @Option(help: ArgumentHelp("Advance to this instant: 2026-01-01T00:15:00Z.", valueName: "instant"))
        var to: String?

        @Option(help: "Advance to just before, or just after, the next thing that is due.")
        var next: Emulator.Side?

        @OptionGroup var options: ControlOptions

        func validate() throws {
            if [duration != nil, to != nil, next != nil].count(where: \.self) != 1 {
                throw ValidationError("give a duration, --to or --next")
            }
        }

        func run() async throws {
            let request = ClockRequest(
                advance: duration.map { TextualDuration($0.duration) }, to: to, next: next)
            try options.printEvents(of: await options.client().clock(request))
        }
    }
}

extension Emulator.Side: ExpressibleByArgument {}
