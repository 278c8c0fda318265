import Foundation
import Subprocess
import SystemPackage
import Testing

/// A program that ran to its end.
struct Finished: Sendable, CustomTestStringConvertible {
    /// The exit status; 128+n where signal n killed it.
    let status: Int
    let output: String
    let errors: String

    var lines: [String] { output.split(separator: "\n").map(String.init) }

    var testDescription: String { "status \(status)\n\(output)\n\(errors)" }
}

/// The real programs that the tests start.
enum Program {
    /// The folder of the repository.
    static let repository: String = {
        var path = FilePath(#filePath)
        for _ in 0..<3 { path.removeLastComponent() }
        return path.string
    }()

    /// The folder of what was built: where this test is.
    static let products: String = {
        var path = FilePath(CommandLine.arguments[0])
        path.removeLastComponent()
        return path.string
    }()

    /// The program under test: what was built with this test, or what `BLUETAP_PROGRAM` names.
    static let bluetap = ProcessInfo.processInfo.environment["BLUETAP_PROGRAM"] ?? "\(products)/bluetap"

    /// What programs keep for their user: what the tests leave there is not the user's.
    static let stateFolder = "\(repository)/.build/tests-state"

    /// A tool that `Tests/prepare` installed; the tests do not do without it.
    static func tool(_ name: String) throws -> String {
        let path = "\(repository)/.build/tools/\(name)"
        try #require(
            FileManager.default.fileExists(atPath: path), "\(path) is missing: run `make test`, which prepares it")
        return path
    }

    /// Runs `bluetap` with these arguments.
    @discardableResult
    static func bluetap(_ arguments: String..., environment: [String: String] = [:]) async throws -> Finished {
        try await run(bluetap, arguments, environment: environment)
    }

    /// Runs a command to its end in a terminal of that size; somebody presses Ctrl-C once it has written a text.
    static func inTerminal(
        rows: Int, columns: Int, _ command: [String], interruptAt text: String? = nil,
        environment: [String: String] = [:]
    ) async throws -> Finished {
        try await run(
            HIDAPIProgram.debianPython,
            ["\(HIDAPIProgram.folder)/terminal.py", "\(rows)", "\(columns)"]
                + (text.map { ["--interrupt-at", $0] } ?? []) + command, environment: environment)
    }

    /// Runs a program to its end.
    static func run(_ path: String, _ arguments: [String], environment: [String: String] = [:]) async throws -> Finished
    {
        let result = try await Subprocess.run(
            path.contains("/") ? .path(FilePath(path)) : .name(path), arguments: Arguments(arguments),
            environment: environment.subprocessEnvironment, output: .string(limit: 16 << 20),
            error: .string(limit: 1 << 20))
        let status =
            switch result.terminationStatus {
            case .exited(let code): Int(code)
            case .signaled(let signal): 128 + Int(signal)
            }
        return Finished(status: status, output: result.standardOutput, errors: result.standardError)
    }
}

extension [String: String] {
    /// The test's environment with these changes, and with nothing of a bluetap that runs outside.
    var subprocessEnvironment: Subprocess.Environment {
        var changes: [Subprocess.Environment.Key: String?] = [
            "BLUETAP_CONTROL": nil, "BLUETAP_LOOPBACK": nil, "BLUETAP_USB_ID": nil, "BLUETAP_HIDAPI": nil,
            "BLUETAP_RUN": nil, "XDG_STATE_HOME": Program.stateFolder,
        ]
        for (name, value) in self { changes[Subprocess.Environment.Key(rawValue: name)!] = value }
        return .inherit.updating(changes)
    }
}

/// A folder of a test's own, short enough for sockets, gone when the test is over.
final class Folder: Sendable {
    let path: String

    init() throws {
        path = "/tmp/bt-\(String(UInt64.random(in: 0...UInt64.max), radix: 36))"
        try FileManager.default.createDirectory(atPath: path, withIntermediateDirectories: false)
    }

    deinit {
        try? FileManager.default.removeItem(atPath: path)
    }

    func file(_ name: String) -> String { "\(path)/\(name)" }

    func contents(of name: String) throws -> String {
        try String(contentsOf: URL(filePath: file(name)), encoding: .utf8)
    }

    /// Writes a file and returns its path.
    func write(_ name: String, _ text: String) throws -> String {
        try Data(text.utf8).write(to: URL(filePath: file(name)))
        return file(name)
    }
}

/// One JSON object, as events and answers are.
func members(_ json: String) throws -> [String: any Sendable] {
    let object = try JSONSerialization.jsonObject(with: Data(json.utf8))
    return try #require(object as? [String: any Sendable])
}

/// How long a test waits for something outside of it before it calls it missing: only a failure takes as long, and a busy
/// machine, or an emulated one whose clock is not right, must not look like one.
let patience = Duration.seconds(300)

/// Waits until something outside of the test is so.
func eventually(
    _ what: String, sourceLocation: SourceLocation = #_sourceLocation, _ condition: () async throws -> Bool
) async throws {
    let end = ContinuousClock.now + patience
    while try await !condition() {
        try #require(ContinuousClock.now < end, "not so after \(patience): \(what)", sourceLocation: sourceLocation)
        try await Task.sleep(for: .milliseconds(20))
    }
}
