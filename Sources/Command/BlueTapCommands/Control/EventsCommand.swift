internal import ArgumentParser
internal import ControlAPI
internal import ControlClient

struct EventsCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "events", abstract: "Print a device's events, or a journal's.")

    enum Format: String, CaseIterable, ExpressibleByArgument {
        /// JSON Lines.
        case json
        case table
        /// A sequence diagram, as Mermaid draws it: for bug reports.
        case mermaid
    }

    @Flag(help: "Go on printing events as they happen, until the device is gone.")
    var follow = false

    @Option(help: ArgumentHelp("Only events with a greater number.", valueName: "seq"))
    var after: UInt64 = 0

    @Option(help: "How they are printed.")
    var format = Format.json

    @Option(help: ArgumentHelp("Those of a journal instead of a running device's.", valueName: "file"))
    var journal: String?

    @OptionGroup var options: ControlOptions

    func validate() throws {
        if follow, journal != nil { throw ValidationError("--follow is for a running device, not for a journal") }
        if follow, format == .mermaid { throw ValidationError("a diagram has an end: leave --follow out") }
        if options.json, format != .json {
            throw ValidationError("--json and --format \(format.rawValue) exclude each other")
        }
    }

    func run() async throws {
        let recorded = try journal.map { try JournalFile.events(of: $0, device: options.device) } ?? []
        let table = EventTable(hasDevices: Set(recorded.map { $0["device"]?.text ?? "" }).count > 1)
        if format == .table { emit(table.header) }
        if follow {
            return try await options.client().followEvents(after: after) { event in
                let parsed = try JSONText.parse(event)
                if case .integer(let missed)? = parsed["missed"], parsed["kind"] == nil {
                    Self.complain(ofMissed: missed)
                } else {
                    emit(format == .table ? table.row(parsed) : event)
                }
                return true
            }
        }
        var all: [JSONValue] = []
        func take(_ event: JSONValue) {
            switch format {
            case .json: emit(Self.line(event))
            case .table: emit(table.row(event))
            case .mermaid: all.append(event)
            }
        }
        if journal != nil {
            for event in recorded {
                if case .integer(let number)? = event["seq"], number > Int64(clamping: after) { take(event) }
            }
        } else {
            try await readAll(take)
        }
        if format == .mermaid { for line in SequenceDiagram(all).lines { emit(line) } }
    }

    private func readAll(_ take: (JSONValue) -> Void) async throws {
        let client = try options.client()
        let end = try JSONText.parse(await client.device())["lastSequence"]
        var sequence = after
        while case .integer(let last)? = end, sequence < UInt64(last) {
            guard case .object(let answer) = try JSONText.parse(await client.events(after: sequence)),
                case .list(let events)? = answer["events"], case .integer(let next)? = answer["lastSequence"],
                !events.isEmpty
            else { return }
            if case .integer(let missed)? = answer["missed"], missed > 0 { Self.complain(ofMissed: missed) }
            for event in events { take(event) }
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
