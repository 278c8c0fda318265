public import HID
internal import LinuxIO
public import Logging
internal import Synchronization
internal import SystemPackage

/// A real USB device at this machine's device controller: what a host at the other end of the cable sees.
public final class GadgetTransport: Transport {
    public let name = "gadget"
    private let description: HIDDescription
    private let function: any HIDFunction
    /// The controller at which it is.
    public let controller: USBDeviceController
    private let logger: Logger
    private let thread: ServingThread
    private let server = Mutex<GadgetServer?>(nil)

    /// - Parameter controller: the name of the USB device controller; nil where there is only one.
    public init(
        _ description: HIDDescription, function: any HIDFunction, controller: String?,
        paths: GadgetPaths = GadgetPaths(), logger: Logger
    ) throws(TransportError) {
        self.description = description
        self.function = function
        self.controller = try .find(named: controller, paths: paths)
        self.logger = logger
        do {
            thread = try ServingThread()
        } catch {
            throw TransportError("the gadget transport cannot start: \(error)")
        }
    }

    public func open() throws(TransportError) {
        let server = try GadgetServer(
            Gadget(controller: controller), description, function: function, lock: try controller.lock(), logger: logger
        )
        self.server.withLock { $0 = server }
    }

    public func run() async throws {
        let server = server.withLock { server in
            defer { server = nil }
            return server
        }
        guard let server else { return }
        do {
            try await thread.run { [thread] () throws(TransportError) in
                try server.serve(until: thread.stopDescriptor)
            }
        } catch {
            try? server.takeDown()
            throw error
        }
        try server.takeDown()
    }
}
