internal import Glibc
internal import HID
internal import LinuxIO
internal import SystemPackage

/// The USB gadgets of this machine, as configfs shows them.
///
/// Binding and removal write to configfs themselves: libusbgx does neither where a gadget is half made, or where another's
/// has a function that it does not know.
struct GadgetTree: Sendable {
    let paths: GadgetPaths

    /// The names of all gadgets, whosever they are.
    var names: [String] { directoryEntries(paths.gadgets) }

    func directory(of gadget: String) -> String { "\(paths.gadgets)/\(gadget)" }

    func exists(_ gadget: String) -> Bool { access(directory(of: gadget), F_OK) == 0 }

    /// Keeps other bluetaps from making and removing gadgets for as long as the result lives: libusbgx gives up where one goes
    /// while it reads them.
    func lock() -> OwnedDescriptor? {
        guard let descriptor = try? OwnedDescriptor(orThrow: open(paths.gadgets, O_RDONLY | O_DIRECTORY | O_CLOEXEC)),
            flock(descriptor.rawValue, LOCK_EX) == 0
        else { return nil }
        return descriptor
    }

    /// The functions of a gadget, as "hid.0".
    func functions(of gadget: String) -> [String] { directoryEntries("\(directory(of: gadget))/functions") }

    /// The controller that a gadget is bound to; nil where it is to none.
    func controller(of gadget: String) -> String? {
        fileContents("\(directory(of: gadget))/UDC").flatMap { $0.isEmpty ? nil : $0 }
    }

    func bind(_ gadget: String, to controller: String) throws(Errno) {
        try write(controller, to: "\(directory(of: gadget))/UDC")
    }

    /// Takes a gadget from its controller; one that is bound to none stays so.
    func unbind(_ gadget: String) {
        // ENODEV: it is bound to none. The controller may also be gone, with everything that was bound to it.
        try? write("\n", to: "\(directory(of: gadget))/UDC")
    }

    /// Removes a gadget, however much of it there is, in the order in which the kernel lets go of its parts.
    func remove(_ gadget: String) throws(Errno) {
        let directory = directory(of: gadget)
        guard exists(gadget) else { return }
        unbind(gadget)
        for name in directoryEntries("\(directory)/configs") {
            let config = "\(directory)/configs/\(name)"
            for entry in directoryEntries(config) where isLink("\(config)/\(entry)") {
                try check(unlink("\(config)/\(entry)"))
            }
            try removeDirectories(in: "\(config)/strings")
            try check(rmdir(config))
        }
        try removeDirectories(in: "\(directory)/functions")
        try removeDirectories(in: "\(directory)/strings")
        try check(rmdir(directory))
    }

    /// The device node of a HID function: "/dev/hidg0". It exists while the gadget is bound.
    func node(of gadget: String, function: String) -> String? {
        guard let number = fileContents("\(directory(of: gadget))/functions/\(function)/dev"),
            let name = fileContents("\(paths.characterDevices)/\(number)/uevent")?.split(separator: "\n")
                .first(where: { $0.hasPrefix("DEVNAME=") })
        else { return nil }
        return "/dev/\(name.dropFirst("DEVNAME=".count))"
    }

    private func removeDirectories(in parent: String) throws(Errno) {
        for name in directoryEntries(parent) { try check(rmdir("\(parent)/\(name)")) }
    }

    private func isLink(_ path: String) -> Bool {
        var status = stat()
        return lstat(path, &status) == 0 && status.st_mode & S_IFMT == S_IFLNK
    }

    private func write(_ text: String, to path: String) throws(Errno) {
        let descriptor = try OwnedDescriptor(orThrow: open(path, O_WRONLY | O_CLOEXEC))
        try check(Glibc.write(descriptor.rawValue, text, text.utf8.count))
    }

    private func check(_ result: some SignedInteger) throws(Errno) {
        guard result >= 0 else { throw Errno.last }
    }
}
