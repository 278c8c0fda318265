public import ArgumentParser
internal import BlueTap
internal import ControlAPI
internal import ControlClient
public import Emulator

struct TapCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "tap", abstract: "The customer holds a phone to the device.",
        discussion: "Fails where the phone read nothing. What the customer pays is never told over USB.")

    @Option(
        help: ArgumentHelp(
            "Who it is: one with habits of their own (`bluetap customers known`), or anyone else, who pays.",
            valueName: "name")
    )
    var wallet: String?

    @Option(help: "What the customer does this time.")
    var outcome: Customer.Outcome?

    @Option(
        help: ArgumentHelp(
            "How long that takes, as in 30s, 1m30s: of those who take their time.", valueName: "duration"))
    var after: DurationArgument?

    @Option(help: ArgumentHelp("Why the wallet declines.", valueName: "code"))
    var reason: Customer.Reason?

    @OptionGroup var options: ControlOptions

    func validate() throws {
        let customer = Customer(
            named: wallet ?? Customer().wallet, outcome: outcome, after: after?.duration, reason: reason)
        if let contradiction = customer.contradiction { throw ValidationError(contradiction) }
    }

    func run() async throws {
        let answer = try await options.client().tap(
            TapRequest(
                wallet: wallet, outcome: outcome, after: after.map { TextualDuration($0.duration) }, reason: reason))
        try options.printEvents(of: answer)
        guard case .list(let events)? = try JSONText.parse(answer)["events"] else { return }
        if events.contains(where: { $0["kind"]?.text == "tapMissed" }) { throw ExitCode.failure }
    }
}

extension Customer.Outcome: ExpressibleByArgument {}
extension Customer.Reason: ExpressibleByArgument {}
