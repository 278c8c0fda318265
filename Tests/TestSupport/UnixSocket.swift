public import Glibc

/// Connects to a Unix socket; nil where nobody listens.
public func connectUnixSocket(_ path: String, type: __socket_type) -> CInt? {
    let descriptor = socket(AF_UNIX, CInt(type.rawValue), 0)
    var address = sockaddr_un()
    address.sun_family = sa_family_t(AF_UNIX)
    withUnsafeMutableBytes(of: &address.sun_path) { $0.copyBytes(from: path.utf8) }
    let status = withUnsafePointer(to: &address) { pointer in
        pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
            connect(descriptor, $0, socklen_t(MemoryLayout<sockaddr_un>.size))
        }
    }
    if status == 0 { return descriptor }
    close(descriptor)
    return nil
}
