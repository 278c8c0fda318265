public import ArgumentParser
internal import BlueTap
internal import ControlAPI
internal import ControlClient
internal import Documents
internal import Emulator
public import SandboxFaults

struct SandboxFaultCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "fault", abstract: "What the gateways do wrong.",
        subcommands: [
            SandboxFaultAddCommand.self, SandboxFaultListCommand.self, SandboxFaultClearCommand.self,
            SandboxFaultKindsCommand.self,
        ])
}

struct SandboxFaultAddCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "add", abstract: "Set a fault. Prints its number.",
        discussion: "`bluetap sandbox fault kinds` lists them. Without --count it happens once.")

    @Argument(help: "What goes wrong.")
    var name: SandboxFaultDescription.Name

    @Option(help: "Only then.")
    var on: SandboxFault.Occasion?

    @Option(help: ArgumentHelp("The answer's or failure's code.", valueName: "code"))
    var code: String?

    @Option(help: ArgumentHelp("How much later.", valueName: "duration"))
    var delay: DurationArgument?

    @Option(help: ArgumentHelp("Only with this order id; * stands for any text.", valueName: "text"))
    var order: String?

    @Option(help: ArgumentHelp("Only with more than so many smallest units.", valueName: "units"))
    var above: Int64?

    @Option(help: ArgumentHelp("From the nth that fits on.", valueName: "n"))
    var nth: Int?

    @Option(help: ArgumentHelp("How often, or `always`.", valueName: "n"))
    var count: FaultCount?

    @Option(help: ArgumentHelp("Not before so long.", valueName: "duration"))
    var after: DurationArgument?

    @Option(name: .customLong("for"), help: ArgumentHelp("Not after so long from then on.", valueName: "duration"))
    var lasting: DurationArgument?

    @OptionGroup var options: ControlOptions

    func run() async throws {
        var fault = SandboxFaultDescription(name: name)
        (fault.on, fault.code, fault.order, fault.above) = (on, code, order, above)
        (fault.nth, fault.count) = (nth, count)
        fault.delay = delay.map { TextualDuration($0.duration) }
        fault.after = after.map { TextualDuration($0.duration) }
        fault.lasting = lasting.map { TextualDuration($0.duration) }
        let answer = try await options.client().add(fault)
        emit(options.json ? answer : "fault \(try JSONText.parse(answer)["id"]?.text ?? "")")
    }
}

struct SandboxFaultListCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(commandName: "list", abstract: "List the faults that are set.")

    @OptionGroup var options: ControlOptions

    func run() async throws { try options.printFaults(try await options.client().sandboxFaults()) }
}

struct SandboxFaultClearCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "clear", abstract: "End all faults, or the one of that number.")

    @Argument(help: "Its number.")
    var id: Int?

    @OptionGroup var options: ControlOptions

    func run() async throws { try options.printFaults(try await options.client().clearSandboxFaults(id)) }
}

struct SandboxFaultKindsCommand: ParsableCommand {
    static let configuration = CommandConfiguration(commandName: "kinds", abstract: "List the faults that there are.")

    func run() {
        for name in SandboxFaultDescription.Name.allCases {
            emit(name.rawValue + String(repeating: " ", count: max(1, 20 - name.rawValue.count)) + name.summary)
        }
    }
}

extension ControlOptions {
    fileprivate func printFaults(_ answer: String) throws {
        if json { return emit(answer) }
        guard case .list(let faults)? = try JSONText.parse(answer)["faults"] else { return }
        for entry in faults {
            let fault = entry["fault"]
            let settings = ["on", "code", "delay", "order", "above", "nth", "count"].compactMap { key in
                fault?[key]?.text.map { "\(key)=\($0.printable)" }
            }
            emit(
                "\(entry["id"]?.text ?? "") \(fault?["name"]?.text ?? "") fired \(entry["fired"]?.text ?? "")  "
                    + settings.joined(separator: " "))
        }
    }
}

extension SandboxFaultDescription.Name: ExpressibleByArgument {}
extension SandboxFault.Occasion: ExpressibleByArgument {}
