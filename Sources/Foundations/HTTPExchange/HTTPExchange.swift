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

    /// No connection to the server, and why.
    public struct NoConnection: Error {
        public let reason: any Error
    }

    /// The server closed the connection before its answer had ended.
    public struct EndedEarly: Error {}

    /// How long a server may take to let itself be connected to.
    private static let connectTimeout = TimeAmount.seconds(5)

    /// - Parameters:
    ///   - headers: beside Connection and, where there is content, Content-Length.
    ///   - receive: gets the answer piece by piece, until it returns false.
    /// - Throws: ``NoConnection``, ``EndedEarly``, what `receive` throws, and errors of the network.
    public static func perform(
        _ method: HTTPMethod, _ path: String, at place: Place, headers: HTTPHeaders, content: [UInt8] = [],
        receive: (HTTPClientResponsePart) async throws -> Bool
    ) async throws {
        let channel: NIOAsyncChannel<HTTPClientResponsePart, HTTPClientRequestPart>
        do {
            channel = try await connect(to: place)
        } catch {
            throw NoConnection(reason: error)
        }
        try await channel.executeThenClose { inbound, outbound in
            var head = HTTPRequestHead(version: .http1_1, method: method, uri: path, headers: headers)
            head.headers.replaceOrAdd(name: "Connection", value: "close")
            if method == .POST { head.headers.replaceOrAdd(name: "Content-Length", value: String(content.count)) }
            try await outbound.write(.head(head))
            if !content.isEmpty { try await outbound.write(.body(.byteBuffer(ByteBuffer(bytes: content)))) }
            try await outbound.write(.end(nil))
            for try await part in inbound {
                if case .end = part {
                    _ = try await receive(part)
                    return
                }
                if try await !receive(part) { return }
            }
            throw EndedEarly()
        }
    }

    private static func connect(
        to place: Place
    ) async throws -> NIOAsyncChannel<HTTPClientResponsePart, HTTPClientRequestPart> {
        let bootstrap = ClientBootstrap(group: NIOSingletons.posixEventLoopGroup).connectTimeout(connectTimeout)
        let initialize:
            @Sendable (any Channel) -> EventLoopFuture<NIOAsyncChannel<HTTPClientResponsePart, HTTPClientRequestPart>> =
                { channel in
                    channel.eventLoop.makeCompletedFuture {
                        try channel.pipeline.syncOperations.addHTTPClientHandlers()
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
