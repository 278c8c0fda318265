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
    private let logger: Logger
    private let onReady: @Sendable (_ port: Int) async -> Void

    /// Most connections at a time; further ones wait to be accepted.
    private static let maximumConnections = 1024
    /// Largest request body that is read, in bytes.
    private static let maximumBody = 65_536
    /// How long whoever gets no answer is kept waiting, in real time: longer than any client does.
    private static let patience = Duration.seconds(120)

    /// - Parameter onReady: called once it can be connected to, with the port that it got.
    public init(
        _ sandbox: LiveSandbox, host: String, port: Int, logger: Logger,
        onReady: @escaping @Sendable (_ port: Int) async -> Void
    ) {
        self.sandbox = sandbox
        self.host = host
        self.port = port
        self.logger = logger
        self.onReady = onReady
    }

    public func run() async throws {
        let application = Application(
            responder: CallbackResponder { (request: Request, _: BasicRequestContext) in try await respond(to: request)
            },
            server: .http1(
                configuration: .init(
                    additionalChannelHandlers: [ContinueHandler.Installer()], idleTimeout: .seconds(60))),
            configuration: ApplicationConfiguration(
                address: .hostname(host, port: port), serverName: "bluetap", reuseAddress: true,
                availableConnectionsDelegate: MaximumAvailableConnections(Self.maximumConnections)),
            onServerRunning: { channel in await onReady(channel.localAddress?.port ?? port) },
            eventLoopGroupProvider: .shared(NIOSingletons.posixEventLoopGroup),
            logger: logger)
        do {
            try await application.runService(gracefulShutdownSignals: [])
        } catch let error as IOError {
            throw SandboxServerError(
                "the sandbox's address \(host):\(port) cannot be used: \(String(cString: strerror(error.errnoCode)))")
        }
    }

    @concurrent private func respond(to request: Request) async throws -> Response {
        // Back ends name no origin; the page of some site that a browser shows does.
        guard request.headers[.origin] == nil else { return Response(status: .forbidden) }
        // Beyond what is read it is no JSON and no form, and is answered as such.
        let body = (try? await request.body.collect(upTo: Self.maximumBody)).map { Array($0.readableBytesView) } ?? []
        sandbox.takeIn()
        let now = sandbox.now
        if request.uri.path == LegacyGateway.path { return try await legacy(request, body, at: now) }
        var headers: [String: String] = [:]
        for field in request.headers { headers[field.name.canonicalName] = field.value }
        let answer = sandbox.sandbox.acquirer.respond(
            to: AcquirerAPI.Request(
                method: request.method.rawValue, path: request.uri.string, headers: headers, body: body), at: now)
        if answer.mayHaveChanged { sandbox.announceChange() }
        return try await deliver(
            answer.delivery, from: now,
            Response(
                status: .ok, headers: HTTPFields(answer.headers),
                body: ResponseBody(byteBuffer: ByteBuffer(bytes: answer.body))))
    }

    private func legacy(_ request: Request, _ body: [UInt8], at now: Instant) async throws -> Response {
        let answer = sandbox.sandbox.legacy.respond(
            to: LegacyGateway.Request(
                method: request.method.rawValue, query: request.uri.query ?? "",
                contentType: request.headers[.contentType], body: body), at: now)
        if let reason = answer.reason { logger.info("a request of the legacy gateway is refused: \(reason)") }
        sandbox.announceChange()
        return try await deliver(
            answer.delivery, from: now,
            Response(
                status: .ok, headers: [.contentType: answer.contentType],
                body: ResponseBody(byteBuffer: ByteBuffer(bytes: answer.body))))
    }

    private func deliver(_ delivery: Delivery, from now: Instant, _ response: Response) async throws -> Response {
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
        }
    }
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

extension HTTPFields {
    fileprivate init(_ headers: [(name: String, value: String)]) {
        self.init()
        for (name, value) in headers {
            if let name = HTTPField.Name(name) { append(HTTPField(name: name, value: value)) }
        }
    }
}
