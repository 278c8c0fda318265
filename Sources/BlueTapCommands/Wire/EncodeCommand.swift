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

        @Flag(help: "Print JSON.")
        var json = false

        func printReport(of command: Command, outer: ProfileOptions) throws {
            EncodeCommand.printReport(
                try profile.load(outer: outer).codec.encode(command, sequence: sequence), json: json)
        }
    }

    struct PayEncodeCommand: ParsableCommand {
        static let configuration = CommandConfiguration(commandName: "pay", abstract: "A pay command.")

        @ParentCommand var parent: EncodeCommand
        @OptionGroup var fields: PayFields
        @OptionGroup var options: Options

        func run() throws {
            try options.printReport(of: .pay(fields.command), outer: parent.profile)
        }
    }

    struct CancelEncodeCommand: ParsableCommand {
        static let configuration = CommandConfiguration(commandName: "cancel", abstract: "A cancel command.")

        @ParentCommand var parent: EncodeCommand
        @OptionGroup var fields: CancelFields
        @OptionGroup var options: Options

        func run() throws {
            try options.printReport(of: .cancel(fields.command), outer: parent.profile)
        }
    }

    struct ReplyEncodeCommand: ParsableCommand {
        static let configuration = CommandConfiguration(
            commandName: "reply", abstract: "The device's reply to a command's reports.")

        @ParentCommand var parent: EncodeCommand

        @Option(help: ArgumentHelp("The command's report, in hexadecimal.", valueName: "hex"))
        var to: [HexArgument]

        @Option(help: "The result code of the reply.")
        var result: ResultCode

        @OptionGroup var profile: ProfileOptions

        @Flag(help: "Print JSON.")
        var json = false

        func validate() throws {
            if to.count != 1 { throw ValidationError("a command of this profile is one report, not \(to.count)") }
        }

        func run() throws {
            let codec = try profile.load(outer: parent.profile).codec
            do {
                EncodeCommand.printReport(
                    codec.reply(to: try codec.decode(to[0].bytes).context, result: result), json: json)
            } catch {
                throw CommandError("the report is no command: \(error)")
            }
        }
    }

    private static func printReport(_ report: [UInt8], json: Bool) {
        let hex = HexBytes(report).description
        emit(json ? JSONText.object([("reports", .list([.text(hex)]))]) : hex)
    }
}

extension ResultCode: ExpressibleByArgument {}
