internal import ArgumentParser
internal import ControlAPI

struct EventsCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "events", abstract: "Print a device's events as JSON Lines.")

    @Flag(help: "Go on printing events as they happen, until the device is gone.")
    var follow = false

    @Option(help: ArgumentHelp("Only events with a greater number.", valueName: "seq"))
    var after: UInt64 = 0

    @OptionGroup var options: ControlOptions

    func run() async throws {
        let client = try options.client()
        if follow {
            return try await client.followEvents(after: after) { event in
                if case .integer(let missed)? = try JSONText.parse(event)["missed"] {
                    Self.complain(ofMissed: missed)
                } else {
                    emit(event)
                }
                return true
            }
        }
        let end = try JSONText.parse(await client.device())["lastSequence"]
        var sequence = after
        while case .integer(let last)? = end, sequence < UInt64(last) {
            guard case .object(let answer) = try JSONText.parse(await client.events(after: sequence)),
                case .list(let events)? = answer["events"], case .integer(let next)? = answer["lastSequence"],
                !events.isEmpty
            else { return }
            if case .integer(let missed)? = answer["missed"], missed > 0 { Self.complain(ofMissed: missed) }
            for event in events { emit(Self.line(event)) }
            sequence = UInt64(next)
        }
    }

    private static func complain(ofMissed count: Int64) {
        BlueTapCommands.complain("\(count) events are older than the device remembers; a journal keeps them all")
    }

    /// The keys in the order in which the journal has them.
    private static func line(_ event: JSONValue) -> String {
        guard case .object(let members) = event else { return "" }
        let first = ["seq", "time", "device", "kind"]
        let rest = members.keys.filter { !first.contains($0) }.sorted()
        return JSONText.object((first + rest).map { ($0, members[$0]) })
    }
}
