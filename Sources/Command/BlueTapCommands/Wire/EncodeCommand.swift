public import ArgumentParser
public import BlueTap
internal import WireFormat

struct EncodeCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "encode", abstract: "Print a command's or a reply's reports, one line of hexadecimal each.",
        subcommands: [PayEncodeCommand.self, CancelEncodeCommand.self, ReplyEncodeCommand.self])

    /// Stands before the subcommand, or behind it.
    @OptionGroup var profile: ProfileOptions

    /// Which profile, and which sequence number.
    struct Options: ParsableArguments {
        @OptionGroup var profile: ProfileOptions

        @Option(help: ArgumentHelp("The sequence number, where the profile has one.", valueName: "number"))
        var sequence: Int64 = 1

        @Option(help: ArgumentHelp("The number that counts messages, where the profile has one.", valueName: "number"))
        var counter: Int64?

        @Option(help: ArgumentHelp("The time stamp in seconds since 1970, where the profile has one.", valueName: "s"))
        var time: Int64 = 0

        private var stamp: Codec.Stamp { Codec.Stamp(sequence: sequence, counter: counter ?? sequence, time: time) }

        @Flag(help: "Print JSON.")
        var json = false

        func printReports(of command: Command, outer: ProfileOptions) throws {
            EncodeCommand.printReports(
                try profile.load(outer: outer).codec.encode(command, stamp: stamp), json: json)
        }
    }

    struct PayEncodeCommand: ParsableCommand {
        static let configuration = CommandConfiguration(commandName: "pay", abstract: "A pay command.")

        @ParentCommand var parent: EncodeCommand
        @OptionGroup var fields: PayFields
        @OptionGroup var options: Options

        func run() throws {
            try options.printReports(of: .pay(fields.command), outer: parent.profile)
        }
    }

    struct CancelEncodeCommand: ParsableCommand {
        static let configuration = CommandConfiguration(commandName: "cancel", abstract: "A cancel command.")

        @ParentCommand var parent: EncodeCommand
        @OptionGroup var fields: CancelFields
        @OptionGroup var options: Options

        func run() throws {
            try options.printReports(of: .cancel(fields.command), outer: parent.profile)
        }
    }

    struct ReplyEncodeCommand: ParsableCommand {
        static let configuration = CommandConfiguration(
            commandName: "reply", abstract: "The device's reply to a command's reports.")

        @ParentCommand var parent: EncodeCommand

        @Option(help: ArgumentHelp("A report of the command, in hexadecimal; given again for each.", valueName: "hex"))
        var to: [HexArgument]

        @Option(help: "The result code of the reply.")
        var result: ResultCode

        @Option(help: ArgumentHelp("The time stamp in seconds since 1970, where the profile has one.", valueName: "s"))
        var time: Int64 = 0

        @OptionGroup var profile: ProfileOptions

        @Flag(help: "Print JSON.")
        var json = false

        func run() throws {
            let codec = try profile.load(outer: parent.profile).codec
            do {
                EncodeCommand.printReports(
                    codec.reply(to: try codec.decode(reports: to.map(\.bytes)).context, result: result, time: time),
                    json: json)
            } catch {
                throw CommandError("the \(to.count == 1 ? "report is" : "reports are") no command: \(error)")
            }
        }
    }

    private static func printReports(_ reports: [[UInt8]], json: Bool) {
        let lines = reports.map { HexBytes($0).description }
        emit(json ? JSONText.object([("reports", .list(lines.map { .text($0) }))]) : lines.joined(separator: "\n"))
    }
}

extension ResultCode: ExpressibleByArgument {}
