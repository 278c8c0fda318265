import Foundation
import Testing

/// The libraries with which a POS program may be linked; the drop-in takes the place of each.
enum HIDAPILibrary: String, CaseIterable, CustomTestStringConvertible {
    case hidraw = "hidapi-hidraw"
    case libusb = "hidapi-libusb"

    var testDescription: String { rawValue }
}

/// The programs in `Programs/`, made ready to run.
enum HIDAPIProgram {
    static let folder = "\(Program.repository)/Tests/IntegrationTests/Programs"
    static let dropIn = "\(Program.products)/libhidapi-loopback.so"
    /// The Python for which Debian's packages are, whatever comes first on PATH.
    static let debianPython = "/usr/bin/python3"

    /// Compiles a C program with the system's hidapi header and library, and returns where it is. In the virtual machine
    /// those are that `Tests/kernel/run` compiled before: a compiler takes long there.
    static func compileC(
        _ name: String, with library: HIDAPILibrary = .hidraw, in folder: Folder
    ) async throws -> String {
        if let compiled = ProcessInfo.processInfo.environment["BLUETAP_CLIENTS"] {
            return "\(compiled)/\(name)-\(library.rawValue)"
        }
        let compiled = try await Program.run("\(Self.folder)/compile", [folder.path, name, library.rawValue])
        try #require(compiled.status == 0, "\(compiled)")
        return folder.file("\(name)-\(library.rawValue)")
    }

    /// Compiles C# sources and returns where the assembly is.
    static func compileCSharp(
        _ sources: [String], to name: String, in folder: Folder, _ options: String...
    ) async throws -> String {
        let assembly = folder.file(name)
        let compiled = try await Program.run("mcs", options + ["-out:\(assembly)"] + sources)
        try #require(compiled.status == 0, "\(compiled)")
        return assembly
    }
}

extension Serving {
    /// What a POS program needs to run on this device without `bluetap run`.
    var dropInEnvironment: [String: String] {
        environment.merging(["LD_PRELOAD": HIDAPIProgram.dropIn]) { $1 }
    }

    /// The kinds of all events so far.
    func eventKinds() async throws -> [String] {
        let events = try await Program.run(Program.bluetap, ["events", "--json"], environment: environment)
        return try events.lines.map { try #require(members($0)["kind"] as? String) }
    }
}
