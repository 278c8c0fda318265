public import ArgumentParser
internal import ControlAPI
public import Emulator

struct TapCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "tap", abstract: "The customer holds a phone to the device.",
        discussion: "Fails where the phone read nothing. What the customer pays is never told over USB.")

    @Option(help: ArgumentHelp("What events call the customer's wallet.", valueName: "name"))
    var wallet: String?

    @Option(help: "What the customer does in the wallet.")
    var outcome: Customer.Outcome?

    @OptionGroup var options: ControlOptions

    func run() async throws {
        let answer = try await options.client().tap(TapRequest(wallet: wallet, outcome: outcome))
        try options.printEvents(of: answer)
        guard case .list(let events)? = try JSONText.parse(answer)["events"] else { return }
        if events.contains(where: { $0["kind"]?.text == "tapMissed" }) { throw ExitCode.failure }
    }
}

extension Customer.Outcome: ExpressibleByArgument {}
