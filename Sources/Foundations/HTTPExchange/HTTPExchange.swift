internal import Glibc
internal import NIOCore
public import NIOHTTP1
internal import NIOPosix

/// One HTTP/1.1 request on a connection of its own.
public enum HTTPExchange {
    /// Where the server listens.
    public enum Place: Hashable, Sendable {
        case unix(path: String)
        case tcp(host: String, port: Int)
    }

    /// How long a server may take to let itself be connected to.
    private static let connectTimeout = Duration.seconds(30)
    /// How long to wait before a full queue of connections is tried again.
    private static let queueDelay = Duration.milliseconds(10)

    /// An answer that is there counts: a server may give it and close before it has read the request, and may reset the
    /// connection after it.
    ///
    /// - Parameters:
    ///   - tls: nil: plain HTTP. It is for a place on the network.
    ///   - headers: beside Connection and, where there is content, Content-Length.
    ///   - receive: gets the answer piece by piece, until it returns false.
    /// - Throws: ``HTTPExchangeError``, and what `receive` throws.
    public static func perform(
        _ method: HTTPMethod, _ path: String, at place: Place, tls: TLSClient? = nil, headers: HTTPHeaders,
        content: [UInt8] = [], receive: (HTTPClientResponsePart) async throws -> Bool
    ) async throws {
        var head = HTTPRequestHead(version: .http1_1, method: method, uri: path, headers: headers)
        head.headers.replaceOrAdd(name: "Connection", value: "close")
        if method == .POST || !content.isEmpty {
            head.headers.replaceOrAdd(name: "Content-Length", value: String(content.count))
        }
        let channel: AnswerChannel
        do {
            channel = try await connect(to: place, tls, sending: head, content)
        } catch {
            throw HTTPExchangeError(.noConnection, "\(place) cannot be connected to", reason: error)
        }
        try await channel.executeThenClose { inbound, _ in
            var failure: (any Error)?
            var hasBegun = false
            var answer = inbound.makeAsyncIterator()
            while true {
                let part: HTTPClientResponsePart?
                do {
                    part = try await answer.next()
                } catch {
                    (part, failure) = (nil, error)
                }
                guard let part else { break }
                hasBegun = true
                let isWanted = try await receive(part)
                if case .end = part { return }
                if !isWanted { return }
            }
            try Task.checkCancellation()
            if let explanation = failure.flatMap(TLSClient.explanation) {
                throw HTTPExchangeError(.notTrusted, "\(place) is not talked to: \(explanation)", reason: nil)
            }
            if let error = failure as? HTTPParserError, error != .invalidEOFState {
                throw HTTPExchangeError(.notHTTP, "what \(place) answers is not HTTP", reason: error)
            }
            throw hasBegun
                ? HTTPExchangeError(
                    .endedEarly, "\(place) closed the connection in the middle of its answer", reason: failure)
                : HTTPExchangeError(.noAnswer, "\(place) closed the connection without an answer", reason: failure)
        }
    }

    private typealias AnswerChannel = NIOAsyncChannel<HTTPClientResponsePart, Never>

    private static func connect(
        to place: Place, _ tls: TLSClient?, sending head: HTTPRequestHead, _ content: [UInt8]
    ) async throws -> AnswerChannel {
        let end = ContinuousClock.now + connectTimeout
        while true {
            do {
                return try await connectOnce(to: place, tls, sending: head, content)
            } catch let error as IOError where error.errnoCode == EAGAIN && ContinuousClock.now < end {
                // So many connect to a Unix socket at the same time that its queue is full.
                try await Task.sleep(for: queueDelay)
            }
        }
    }

    private static func connectOnce(
        to place: Place, _ tls: TLSClient?, sending head: HTTPRequestHead, _ content: [UInt8]
    ) async throws -> AnswerChannel {
        let bootstrap = ClientBootstrap(group: NIOSingletons.posixEventLoopGroup)
            .connectTimeout(TimeAmount(connectTimeout))
        let initialize: @Sendable (any Channel) -> EventLoopFuture<AnswerChannel> = { channel in
            channel.eventLoop.makeCompletedFuture {
                let pipeline = channel.pipeline.syncOperations
                if let tls, case .tcp(let host, _) = place { try tls.add(to: pipeline, for: host) }
                try pipeline.addHTTPClientHandlers()
                try pipeline.addHandler(RequestSender(head, content))
                return try NIOAsyncChannel(wrappingChannelSynchronously: channel)
            }
        }
        switch place {
        case .unix(let path):
            return try await bootstrap.connect(unixDomainSocketPath: path, channelInitializer: initialize)
        case .tcp(let host, let port):
            return try await bootstrap.connect(host: host, port: port, channelInitializer: initialize)
        }
    }
}

/// Sends a request as soon as there is a connection: in one piece, and before anything is read. A server that answers
/// early and closes leaves no time for a second piece, and an answer before the request is none.
private final class RequestSender: ChannelInboundHandler {
    typealias InboundIn = HTTPClientResponsePart
    typealias OutboundOut = HTTPClientRequestPart

    private let head: HTTPRequestHead
    private let content: [UInt8]

    init(_ head: HTTPRequestHead, _ content: [UInt8]) {
        self.head = head
        self.content = content
    }

    func channelActive(context: ChannelHandlerContext) {
        context.write(wrapOutboundOut(.head(head)), promise: nil)
        if !content.isEmpty {
            context.write(wrapOutboundOut(.body(.byteBuffer(ByteBuffer(bytes: content)))), promise: nil)
        }
        context.writeAndFlush(wrapOutboundOut(.end(nil)), promise: nil)
        context.fireChannelActive()
    }
}

extension HTTPExchange.Place: CustomStringConvertible {
    public var description: String {
        switch self {
        case .unix(let path): "unix:\(path)"
        case .tcp(let host, let port): host.contains(":") ? "[\(host)]:\(port)" : "\(host):\(port)"
        }
    }
}
