internal import Glibc
internal import HummingbirdCore
internal import Logging
internal import NIOCore
internal import NIOSSL

/// A connection to the gateways: what can break it, TLS where it is asked for, and HTTP.
struct GatewayChannel: ServerChildChannel {
    typealias Value = HTTP1Channel.Value

    let base: HTTP1Channel
    /// Nil: plain HTTP.
    let tls: GatewayTLS?
    /// Whether a connection that comes now is shown a certificate that does not verify.
    let isForged: @Sendable () -> Bool

    func setup(channel: any Channel, logger: Logger) -> EventLoopFuture<Value> {
        channel.eventLoop.makeCompletedFuture {
            let pipeline = channel.pipeline.syncOperations
            try pipeline.addHandler(ConnectionBreaker())
            guard let tls else { return }
            try pipeline.addHandler(try tls.handler(isForged: isForged()))
            try pipeline.addHandler(HandshakeWatcher(logger: logger))
        }.flatMap { base.setup(channel: channel, logger: logger) }
    }

    func handle(value: Value, logger: Logger) async {
        await base.handle(value: value, logger: logger)
    }
}

/// Breaks a connection below TLS and HTTP, so that its client sees a reset.
final class ConnectionBreaker: ChannelInboundHandler {
    typealias InboundIn = ByteBuffer

    /// Resets a connection of the gateways.
    static func reset(_ channel: any Channel) async {
        // Nothing that is not sent yet is waited for, and the client is not told that this is the end.
        let socket = channel as? any SocketOptionProvider
        try? await socket?.setSoLinger(linger(l_onoff: 1, l_linger: 0)).get()
        try? await channel.eventLoop.submit {
            let context = try channel.pipeline.syncOperations.context(handlerType: ConnectionBreaker.self)
            context.close(mode: .all, promise: nil)
        }.get()
    }
}

/// Says why a client does not talk to the gateways.
private final class HandshakeWatcher: ChannelInboundHandler {
    typealias InboundIn = ByteBuffer

    private let logger: Logger

    init(logger: Logger) {
        self.logger = logger
    }

    func errorCaught(context: ChannelHandlerContext, error: any Error) {
        if let error = error as? NIOSSLError, case .handshakeFailed(let reason) = error {
            logger.info(
                "a client does not get through TLS: \(reason); does it trust the sandbox's certificate authority?")
        }
        context.fireErrorCaught(error)
    }
}
