public import ArgumentParser
public import BlueTap
internal import WireFormat

struct EncodeCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "encode", abstract: "Print a command's or a reply's reports, one line of hexadecimal each.",
        subcommands: [PayEncodeCommand.self, CancelEncodeCommand.self, ReplyEncodeCommand.self])

    /// Which profile, and which sequence number.
    struct Options: ParsableArguments {
        @OptionGroup var profile: ProfileOptions

        @Option(help: ArgumentHelp("The sequence number, where the profile has one.", valueName: "number"))
        var sequence: Int64 = 1

        @Flag(help: "Print JSON.")
        var json = false

        func printReport(of command: Command) throws {
            EncodeCommand.printReport(try profile.load().codec.encode(command, sequence: sequence), json: json)
        }
    }

    struct PayEncodeCommand: ParsableCommand {
        static let configuration = CommandConfiguration(commandName: "pay", abstract: "A pay command.")

        @OptionGroup var fields: PayFields
        @OptionGroup var options: Options

        func run() throws {
            try options.printReport(of: .pay(fields.command))
        }
    }

    struct CancelEncodeCommand: ParsableCommand {
        static let configuration = CommandConfiguration(commandName: "cancel", abstract: "A cancel command.")

        @OptionGroup var fields: CancelFields
        @OptionGroup var options: Options

        func run() throws {
            try options.printReport(of: .cancel(fields.command))
        }
    }

    struct ReplyEncodeCommand: ParsableCommand {
        static let configuration = CommandConfiguration(
            commandName: "reply", abstract: "The device's reply to a command's reports.")

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
            let codec = try profile.load().codec
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
        print(json ? JSONText.object([("reports", .list([.text(hex)]))]) : hex)
    }
}

extension ResultCode: ExpressibleByArgument {}
