internal import BlueTap
internal import ControlAPI
internal import Emulator
internal import Glibc
internal import Logging
internal import LoopbackTransport
internal import ServiceLifecycle
internal import Synchronization
internal import UnixSignals
internal import VirtualHID

/// A running device: an emulator, its transport and its control API, put together from the command line.
struct DeviceHost {
    /// What is known once hosts and clients can connect.
    struct Ready: Sendable {
        let transport: String
        let control: ControlAddress
        let socket: String
    }

    let emulator: Emulator
    private let transport: any Transport
    private let control: ControlAddress
    private let socket: String
    private let logger: Logger
    private let previousMask: mode_t

    /// - Parameters:
    ///   - control: where the control API listens, where the options do not say.
    ///   - socket: the loopback socket, where the options do not say.
    init(_ options: DeviceOptions, control: ControlAddress, socket: String) throws {
        // Until the control socket has its mode, nobody else may reach it.
        previousMask = umask(0o077)
        logger = Logger(label: "bluetap") { label in
            guard options.verbose else { return SwiftLogNoOpLogHandler() }
            var handler = StreamLogHandler.standardError(label: label)
            handler.logLevel = .debug
            return handler
        }
        let (profile, codec) = try options.profile.load()
        let clock = options.makeClock()
        let generator: any RandomNumberGenerator & Sendable =
            options.seed.map(SeededGenerator.init(seed:)) ?? SystemRandomNumberGenerator()
        let device = try EmulatedDevice(
            id: "1", profile: profile, codec: codec, clock: clock, journal: options.journal, generator: generator)
        emulator = Emulator(devices: [device], clock: clock)
        self.control = options.control ?? control
        self.socket = options.socket ?? socket
        transport = try LoopbackTransport(
            [.init(path: self.socket, description: device.description, function: device)], logger: logger)
    }

    /// Runs until `body` returns or a signal comes, whichever is first, and leaves nothing behind.
    ///
    /// - Parameter body: called once the device is ready.
    func run(_ body: @escaping @Sendable (Ready) async throws -> Void) async throws {
        try transport.open()
        let (ready, readiness) = AsyncStream.makeStream(of: Ready.self)
        let server = try ControlServer(
            emulator: emulator, transport: transport.name, address: control, logger: logger
        ) { [transport, socket, previousMask] address in
            umask(previousMask)
            readiness.yield(Ready(transport: transport.name, control: address, socket: socket))
            readiness.finish()
        }
        let main = ClosureService {
            for await state in ready { try await body(state) }
        }
        // They are stopped from the last to the first, so that the control API's streams still tell of the device's going.
        var configuration = ServiceGroupConfiguration(
            services: [
                .init(service: server),
                .init(service: ClosureService { [emulator] in await cancelWhenGracefulShutdown(emulator.run) }),
                .init(service: ClosureService { [transport] in try await cancelWhenGracefulShutdown(transport.run) }),
                .init(
                    service: main, successTerminationBehavior: .gracefullyShutdownGroup,
                    failureTerminationBehavior: .gracefullyShutdownGroup),
            ],
            gracefulShutdownSignals: [.sigterm, .sigint, .sighup],
            logger: logger)
        configuration.maximumGracefulShutdownDuration = .seconds(10)
        try await ServiceGroup(configuration: configuration).run()
    }
}

/// A service that is one closure.
private struct ClosureService: Service {
    let body: @Sendable () async throws -> Void

    init(_ body: @escaping @Sendable () async throws -> Void) {
        self.body = body
    }

    func run() async throws {
        try await body()
    }
}
