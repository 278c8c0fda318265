internal import Glibc

/// Whether a program can find the loopback device: the libraries that `run` preloads reach it, or why they do not.
enum ProgramReach: Hashable {
    /// They reach it; what runs is this file, a script's interpreter where it is a script.
    case reached(String)
    /// They do not, for this reason.
    case unreached(file: String, reason: String)
    /// No such program, or one that cannot be read.
    case unknown

    /// How many interpreters a script may lead to.
    private static let interpreters = 4

    init(command: String) {
        guard var path = Self.find(command) else {
            self = .unknown
            return
        }
        for _ in 0..<Self.interpreters {
            if let program = ELFFile(path: path) {
                self = Self.reach(of: program, path)
                return
            }
            guard let interpreter = Self.interpreter(of: path), let next = Self.find(interpreter) else { break }
            path = next
        }
        self = .unknown
    }

    private static func reach(of program: ELFFile, _ path: String) -> Self {
        guard let linker = program.interpreter else {
            return .unreached(file: path, reason: "it is linked statically, and loads no library")
        }
        if let own = ELFFile(path: "/proc/self/exe"), own.machine != program.machine {
            return .unreached(file: path, reason: "it is built for another processor")
        }
        if linker.contains("ld-musl") {
            return .unreached(file: path, reason: "it is built for musl, and the libraries for glibc")
        }
        if program.libraries.contains(where: { $0.hasPrefix("libusb-1.0.so") }) {
            return .unreached(file: path, reason: "it uses libusb, which looks for the device on a real bus")
        }
        return .reached(path)
    }

    /// As a shell finds it.
    private static func find(_ command: String) -> String? {
        if command.contains("/") { return access(command, X_OK) == 0 ? command : nil }
        return (Environment["PATH"] ?? "").split(separator: ":").map { "\($0)/\(command)" }.first { path in
            var status = stat()
            return stat(path, &status) == 0 && status.st_mode & S_IFMT == S_IFREG && access(path, X_OK) == 0
        }
    }

    /// What runs a script: the word behind `#!`, or the one behind `env`.
    private static func interpreter(of path: String) -> String? {
        guard let file = fopen(path, "re") else { return nil }
        defer { fclose(file) }
        var buffer = [CChar](repeating: 0, count: 512)
        guard fgets(&buffer, CInt(buffer.count), file) != nil else { return nil }
        let line = String(decoding: buffer.prefix { $0 != 0 }.map { UInt8(bitPattern: $0) }, as: UTF8.self)
        guard line.hasPrefix("#!") else { return nil }
        let words = line.dropFirst(2).split(whereSeparator: \.isWhitespace)
        guard let first = words.first else { return nil }
        guard first.hasSuffix("/env") else { return String(first) }
        return words.dropFirst().first { !$0.hasPrefix("-") }.map(String.init)
    }
}

extension ProgramReach {
    /// The way that works for what the preloaded libraries do not reach.
    static let otherWays = "give --transport uhid or gadget, or usbip for a program that uses libusb (`bluetap doctor`)"

    /// What is said of a program that never opened the device.
    func explanation(of command: String) -> String {
        switch self {
        case .unreached(let file, let reason):
            "nothing opened the device: \"\(command)\" does not see it, for \(reason) (\(file)): \(Self.otherWays)"
        case .reached, .unknown:
            "nothing opened the device while \"\(command)\" ran: check that it looks for the profile's USB id;"
                + " if it uses libusb or is linked statically, \(Self.otherWays)"
        }
    }
}
