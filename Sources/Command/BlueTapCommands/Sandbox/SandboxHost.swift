internal import Emulator
internal import Logging
internal import Sandbox
internal import SandboxServer
internal import ServiceLifecycle

/// A payment sandbox and its server, put together from the command line.
struct SandboxHost: Sendable {
    let live: LiveSandbox
    private let address: NetworkAddress
    private let logger: Logger

    /// Nil where none is asked for.
    init?(_ options: SandboxOptions, beside emulator: Emulator, logger: Logger) throws {
        guard let address = options.address else { return nil }
        self.address = address
        self.logger = logger
        live = LiveSandbox(try options.makeSandbox(logger: logger), beside: emulator, logger: logger)
    }

    /// Serves it until it is told to stop.
    ///
    /// - Parameter onReady: called with the URL at which its gateways are.
    func service(onReady: @escaping @Sendable (String) -> Void) -> ClosureService {
        ClosureService {
            let host = address.host.contains(":") ? "[\(address.host)]" : address.host
            let server = GatewayServer(live, host: address.host, port: address.port, logger: logger) { port in
                onReady("http://\(host):\(port)")
            }
            try await withThrowingDiscardingTaskGroup { group in
                group.addTask { await cancelWhenGracefulShutdown(live.run) }
                try await server.run()
                group.cancelAll()
            }
        }
    }
}
