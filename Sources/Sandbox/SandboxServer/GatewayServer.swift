internal import BlueTap
internal import Emulator
public import Essentials
internal import Glibc
internal import HTTPTypes
internal import Hummingbird
internal import HummingbirdCore
public import Logging
internal import NIOCore
internal import NIOPosix
internal import Sandbox
public import ServiceLifecycle

/// Serves a sandbox's gateways: what a POS's back end calls in the place of Alipay+.
public struct GatewayServer: Service {
    private let sandbox: LiveSandbox
    private let host: String
    private let port: Int
    private let tls: GatewayTLS?
    private let logger: Logger
    private let onReady: @Sendable (Place) async -> Void

    /// Where it is to be reached.
    public struct Place: Hashable, Sendable {
        /// In numbers; an address of all interfaces where it listens on all.
        public let address: String
        public let port: Int
    }

    /// Most connections at a time; further ones wait to be accepted.
    private static let maximumConnections = 1024
    /// Largest request body that is read, in bytes.
    private static let maximumBody = 65_536
    /// How long whoever gets no answer is kept waiting, in real time: longer than any client does.
    private static let patience = Duration.seconds(120)

    /// - Parameters:
    ///   - tls: nil: it speaks plain HTTP.
    ///   - onReady: called once it can be connected to.
    public init(
        _ sandbox: LiveSandbox, host: String, port: Int, tls: GatewayTLS? = nil, logger: Logger,
        onReady: @escaping @Sendable (Place) async -> Void
    ) {
        self.sandbox = sandbox
        self.host = host
        self.port = port
        self.tls = tls
        self.logger = logger
        self.onReady = onReady
    }

    public func run() async throws {
        let application = Application(
            responder: CallbackResponder { (request: Request, context: GatewayContext) in
                try await respond(to: request, on: context.channel)
            },
            server: HTTPServerBuilder { [tls, sandbox] responder in
                GatewayChannel(
                    base: HTTP1Channel(
                        responder: responder,
                        configuration: .init(
                            additionalChannelHandlers: [ContinueHandler.Installer()], idleTimeout: .seconds(60))),
                    tls: tls,
                    isForged: { sandbox.meetsBadCertificate() })
            },
            configuration: ApplicationConfiguration(
                address: .hostname(host, port: port), serverName: "bluetap", reuseAddress: true,
                availableConnectionsDelegate: MaximumAvailableConnections(Self.maximumConnections)),
            onServerRunning: { channel in
                let address = channel.localAddress
                await onReady(Place(address: address?.ipAddress ?? host, port: address?.port ?? port))
            },
            eventLoopGroupProvider: .shared(NIOSingletons.posixEventLoopGroup),
            logger: logger)
        do {
            try await application.runService(gracefulShutdownSignals: [])
        } catch let error as IOError {
            throw SandboxServerError(
                "the sandbox's address \(host):\(port) cannot be used: \(String(cString: strerror(error.errnoCode)))")
        }
    }

    @concurrent private func respond(to request: Request, on channel: any Channel) async throws -> Response {
        if let refusal = GatewayGuard(host: host).refusal(of: request) { return refusal }
        // Beyond what is read it is no JSON and no form, and is answered as such.
        let body = (try? await request.body.collect(upTo: Self.maximumBody)).map { Array($0.readableBytesView) } ?? []
        sandbox.takeIn()
        let now = sandbox.now
        if [LegacyGateway.path, LegacyGateway.notifyQueryPath].contains(request.uri.path) {
            return try await legacy(request, body, on: channel, at: now)
        }
        var headers: [String: String] = [:]
        for field in request.headers { headers[field.name.canonicalName] = field.value }
        let answer = sandbox.sandbox.acquirer.respond(
            to: AcquirerAPI.Request(
                method: request.method.rawValue, path: Self.target(request.uri.string), headers: headers, body: body),
            at: now)
        if answer.mayHaveChanged { sandbox.announceChange() }
        return try await deliver(
            answer.delivery, from: now, on: channel,
            Response(
                status: .ok, headers: HTTPFields(answer.headers),
                body: ResponseBody(byteBuffer: ByteBuffer(bytes: answer.body))))
    }

