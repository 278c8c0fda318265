public import Logging
public import NIOCore
internal import NIOPosix
internal import Synchronization
public import VirtualHID

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
    /// Most connections at a time; a client has one for each device.
    static let mostConnections = 1024

    public let name = "usbip"
    private let devices: [USBIPDevice]
    private let host: String
    private let port: Int
    private let logger: Logger
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
        self.logger = logger
    }

    /// Where clients find the devices, once it is open.
    public var address: String? {
        server.withLock { $0?.localAddress }.flatMap { address in
            address.port.map { (host.contains(":") ? "[\(host)]" : host) + ":\($0)" }
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
            .childChannelInitializer { [self] channel in
                channel.eventLoop.makeCompletedFuture {
                    guard admit(channel) else { throw USBIPError("there are too many connections") }
                    try channel.pipeline.syncOperations.addHandler(USBIPConnection(devices, logger: logger))
                }
            }
        do {
            let channel = try bootstrap.bind(host: host, port: port).wait()
            server.withLock { $0 = channel }
        } catch {
            throw TransportError(
                "USB/IP clients cannot be listened for at \(host):\(port): \(error)",
                remedy: "stop who listens there (usbipd, or another bluetap), or give another --listen HOST:PORT")
        }
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
        return USBIPConnection(devices, logger: logger)
    }

    private func admit(_ channel: any Channel) -> Bool {
        let id = ObjectIdentifier(channel)
        let isAdmitted = connections.withLock { connections in
            guard connections.count < Self.mostConnections else { return false }
            connections[id] = channel
            return true
        }
        if isAdmitted {
            channel.closeFuture.whenComplete { [self] _ in _ = connections.withLock { $0.removeValue(forKey: id) } }
        } else {
            logger.warning("a USB/IP client is turned away", metadata: ["reason": "there are too many connections"])
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
        try await group.shutdownGracefully()
    }
}
