internal import ArgumentParser
internal import BlueTap
internal import WireFormat

struct DecodeCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "decode", abstract: "Show the command or reply in reports, as JSON.",
        discussion:
            "A report is given as on the wire: the report ID first where the profile has one, else the data alone.")

    @OptionGroup var profile: ProfileOptions

    @Argument(help: ArgumentHelp("The report, in hexadecimal.", valueName: "hex"))
    var reports: [HexArgument]

    @Flag(help: "Accepted for symmetry: the output is JSON anyway.")
    var json = false

    func run() throws {
        let codec = try profile.load().codec
        let reports = reports.map(\.bytes)
        do {
            let (command, context) = try codec.decode(reports: reports)
            emit(JSONText.object(members(of: command) + [("sequence", .integer(context.sequence))]))
        } catch {
            guard let (result, context) = try? codec.decodeReply(reports: reports) else {
                throw CommandError("the \(reports.count == 1 ? "report is" : "reports are") no command: \(error)")
            }
            emit(
                JSONText.object([
                    ("reply", .text(context.command.rawValue)), ("result", .text(result.rawValue)),
                    ("sequence", .integer(context.sequence)),
                ]))
        }
    }

    private func members(of command: Command) -> [(String, JSONValue?)] {
        switch command {
        case .pay(let pay):
            [
                ("command", .text("pay")), ("paymentMethod", .text(pay.paymentMethod)),
                ("amount", pay.amount.map(JSONValue.text)), ("orderId", pay.orderID.map(JSONValue.text)),
                ("expiryTime", pay.expiryTime.map(JSONValue.integer)),
            ]
        case .cancel(let cancel):
            [("command", .text("cancel")), ("orderId", cancel.orderID.map(JSONValue.text))]
        }
    }
}
