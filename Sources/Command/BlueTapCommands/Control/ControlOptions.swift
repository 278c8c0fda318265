internal import ArgumentParser
internal import ControlAPI
internal import ControlClient

/// Which device a client command is about, and how it answers.
struct ControlOptions: ParsableArguments {
    @Option(
        help: ArgumentHelp(
            "The device's control address; else BLUETAP_CONTROL, else the default.", valueName: "unix:path|host:port"))
    var control: ControlAddress?

    @Option(help: ArgumentHelp("Which device, where there are several; else the first.", valueName: "id"))
    var device: String?

    @Option(help: ArgumentHelp("A file with the control API's token; else BLUETAP_TOKEN.", valueName: "file"))
    var tokenFile: String?

    @Flag(help: "Print JSON.")
    var json = false

    func client() throws -> ControlClient {
        ControlClient(address: try address, device: device, token: try ControlToken.read(from: tokenFile))
    }

    private var address: ControlAddress {
        get throws {
            if let control { return control }
            guard let text = Environment["BLUETAP_CONTROL"] else {
                return .unix(path: RuntimeDirectory(environment: Environment.all).controlSocket)
            }
            guard let address = ControlAddress(text) else {
                throw CommandError("BLUETAP_CONTROL is \"\(text)\", which is neither unix:PATH nor HOST:PORT")
            }
            return address
        }
    }

    /// Prints an answer with `events` as the server gave it, or as a line an event.
    func printEvents(of answer: String) throws {
        if json { return emit(answer) }
        guard case .list(let events)? = try JSONText.parse(answer)["events"] else { return }
        for event in events { emit(EventLine(event)) }
    }
}
