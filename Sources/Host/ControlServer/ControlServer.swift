public import ControlAPI
public import Emulator
internal import Glibc
internal import HID
internal import Hummingbird
internal import HummingbirdCore
internal import LinuxIO
public import Logging
internal import NIOCore
internal import NIOPosix
public import SandboxServer
public import ServiceLifecycle

/// Serves the control API.
public struct ControlServer: Service {
    private let emulator: Emulator
    private let transport: String
    private let address: ControlAddress
    private let sandbox: LiveSandbox?
    private let token: String?
    private let logger: Logger
    private let onReady: @Sendable (ControlAddress) async -> Void

    /// - Parameters:
    ///   - sandbox: the payment sandbox beside the devices; nil: there is none.
    ///   - token: what callers must know, without which only this machine may call.
    ///   - onReady: called with the address once it can be connected to; a port of 0 is then the one it got.
    public init(
        emulator: Emulator, transport: String, address: ControlAddress, sandbox: LiveSandbox? = nil,
        token: String? = nil, logger: Logger, onReady: @escaping @Sendable (ControlAddress) async -> Void
    ) throws(ControlServerError) {
        guard address.isLocal || token != nil else {
            throw ControlServerError(
                .open, "the control address \(address) is open to the network",
                remedy: "use 127.0.0.1, [::1] or unix:PATH, or set a token (BLUETAP_TOKEN, or --token-file FILE)")
        }
        if let token, !Self.isGood(token) {
            throw ControlServerError(
                .badToken, "the token must have 16 to 256 printable ASCII characters without spaces")
        }
        self.emulator = emulator
        self.transport = transport
        self.address = address
        self.sandbox = sandbox
        self.token = token
        self.logger = logger
        self.onReady = onReady
    }

    /// How long a connection may say nothing between requests, or in the middle of one.
    private static let idleTimeout = TimeAmount.seconds(60)
    /// Most connections at a time; further ones wait to be accepted.
    private static let maximumConnections = 512

    /// What a header can carry, and nobody guesses.
    private static func isGood(_ token: String) -> Bool {
        (16...256).contains(token.utf8.count) && token.utf8.allSatisfy { (0x21...0x7E).contains($0) }
    }

    public func run() async throws {
        let binding: BindAddress
        switch address {
        case .unix(let path):
            do {
                try UnixSocketPath(path).clear(for: .stream)
            } catch {
                throw ControlServerError(.addressUnusable, "the control API: \(error)")
            }
            binding = .unixDomainSocket(path: path)
        case .tcp(let host, let port):
            binding = .hostname(host, port: port)
        }
        // Until a socket has its mode, nobody else may reach it.
        let mask = address.isTCP ? nil : FileModeMask()
        defer { mask?.restore() }
        let application = Application(
            responder: ControlRouter(
                emulator: emulator, transport: transport, sandbox: sandbox, isOnNetwork: address.isTCP, token: token
            ).router.buildResponder(),
            server: .http1(configuration: .init(idleTimeout: Self.idleTimeout)),
            configuration: ApplicationConfiguration(
                address: binding, serverName: "bluetap", reuseAddress: true,
                availableConnectionsDelegate: MaximumAvailableConnections(Self.maximumConnections)),
            onServerRunning: { channel in
                let address = boundAddress(of: channel)
                mask?.restore()
                await onReady(address)
            },
            eventLoopGroupProvider: .shared(NIOSingletons.posixEventLoopGroup),
            logger: logger)
        do {
            try await application.runService(gracefulShutdownSignals: [])
        } catch let error as IOError {
            throw ControlServerError(
                .addressUnusable,
                "the control address \(address) cannot be used: \(String(cString: strerror(error.errnoCode)))")
        }
        if case .unix(let path) = address { unlink(path) }
    }

    private func boundAddress(of channel: any Channel) -> ControlAddress {
        switch address {
        case .unix(let path):
            chmod(path, 0o600)
            return address
        case .tcp(let host, let port):
            return .tcp(host: host, port: channel.localAddress?.port ?? port)
        }
    }
}
