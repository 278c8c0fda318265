import Logging
import NFCTag
import NIOCore
import NIOPosix
import Synchronization
import Testing
import VPCDReader

/// A card that repeats what it is told, with its bytes turned round.
private final class Mirror: ContactlessCard {
    private let state = Mutex((isPresent: true, resets: 0))
    private let (changes, change) = AsyncStream.makeStream(of: Void.self)

    var answerToReset: [UInt8] { [0x3B, 0x00] }
    var isPresent: Bool { state.withLock { $0.isPresent } }
    var resets: Int { state.withLock { $0.resets } }

    func waitForPresence(_ isPresent: Bool) async {
        if self.isPresent == isPresent { return }
        for await _ in changes where self.isPresent == isPresent { return }
    }

    func takeAway() {
        state.withLock { $0.isPresent = false }
        change.yield()
    }

    func reset() { state.withLock { $0.resets += 1 } }
    func respond(to command: [UInt8]) -> [UInt8] { command.reversed() }
}

/// What the reader's driver has been answered.
private struct Driver {
    var answers: NIOAsyncChannelInboundStream<ByteBuffer>.AsyncIterator
    private var received: [UInt8] = []

    init(answers: NIOAsyncChannelInboundStream<ByteBuffer>.AsyncIterator) {
        self.answers = answers
    }

    /// So many bytes, or those until the connection is closed.
    mutating func answer(_ count: Int) async throws -> [UInt8] {
        while received.count < count, let part = try await answers.next(isolation: #isolation) {
            received += Array(buffer: part)
        }
        defer { received.removeFirst(min(count, received.count)) }
        return Array(received.prefix(count))
    }
}

@Suite("The virtual card reader", .timeLimit(.minutes(10)))
struct VPCDReaderTests {
    @Test("a reader that is not there is said to be missing once, and looked for again and again")
    func absent() async throws {
        let (looks, look) = AsyncStream.makeStream(of: Void.self)
        let (tellings, told) = AsyncStream.makeStream(of: Void.self)
        // The port of discarding, which nobody serves.
        let reader = VPCDReader(Mirror(), port: 9, logger: Logger(label: "test")) { look.yield() }
        await withTaskGroup { group in
            group.addTask { try? await reader.run { told.yield() } }
            var count = 0
            for await _ in looks {
                count += 1
                if count == 5 { break }
            }
            group.cancelAll()
        }
        told.finish()
        var count = 0
        for await _ in tellings { count += 1 }
        #expect(count == 1)
    }

    @Test("a driver's messages are answered, however they are cut, until the card is taken away")
    func conversation() async throws {
        let server = try await ServerBootstrap(group: MultiThreadedEventLoopGroup.singleton)
            .bind(host: "127.0.0.1", port: 0) { channel in
                channel.eventLoop.makeCompletedFuture {
                    try NIOAsyncChannel<ByteBuffer, ByteBuffer>(wrappingChannelSynchronously: channel)
                }
            }
        let port = try #require(server.channel.localAddress?.port)
        let card = Mirror()
        let reader = VPCDReader(card, port: port, logger: Logger(label: "test"))
        try await withThrowingTaskGroup(of: Void.self) { group in
            group.addTask { try? await reader.run {} }
            try await server.executeThenClose { connections in
                for try await connection in connections {
                    try await connection.executeThenClose { inbound, outbound in
                        var driver = Driver(answers: inbound.makeAsyncIterator())
                        // Power on, which has no answer, and the answer to reset.
                        try await outbound.write(ByteBuffer(bytes: [0x00, 0x01, 0x01, 0x00, 0x01, 0x04]))
                        #expect(try await driver.answer(4) == [0x00, 0x02, 0x3B, 0x00])
                        #expect(card.resets == 2)
                        // A command in three parts, and the beginning of the next.
                        for part in [[0x00], [0x05, 0x01, 0x02], [0x03, 0x04, 0x05, 0x00]] as [[UInt8]] {
                            try await outbound.write(ByteBuffer(bytes: part))
                        }
                        #expect(try await driver.answer(7) == [0x00, 0x05, 0x05, 0x04, 0x03, 0x02, 0x01])
                        try await outbound.write(ByteBuffer(bytes: [0x02, 0xAA, 0xBB]))
                        #expect(try await driver.answer(4) == [0x00, 0x02, 0xBB, 0xAA])
                        card.takeAway()
                        // The connection is closed.
                        #expect(try await driver.answers.next(isolation: #isolation) == nil)
                    }
                    break
                }
            }
            group.cancelAll()
        }
    }
}
