import Glibc
import Subprocess
import SystemPackage
import Testing

/// A PC/SC program, `Programs/read_tag.py`, that does what a phone does; beneath it Debian's `pcscd` with the virtual
/// reader of `vsmartcard-vpcd`.
struct CardReader: Sendable {
    /// Has the program do something; see there. Returns what it answers.
    let ask: @Sendable (_ what: String) async throws -> [String: any Sendable]

    /// The program's answer, which must be a text.
    func ask(_ what: String, _ key: String) async throws -> String {
        let answer = try await ask(what)
        return try #require(answer[key] as? String, "\(what): \(answer)")
    }

    /// Waits until the reader finds a card, and selects its message.
    func find() async throws {
        try await eventually("the reader finds a card") { try await ask("find")["reader"] is String }
        _ = try await ask("select", "container")
    }

    /// Starts the daemon, where none runs, and the program.
    static func use(_ body: @Sendable (CardReader) async throws -> Void) async throws {
        let arguments = ["/usr/sbin/pcscd", "--foreground"]
        let command = geteuid() == 0 ? arguments : ["/usr/bin/sudo", "--non-interactive"] + arguments
        _ = try await Subprocess.run(
            .path(FilePath(command[0])), arguments: Arguments(Array(command.dropFirst())), input: .none,
            output: .discarded, error: .discarded
        ) { daemon in
            defer { kill(daemon.processIdentifier.value, SIGTERM) }
            try await eventually("the virtual reader listens") { isListening(35_963) }
            try await converse(body)
        }
    }

    private static func isListening(_ port: UInt16) -> Bool {
        let descriptor = socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
        defer { close(descriptor) }
        var address = sockaddr_in()
        address.sin_family = sa_family_t(AF_INET)
        address.sin_port = port.bigEndian
        address.sin_addr.s_addr = inet_addr("127.0.0.1")
        return withUnsafeBytes(of: &address) { bytes in
            connect(
                descriptor, bytes.baseAddress?.assumingMemoryBound(to: sockaddr.self),
                socklen_t(MemoryLayout<sockaddr_in>.size)) == 0
        }
    }

    private static func converse(_ body: @Sendable (CardReader) async throws -> Void) async throws {
        let python = try Program.tool("ndeflib/bin/python")
        let result = try await Subprocess.run(
            .path(FilePath(python)), arguments: ["\(HIDAPIProgram.folder)/read_tag.py"],
            // Where Debian's python3-pyscard is.
            environment: ["PYTHONPATH": "/usr/lib/python3/dist-packages"].subprocessEnvironment,
            input: .inputWriter, output: .sequence, error: .string(limit: 1 << 16)
        ) { execution in
            let input = execution.standardInputWriter
            let answers = LineReader(execution.standardOutput.strings().makeAsyncIterator())
            try await body(
                CardReader { what in
                    _ = try await input.write("\(what)\n")
                    return try members(try await answers.iterator.next() ?? "{}")
                })
            try await input.finish()
        }
        #expect(result.terminationStatus == .exited(0), "\(result.standardError)")
    }
}
