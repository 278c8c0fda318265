internal import ArgumentParser
internal import BlueTapHost
internal import ControlAPI
internal import ServiceLifecycle
internal import UnixSignals

struct SandboxServeCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "serve",
        abstract: "Run a payment sandbox without a device, until interrupted.",
        discussion: """
            When it is ready it prints one JSON line, whose `event` is `ready`, with the addresses to use: `sandbox` for the
            POS's back end, `control` for `bluetap sandbox` and `bluetap clock`.
            """)

    @OptionGroup var sandbox: SandboxOptions

    @Option(help: "Real time, or virtual time that stands still until it is advanced.")
    var clock = HostConfiguration.Clock.real

    @Option(help: ArgumentHelp("Where the control API listens.", valueName: "unix:path|host:port"))
    var control: ControlAddress?

    @Option(
        help: ArgumentHelp(
            "A file with the token that callers must give, so that the control API may be open to the network; else"
                + " BLUETAP_TOKEN.", valueName: "file"))
    var tokenFile: String?

    @Flag(name: .shortAndLong, help: "Log what goes on to standard error.")
    var verbose = false

    @Flag(help: "Accepted for symmetry: the ready line is JSON anyway.")
    var json = false

    func run() async throws {
        let directory = RuntimeDirectory(environment: Environment.all)
        if control == nil { try directory.make() }
        // Nobody sees a device, because there is none.
        let (profile, codec) = try ProfileOptions.parse([]).load()
        var configuration = HostConfiguration(profile: profile, codec: codec)
        configuration.devices = 0
        configuration.clock = clock
        configuration.control = HostConfiguration.Control(
            address: control ?? .unix(path: directory.controlSocket), token: try ControlToken.read(from: tokenFile))
        configuration.sandbox =
            sandbox.configuration ?? sandbox.configuration(at: [.init(host: "127.0.0.1", port: 0)])
        configuration.setLoggers(isVerbose: verbose)
        try await BlueTapHost(configuration).run(signals: [.sigterm, .sigint, .sighup, .sigquit]) { ready in
            var members: [(String, JSONValue?)] = [("event", .text("ready"))]
            members += ready.sandboxMembers
            members.append(("control", ready.control.map { .text($0.description) }))
            try announce(JSONText.object(members))
            try? await gracefulShutdown()
        }
    }
}
