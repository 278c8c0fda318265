internal import Glibc
internal import HID
internal import LinuxIO
internal import SystemPackage

/// A listening socket and its place in the file system, which goes when the listener goes.
final class LoopbackListener: Sendable {
    let path: String
    let descriptor: OwnedDescriptor
    /// Which file is ours: another process may have taken the place since.
    private let inode: UInt64

    /// Takes over a stale socket that a killed run left; refuses one that somebody listens on.
    init(path: String) throws(TransportError) {
        self.path = path
        do {
            let place = try UnixSocketPath(path)
            let lock = place.lockDirectory()
            try place.clear(for: .sequencedPackets)
            descriptor = try place.listen(.sequencedPackets, backlog: 128)
            _ = consume lock
        } catch let error as LinuxIOError {
            throw TransportError(
                error.problem, code: error.code == .inUse ? .inUse : .failed, remedy: error.remedy)
        } catch {
            throw TransportError("the loopback socket \(path) cannot be made: \(error)")
        }
        var status = stat()
        inode = lstat(path, &status) == 0 ? UInt64(status.st_ino) : 0
    }

    deinit {
        var status = stat()
        if lstat(path, &status) == 0, UInt64(status.st_ino) == inode { unlink(path) }
    }
}
