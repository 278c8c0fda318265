internal import Glibc
public import HID
public import Logging
public import NIOCore
internal import NIOPosix
internal import Synchronization

/// Devices that other machines import over the network: a USB/IP server.
///
/// Clients are Linux's vhci-hcd, by `usbip attach`, and usbip-win2. The protocol has no authentication of its own.
/// Source: Linux, Documentation/usb/usbip_protocol.rst.
public final class USBIPTransport: Transport {
    public struct Device: Sendable {
        public let description: HIDDescription
        public let function: any HIDFunction

        public init(description: HIDDescription, function: any HIDFunction) {
            self.description = description
            self.function = function
        }
    }

    /// Where clients look for a server.
    public static let defaultPort = 3240
    public let name = "usbip"
    private let devices: [USBIPDevice]
    private let host: String
    private let port: Int
    let log: USBIPLog
    /// Most connections at a time.
    private let mostConnections: Int
    private let group = MultiThreadedEventLoopGroup(numberOfThreads: 1)
    private let server = Mutex<(any Channel)?>(nil)
    private let connections = Mutex<[ObjectIdentifier: any Channel]>([:])

    /// - Parameter port: 0 for one that is free.
    public init(_ devices: [Device], host: String, port: Int, logger: Logger) {
        self.devices = devices.enumerated().map { index, device in
            USBIPDevice(number: index + 1, description: device.description, function: device.function)
        }
        self.host = host
        self.port = port
        log = USBIPLog(logger)
        mostConnections = Self.mostConnections(for: devices.count)
    }

    /// A client has one for each device. Whoever knocks, half of the descriptors are left for everything else.
    private static func mostConnections(for devices: Int) -> Int {
        let most = 1024 + devices
        var limit = rlimit()
        guard getrlimit(__rlimit_resource_t(RLIMIT_NOFILE.rawValue), &limit) == 0 else { return most }
        return min(most, Int(clamping: limit.rlim_cur / 2))
    }

    /// Where clients find the devices, once it is open.
    public var address: String? {
        server.withLock { $0?.localAddress }.flatMap { address in
            address.port.map { Self.text(host, $0) }
        }
    }

    /// The bus ids by which clients import them.
    public var busIDs: [String] { devices.map(\.busID) }

    public func open() throws(TransportError) {
        for device in devices { device.function.connected(to: device) }
        let bootstrap = ServerBootstrap(group: group)
            .serverChannelOption(.backlog, value: 128)
            .serverChannelOption(.socketOption(.so_reuseaddr), value: 1)
            .childChannelOption(.socketOption(.tcp_nodelay), value: 1)
            .childChannelOption(.socketOption(.so_keepalive), value: 1)
            // A client that vanishes without a word has the device for so many seconds.
            .childChannelOption(.tcpOption(TCP_KEEPIDLE), value: 5)
            .childChannelOption(.tcpOption(TCP_KEEPINTVL), value: 5)
            .childChannelOption(.tcpOption(TCP_KEEPCNT), value: 3)
            // In milliseconds; while it has something to acknowledge.
            .childChannelOption(.tcpOption(TCP_USER_TIMEOUT), value: 20_000)
            .childChannelInitializer { [self] channel in
                channel.eventLoop.makeCompletedFuture {
                    guard admit(channel) else { throw USBIPError("there are too many connections") }
                    try channel.pipeline.syncOperations.addHandler(USBIPConnection(devices, log: log))
                }
            }
        do {
            let channel = try bootstrap.bind(host: host, port: port).wait()
            server.withLock { $0 = channel }
        } catch {
            throw Self.failure(error, host: host, port: port)
        }
    }

    /// Why a port cannot be listened on.
    static func failure(_ error: any Error, host: String, port: Int) -> TransportError {
        let failure = error as? IOError
        let (reason, remedy) =
            switch failure?.errnoCode {
            case EADDRINUSE?:
                (
                    failure?.text,
                    "stop who listens there (usbipd, or another bluetap), or give another --listen HOST:PORT"
                )
            case EADDRNOTAVAIL?:
                (
                    failure?.text,
                    "give --listen an address that this machine has: 127.0.0.1:\(port), or 0.0.0.0:\(port) for all of them"
                )
            case EACCES?:
                (
                    failure?.text,
                    "ports below 1024 are root's: give --listen a higher one, as \(text(host, defaultPort))"
                )
            case _?: (failure?.text, "give another --listen HOST:PORT")
            case nil where error is SocketAddressError || error is SocketAddressError.UnknownHost:
                (
                    "there is no address of that name",
                    "give --listen an address of this machine, as 127.0.0.1:\(port), or a name that has one"
                )
            case nil: ("\(error)", "give another --listen HOST:PORT")
            }
        let code: TransportError.Code =
            switch failure?.errnoCode {
            case EADDRINUSE?: .inUse
            case EACCES?: .notAllowed
            default: .failed
            }
        return TransportError(
            "USB/IP clients cannot be listened for at \(text(host, port)): \(reason ?? "\(error)")", code: code,
            remedy: remedy)
    }

    private static func text(_ host: String, _ port: Int) -> String {
        (host.contains(":") ? "[\(host)]" : host) + ":\(port)"
    }

    /// Whether clients could find a device where they look for one, in a line.
    public static func examine() throws(TransportError) -> String {
        let transport = USBIPTransport(
            [], host: "127.0.0.1", port: defaultPort, logger: Logger(label: "") { _ in SwiftLogNoOpLogHandler() })
        defer { try? transport.group.syncShutdownGracefully() }
        try transport.open()
        return "port \(defaultPort) is free; hosts attach with `usbip attach -r HOST -b 1-1`"
    }

    /// What serves one client's connection, for whoever accepts connections otherwise than by ``open()``.
    public func connection() -> any ChannelHandler {
        for device in devices { device.function.connected(to: device) }
        return USBIPConnection(devices, log: log)
    }

    private func admit(_ channel: any Channel) -> Bool {
        let id = ObjectIdentifier(channel)
        let isAdmitted = connections.withLock { connections in
            guard connections.count < mostConnections else { return false }
            connections[id] = channel
            return true
        }
        if isAdmitted {
            channel.closeFuture.whenComplete { [self] _ in _ = connections.withLock { $0.removeValue(forKey: id) } }
        } else {
            log.complain(.crowded, of: channel, "there are \(mostConnections) connections already")
        }
        return isAdmitted
    }

    public func run() async throws {
        guard let channel = server.withLock({ $0 }) else { return }
        await withTaskCancellationHandler {
            _ = try? await channel.closeFuture.get()
        } onCancel: {
            channel.close(promise: nil)
        }
        let open = connections.withLock { Array($0.values) }
        for channel in open { try? await channel.close().get() }
        log.finish()
        try await group.shutdownGracefully()
    }
}

extension ChannelOption where Self == ChannelOptions.Types.SocketOption {
    /// One of tcp(7).
    fileprivate static func tcpOption(_ name: CInt) -> Self { Self(level: IPPROTO_TCP, name: name) }
}
