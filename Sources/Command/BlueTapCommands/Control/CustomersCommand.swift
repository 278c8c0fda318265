internal import ArgumentParser
internal import BlueTap
internal import ControlAPI
internal import ControlClient
internal import Documents
internal import Emulator

struct CustomersCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "customers",
        abstract: "Customers who come by themselves: a queue, of whom each link gets the first.",
        subcommands: [
            CustomersListCommand.self, CustomersAddCommand.self, CustomersComeCommand.self, CustomersClearCommand.self,
            CustomersKnownCommand.self,
        ])
}

struct CustomersListCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "list", abstract: "Who waits, and how many come a minute.")

    @OptionGroup var options: ControlOptions

    func run() async throws { try options.printCrowd(try await options.client().customers()) }
}

struct CustomersAddCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "add", abstract: "Put customers at the end of the queue.",
        discussion: "Three seconds after a link is ready the first of them taps.")

    @Argument(help: ArgumentHelp("Who they are; `bluetap customers known` has those with habits.", valueName: "name"))
    var names: [String]

    @OptionGroup var options: ControlOptions

    func run() async throws {
        try options.printCrowd(try await options.client().addCustomers(CustomersRequest(queue: names)))
    }
}

struct CustomersComeCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "come", abstract: "Let customers join the queue by themselves.")

    @Option(help: ArgumentHelp("How many a minute on average; 0: no more.", valueName: "n"))
    var rate: Double

    @Option(help: ArgumentHelp("So that two runs are alike.", valueName: "number"))
    var seed: UInt64?

    @Argument(help: ArgumentHelp("Who comes; else all with habits.", valueName: "name"))
    var names: [String] = []

    @OptionGroup var options: ControlOptions

    func validate() throws {
        guard (0...Crowd.maximumRate).contains(rate) else {
            throw ValidationError("--rate is 0 to \(Int(Crowd.maximumRate)) a minute")
        }
    }

    func run() async throws {
        let request = CustomersRequest(rate: rate, names: names.isEmpty ? nil : names, seed: seed)
        try options.printCrowd(try await options.client().addCustomers(request))
    }
}

struct CustomersClearCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "clear", abstract: "Send everybody away, and let nobody come.")

    @OptionGroup var options: ControlOptions

    func run() async throws { try options.printCrowd(try await options.client().clearCustomers()) }
}

struct CustomersKnownCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "known", abstract: "List the customers with habits, whom `tap --wallet` and `add` know.")

    @Flag(help: "Print JSON.")
    var json = false

    func run() throws {
        let wallets = Customer.known.map(WalletView.init)
        if json { return emit(try JSONText.encode(["wallets": wallets])) }
        for wallet in wallets {
            let name = wallet.wallet + String(repeating: " ", count: max(1, 10 - wallet.wallet.count))
            let time = wallet.seconds.map { " (\(DurationArgument($0.duration).defaultValueDescription))" } ?? ""
            emit(name + wallet.outcome.rawValue + time + (wallet.reason.map { ": \($0.rawValue)" } ?? ""))
        }
    }
}

extension ControlOptions {
    fileprivate func printCrowd(_ answer: String) throws {
        if json { return emit(answer) }
        let crowd = try JSONText.parse(answer)
        guard case .list(let queue)? = crowd["queue"] else { return }
        emit("waiting: \(queue.isEmpty ? "nobody" : queue.compactMap { $0.text?.printable }.joined(separator: ", "))")
        emit("a minute come: \(crowd["rate"]?.text ?? "0")" + (crowd["seed"]?.text.map { " (seed \($0))" } ?? ""))
    }
}
