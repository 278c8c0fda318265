internal import BlueTap
internal import Certificates
public import ControlAPI
internal import ControlServer
public import Emulator
internal import Glibc
internal import HID
internal import Logging
internal import SandboxServer
internal import Scenario
internal import ServiceLifecycle
internal import USBCaptures
public import UnixSignals
internal import VPCDReader
internal import WireFormat

/// Devices that run: an emulator, its transport, and what is beside it, put together as a ``HostConfiguration`` says.
public struct BlueTapHost: Sendable {
    /// What is known once hosts and clients can connect.
    public struct Ready: Sendable {
        public let emulator: Emulator
        /// Where a POS finds the devices.
        public let place: Place
        /// Where the control API is; nil: there is none.
        public let control: ControlAddress?
        /// Where the sandbox's gateways are, the one that clients are told first; none: there is no sandbox.
        public let sandboxPlaces: [SandboxConfiguration.Place]
        /// The certificate that the sandbox's clients are to trust, a PEM file; nil: it speaks no TLS.
        public let sandboxAuthority: String?

        /// The URL of the sandbox's gateways; nil: there is none.
        public var sandbox: String? { sandboxPlaces.first?.url }
    }

    public let emulator: Emulator
    /// Whether a POS has ever had a device open; nil where the transport cannot tell.
    public var hasBeenOpened: Bool? { served.hasBeenOpened }
    private let configuration: HostConfiguration
    private let served: ServedTransport
    private let reader: VPCDReader?
    private let capture: CaptureWriter?
    private let sandbox: LiveSandbox?
    private let authority: CertificateAuthority?

    /// Makes the devices. Nothing can be reached before ``run(signals:_:)``.
    ///
    /// - Throws: what in the configuration contradicts what, and files that cannot be written.
    public init(_ configuration: HostConfiguration) throws {
        try Self.check(configuration)
        self.configuration = configuration
        if configuration.needsManyDescriptors { Self.raiseDescriptorLimit() }
        let clock = configuration.makeClock()
        let journal = try configuration.journal.map(Journal.init)
        let devices = (0..<configuration.devices).map { Self.device(number: $0 + 1, configuration, clock, journal) }
        capture = try configuration.capture.map { path in
            try CaptureWriter(
                path: path, application: configuration.application, now: { clock.now.nanoseconds },
                complain: { [warnings = configuration.warnings] in warnings.warning("\($0)") })
        }
        let functions = devices.enumerated().map { [capture] index, device -> ServedTransport.Served in
            guard let capture else { return (device.description, device) }
            let captured = CapturedFunction(
                device, description: device.description, number: index + 1, file: capture,
                describe: Subtitles(configuration.codec).describe)
            return (device.description, captured)
        }
        emulator = Emulator(devices: devices, clock: clock)
        let authority = try configuration.sandbox.flatMap { try $0.makeAuthority() }
        self.authority = authority
        sandbox = try configuration.sandbox.map { [emulator] in
            LiveSandbox(
                try $0.makeSandbox(logger: configuration.warnings), beside: emulator, notified: $0.notified(authority),
                logger: configuration.warnings)
        }
        reader = configuration.tag.flatMap { tag in
            devices.first.map { device in
                VPCDReader(
                    EmulatedTag(device, customer: tag.customer), host: tag.host, port: tag.port,
                    logger: configuration.logger)
            }
        }
        served = try ServedTransport(configuration, functions)
    }

    private static func check(_ configuration: HostConfiguration) throws(HostError) {
        guard configuration.devices >= 0 else {
            throw HostError(.configuration, "there cannot be fewer than 0 devices")
        }
        if let transport = configuration.transport {
            guard configuration.devices > 0 else {
                throw HostError(.configuration, "the transport \(transport.name) has no device to show")
            }
            guard configuration.devices == 1 || transport.takesSeveralDevices else {
                throw HostError(
                    .configuration, "the transport \(transport.name) shows one device, not \(configuration.devices)",
                    remedy: "choose loopback or usbip")
            }
        }
        if let sandbox = configuration.sandbox, sandbox.addresses.isEmpty {
            throw HostError(.configuration, "the sandbox has no address", remedy: "give it one")
        }
        if let scenario = configuration.scenario, scenario.needsCompanion, configuration.sandbox == nil {
            throw HostError(
                .configuration, "the scenario \(scenario.name) has steps for a payment sandbox",
                remedy: "give --sandbox HOST:PORT")
        }
    }

    private static func device(
        number: Int, _ configuration: HostConfiguration, _ clock: EmulatorClock, _ journal: Journal?
    ) -> EmulatedDevice {
        var profile = configuration.profile
        if number > 1 { profile.usb.serialNumber += "-\(number)" }
        let seeded = configuration.seed.map { SeededGenerator(seed: $0 &+ UInt64(number - 1)) }
        return EmulatedDevice(
            id: "\(number)", profile: profile, codec: configuration.codec, clock: clock, journal: journal,
            generator: seeded ?? BufferedSystemGenerator())
    }

