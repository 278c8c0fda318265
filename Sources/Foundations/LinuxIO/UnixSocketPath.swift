internal import Glibc
public import SystemPackage

/// A place in the file system where a Unix socket shall be.
public struct UnixSocketPath: Hashable, Sendable {
    public enum Kind: Sendable {
        case stream
        case sequencedPackets
    }

    /// Longest path, in bytes. Source: unix(7).
    public static let maximumLength = MemoryLayout.size(ofValue: sockaddr_un().sun_path) - 1

    public let path: String

    /// Refuses a path that is too long for a socket.
    public init(_ path: String) throws(LinuxIOError) {
        guard !path.isEmpty, path.utf8.count <= Self.maximumLength else {
            throw LinuxIOError(
                "the socket path \"\(path)\" has \(path.utf8.count) bytes, not 1 to \(Self.maximumLength)",
                code: .notUsable, remedy: "choose a shorter one")
        }
        self.path = path
    }

    /// Makes the place free: removes a stale socket that a killed process left, and refuses one on which somebody
    /// listens and a file that is no socket.
    public func clear(for kind: Kind) throws(LinuxIOError) {
        var status = stat()
        guard lstat(path, &status) == 0 else { return }
        guard status.st_mode & S_IFMT == S_IFSOCK else {
            throw LinuxIOError(
                "\(path) exists and is not a socket", code: .notUsable, remedy: "move it away, or choose another path")
        }
        guard isStale(kind) else {
            throw LinuxIOError(
                "the socket \(path) is in use", code: .inUse,
                remedy: "stop the bluetap that has it, or choose another path")
        }
        unlink(path)
    }

    /// Keeps others who also make sockets in the same directory waiting until the result is let go of, so that two who find
    /// the same stale socket do not both take its place.
    public func lockDirectory() -> OwnedDescriptor? {
        let directory = path.lastIndex(of: "/").map { $0 == path.startIndex ? "/" : String(path[..<$0]) } ?? "."
        guard let descriptor = try? OwnedDescriptor(orThrow: open(directory, O_RDONLY | O_DIRECTORY | O_CLOEXEC)),
            flock(descriptor.rawValue, LOCK_EX) == 0
        else { return nil }
        return descriptor
    }

    /// Binds a socket that only its owner can connect to, and listens.
    public func listen(_ kind: Kind, backlog: CInt) throws(Errno) -> OwnedDescriptor {
        let descriptor = try Self.makeSocket(kind)
        // On Linux the mode of a socket before bind is the mode of the file that bind makes: there is no moment at which
        // others could connect.
        try check(fchmod(descriptor.rawValue, 0o600))
        try check(withAddress { Glibc.bind(descriptor.rawValue, $0, $1) })
        try check(Glibc.listen(descriptor.rawValue, backlog))
        return descriptor
    }

    private func isStale(_ kind: Kind) -> Bool {
        guard let probe = try? Self.makeSocket(kind) else { return false }
        let isRefused = withAddress { connect(probe.rawValue, $0, $1) } != 0 && errno == ECONNREFUSED
        return isRefused
    }

    private func check(_ result: CInt) throws(Errno) {
        guard result == 0 else { throw Errno.last }
    }

    private static func makeSocket(_ kind: Kind) throws(Errno) -> OwnedDescriptor {
        let type = kind == .stream ? SOCK_STREAM : SOCK_SEQPACKET
        let flags = CInt(type.rawValue | SOCK_CLOEXEC.rawValue | SOCK_NONBLOCK.rawValue)
        return try OwnedDescriptor(orThrow: socket(AF_UNIX, flags, 0))
    }

    private func withAddress(_ body: (UnsafePointer<sockaddr>, socklen_t) -> CInt) -> CInt {
        var address = sockaddr_un()
        address.sun_family = sa_family_t(AF_UNIX)
        withUnsafeMutableBytes(of: &address.sun_path) { $0.copyBytes(from: path.utf8) }
        return withUnsafePointer(to: &address) { pointer in
            pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                body($0, socklen_t(MemoryLayout<sockaddr_un>.size))
            }
        }
    }
}
