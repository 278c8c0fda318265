public import ArgumentParser
public import BlueTap
internal import ControlAPI
internal import ControlClient
public import Emulator

struct FaultAddCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "add", abstract: "Set a fault. Prints its number.",
        discussion: """
            `bluetap fault kinds` lists the faults and their settings. What is not given does not matter: a fault of the
            cable without --on, --nth, --order-id, … fires at once, or after --after; one of a command fires at the next \
            command that fits.
            """)

    @Argument(help: "What goes wrong.")
    var name: FaultName

    @Option(help: "Only at a command of this kind.")
    var on: Command.Kind?

    @Option(help: ArgumentHelp("Only at the nth command that fits.", valueName: "n"))
    var nth: Int?

    @Option(
        help: ArgumentHelp("Only at commands with this payment method; * at its end for any more.", valueName: "text"))
    var paymentMethod: String?

    @Option(help: ArgumentHelp("Only at commands with this amount; * at its end for any more.", valueName: "text"))
    var amount: String?

    @Option(help: ArgumentHelp("Only at commands with this order id; * at its end for any more.", valueName: "text"))
    var orderId: String?

    @Option(help: ArgumentHelp("Not before so long.", valueName: "duration"))
    var after: DurationArgument?

    @Option(name: .customLong("for"), help: ArgumentHelp("Not after so long from then on.", valueName: "duration"))
    var lasting: DurationArgument?

    @Option(help: ArgumentHelp("Again and again, at this interval.", valueName: "duration"))
    var every: DurationArgument?

    @Option(help: ArgumentHelp("How likely it is each time, 0 to 1.", valueName: "p"))
    var probability: Double?

    @Option(help: ArgumentHelp("What chances and spreads are drawn from.", valueName: "number"))
    var seed: UInt64?

    @Option(help: ArgumentHelp("How often it fires, or `always`.", valueName: "n"))
    var count: FaultCount?

    @Option(help: "Where in a command's course the cable is pulled.")
    var moment: Fault.Moment?

    @Option(help: ArgumentHelp("When the cable is put back.", valueName: "duration"))
    var replug: DurationArgument?

    @Option(help: ArgumentHelp("How long it takes.", valueName: "duration"))
    var delay: DurationArgument?

    @Option(help: ArgumentHelp("Up to how much longer it takes.", valueName: "duration"))
    var spread: DurationArgument?

    @Option(help: ArgumentHelp("How many bytes.", valueName: "n"))
    var bytes: Int?

    @Option(help: "The result code of the reply.")
    var result: ResultCode?

    @Option(help: ArgumentHelp("How often a flood's reports come.", valueName: "duration"))
    var interval: DurationArgument?

    @Option(help: ArgumentHelp("How many of a flood's reports come at a time.", valueName: "n"))
    var burst: Int?

    @Option(help: ArgumentHelp("How many times as fast the clock runs.", valueName: "factor"))
    var factor: Double?

    @OptionGroup var options: ControlOptions

    func run() async throws {
        let answer = try await options.client().add(description)
        if options.json { return emit(answer) }
        guard case .integer(let id)? = try JSONText.parse(answer)["id"] else { return }
        emit("fault \(id)")
    }

    private var description: FaultDescription {
        var fault = FaultDescription(name)
        fault.on = on
        fault.nth = nth
        fault.paymentMethod = paymentMethod
        fault.amount = amount
        fault.orderId = orderId
        fault.after = textual(after)
        fault.lasting = textual(lasting)
        fault.every = textual(every)
        fault.probability = probability
        fault.seed = seed
        fault.count = count
        fault.moment = moment
        fault.replug = textual(replug)
        fault.delay = textual(delay)
        fault.spread = textual(spread)
        fault.bytes = bytes
        fault.result = result
        fault.interval = textual(interval)
        fault.burst = burst
        fault.factor = factor
        return fault
    }

    private func textual(_ argument: DurationArgument?) -> TextualDuration? {
        argument.map { TextualDuration($0.duration) }
    }
}

extension FaultName: ExpressibleByArgument {}
extension Fault.Moment: ExpressibleByArgument {}

extension FaultCount: ExpressibleByArgument {
    public init?(argument: String) {
        if argument == "always" {
            self = .always
        } else if let times = Int(argument) {
            self = .times(times)
        } else {
            return nil
        }
    }
}

extension Command.Kind: ExpressibleByArgument {}
