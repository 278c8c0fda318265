import HTTPExchange
import NIOCore
import NIOHTTP1
import TestSupport
import Testing

@Suite("One HTTP exchange with a server that is no proper one", .timeLimit(.minutes(5)))
struct HTTPExchangeTests {
    private static let answer = "HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhello"

    /// One exchange; what came of it.
    private func perform(
        at place: HTTPExchange.Place, _ method: HTTPMethod = .GET, content: Int = 0
    ) async throws -> (status: UInt, body: String) {
        var (status, body, hasEnded) = (UInt(0), "", false)
        try await HTTPExchange.perform(
            method, "/x", at: place, headers: ["Host": "localhost"],
            content: [UInt8](repeating: UInt8(ascii: "x"), count: content)
        ) { part in
            switch part {
            case .head(let head): status = head.status.code
            case .body(let bytes): body += String(buffer: bytes)
            case .end: hasEnded = true
            }
            return true
        }
        #expect(hasEnded)
        return (status, body)
    }

    struct Manner: CustomTestStringConvertible, Sendable {
        let testDescription: String
        let serve: @Sendable (HostileServer.Connection) -> Void
    }

    private static let answering = [
        Manner(testDescription: "answers before anything is asked, and closes") { $0.send(answer) },
        Manner(testDescription: "answers after the head, with the body unread, and closes") { connection in
            connection.readHead()
            connection.send(answer)
        },
        // Of a request that was read: the kernel forgets what it holds back for a connection that is reset.
        Manner(testDescription: "answers byte by byte") { connection in
            connection.readBody(after: connection.readHead())
            for character in answer { connection.send(String(character)) }
        },
        Manner(testDescription: "answers without a length") { connection in
            connection.readHead()
            connection.send("HTTP/1.1 200 OK\r\n\r\nhel")
            connection.send("lo")
        },
        Manner(testDescription: "answers in chunks after an interim answer") { connection in
            connection.readHead()
            connection.send("HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n")
            connection.send("5\r\nhello\r\n0\r\n\r\n")
        },
        Manner(testDescription: "answers and resets the connection") { connection in
            connection.readHead()
            connection.send(answer)
            connection.reset()
        },
        Manner(testDescription: "answers more than was asked for") { connection in
            connection.readHead()
            connection.send(answer + answer)
        },
    ]

    @Test("an answer that is there counts", arguments: HostileServer.Kind.allCases, answering)
    func answers(kind: HostileServer.Kind, manner: Manner) async throws {
        let server = try HostileServer(kind, manner.serve)
        // A body without a length ends where the connection does: what was not read of the request resets that.
        let isEndedByClosing = manner.testDescription.hasSuffix("without a length")
        for await _ in Rounds(20, soak: 1000) {
            for content in isEndedByClosing ? [0] : [0, 10, 4 << 20] {
                let (status, body) = try await perform(at: server.place, content > 0 ? .POST : .GET, content: content)
                #expect(status == 200 && body == "hello", "with \(content) bytes")
            }
        }
    }

    private static let silent: [(Manner, HTTPExchangeError.Code, String)] = [
        (Manner(testDescription: "closes at once") { _ in }, .noAnswer, "without an answer"),
        (Manner(testDescription: "reads and closes") { $0.readHead() }, .noAnswer, "without an answer"),
        (
            Manner(testDescription: "closes in the head") { connection in
                connection.readHead()
                connection.send("HTTP/1.1 200 OK\r\nContent-")
            }, .noAnswer, "without an answer"
        ),
        (
            Manner(testDescription: "closes in the body") { connection in
                connection.readHead()
                connection.send("HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhel")
            }, .endedEarly, "in the middle of its answer"
        ),
        (
            Manner(testDescription: "is an SSH server") { connection in
                connection.readHead()
                connection.send("SSH-2.0-OpenSSH_9.2\r\n")
            }, .notHTTP, "is not HTTP"
        ),
    ]

    @Test(
        "without a whole answer the error says which server and what it did",
        arguments: HostileServer.Kind.allCases, silent.indices)
    func silence(kind: HostileServer.Kind, index: Int) async throws {
        let (manner, code, text) = Self.silent[index]
        let server = try HostileServer(kind, manner.serve)
        for content in [0, 10, 4 << 20] {
            let error = try await #require(throws: HTTPExchangeError.self) {
                _ = try await perform(at: server.place, content > 0 ? .POST : .GET, content: content)
            }
            #expect(error.code == code, "\(manner.testDescription): \(error)")
            #expect("\(error)".contains(text) && "\(error)".contains("\(server.place)"), "\(error)")
        }
    }

    @Test("where nobody listens the error says so", arguments: HostileServer.Kind.allCases)
    func nobody(kind: HostileServer.Kind) async throws {
        // The port of a server that has gone is nobody's for a while.
        let place = try HostileServer(kind) { _ in }.place
        let error = try await #require(throws: HTTPExchangeError.self) { _ = try await perform(at: place) }
        #expect(error.code == .noConnection || error.code == .noAnswer, "\(error)")
    }

    @Test("what the receiver throws is thrown, and who has heard enough hears no more")
    func receiver() async throws {
        struct Enough: Error {}
        let server = try HostileServer(.unix) { connection in
            connection.readHead()
            connection.send("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n1\r\nx\r\n")
            // Until the client has gone.
            connection.readHead()
        }
        await #expect(throws: Enough.self) {
            try await HTTPExchange.perform(.GET, "/", at: server.place, headers: [:]) { _ in throw Enough() }
        }
        var parts = 0
        try await HTTPExchange.perform(.GET, "/", at: server.place, headers: [:]) { _ in
            parts += 1
            return parts < 2
        }
        #expect(parts == 2)
    }
}
