internal import ArgumentParser
internal import ControlAPI
internal import ControlClient

struct WaitCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "wait",
        abstract: "Wait until a device is in a state, or until an event of a kind comes.",
        discussion: """
            STATE is one of detached, idle, linkReady, linkOpened; KIND is that of any event (payReceived, linkExpired, …).
            An event counts if it comes from now on, or with --after after the one of that number. linkReady is both: \
            without --after the state is meant.
            """)

    @Argument(help: ArgumentHelp("A state, or the kind of an event.", valueName: "state|kind"))
    var what: String

    @Option(help: ArgumentHelp("How long to wait in real time.", valueName: "duration"))
    var timeout = DurationArgument(.seconds(30))

    @Option(help: ArgumentHelp("Only events with a greater number.", valueName: "seq"))
    var after: UInt64?

    @OptionGroup var options: ControlOptions

    func run() async throws {
        let answer = try await options.client().wait(
            WaitRequest(what: what, after: after, timeout: timeout.seconds))
        if options.json { return emit(answer) }
        let found = try JSONText.parse(answer)
        if let event = found["event"] { return emit(EventLine(event)) }
        emit("state: \(found["state"]?.text ?? "")")
    }
}
