public import Logging
public import NFCTag
internal import NIOCore
internal import NIOPosix

/// Puts a card into the virtual reader of Debian's `vsmartcard-vpcd`, a driver of `pcscd`: every PC/SC program can read it.
///
/// The driver listens where `pcscd` runs; who has a card connects. While the connection stands, the card lies on the
/// reader. Source: vsmartcard, `virtualsmartcard/src/vpcd/vpcd.c`.
public struct VPCDReader: Sendable {
    /// Where the driver listens for the card of its first reader.
    public static let defaultPort = 35_963
    /// How long the card reader may take to let itself be connected to.
    private static let connectPatience = TimeAmount.seconds(30)

    public let host: String
    public let port: Int
    private let card: any ContactlessCard
    private let logger: Logger
    /// Between two looks for a reader.
    private let pause: @Sendable () async -> Void

    public init(
        _ card: any ContactlessCard, host: String = "127.0.0.1", port: Int = defaultPort, logger: Logger,
        pause: @escaping @Sendable () async -> Void = { try? await Task.sleep(for: .seconds(1)) }
    ) {
        self.card = card
        self.host = host
        self.port = port
        self.logger = logger
        self.pause = pause
    }

    /// Keeps the card on the reader while there is one, until the task is cancelled. A reader that is not there, or goes,
    /// is looked for again after a pause.
    ///
    /// - Parameter onAbsence: called once where there is no reader, and again when one has been there since.
    public func run(onAbsence: @Sendable () -> Void) async throws {
        var isTold = false
        while !Task.isCancelled {
            await card.waitForPresence(true)
            if Task.isCancelled { return }
            do {
                let channel = try await connect()
                isTold = false
                try await present(by: channel)
            } catch let error as NIOConnectionError {
                logger.debug("no card reader", metadata: ["reason": "\(error)"])
                if !isTold { onAbsence() }
                isTold = true
            } catch {
                logger.debug("the card reader has gone", metadata: ["reason": "\(error)"])
            }
            await pause()
        }
    }

    private func connect() async throws -> NIOAsyncChannel<ByteBuffer, ByteBuffer> {
        try await ClientBootstrap(group: MultiThreadedEventLoopGroup.singleton)
            .connectTimeout(Self.connectPatience)
            .channelOption(.socketOption(.tcp_nodelay), value: 1)
            .connect(host: host, port: port) { channel in
                channel.eventLoop.makeCompletedFuture {
                    try channel.pipeline.syncOperations.addHandler(ByteToMessageHandler(VPCDFrameDecoder()))
                    return try NIOAsyncChannel(
                        wrappingChannelSynchronously: channel,
                        configuration: .init(inboundType: ByteBuffer.self, outboundType: ByteBuffer.self))
                }
            }
    }

    /// From when the card is laid on the reader until it is taken away.
    private func present(by channel: NIOAsyncChannel<ByteBuffer, ByteBuffer>) async throws {
        logger.info("the tag lies on the card reader", metadata: ["address": "\(host):\(port)"])
        card.reset()
        try await channel.executeThenClose { inbound, outbound in
            try await withThrowingTaskGroup(of: Void.self) { group in
                group.addTask {
                    for try await message in inbound {
                        if let answer = answer(to: Array(buffer: message)) { try await outbound.write(answer) }
                    }
                }
                group.addTask { await card.waitForPresence(false) }
                _ = try await group.next()
                group.cancelAll()
            }
        }
    }

    /// Nil where the driver expects none.
    private func answer(to message: [UInt8]) -> ByteBuffer? {
        guard message.count == 1 else { return Self.frame(card.respond(to: message)) }
        switch message[0] {
        // Off, on, reset.
        case 0, 1, 2:
            card.reset()
            return nil
        case 4: return Self.frame(card.answerToReset)
        default: return nil
        }
    }

    private static func frame(_ bytes: [UInt8]) -> ByteBuffer {
        var buffer = ByteBuffer()
        buffer.writeInteger(UInt16(clamping: bytes.count))
        buffer.writeBytes(bytes.prefix(Int(UInt16.max)))
        return buffer
    }
}

/// Two bytes of length, big-endian, and as many bytes.
private struct VPCDFrameDecoder: ByteToMessageDecoder {
    typealias InboundOut = ByteBuffer

    mutating func decode(context: ChannelHandlerContext, buffer: inout ByteBuffer) -> DecodingState {
        guard let message = buffer.readLengthPrefixedSlice(as: UInt16.self) else { return .needMoreData }
        context.fireChannelRead(wrapInboundOut(message))
        return .continue
    }
}