    /// Each device needs a descriptor for its socket, and one for each of its hosts. Whoever reaches a network's device may
    /// have as many connections as they like; the control API is to be reached all the same.
    private static func raiseDescriptorLimit() {
        var limit = rlimit()
        guard getrlimit(__rlimit_resource_t(RLIMIT_NOFILE.rawValue), &limit) == 0 else { return }
        limit.rlim_cur = limit.rlim_max
        setrlimit(__rlimit_resource_t(RLIMIT_NOFILE.rawValue), &limit)
    }

    // MARK: Running

    /// Runs until `body` returns or a signal comes, whichever is first, and leaves nothing behind.
    ///
    /// - Parameters:
    ///   - signals: those that end it, unless they were ignored from the start.
    ///   - body: called once the devices can be found.
    /// - Throws: what `body` throws, what a transport or server cannot do, and ``HostError`` where journal or capture lack
    ///   something at the end.
    public func run(
        signals: [UnixSignal] = [], _ body: @escaping @Sendable (Ready) async throws -> Void
    ) async throws {
        let opening = Signpost<Void>()
        let listening = Signpost<ControlAddress?>()
        let selling = Signpost<[SandboxConfiguration.Place]>()
        var services: [ServiceGroupConfiguration.ServiceConfiguration] = []
        // They are stopped from the last to the first, so that the control API's streams still tell of the device's going.
        if let control = try control(listening) {
            services.append(
                .init(service: ClosureService { if await opening.reached() != nil { try await control.run() } }))
        } else {
            listening.reach(nil)
        }
        services.append(.init(service: ClosureService { [emulator] in await cancelWhenGracefulShutdown(emulator.run) }))
        services.append(.init(service: ClosureService { try await serve(opening) }))
        if let reader {
            services.append(
                .init(service: ClosureService { if await opening.reached() != nil { try await read(reader) } }))
        }
        if let sandbox, let configuration = configuration.sandbox {
            let gateways = try configuration.service(
                sandbox, authority: authority, logger: self.configuration.logger
            ) { selling.reach($0) }
            services.append(.init(service: gateways))
        } else {
            selling.reach([])
        }
        let authority = authority.flatMap { _ in configuration.sandbox?.authorityPath }
        let main = ClosureService { [emulator, served] in
            guard let control = await listening.reached(), let places = await selling.reached(),
                await opening.reached() != nil
            else { return }
            try await body(
                Ready(
                    emulator: emulator, place: served.place(), control: control, sandboxPlaces: places,
                    sandboxAuthority: authority))
        }
        services.append(
            .init(
                service: main, successTerminationBehavior: .gracefullyShutdownGroup,
                failureTerminationBehavior: .gracefullyShutdownGroup))
        var group = ServiceGroupConfiguration(
            services: services, gracefulShutdownSignals: signals.filter { !$0.isIgnored },
            logger: configuration.logger)
        group.maximumGracefulShutdownDuration = .seconds(10)
        try await ServiceGroup(configuration: group).run()
        if let failure = emulator.devices.lazy.compactMap(\.status.journalFailure).first {
            throw HostError(.journalIncomplete, failure)
        }
        if let shortcoming = capture?.shortcoming { throw HostError(.captureIncomplete, shortcoming) }
    }

    /// Nil where there is no control API.
    private func control(_ listening: Signpost<ControlAddress?>) throws -> ControlServer? {
        try configuration.control.map { control in
            try ControlServer(
                emulator: emulator, transport: configuration.transport?.name ?? "none",
                address: control.address.absolute,
                sandbox: sandbox, token: control.token, logger: configuration.logger
            ) { address in listening.reach(address) }
        }
    }

    /// Opens the transport and serves its hosts.
    private func serve(_ opening: Signpost<Void>) async throws {
        // Only here, where signals are taken care of: what is opened must be closed again.
        try served.transport?.open()
        // A device in process has its program for a host.
        if served.transport == nil { for device in emulator.devices { device.hostAttached() } }
        // Only now is it known what the transport can show.
        if let scenario = configuration.scenario {
            for (index, device) in emulator.devices.enumerated() {
                device.load(
                    ScenarioRun(scenario, startingAt: emulator.clock.now, asksCompanions: index == 0), hearsAll: true)
            }
        }
        opening.reach(())
        if let transport = served.transport {
            try await cancelWhenGracefulShutdown(transport.run)
        } else {
            try? await gracefulShutdown()
        }
    }

    private func read(_ reader: VPCDReader) async throws {
        try await cancelWhenGracefulShutdown {
            try await reader.run {
                configuration.warnings.warning(
                    "no card reader at \(reader.host):\(reader.port): install vsmartcard-vpcd, and let pcscd run; looked for again each second"
                )
            }
        }
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
