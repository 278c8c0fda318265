internal import Glibc
internal import HID
internal import LinuxIO
internal import ServiceLifecycle
internal import SystemPackage

/// The service manager that started this program and waits to hear from it. Source: systemd's sd_notify(3).
struct ServiceSupervisor: Sendable {
    private let socket: String
    /// How often it wants a sign of life; nil where it does not.
    private let watchdog: Duration?

    /// Nil where nobody waits.
    init?(environment: [String: String], process: pid_t = getpid()) {
        guard let socket = environment["NOTIFY_SOCKET"], !socket.isEmpty else { return nil }
        self.socket = socket
        let isForUs = environment["WATCHDOG_PID"].map { $0 == "\(process)" } ?? true
        watchdog = environment["WATCHDOG_USEC"].flatMap(Int64.init)
            .flatMap { $0 > 0 && isForUs ? .microseconds($0) : nil }
    }

    /// Says that the device is ready, then gives signs of life until a shutdown is asked for.
    ///
    /// - Parameter alive: returns as long as the device works; should it hang, the signs end.
    func attend(_ alive: @escaping @Sendable () -> Void) async {
        tell("READY=1")
        await cancelWhenGracefulShutdown {
            guard let watchdog else {
                try? await gracefulShutdown()
                return
            }
            repeat {
                alive()
                tell("WATCHDOG=1")
            } while (try? await Task.sleep(for: watchdog / 2)) != nil
        }
        tell("STOPPING=1")
    }

    private func tell(_ state: String) {
        var address = sockaddr_un()
        address.sun_family = sa_family_t(AF_UNIX)
        // A name that begins with @ is one in the abstract name space, where a NUL stands for it.
        let name = socket.hasPrefix("@") ? [0] + Array(socket.utf8.dropFirst()) : Array(socket.utf8)
        guard name.count <= UnixSocketPath.maximumLength,
            let descriptor = try? OwnedDescriptor(
                orThrow: Glibc.socket(AF_UNIX, CInt(SOCK_DGRAM.rawValue | SOCK_CLOEXEC.rawValue), 0))
        else { return }
        withUnsafeMutableBytes(of: &address.sun_path) { $0.copyBytes(from: name) }
        let length = MemoryLayout<sa_family_t>.size + name.count
        withUnsafePointer(to: &address) { pointer in
            pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                _ = sendto(descriptor.rawValue, state, state.utf8.count, CInt(MSG_NOSIGNAL), $0, socklen_t(length))
            }
        }
    }
}
