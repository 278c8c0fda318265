internal import ArgumentParser
internal import ControlAPI

/// Which device a client command is about, and how it answers.
struct ControlOptions: ParsableArguments {
    @Option(
        help: ArgumentHelp(
            "The device's control address; else BLUETAP_CONTROL, else the default.", valueName: "unix:path|host:port"))
    var control: ControlAddress?

    @Flag(help: "Print JSON.")
    var json = false

    func client() throws -> ControlClient {
        if let control { return ControlClient(address: control) }
        if let text = Environment["BLUETAP_CONTROL"] {
            guard let address = ControlAddress(text) else {
                throw CommandError("BLUETAP_CONTROL is \"\(text)\", which is neither unix:PATH nor HOST:PORT")
            }
            return ControlClient(address: address)
        }
        return ControlClient(address: .unix(path: RuntimeDirectory(environment: Environment.all).controlSocket))
    }

    /// Prints an answer with `events` as the server gave it, or as a line an event.
    func printEvents(of answer: String) throws {
        if json { return emit(answer) }
        guard case .list(let events)? = try JSONText.parse(answer)["events"] else { return }
        for event in events { emit(EventLine(event)) }
    }
}
