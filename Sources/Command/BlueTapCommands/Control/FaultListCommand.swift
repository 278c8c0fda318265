internal import ArgumentParser
internal import ControlAPI
internal import ControlClient

struct FaultListCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "list", abstract: "List the faults that are set and may still fire.")

    @OptionGroup var options: ControlOptions

    func run() async throws {
        let answer = try await options.client().faults()
        if options.json { return emit(answer) }
        guard case .list(let faults)? = try JSONText.parse(answer)["faults"] else { return }
        for fault in faults {
            guard case .object(let members) = fault, case .integer(let id)? = members["id"],
                case .integer(let fired)? = members["fired"]
            else { continue }
            let settings = members.filter { !["id", "fired", "name"].contains($0.key) }.sorted { $0.key < $1.key }
                .map { "\($0.key)=\($0.value.text ?? "")" }
            emit("\(id)  \(members["name"]?.text ?? "")  fired \(fired)  \(settings.joined(separator: " "))")
        }
    }
}

struct FaultClearCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(commandName: "clear", abstract: "End all faults, or one.")

    @Argument(help: ArgumentHelp("The fault's number; all, where it is not given.", valueName: "id"))
    var id: Int?

    @OptionGroup var options: ControlOptions

    func run() async throws {
        let answer = try await options.client().clearFaults(id)
        if options.json { emit(answer) }
    }
}
