internal import ArgumentParser
internal import BlueTap
internal import POSClient
internal import WireFormat

/// What `pay` and `cancel` have in common.
struct POSOptions: ParsableArguments {
    @OptionGroup var profile: ProfileOptions

    @Option(help: ArgumentHelp("How long to wait for the device's answer.", valueName: "duration"))
    var timeout = DurationArgument(TinyCommand.usualReplyTimeout)

    @Flag(help: "Print JSON.")
    var json = false

    /// Sends the command, prints the result code, and fails where it is not SUCCESS.
    func send(_ command: Command) throws {
        let (profile, codec) = try profile.load()
        let outcome = TinyCommand(profile: profile, codec: codec, replyTimeout: .seconds(timeout.seconds)).send(command)
        if json {
            emit(
                JSONText.object([
                    ("result", .text(outcome.result.rawValue)), ("reason", outcome.reason.map(JSONValue.text)),
                ]))
        } else {
            emit(outcome.result.rawValue)
        }
        if outcome.result == .success { return }
        if let reason = outcome.reason { complain(reason.oneLine) }
        throw ExitCode.failure
    }
}
