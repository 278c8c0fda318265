internal import ArgumentParser
internal import BlueTap

/// A cancel command's fields on the command line.
struct CancelFields: ParsableArguments {
    @Option(help: ArgumentHelp("The order to cancel; without it, whatever is pending.", valueName: "id"))
    var order: String?

    var command: CancelCommand { CancelCommand(orderID: order) }
}

struct CancelPOSCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "cancel", abstract: "Act as the POS: send a cancel command and print the result code.")

    @OptionGroup var fields: CancelFields
    @OptionGroup var options: POSOptions

    func run() throws {
        try options.send(.cancel(fields.command))
    }
}
