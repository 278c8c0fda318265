internal import Glibc

/// Finds the drop-in libhidapi and lays it out so that every program finds it in place of the real one.
enum HIDAPIDropIn {
    static let fileName = "libhidapi-loopback.so"

    /// Every name under which programs and language bindings load libhidapi.
    private static let names = [
        "libhidapi-hidraw.so.0", "libhidapi-hidraw.so", "libhidapi-libusb.so.0", "libhidapi-libusb.so",
        "libhidapi.so.0",
        "libhidapi.so",
    ]

    struct Layout {
        /// For LD_PRELOAD: what was linked with libhidapi, and wheels that hold one inside.
        let preload: String
        /// For LD_LIBRARY_PATH: bindings that load it by name.
        let directory: String
    }

    /// Makes links to the drop-in in a directory of its own below `parent`.
    static func link(in parent: String) throws(CommandError) -> Layout {
        let library = try locate()
        let directory = "\(parent)/lib"
        guard mkdir(directory, 0o700) == 0, names.allSatisfy({ symlink(library, "\(directory)/\($0)") == 0 }) else {
            throw CommandError("no links can be made in \(directory): \(String(cString: strerror(errno)))")
        }
        return Layout(preload: "\(directory)/\(names[0])", directory: directory)
    }

    /// Where it is, as an absolute path.
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
