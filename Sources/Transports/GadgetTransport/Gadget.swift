internal import CLinuxUAPI
internal import Glibc
public import HID
internal import LinuxIO
internal import SystemPackage

/// bluetap's USB gadget at one controller: a composite device with one HID function.
public struct Gadget: Hashable, Sendable {
    /// What every gadget of ours is called, before its controller's name.
    static let namePrefix = "bluetap-"
    static let functionInstance = "0"
    static let function = "hid.\(functionInstance)"
    /// Longest report, in bytes: what an interrupt endpoint takes at once. Source: USB 2.0, section 5.7.3.
    static let maximumReportSize = 1024

    public let controller: USBDeviceController

    public init(controller: USBDeviceController) {
        self.controller = controller
    }

    /// Its name in configfs.
    public var name: String { Self.namePrefix + controller.name }

    var tree: GadgetTree { GadgetTree(paths: controller.paths) }

    /// The device node through which its reports go, while it is bound.
    public var node: String? { tree.node(of: name, function: Self.function) }

    public var isBound: Bool { tree.controller(of: name) == controller.name }

    /// Those that there are now, whether of a running bluetap or left behind.
    public static func all(paths: GadgetPaths = GadgetPaths()) -> [Gadget] {
        GadgetTree(paths: paths).names.filter { $0.hasPrefix(namePrefix) }.map { name in
            Gadget(controller: USBDeviceController(name: String(name.dropFirst(namePrefix.count)), paths: paths))
        }
    }

    /// Whether a running bluetap has it.
    public var isInUse: Bool { controller.isLocked }

    /// Whether this machine can be a BlueTap at its controller: throws what is in the way, most basic first.
    public func check() throws(TransportError) {
        try Self.checkLibrary(tree)
        try checkKernel()
        try checkController()
        _ = try controller.lock()
    }

    /// Makes the gadget in place of what a killed run left of it, and binds it to its controller.
    public func up(_ description: HIDDescription) throws(TransportError) {
        let lock = try controller.lock()
        try bringUp(description)
        _ = consume lock
    }

    /// Unbinds and removes it, if it is there.
    public func down() throws(TransportError) {
        // A controller that is gone has nobody's lock.
        let lock: OwnedDescriptor? = controller.exists ? try controller.lock() : nil
        try remove()
        _ = consume lock
    }

    // MARK: Inside: the caller holds the controller's lock.

    func bringUp(_ description: HIDDescription) throws(TransportError) {
        guard description.reports.largestSize(of: .input, .output) <= Self.maximumReportSize else {
            throw TransportError(
                "the profile's reports have more than \(Self.maximumReportSize) bytes, which no interrupt endpoint takes",
                code: .profileUnsuitable,
                remedy: "correct the profile's report descriptor")
        }
        try Self.checkLibrary(tree)
        try checkKernel()
        try remove()
        try checkController()
        do throws(TransportError) {
            let others = tree.lock()
            try configure(description)
            _ = consume others
            try bind()
        } catch {
            try? remove()
            throw error
        }
    }

    func bind() throws(TransportError) {
        do {
            try tree.bind(name, to: controller.name)
        } catch .resourceBusy {
            throw TransportError(
                "the USB device controller \(controller.name) is taken", code: .inUse,
                remedy: "unload the gadget driver that has it (lsmod shows g_*), or name another controller by --udc")
        } catch {
            throw TransportError(
                "the gadget cannot be bound to the USB device controller \(controller.name): \(error)",
                remedy: "see dmesg for the controller driver's reason")
        }
    }

    func unbind() {
        tree.unbind(name)
    }

    func remove() throws(TransportError) {
        do {
            let others = tree.lock()
            try tree.remove(name)
            _ = consume others
        } catch .permissionDenied, .notPermitted {
            throw notAllowed
        } catch {
            throw TransportError(
                "the gadget \(name) cannot be removed: \(error)",
                remedy: "close what has \(node ?? "/dev/hidg*") open, and run `bluetap gadget down`")
        }
    }

    private var notAllowed: TransportError {
        TransportError("USB gadgets may not be made by this user", code: .notAllowed, remedy: "run as root (sudo)")
    }

    private func checkKernel() throws(TransportError) {
        let paths = controller.paths
        if access(paths.gadgets, F_OK) != 0 {
            guard isConfigFS(paths.configFS) else {
                throw TransportError(
                    "configfs is not mounted at \(paths.configFS)", code: .notThere,
                    remedy: "sudo modprobe configfs; sudo mount -t configfs none \(paths.configFS)")
            }
            throw TransportError(
                "the kernel module libcomposite is not loaded", code: .notThere, remedy: "sudo modprobe libcomposite")
        }
        guard access(paths.gadgets, W_OK) == 0 else { throw notAllowed }
    }

    private func checkController() throws(TransportError) {
        if let other = tree.names.first(where: { $0 != name && tree.controller(of: $0) == controller.name }) {
            throw TransportError(
                "the USB device controller \(controller.name) is taken by the gadget \"\(other)\"",
                code: .inUse,
                remedy: "unbind that (echo | sudo tee \(tree.directory(of: other))/UDC), or name another by --udc")
        }
        if let driver = controller.driver, driver != name {
            throw TransportError(
                "the USB device controller \(controller.name) is taken by the driver \"\(driver)\"",
                code: .inUse,
                remedy: "unload that (sudo modprobe -r \(driver)), or name another by --udc")
        }
    }

    private func isConfigFS(_ path: String) -> Bool {
        var status = statfs()
        return statfs(path, &status) == 0 && status.f_type == 0x6265_6570
    }
}
