internal import Glibc

/// Finds the libraries that lead a program's hidapi to the device, and lays them out so that every program finds them.
enum HIDAPIDropIn {
    /// In place of the real libhidapi.
    static let fileName = "libhidapi-loopback.so"
    /// Between a program that has a hidapi of its own and the kernel.
    private static let seamName = "libhidraw-seam.so"

    /// Every name under which programs and language bindings load libhidapi.
    private static let names = [
        "libhidapi-hidraw.so.0", "libhidapi-hidraw.so", "libhidapi-libusb.so.0", "libhidapi-libusb.so",
        "libhidapi.so.0",
        "libhidapi.so",
    ]

    struct Layout {
        /// For LD_PRELOAD: what was linked with libhidapi, and wheels that hold one inside.
        let preload: String
        /// For LD_PRELOAD, behind it: programs with a hidapi of their own, and those that open /dev/hidraw* themselves.
        let hidrawSeam: String
        /// For LD_LIBRARY_PATH: bindings that load it by name.
        let directory: String
    }

    /// Makes links to the libraries in a directory of its own below `parent`.
    static func link(in parent: String) throws(CommandError) -> Layout {
        let library = try locate()
        let seam = try SharedLibrary.locate(seamName)
        let directory = "\(parent)/lib"
        let links = names.map { (library, $0) } + [(seam, seamName)]
        guard mkdir(directory, 0o700) == 0, links.allSatisfy({ symlink($0, "\(directory)/\($1)") == 0 }) else {
            throw CommandError("no links can be made in \(directory): \(String(cString: strerror(errno)))")
        }
        return Layout(
            preload: "\(directory)/\(names[0])", hidrawSeam: "\(directory)/\(seamName)", directory: directory)
    }

    /// Where the drop-in is, as an absolute path.
    static func locate() throws(CommandError) -> String {
        if let path = Environment["BLUETAP_HIDAPI"] {
            guard access(path, R_OK) == 0 else {
                throw CommandError("BLUETAP_HIDAPI names \(path), which cannot be read")
            }
            return path
        }
        return try SharedLibrary.locate(fileName, else: "or name it in BLUETAP_HIDAPI")
    }
}
