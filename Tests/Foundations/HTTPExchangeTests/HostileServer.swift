import Foundation
import Glibc
import HTTPExchange
import Testing

/// A server that is no proper one: it does with each connection what it was told, on a thread of its own.
final class HostileServer: Sendable {
    enum Kind: CaseIterable, Sendable {
        case unix, tcp
    }

    /// One accepted connection.
    struct Connection: Sendable {
        fileprivate let descriptor: CInt

        func send(_ text: String) {
            let bytes = Array(text.utf8)
            var sent = 0
            while sent < bytes.count {
                let count = bytes[sent...].withUnsafeBytes {
                    Glibc.send(descriptor, $0.baseAddress, $0.count, CInt(MSG_NOSIGNAL))
                }
                guard count > 0 else { return }
                sent += count
            }
        }

        @discardableResult
        func readHead() -> String {
            var head = ""
            var byte: UInt8 = 0
            while !head.hasSuffix("\r\n\r\n"), recv(descriptor, &byte, 1, 0) == 1 {
                head.unicodeScalars.append(Unicode.Scalar(byte))
            }
            return head
        }

        /// Reads as much as a head says.
        func readBody(after head: String) {
            let length = head.split(separator: "\r\n").first { $0.hasPrefix("Content-Length: ") }
            var rest = length.flatMap { Int($0.dropFirst("Content-Length: ".count)) } ?? 0
            var bytes = [UInt8](repeating: 0, count: 65_536)
            while rest > 0, case let count = recv(descriptor, &bytes, min(rest, bytes.count), 0), count > 0 {
                rest -= count
            }
        }

        /// What was sent stays with the client; what comes then is told that nobody is here. Of TCP alone.
        func reset() {
            var option = linger(l_onoff: 1, l_linger: 0)
            setsockopt(descriptor, SOL_SOCKET, SO_LINGER, &option, socklen_t(MemoryLayout<linger>.size))
        }
    }

    let place: HTTPExchange.Place
    private let descriptor: CInt
    private let path: String?

    init(_ kind: Kind, _ serve: @escaping @Sendable (Connection) -> Void) throws {
        switch kind {
        case .unix:
            let path = "/tmp/bt-http-\(String(UInt64.random(in: 0...UInt64.max), radix: 36))"
            descriptor = socket(AF_UNIX, CInt(SOCK_STREAM.rawValue), 0)
            var address = sockaddr_un()
            address.sun_family = sa_family_t(AF_UNIX)
            withUnsafeMutableBytes(of: &address.sun_path) { $0.copyBytes(from: path.utf8) }
            try Self.bind(descriptor, &address)
            (self.path, place) = (path, .unix(path: path))
        case .tcp:
            descriptor = socket(AF_INET, CInt(SOCK_STREAM.rawValue), 0)
            var address = sockaddr_in()
            address.sin_family = sa_family_t(AF_INET)
            address.sin_addr.s_addr = inet_addr("127.0.0.1")
            let port = try Self.bind(descriptor, &address).sin_port.bigEndian
            (path, place) = (nil, .tcp(host: "127.0.0.1", port: Int(port)))
        }
        let descriptor = descriptor
        Thread.detachNewThread {
            while case let accepted = accept(descriptor, nil, nil), accepted >= 0 {
                // What is sent is out, also where the connection is reset at once.
                var isOn: CInt = 1
                setsockopt(accepted, CInt(IPPROTO_TCP), TCP_NODELAY, &isOn, socklen_t(MemoryLayout<CInt>.size))
                serve(Connection(descriptor: accepted))
                close(accepted)
            }
            close(descriptor)
        }
    }

    deinit {
        // The thread sees that nobody comes any more.
        shutdown(descriptor, CInt(SHUT_RDWR))
        if let path { unlink(path) }
    }

    /// Binds, listens, and returns the address that it got.
    @discardableResult
    private static func bind<Address>(_ descriptor: CInt, _ address: inout Address) throws -> Address {
        var size = socklen_t(MemoryLayout<Address>.size)
        let isBound = withUnsafeMutableBytes(of: &address) { bytes in
            let pointer = bytes.baseAddress!.assumingMemoryBound(to: sockaddr.self)
            return Glibc.bind(descriptor, pointer, size) == 0 && listen(descriptor, 64) == 0
                && getsockname(descriptor, pointer, &size) == 0
        }
        try #require(isBound)
        return address
    }
}
