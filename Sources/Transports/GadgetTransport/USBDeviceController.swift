internal import Glibc
public import HID
internal import LinuxIO
internal import SystemPackage

/// A USB device controller (UDC): the hardware at which this machine can be the device.
public struct USBDeviceController: Hashable, Sendable {
    public let name: String
    let paths: GadgetPaths

    /// All that this machine has, by name.
    public static func all(paths: GadgetPaths = GadgetPaths()) -> [USBDeviceController] {
        directoryEntries(paths.controllers).map { USBDeviceController(name: $0, paths: paths) }
    }

    /// The one of this name; without a name, the only one.
    public static func find(
        named name: String?, paths: GadgetPaths = GadgetPaths()
    ) throws(TransportError) -> USBDeviceController {
        let all = all(paths: paths)
        guard let first = all.first else {
            throw TransportError(
                "no USB device controller", code: .notThere, remedy: "enable dwc2 (gadget/README.md, step 2)")
        }
        let names = all.map(\.name).joined(separator: ", ")
        if let name {
            guard let found = all.first(where: { $0.name == name }) else {
                throw TransportError(
                    "there is no USB device controller \"\(name)\"", code: .notThere, remedy: "choose one of: \(names)")
            }
            return found
        }
        guard all.count == 1 else {
            throw TransportError(
                "this machine has several USB device controllers", code: .ambiguous,
                remedy: "choose by --udc one of: \(names)")
        }
        return first
    }

    var directory: String { "\(paths.controllers)/\(name)" }

    /// Whether it is there now: its driver may have been unloaded.
    var exists: Bool { access(directory, F_OK) == 0 }

    /// What the kernel says of the link to the host: "not attached", "configured" and others. Source:
    /// usb_state_string() in the kernel.
    public var state: String? { fileContents("\(directory)/state") }

    /// The driver that has the controller; nil where none has.
    var driver: String? { fileContents("\(directory)/function").flatMap { $0.isEmpty ? nil : $0 } }

    /// Opens the state's file, in which the kernel announces changes to those who poll it.
    func openState() throws(Errno) -> OwnedDescriptor {
        try OwnedDescriptor(orThrow: open("\(directory)/state", O_RDONLY | O_CLOEXEC))
    }

    /// Whether a bluetap has the controller's lock. Asks for a moment's share of it, which ``lock()`` outwaits.
    var isLocked: Bool {
        guard let descriptor = try? OwnedDescriptor(orThrow: open(directory, O_RDONLY | O_DIRECTORY | O_CLOEXEC)) else {
            return false
        }
        return flock(descriptor.rawValue, LOCK_SH | LOCK_NB) != 0 && errno == EWOULDBLOCK
    }

    /// Keeps other bluetaps away from the controller for as long as the result lives, however this process ends.
    func lock() throws(TransportError) -> OwnedDescriptor {
        do {
            let descriptor = try OwnedDescriptor(orThrow: open(directory, O_RDONLY | O_DIRECTORY | O_CLOEXEC))
            var attempts = 200
            while flock(descriptor.rawValue, LOCK_EX | LOCK_NB) != 0 {
                attempts -= 1
                guard errno == EWOULDBLOCK && attempts > 0 else { throw Errno.last }
                var pause = timespec(tv_sec: 0, tv_nsec: 10_000_000)
                nanosleep(&pause, nil)
            }
            return descriptor
        } catch .wouldBlock {
            throw TransportError(
                "the USB device controller \(name) is used by another bluetap", code: .inUse,
                remedy: "stop that one, or name another controller by --udc")
        } catch {
            throw TransportError("the USB device controller \(name) cannot be locked: \(error)")
        }
    }
}
