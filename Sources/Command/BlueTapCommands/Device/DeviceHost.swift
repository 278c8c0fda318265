internal import BlueTap
internal import ControlAPI
internal import ControlServer
internal import Emulator
internal import GadgetTransport
internal import Glibc
internal import HID
internal import Logging
internal import LoopbackTransport
internal import Scenario
internal import ServiceLifecycle
internal import Synchronization
internal import UHIDTransport
internal import USBCaptures
internal import USBIPTransport
internal import UnixSignals
internal import VPCDReader
internal import WireFormat

/// A running device: an emulator, its transport and its control API, put together from the command line.
struct DeviceHost {
    /// What is known once hosts and clients can connect.
    struct Ready: Sendable {
        let transport: String
        let control: ControlAddress
        let place: Place
        /// Where the sandbox's gateways are; nil: there is none.
        let sandbox: String?
    }

    /// Where hosts find the device.
    enum Place: Sendable {
        case sockets([String])
        /// `/dev/hidraw*`; nil before the device is there.
        case node(String?)
        /// The USB device controller, and the serial number by which a host tells the device from others.
        case controller(String, serialNumber: String)
        /// Where USB/IP clients find it, and the bus ids by which they import.
        case network(String?, busIDs: [String])
    }

    let emulator: Emulator
    private let transport: any Transport
    private let control: ControlAddress
    private let token: String?
    private let scenario: Scenario?
    private let reader: VPCDReader?
    private let capture: CaptureWriter?
    private let sandbox: SandboxHost?
    private let place: @Sendable () -> Place
    private let logger: Logger
    private let previousMask: mode_t

    /// - Parameters:
    ///   - control: where the control API listens, where the options do not say.
    ///   - socket: the loopback socket, where the options do not say.
    init(_ options: DeviceOptions, control: ControlAddress, socket: String) throws {
        if options.devices > 1 || options.transport == .usbip { Self.raiseDescriptorLimit() }
        // Until the control socket has its mode, nobody else may reach it.
        previousMask = umask(0o077)
        logger = Self.logger(isVerbose: options.verbose)
        let (profile, codec) = try options.profile.load()
        let clock = options.clock.makeClock()
        let journal = try options.journal.map {
            try Journal(
                JournalOptions(path: $0, maximumSize: options.journalSize?.bytes, keptFiles: options.journalKeep))
        }
        scenario = try options.scenario.map(ScenarioLibrary.scenario)
        if let scenario, scenario.needsSandbox, options.sandbox.address == nil {
            throw CommandError(
                "the scenario \(scenario.name) has steps for a payment sandbox: give --sandbox HOST:PORT")
        }
        let devices = (1...options.devices).map { number in
            var profile = profile
            if number > 1 { profile.usb.serialNumber += "-\(number)" }
            let seeded = options.seed.map { SeededGenerator(seed: $0 &+ UInt64(number - 1)) }
            let device = EmulatedDevice(
                id: "\(number)", profile: profile, codec: codec, clock: clock, journal: journal,
                generator: seeded ?? BufferedSystemGenerator())
            return device
        }
        let device = devices[0]
        let capture = try options.capture.map { try Self.capture(to: $0, clock) }
        self.capture = capture
        let served = devices.enumerated().map {
            index, device -> (description: HIDDescription, function: any HIDFunction) in
            guard let capture else { return (device.description, device) }
            let captured = CapturedFunction(
                device, description: device.description, number: index + 1, file: capture,
                describe: Subtitles(codec).describe)
            return (device.description, captured)
        }
        emulator = Emulator(devices: devices, clock: clock)
        sandbox = try SandboxHost(options.sandbox, beside: emulator, logger: logger)
        token = try ControlToken.read(from: options.tokenFile)
        reader = options.tag.map { [logger] reader in
            let customer = Customer(named: options.tagWallet ?? "reader", outcome: options.tagOutcome)
            return VPCDReader(
                EmulatedTag(device, customer: customer), host: reader.host, port: reader.port, logger: logger)
        }
        // Others may look for the sockets from another directory.
        self.control = (options.control ?? control).absolute
        switch options.transport {
        case .loopback:
            let socket = absolutePath(options.socket ?? socket)
            if socket.contains(":") {
                throw CommandError("the socket path \(socket) has a colon, which separates paths in BLUETAP_LOOPBACK")
            }
            let sockets = (1...options.devices).map { Self.path(of: $0, beside: socket) }
            transport = try LoopbackTransport(
                zip(sockets, served).map { .init(path: $0, description: $1.description, function: $1.function) },
                logger: logger)
            place = { .sockets(sockets) }
        case .uhid:
            let uhid = try UHIDTransport(served[0].description, function: served[0].function, logger: logger)
            transport = uhid
            place = { .node(uhid.node) }
        case .usbip:
            let listen = options.listen ?? NetworkAddress(host: "127.0.0.1", port: USBIPTransport.defaultPort)
            let usbip = USBIPTransport(
                served.map { .init(description: $0.description, function: $0.function) }, host: listen.host,
                port: listen.port, logger: options.verbose ? logger : ComplainingLogHandler.logger)
            transport = usbip
            place = { .network(usbip.address, busIDs: usbip.busIDs) }
        case .gadget:
            let gadget = try GadgetTransport(
                served[0].description, function: served[0].function, controller: options.udc, logger: logger)
            transport = gadget
            place = { .controller(gadget.controller.name, serialNumber: profile.usb.serialNumber) }
        }
    }

