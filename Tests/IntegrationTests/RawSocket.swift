import Glibc
import TestSupport
import Testing

/// A connection to a Unix stream socket, for requests that no proper client would send.
enum RawSocket {
    /// Sends bytes and returns all that comes back until the other end closes, or until a text is there.
    static func exchange(_ path: String, _ request: String, until text: String? = nil) throws -> String {
        let descriptor = try #require(connectUnixSocket(path, type: SOCK_STREAM))
        defer { close(descriptor) }
        send(request, to: descriptor)
        var answer: [UInt8] = []
        var chunk = [UInt8](repeating: 0, count: 65_536)
        while case let count = recv(descriptor, &chunk, chunk.count, 0), count > 0 {
            answer += chunk[..<count]
            if let text, String(decoding: answer, as: UTF8.self).contains(text) { break }
        }
        return String(decoding: answer, as: UTF8.self)
    }

    /// An answer that does not end.
    final class Stream {
        private let descriptor: CInt
        private var answer: [UInt8] = []

        init(_ path: String, _ request: String) throws {
            descriptor = try #require(connectUnixSocket(path, type: SOCK_STREAM))
            // Whoever waits for what does not come, fails.
            var time = timeval(tv_sec: 120, tv_usec: 0)
            setsockopt(descriptor, SOL_SOCKET, SO_RCVTIMEO, &time, socklen_t(MemoryLayout<timeval>.size))
            RawSocket.send(request, to: descriptor)
        }

        deinit { close(descriptor) }

        /// All that has come so far, once that is enough.
        func read(until isEnough: (String) -> Bool) throws -> String {
            var chunk = [UInt8](repeating: 0, count: 65_536)
            while true {
                let text = String(decoding: answer, as: UTF8.self)
                if isEnough(text) { return text }
                let count = recv(descriptor, &chunk, chunk.count, 0)
                try #require(count > 0, "the stream ended, or nothing came within two minutes: \(text)")
                answer += chunk[..<count]
            }
        }
    }

    private static func send(_ request: String, to descriptor: CInt) {
        let bytes = Array(request.utf8)
        var offset = 0
        while offset < bytes.count {
            // The server may have answered and closed before it has read all.
            let count = bytes[offset...].withUnsafeBytes {
                Glibc.send(descriptor, $0.baseAddress, $0.count, CInt(MSG_NOSIGNAL))
            }
            if count <= 0 { break }
            offset += count
        }
    }
}