    /// Path and query of what is asked for: clients may send the whole URL, as Alipay's Python SDK does. Source: RFC 9112,
    /// 3.2.2.
    static func target(_ uri: String) -> String {
        guard !uri.hasPrefix("/"), let scheme = uri.firstRange(of: "://") else { return uri }
        let rest = uri[scheme.upperBound...]
        guard let start = rest.firstIndex(where: { $0 == "/" || $0 == "?" }) else { return "/" }
        return rest[start] == "/" ? String(rest[start...]) : "/" + rest[start...]
    }

    private func legacy(
        _ request: Request, _ body: [UInt8], on channel: any Channel, at now: Instant
    ) async throws -> Response {
        let asked = LegacyGateway.Request(
            method: request.method.rawValue, query: request.uri.query ?? "",
            contentType: request.headers[.contentType], body: body, machineTime: .machine)
        let gateway = sandbox.sandbox.legacy
        let answer =
            request.uri.path == LegacyGateway.notifyQueryPath
            ? gateway.verifyNotification(asked, at: now) : gateway.respond(to: asked, at: now)
        if let reason = answer.reason { logger.info("a request of the legacy gateway is refused: \(reason)") }
        sandbox.announceChange()
        return try await deliver(
            answer.delivery, from: now, on: channel,
            Response(
                status: .ok, headers: [.contentType: answer.contentType],
                body: ResponseBody(byteBuffer: ByteBuffer(bytes: answer.body))))
    }

    private func deliver(
        _ delivery: Delivery, from now: Instant, on channel: any Channel, _ response: Response
    ) async throws -> Response {
        switch delivery {
        case .atOnce: return response
        case .late(let delay):
            // Who waits for an answer does not keep the server.
            await cancelWhenGracefulShutdown { await sandbox.clock.wait(until: now + delay) }
            return response
        case .never:
            await cancelWhenGracefulShutdown { try? await Task.sleep(for: Self.patience) }
            return Response(status: .gatewayTimeout)
        case .unavailable: return Response(status: .serviceUnavailable)
        case .badGateway:
            return Response(
                status: .badGateway, headers: [.contentType: "text/html"],
                body: ResponseBody(byteBuffer: ByteBuffer(string: Self.proxyPage)))
        case .reset:
            await ConnectionBreaker.reset(channel)
            return Response(status: .badGateway)
        }
    }

    /// What proxies answer in the place of a service that does not. Source: nginx.
    private static let proxyPage = """
        <html>\r
        <head><title>502 Bad Gateway</title></head>\r
        <body>\r
        <center><h1>502 Bad Gateway</h1></center>\r
        </body>\r
        </html>\r

        """
}

/// What a sandbox's server could not do, and what to do about it.
public struct SandboxServerError: ReportableError, Hashable {
    public enum Code: String, Sendable {
        case addressUnusable = "sandbox-address-unusable"
    }

    public let code = Code.addressUnusable
    public let problem: String

    init(_ problem: String) {
        self.problem = problem
    }
}

extension Instant {
    /// Now, by this machine.
    fileprivate static var machine: Instant {
        var time = timespec()
        clock_gettime(CLOCK_REALTIME, &time)
        return Instant(secondsSinceEpoch: Int64(time.tv_sec))
    }
}

extension HTTPFields {
    fileprivate init(_ headers: [(name: String, value: String)]) {
        self.init()
        for (name, value) in headers {
            // In lower case, as the real gateways answer and as SDKs compare them.
            if let name = HTTPField.Name(name.lowercased()) { append(HTTPField(name: name, value: value)) }
        }
    }
}
