public import ArgumentParser
internal import BlueTap
public import BlueTapHost
public import ControlAPI
internal import Emulator
internal import Logging
internal import SandboxServer
internal import Scenario

/// What `serve` and `run` have in common: the device that they start.
struct DeviceOptions: ParsableArguments {
    enum TransportName: String, CaseIterable, ExpressibleByArgument {
        /// A Unix socket, for programs with the drop-in libhidapi.
        case loopback
        /// A virtual HID device of this machine's kernel.
        case uhid
        /// A real USB device at this machine's USB device controller.
        case gadget
        /// A USB device that other machines import over the network, by USB/IP.
        case usbip
    }

    @Option(help: "How a POS sees the device.")
    var transport = TransportName.loopback

    @Option(
        help: ArgumentHelp(
            "The USB device controller, where there are several; with --transport gadget.", valueName: "name"))
    var udc: String?

    @Option(
        help: ArgumentHelp(
            "Where USB/IP clients find the device, 127.0.0.1:3240 unless given; with --transport usbip. There is no"
                + " authentication: whoever reaches it, has the device.", valueName: "host:port"),
        transform: NetworkAddress.init(parsing:))
    var listen: NetworkAddress?

    @OptionGroup var profile: ProfileOptions

    @Option(help: "Real time, or virtual time that stands still until it is advanced.")
    var clock = HostConfiguration.Clock.real

    @Option(help: ArgumentHelp("Where the control API listens.", valueName: "unix:path|host:port"))
    var control: ControlAddress?

    @Option(help: ArgumentHelp("The loopback device's socket.", valueName: "file"))
    var socket: String?

    @Option(help: ArgumentHelp("Append every event to this file, one JSON object a line.", valueName: "file"))
    var journal: String?

    @Option(
        help: ArgumentHelp(
            "Put the journal aside as FILE.1, FILE.2, … before it grows beyond this: 500k, 10M, 1G.", valueName: "size")
    )
    var journalSize: SizeArgument?

    @Option(help: ArgumentHelp("How many journals put aside are kept.", valueName: "n"))
    var journalKeep = 5

    @Option(
        help: ArgumentHelp(
            "Write what crosses the cable to this file, as Wireshark and `bluetap replay` read it. A capture that is there"
                + " is replaced.", valueName: "file.pcapng"))
    var capture: String?

    @Option(
        help: ArgumentHelp(
            "What happens beside the device, and what is expected: a file, or a built-in scenario's name.",
            valueName: "name|file"))
    var scenario: String?

    @Option(
        help: ArgumentHelp(
            "How many devices, each with its own serial number; with --transport loopback or usbip.", valueName: "n"))
    var devices = 1

    @Option(
        help: ArgumentHelp(
            "Put the live link's NFC tag into a card reader: vpcd, the virtual one of Debian's vsmartcard-vpcd.",
            valueName: "vpcd|vpcd:host:port"))
    var tag: TagReader?

    @Option(help: ArgumentHelp("What events call the wallet of who reads the tag.", valueName: "name"))
    var tagWallet: String?

    @Option(help: "What who reads the tag does in the wallet.")
    var tagOutcome: Customer.Outcome?

    @Option(
        help: ArgumentHelp(
            "A file with the token that callers must give, so that the control API may be open to the network; else"
                + " BLUETAP_TOKEN.", valueName: "file"))
    var tokenFile: String?

    @Option(
        help: ArgumentHelp(
            "Draw link tokens from this number, so that two runs are alike. For tests.", valueName: "number"))
    var seed: UInt64?

    @OptionGroup(title: "Payment sandbox") var sandbox: SandboxOptions

    @Flag(name: .shortAndLong, help: "Log what goes on to standard error.")
    var verbose = false

    /// Most devices in one process.
    private static let maximumDevices = 4096

