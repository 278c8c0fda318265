internal import ArgumentParser
internal import BlueTap

/// A pay command's fields on the command line.
struct PayFields: ParsableArguments {
    @Option(
        help: ArgumentHelp(
            "The wallet: \(PaymentMethod.allCases.map(\.rawValue).joined(separator: ", ")).", valueName: "method"))
    var method: String

    @Option(help: ArgumentHelp("The order's amount, at most 8 characters.", valueName: "amount"))
    var amount: String?

    @Option(help: ArgumentHelp("The order's id, at most 16 characters.", valueName: "id"))
    var order: String?

    @Option(help: ArgumentHelp("Seconds until the link expires; the device's default is 900.", valueName: "seconds"))
    var expiry: Int64?

    /// As it is given: what the device thinks of it is the device's business.
    var command: PayCommand {
        PayCommand(paymentMethod: method, amount: amount, orderID: order, expiryTime: expiry)
    }
}

struct PayPOSCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "pay", abstract: "Act as the POS: send a pay command and print the result code.")

    @OptionGroup var fields: PayFields
    @OptionGroup var options: POSOptions

    func run() throws {
        try options.send(.pay(fields.command))
    }
}
