internal import ArgumentParser
internal import BlueTapHost
internal import ControlAPI
internal import Emulator
internal import Glibc
internal import POSClient
internal import ProfileFiles
internal import ServiceLifecycle
internal import Subprocess
internal import UnixSignals

struct DemoCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "demo",
        abstract: "See it work: a POS pays, a customer taps, a cancel, an expiry. Needs nothing, ends by itself.",
        discussion: """
            In a terminal it is a live view of device, link and customers; elsewhere, with NO_COLOR or --plain, it is lines. \
            With --web the same story is told on the web page, which then stays until Ctrl-C.
            """)

    @Flag(help: "Print the events as JSON Lines instead of the story.")
    var json = false

    @Flag(help: "Lines, in a terminal as well.")
    var plain = false

    @Flag(help: "Tell it on the web page, and keep running.")
    var web = false

    @Option(help: ArgumentHelp("The page's port on this machine, with --web; 0: any that is free.", valueName: "port"))
    var port = 8080

    @Option(
        help: ArgumentHelp(
            "How slowly a live view or the page is told: 2 takes twice as long, 0 no time.", valueName: "n"))
    var pace = 1.0

    func validate() throws {
        guard (0...100).contains(pace) else { throw ValidationError("--pace is 0 to 100") }
        if json, web { throw ValidationError("--json and --web exclude each other") }
        guard (0...65_535).contains(port) else { throw ValidationError("--port is 0 to 65535") }
    }

    func run() async throws {
        let directory = try TemporaryDirectory(prefix: "bluetap-demo")
        var options = try DeviceOptions.parse(["--clock", "virtual"])
        options.socket = "\(directory.path)/loopback.sock"
        if web { options.control = .tcp(host: "127.0.0.1", port: port) }
        let host = try BlueTapHost(
            options.configuration(
                control: .unix(path: "\(directory.path)/control.sock"), socket: "\(directory.path)/loopback.sock"))
        // The POS below finds the device as any hidapi program does.
        setenv("BLUETAP_LOOPBACK", "\(directory.path)/loopback.sock", 1)
        let profile = try ProfileLibrary.profile(ProfileLibrary.standardName)
        let pos = TinyCommand(profile: profile.profile, codec: profile.codec)
        let stage = stage(host.emulator)
        let told: Result<Void, any Error>
        do {
            told = .success(try await tell(host, pos, on: stage))
        } catch {
            told = .failure(error)
        }
        // However it ended: the terminal is as it was.
        await stage.end()
        try told.get()
    }

    private func tell(_ host: BlueTapHost, _ pos: TinyCommand, on stage: any Stage) async throws {
        try await host.run(signals: [.sigterm, .sigint, .sighup, .sigquit]) { [emulator = host.emulator, web] ready in
            let story = Story(emulator: emulator, pos: pos, stage: stage)
            guard web, let control = ready.control else { return try await Self.untilInterrupted(story.tell) }
            let address = "http://\(control)/"
            emit("The page is \(address) (Ctrl-C ends it).")
            // Some browsers run as long as somebody looks.
            async let opened: Void = Self.open(address)
            try await Self.untilInterrupted(story.tell)
            // From here on it is whoever looks who does something, and expects time to pass.
            emulator.clock.mode = .running
            try? await gracefulShutdown()
            _ = await opened
        }
    }

    /// Ctrl-C is no failure of what is shown.
    private static func untilInterrupted(_ body: @escaping @Sendable () async throws -> Void) async throws {
        do {
            try await cancelWhenGracefulShutdown(body)
        } catch is CancellationError {}
    }

    private func stage(_ emulator: Emulator) -> any Stage {
        if json { return JSONStage() }
        // Whoever opened the page wants to see the beginning.
        if web { return PlainStage(rest: .seconds(4) * pace, page: emulator.devices[0]) }
        guard !plain, Terminal.hasColours, let view = LiveStage(emulator.devices[0], pace: pace) else {
            return PlainStage()
        }
        return view
    }

    /// In a browser, where there is a desktop.
    private static func open(_ address: String) async {
        guard Environment["DISPLAY"] != nil || Environment["WAYLAND_DISPLAY"] != nil else { return }
        _ = try? await Subprocess.run(
            .name("xdg-open"), arguments: [address], input: .none, output: .discarded, error: .discarded)
    }
}
