internal import Glibc

/// What the command line asked for.
struct Options {
    var printsJSON = false
    /// Whether a missed target is a failure.
    var checks = false
    /// Whether to measure the transports that need a kernel with USB device controllers and uhid, and nothing else.
    var measuresKernel = false
    /// The only group to measure; nil: all.
    var only: Group?
    /// The emulator to measure.
    var emulator: String
    /// The drop-in libhidapi; beside the emulator where nobody says otherwise.
    var library: String
    /// Where the bare C programs are: beside this one.
    let programs: String

    /// What is measured together.
    enum Group: String, CaseIterable {
        case startUp = "start-up"
        case memory
        case roundTrip = "round-trip"
        case usbip, pages, codec, cycles
        case manyDevices = "many-devices"
        case sandbox
    }

    static let usage = """
        usage: Benchmarks [--only GROUP] [--bluetap FILE] [--hidapi FILE] [--kernel] [--json] [--check]
          --only GROUP    \(Group.allCases.map(\.rawValue).joined(separator: ", "))
          --bluetap FILE  the emulator to measure (the release build of the package around this one)
          --hidapi FILE   the drop-in libhidapi (libhidapi-loopback.so beside the emulator)
          --kernel        measure the gadget and uhid transports, as root, where two device controllers are free
          --json          print one JSON object instead of the table
          --check         exit with status 1 where a target is missed
        """

    /// nil where the arguments are not as the usage says.
    init?(_ arguments: [String]) {
        var buffer = [CChar](repeating: 0, count: Int(PATH_MAX))
        let length = max(0, readlink("/proc/self/exe", &buffer, buffer.count - 1))
        let executable = String(decoding: buffer[..<length].map { UInt8(bitPattern: $0) }, as: UTF8.self)
        programs = Self.directory(of: executable)
        emulator = "\(programs)/../../../../.build/release/bluetap"
        var library: String?
        var rest = arguments[...]
        while let argument = rest.popFirst() {
            switch argument {
            case "--json": printsJSON = true
            case "--check": checks = true
            case "--kernel": measuresKernel = true
            case "--only":
                guard let group = rest.popFirst().flatMap(Group.init) else { return nil }
                only = group
            case "--bluetap":
                guard let value = rest.popFirst() else { return nil }
                emulator = value
            case "--hidapi":
                guard let value = rest.popFirst() else { return nil }
                library = value
            default: return nil
            }
        }
        self.library = library ?? "\(Self.directory(of: emulator))/libhidapi-loopback.so"
    }

    private static func directory(of path: String) -> String {
        path.lastIndex(of: "/").map { String(path[..<$0]) } ?? "."
    }
}
