internal import CLoopback
internal import Glibc
public import HID
internal import LinuxIO
public import Logging
internal import Synchronization
internal import SystemPackage

/// Devices on Unix sockets, for programs that use the drop-in libhidapi or the hidraw seam: no kernel support, no root.
///
/// One thread waits for all hosts of all devices, and does all that a report needs before it waits again. What crosses a
/// socket stands in `loopback_protocol.h`.
public final class LoopbackTransport: Transport {
    /// One device and the socket on which it is found.
    public struct Device: Sendable {
        public let path: String
        public let description: HIDDescription
        public let function: any HIDFunction
        /// Where it is seen as a hidraw device: the folder of the picture, and its number in /dev/hidraw*.
        public let hidraw: (folder: String, number: Int)?

        public init(
            path: String, description: HIDDescription, function: any HIDFunction,
            hidraw: (folder: String, number: Int)? = nil
        ) {
            self.path = path
            self.description = description
            self.function = function
            self.hidraw = hidraw
        }
    }

    public let name = "loopback"
    private let devices: [LoopbackDevice]
    private let logger: Logger
    private let listeners = Mutex<[LoopbackListener]>([])
    private let thread: ServingThread

    public init(_ devices: [Device], logger: Logger) throws(TransportError) {
        self.logger = logger
        self.devices = devices.map(LoopbackDevice.init)
        do {
            thread = try ServingThread()
        } catch {
            throw TransportError("the loopback transport cannot start: \(error)")
        }
    }

    /// Whether a host has ever had one of the devices open.
    public var hasBeenOpened: Bool { devices.contains(where: \.hasBeenOpened) }

    public func open() throws(TransportError) {
        var opened: [LoopbackListener] = []
        for device in devices { opened.append(try LoopbackListener(path: device.path)) }
        listeners.withLock { $0 = opened }
        for device in devices {
            device.picture?.show()
            device.function.connected(to: device)
            device.function.hostAttached()
        }
    }

    public func run() async throws {
        defer { for device in devices { device.picture?.hide() } }
        try await serve()
        for device in devices { device.function.hostDetached() }
    }

    /// Serves hosts until the task is cancelled. When it returns, connections and sockets are gone.
    private func serve() async throws {
        let listeners = listeners.withLock { listeners in
            defer { listeners = [] }
            return listeners
        }
        let poller: LoopbackPoller
        do {
            poller = try LoopbackPoller(
                listeners: listeners, devices: devices, stop: thread.stopDescriptor, logger: logger)
        } catch {
            throw TransportError("the loopback transport cannot wait for hosts: \(error)")
        }
        try await thread.run { () throws(TransportError) in try poller.serve() }
    }
}
