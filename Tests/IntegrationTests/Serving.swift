import Glibc
import Subprocess
import Synchronization
import SystemPackage
import Testing

/// A `bluetap serve` that runs while a test talks to it.
struct Serving: Sendable {
    let folder: Folder
    let process: pid_t

    var socket: String { folder.file("loopback.sock") }
    var control: String { "unix:\(folder.file("control.sock"))" }

    var journal: String { folder.file("journal") }

    /// What clients need to find the device.
    var environment: [String: String] { ["BLUETAP_LOOPBACK": socket, "BLUETAP_CONTROL": control] }

    /// The events that the device's journal has so far, where it keeps one.
    func journalled() throws -> [[String: any Sendable]] {
        // The last line may be half written.
        try folder.contents(of: "journal").split(separator: "\n", omittingEmptySubsequences: false).dropLast()
            .map { try members(String($0)) }
    }

    func journalledKinds() throws -> [String] {
        try journalled().compactMap { $0["kind"] as? String }
    }

    /// The same device, when it has done what it was doing: a host has a reply before the journal has it.
    func settled() throws -> Serving {
        let answer = try RawSocket.exchange(
            folder.file("control.sock"), "GET /v1/device HTTP/1.1\r\nHost: till\r\nConnection: close\r\n\r\n")
        #expect(answer.hasPrefix("HTTP/1.1 200 "), "\(answer)")
        return self
    }

    func send(_ signal: CInt) {
        kill(process, signal)
    }

    /// A port of this machine on which nobody listens.
    static func freePort() throws -> UInt16 {
        let descriptor = Glibc.socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
        defer { close(descriptor) }
        var address = sockaddr_in()
        address.sin_family = sa_family_t(AF_INET)
        address.sin_addr.s_addr = inet_addr("127.0.0.1")
        var size = socklen_t(MemoryLayout<sockaddr_in>.size)
        let isBound = withUnsafeMutableBytes(of: &address) { bytes in
            let pointer = bytes.baseAddress!.assumingMemoryBound(to: sockaddr.self)
            return bind(descriptor, pointer, size) == 0 && getsockname(descriptor, pointer, &size) == 0
        }
        try #require(isBound)
        return address.sin_port.bigEndian
    }

    /// Starts a device in `folder`, calls `body` once it is ready, and returns how it ended after `body` has ended it,
    /// or after it was asked to. It must start, and end with this status.
    @discardableResult
    static func start(
        in folder: Folder, _ options: String..., endingWith status: Int = 0, environment: [String: String] = [:],
        body: @Sendable (Serving) async throws -> Void
    ) async throws -> Finished {
        let socket = ["--socket", folder.file("loopback.sock")]
        let ended = try await startWell(in: folder, socket + options, environment: environment, body: body)
        #expect(ended.status == status, "\(ended)")
        return ended
    }

    /// The same on a transport without a socket of its own, with a journal; it must start, and end with this status, in
    /// silence unless it may complain.
    @discardableResult
    static func startWell(
        _ transport: String, in folder: Folder, _ options: String..., endingWith status: Int = 0,
        complaining: Bool = false, body: @Sendable (Serving) async throws -> Void
    ) async throws -> Finished {
        try await startWell(
            transport, in: folder, options, endingWith: status, complaining: complaining, body: body)
    }

    @discardableResult
    static func startWell(
        _ transport: String, in folder: Folder, _ options: [String], endingWith status: Int = 0,
        complaining: Bool = false, body: @Sendable (Serving) async throws -> Void
    ) async throws -> Finished {
        let socket = transport == "loopback" ? ["--socket", folder.file("loopback.sock")] : []
        let ended = try await startWell(
            in: folder, ["--transport", transport, "--journal", folder.file("journal")] + socket + options, body: body)
        #expect(ended.status == status && ended.errors.isEmpty != complaining, "\(ended)")
        return ended
    }

    /// A device whose control API is on a port of this machine that is free: `body` gets `HOST:PORT`.
    static func startOnPort(
        _ port: UInt16 = 0, in folder: Folder, _ options: [String], environment: [String: String] = [:],
        body: @Sendable (_ address: String) async throws -> Void
    ) async throws {
        let result = try await Subprocess.run(
            .path(FilePath(Program.bluetap)),
            arguments: Arguments(
                ["serve", "--control", "127.0.0.1:\(port)", "--socket", folder.file("loopback.sock")] + options),
            environment: environment.subprocessEnvironment, input: .none,
            output: .sequence, error: .string(limit: 1 << 20)
        ) { execution in
            var iterator = execution.standardOutput.strings().makeAsyncIterator()
            let ready = try await iterator.next() ?? "{}"
            defer { kill(execution.processIdentifier.value, SIGTERM) }
            let address = try #require(members(ready)["control"] as? String)
            try await body(address)
        }
        #expect(result.terminationStatus == .exited(0), "\(result.standardError)")
    }

    /// A device that does not start would leave `body` out, and with it all that is expected there.
    private static func startWell(
        _ command: [String] = ["serve"], in folder: Folder, _ options: [String], environment: [String: String] = [:],
        body: @Sendable (Serving) async throws -> Void
    ) async throws -> Finished {
        let hasStarted = Mutex(false)
        let ended = try await run(command, in: folder, options, environment: environment) { device in
            hasStarted.withLock { $0 = true }
            try await body(device)
        }
        try #require(hasStarted.withLock { $0 }, "the device did not start: \(ended)")
        return ended
    }

    /// Tries to start a device in `folder`, which must not succeed, and returns how it ended.
    static func refusal(in folder: Folder, _ options: String...) async throws -> Finished {
        try await run(in: folder, ["--socket", folder.file("loopback.sock")] + options) { _ in
            Issue.record("it has started")
        }
    }

    /// A payment sandbox without a device, in virtual time.
    @discardableResult
    static func startSandbox(
        in folder: Folder, body: @Sendable (Serving) async throws -> Void
    ) async throws -> Finished {
        let ended = try await startWell(["sandbox", "serve"], in: folder, ["--clock", "virtual"], body: body)
        #expect(ended.status == 0, "\(ended)")
        return ended
    }

    private static func run(
        _ command: [String] = ["serve"], in folder: Folder, _ options: [String], environment: [String: String] = [:],
        body: @Sendable (Serving) async throws -> Void
    ) async throws -> Finished {
        let arguments = command + ["--control", "unix:\(folder.file("control.sock"))"]
        let result = try await Subprocess.run(
            .path(FilePath(Program.bluetap)), arguments: Arguments(arguments + options),
            environment: environment.subprocessEnvironment, input: .none,
            output: .sequence, error: .string(limit: 1 << 20)
        ) { execution in
            let serving = Serving(folder: folder, process: execution.processIdentifier.value)
            var ready = ""
            var iterator = execution.standardOutput.strings().makeAsyncIterator()
            if let line = try await iterator.next() { ready = line }
            guard ready.contains(#""event":"ready""#) else { return ready }
            do {
                try await body(serving)
            } catch {
                serving.send(SIGTERM)
                throw error
            }
            // Where `body` has ended it already there is nobody to ask.
            serving.send(SIGTERM)
            while let line = try await iterator.next() { ready += line }
            return ready
        }
        let status =
            switch result.terminationStatus {
            case .exited(let code): Int(code)
            case .signaled(let signal): 128 + Int(signal)
            }
        return Finished(status: status, output: result.closureResult, errors: result.standardError)
    }
}