    func validate() throws {
        guard (1...Self.maximumDevices).contains(devices) else {
            throw ValidationError("--devices must be 1 to \(Self.maximumDevices)")
        }
        if devices > 1 && transport != .loopback && transport != .usbip {
            throw ValidationError("--devices goes with --transport loopback or usbip")
        }
        if listen != nil && transport != .usbip { throw ValidationError("--listen goes with --transport usbip") }
        guard (0...1000).contains(journalKeep) else { throw ValidationError("--journal-keep must be 0 to 1000") }
        if journalSize != nil && journal == nil { throw ValidationError("--journal-size goes with --journal") }
        if devices > 1 && tag != nil { throw ValidationError("--tag is for one device: leave --devices out") }
        if (tagWallet != nil || tagOutcome != nil) && tag == nil {
            throw ValidationError("--tag-wallet and --tag-outcome go with --tag")
        }
        if udc != nil && transport != .gadget { throw ValidationError("--udc goes with --transport gadget") }
        if let option = sandbox.withoutAddress { throw ValidationError("\(option) goes with --sandbox HOST:PORT") }
        if socket != nil && transport != .loopback { throw ValidationError("--socket goes with --transport loopback") }
    }
}

extension DeviceOptions {
    /// What a host is to run.
    ///
    /// - Parameters:
    ///   - control: where the control API listens, where the options do not say.
    ///   - socket: the loopback socket, where the options do not say.
    ///   - hidraw: the folder in which programs with the hidraw seam find the loopback device; nil: they do not.
    func configuration(control: ControlAddress, socket: String, hidraw: String? = nil) throws -> HostConfiguration {
        let (profile, codec) = try self.profile.load()
        var configuration = HostConfiguration(profile: profile, codec: codec)
        configuration.transport =
            switch transport {
            case .loopback: .loopback(socket: self.socket ?? socket, hidraw: hidraw)
            case .uhid: .uhid
            case .gadget: .gadget(controller: udc)
            case .usbip: listen.map { .usbip(host: $0.host, port: $0.port) } ?? .localUSBIP
            }
        configuration.devices = devices
        configuration.clock = clock
        configuration.seed = seed
        configuration.journal = journal.map {
            JournalOptions(path: $0, maximumSize: journalSize?.bytes, keptFiles: journalKeep)
        }
        configuration.capture = capture
        configuration.scenario = try scenario.map { try ScenarioLibrary.scenario($0, vocabulary: .sandbox) }
        configuration.control = HostConfiguration.Control(
            address: self.control ?? control, token: try ControlToken.read(from: tokenFile))
        configuration.sandbox = sandbox.configuration
        configuration.tag = tag.map { reader in
            let customer = Customer(named: tagWallet ?? "reader", outcome: tagOutcome)
            return HostConfiguration.TagReader(host: reader.host, port: reader.port, customer: customer)
        }
        configuration.setLoggers(isVerbose: verbose)
        return configuration
    }
}

extension HostConfiguration {
    mutating func setLoggers(isVerbose: Bool) {
        application = "bluetap \(BlueTapCommand.version)"
        logger = Logger(label: "bluetap") { label in
            guard isVerbose else { return SwiftLogNoOpLogHandler() }
            var handler = StreamLogHandler.standardError(label: label)
            handler.logLevel = .debug
            return handler
        }
        warnings = isVerbose ? logger : ComplainingLogHandler.logger
    }
}

/// HOST:PORT on the command line.
struct NetworkAddress {
    let host: String
    let port: Int

    init(host: String, port: Int) {
        self.host = host
        self.port = port
    }

    @Sendable init(parsing argument: String) throws {
        guard !argument.hasPrefix("unix:"), case .tcp(let host, let port)? = ControlAddress(argument) else {
            throw ValidationError("give HOST:PORT, as 0.0.0.0:3240")
        }
        self.init(host: host, port: port)
    }
}

extension ControlAddress: ExpressibleByArgument {
    public init?(argument: String) {
        self.init(argument)
    }
}

extension HostConfiguration.Clock: ExpressibleByArgument {}
