import Glibc
import Testing

/// A client's TCP socket, to a server of this process.
final class TestSocket {
    private let descriptor: CInt

    init(port: Int) throws {
        descriptor = socket(AF_INET, CInt(SOCK_STREAM.rawValue), 0)
        // As sockaddr_in has it: family, port, address, and zeros.
        let port = UInt16(port)
        let family = withUnsafeBytes(of: sa_family_t(AF_INET), Array.init)
        let address =
            family + [UInt8(port >> 8), UInt8(truncatingIfNeeded: port), 127, 0, 0, 1] + [0, 0, 0, 0, 0, 0, 0, 0]
        let status = address.withUnsafeBytes {
            connect(descriptor, $0.baseAddress!.assumingMemoryBound(to: sockaddr.self), socklen_t($0.count))
        }
        try #require(status == 0)
    }

    deinit {
        close(descriptor)
    }

    func send(_ bytes: [UInt8]) throws { try #require(write(descriptor, bytes, bytes.count) == bytes.count) }

    func read(_ count: Int) throws -> [UInt8] {
        var bytes: [UInt8] = []
        while bytes.count < count {
            var part = [UInt8](repeating: 0, count: count - bytes.count)
            let read = recv(descriptor, &part, part.count, 0)
            try #require(read > 0, "the connection ended after \(bytes.count) bytes")
            bytes += part[..<read]
        }
        return bytes
    }

    /// The descriptor of the server's end, which this process has as well.
    var otherEnd: CInt? {
        guard let own = Self.addresses(of: descriptor) else { return nil }
        // Other tests have many open at the same time.
        return (0..<65_536).first { Self.addresses(of: $0) == [own[1], own[0]] }
    }

    /// That of its own end and that of the other; nil where it is no such socket.
    private static func addresses(of descriptor: CInt) -> [[UInt8]]? {
        let addresses = [getsockname, getpeername].map { name -> [UInt8]? in
            var address = [UInt8](repeating: 0, count: 128)
            var size = socklen_t(address.count)
            let status = address.withUnsafeMutableBytes {
                name(descriptor, $0.baseAddress!.assumingMemoryBound(to: sockaddr.self), &size)
            }
            return status == 0 && size == 16 ? Array(address.prefix(16)) : nil
        }
        return addresses.contains(nil) ? nil : addresses.compactMap(\.self)
    }

    /// The value of one of tcp(7)'s options, or of another level's.
    static func option(_ name: CInt, at level: CInt = CInt(IPPROTO_TCP), of descriptor: CInt) -> CInt? {
        var value: CInt = 0
        var size = socklen_t(MemoryLayout<CInt>.size)
        return getsockopt(descriptor, level, name, &value, &size) == 0 ? value : nil
    }
}
