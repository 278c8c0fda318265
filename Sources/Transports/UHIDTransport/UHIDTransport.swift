internal import CLinuxUAPI
internal import Glibc
public import HID
internal import LinuxIO
public import Logging
internal import Synchronization
internal import SystemPackage

/// A virtual HID device of this machine's own kernel, through `/dev/uhid`.
///
/// Programs here open it as `/dev/hidraw*`. It is no USB device: libusb does not see it.
public final class UHIDTransport: Transport {
    public static let devicePath = "/dev/uhid"

    public let name = "uhid"
    private let description: HIDDescription
    private let function: any HIDFunction
    private let logger: Logger
    private let thread: ServingThread
    private let server = Mutex<UHIDServer?>(nil)
    private let openedNode = Mutex<String?>(nil)

    public init(_ description: HIDDescription, function: any HIDFunction, logger: Logger) throws(TransportError) {
        guard description.reportDescriptor.count <= UHIDRequest.maximumDescriptorSize else {
            throw TransportError(
                "the report descriptor has \(description.reportDescriptor.count) bytes, and uhid takes at most"
                    + " \(UHIDRequest.maximumDescriptorSize)", code: .profileUnsuitable,
                remedy: "correct the profile")
        }
        self.description = description
        self.function = function
        self.logger = logger
        do {
            thread = try ServingThread()
        } catch {
            throw TransportError("the uhid transport cannot start: \(error)")
        }
    }

    /// The device's `/dev/hidraw*`, once it is open.
    public var node: String? { openedNode.withLock { $0 } }

    /// Whether this machine can do it: throws what is in the way.
    public static func check() throws(TransportError) {
        _ = try openControl()
    }

    /// Opens `/dev/uhid`, or says what keeps it from being opened.
    static func openControl() throws(TransportError) -> OwnedDescriptor {
        do {
            return try OwnedDescriptor(orThrow: Glibc.open(devicePath, O_RDWR | O_CLOEXEC | O_NONBLOCK))
        } catch .noSuchFileOrDirectory, .noSuchAddressOrDevice, Errno(rawValue: ENODEV) {
            throw TransportError(
                "there is no \(devicePath)", code: .notThere, remedy: "load the kernel module: sudo modprobe uhid")
        } catch .permissionDenied, .notPermitted {
            throw TransportError(
                "\(devicePath) may not be opened by this user", code: .notAllowed,
                remedy: "run as root (sudo), or give yourself access: sudo setfacl -m u:$USER:rw \(devicePath)")
        } catch {
            throw TransportError("\(devicePath) cannot be opened: \(error)", remedy: "run `bluetap doctor uhid`")
        }
    }

    public func open() throws(TransportError) {
        let control = try Self.openControl()
        let server: UHIDServer
        do {
            server = try UHIDServer(description, function: function, control: control, logger: logger)
        } catch {
            throw TransportError("the uhid transport cannot start: \(error)")
        }
        let node = try server.create()
        openedNode.withLock { $0 = node }
        self.server.withLock { $0 = server }
    }

    public func run() async throws {
        let server = server.withLock { server in
            defer { server = nil }
            return server
        }
        guard let server else { return }
        async let _: Void = IOThread.run(server.followCable)
        // Ends the thread beside, where serving fails as well.
        defer { server.takeAway() }
        try await thread.run(whenStopped: server.takeAway) { [thread] () throws(TransportError) in
            try server.serve(until: thread.stopDescriptor)
        }
    }
}
