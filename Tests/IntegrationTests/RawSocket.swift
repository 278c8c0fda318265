import Glibc
import TestSupport
import Testing

/// A connection to a Unix stream socket, for requests that no proper client would send.
enum RawSocket {
    /// Sends bytes and returns all that comes back until the other end closes, or until a text is there.
    static func exchange(_ path: String, _ request: String, until text: String? = nil) throws -> String {
        let descriptor = try #require(connectUnixSocket(path, type: SOCK_STREAM))
        defer { close(descriptor) }
        let bytes = Array(request.utf8)
        var offset = 0
        while offset < bytes.count {
            // The server may have answered and closed before it has read all.
            let count = bytes[offset...].withUnsafeBytes {
                send(descriptor, $0.baseAddress, $0.count, CInt(MSG_NOSIGNAL))
            }
            if count <= 0 { break }
            offset += count
        }
        var answer: [UInt8] = []
        var chunk = [UInt8](repeating: 0, count: 65_536)
        while case let count = recv(descriptor, &chunk, chunk.count, 0), count > 0 {
            answer += chunk[..<count]
            if let text, String(decoding: answer, as: UTF8.self).contains(text) { break }
        }
        return String(decoding: answer, as: UTF8.self)
    }
}
