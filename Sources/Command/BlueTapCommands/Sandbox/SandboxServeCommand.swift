internal import ArgumentParser
internal import ControlAPI
internal import ControlServer
internal import Emulator
internal import Glibc
internal import Logging
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
    var clock = DeviceOptions.ClockKind.real

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
        let previousMask = umask(0o077)
        let logger = DeviceHost.logger(isVerbose: verbose)
        let emulator = Emulator(devices: [], clock: clock.makeClock())
        var options = sandbox
        options.address = options.address ?? NetworkAddress(host: "127.0.0.1", port: 0)
        guard let host = try SandboxHost(options, beside: emulator, logger: logger) else { return }
        let (listening, listens) = AsyncStream.makeStream(of: ControlAddress.self)
        let server = try ControlServer(
            emulator: emulator, transport: "none", address: (control ?? .unix(path: directory.controlSocket)).absolute,
            sandbox: host.live, token: try ControlToken.read(from: tokenFile), logger: logger
        ) { address in
            umask(previousMask)
            listens.yield(address)
            listens.finish()
        }
        let (selling, sells) = AsyncStream.makeStream(of: String.self)
        let gateways = host.service { address in
            sells.yield(address)
            sells.finish()
        }
        let main = ClosureService {
            for await control in listening {
                for await address in selling {
                    try announce(
                        JSONText.object([
                            ("event", .text("ready")), ("sandbox", .text(address)),
                            ("control", .text(control.description)),
                        ]))
                }
            }
            try? await gracefulShutdown()
        }
        let signals: [UnixSignal] = [.sigterm, .sigint, .sighup, .sigquit]
        var configuration = ServiceGroupConfiguration(
            services: [
                .init(service: server),
                .init(service: ClosureService { await cancelWhenGracefulShutdown(emulator.run) }),
                .init(service: gateways),
                .init(
                    service: main, successTerminationBehavior: .gracefullyShutdownGroup,
                    failureTerminationBehavior: .gracefullyShutdownGroup),
            ], gracefulShutdownSignals: signals.filter { !$0.isIgnored }, logger: logger)
        configuration.maximumGracefulShutdownDuration = .seconds(10)
        try await ServiceGroup(configuration: configuration).run()
    }
}