    static func logger(isVerbose: Bool) -> Logger {
        Logger(label: "bluetap") { label in
            guard isVerbose else { return SwiftLogNoOpLogHandler() }
            var handler = StreamLogHandler.standardError(label: label)
            handler.logLevel = .debug
            return handler
        }
    }

    private static func capture(to path: String, _ clock: EmulatorClock) throws -> CaptureWriter {
        try CaptureWriter(
            path: path, application: "bluetap \(BlueTapCommand.version)",
            now: { clock.now.nanoseconds }, complain: complain)
    }

    /// Each device needs a descriptor for its socket, and one for each of its hosts. Whoever reaches a network's device may
    /// have as many connections as they like; the control API is to be reached all the same.
    private static func raiseDescriptorLimit() {
        var limit = rlimit()
        guard getrlimit(__rlimit_resource_t(RLIMIT_NOFILE.rawValue), &limit) == 0 else { return }
        limit.rlim_cur = limit.rlim_max
        setrlimit(__rlimit_resource_t(RLIMIT_NOFILE.rawValue), &limit)
    }

    /// The socket of the device of that number: `loopback.sock`, `loopback-2.sock`, ….
    private static func path(of number: Int, beside first: String) -> String {
        if number == 1 { return first }
        let suffix = ".sock"
        guard first.hasSuffix(suffix) else { return "\(first)-\(number)" }
        return "\(first.dropLast(suffix.count))-\(number)\(suffix)"
    }

    /// Runs until `body` returns or a signal comes, whichever is first, and leaves nothing behind.
    ///
    /// - Parameters:
    ///   - signals: those that end it, unless they were ignored from the start, as `nohup` has it.
    ///   - body: called once the device is ready.
    func run(
        signals: [UnixSignal] = [.sigterm, .sigint, .sighup, .sigquit],
        _ body: @escaping @Sendable (Ready) async throws -> Void
    ) async throws {
        let (opened, opening) = AsyncStream.makeStream(of: Never.self)
        let (listening, listens) = AsyncStream.makeStream(of: ControlAddress.self)
        let server = try ControlServer(
            emulator: emulator, transport: transport.name, address: control, sandbox: sandbox?.live, token: token,
            logger: logger
        ) { [previousMask] address in
            umask(previousMask)
            listens.yield(address)
            listens.finish()
        }
        let serving = ClosureService { [transport, emulator, scenario] in
            // Only here, where signals are taken care of: what is opened must be closed again.
            try transport.open()
            // Only now is it known what the transport can show.
            if let scenario {
                for (index, device) in emulator.devices.enumerated() {
                    device.load(
                        ScenarioRun(scenario, startingAt: emulator.clock.now, setsUpSandbox: index == 0), hearsAll: true
                    )
                }
            }
            opening.finish()
            try await cancelWhenGracefulShutdown(transport.run)
        }
        let controlling = ClosureService {
            for await _ in opened {}
            if !Task.isCancelled { try await server.run() }
        }
        let (selling, sells) = AsyncStream.makeStream(of: String?.self)
        let gateways = sandbox.map { sandbox in
            sandbox.service { address in
                sells.yield(address)
                sells.finish()
            }
        }
        if gateways == nil {
            sells.yield(nil)
            sells.finish()
        }
        let main = ClosureService { [transport, place] in
            for await address in listening {
                for await sandbox in selling {
                    try await body(
                        Ready(transport: transport.name, control: address, place: place(), sandbox: sandbox))
                }
            }
        }
        let tagging = ClosureService { [reader] in
            for await _ in opened {}
            if let reader {
                try await cancelWhenGracefulShutdown {
                    try await reader.run {
                        complain(
                            "no card reader at \(reader.host):\(reader.port): install vsmartcard-vpcd, and let pcscd run; looked for again each second"
                        )
                    }
                }
            } else {
                try? await gracefulShutdown()
            }
        }
        // They are stopped from the last to the first, so that the control API's streams still tell of the device's going.
        var configuration = ServiceGroupConfiguration(
            services: [
                .init(service: controlling),
                .init(service: ClosureService { [emulator] in await cancelWhenGracefulShutdown(emulator.run) }),
                .init(service: serving), .init(service: tagging),
            ] + (gateways.map { [.init(service: $0)] } ?? []) + [
                .init(
                    service: main, successTerminationBehavior: .gracefullyShutdownGroup,
                    failureTerminationBehavior: .gracefullyShutdownGroup)
            ],
            gracefulShutdownSignals: signals.filter { !$0.isIgnored },
            logger: logger)
        configuration.maximumGracefulShutdownDuration = .seconds(10)
        try await ServiceGroup(configuration: configuration).run()
        if let failure = emulator.devices.lazy.compactMap(\.status.journalFailure).first { throw CommandError(failure) }
        if let shortcoming = capture?.shortcoming { throw CommandError(shortcoming) }
    }
}

extension ControlAddress {
    /// The same address from any directory.
    var absolute: ControlAddress {
        switch self {
        case .unix(let path): .unix(path: absolutePath(path))
        case .tcp: self
        }
    }
}

extension UnixSignal {
    /// Whether whoever started this program had the signal ignored.
    var isIgnored: Bool {
        var action = sigaction()
        guard sigaction(rawValue, nil, &action) == 0 else { return false }
        return unsafeBitCast(action.__sigaction_handler.sa_handler, to: Int.self) == 1
    }
}

/// A service that is one closure.
struct ClosureService: Service {
    let body: @Sendable () async throws -> Void

    init(_ body: @escaping @Sendable () async throws -> Void) {
        self.body = body
    }

    func run() async throws {
        try await body()
    }
}
