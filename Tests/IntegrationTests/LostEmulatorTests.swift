import Glibc
import Subprocess
import SystemPackage
import TestSupport
import Testing

/// The lines of a program that is talked to.
private final class Lines<Iterator: AsyncIteratorProtocol>: @unchecked Sendable where Iterator.Element == String {
    // Read by one task at a time, hence the unchecked Sendable.
    private var iterator: Iterator

    init(_ iterator: Iterator) {
        self.iterator = iterator
    }

    func next() async throws -> String? {
        try await iterator.next()
    }
}

@Suite("When the emulator is lost, or its hosts are hostile", .timeLimit(.minutes(10)))
struct LostEmulatorTests {
    @Test(
        "a program whose emulator is killed hears of it, and pays again with the next",
        arguments: HIDAPILibrary.allCases)
    func reconnect(_ library: HIDAPILibrary) async throws {
        let folder = try Folder()
        let program = try await HIDAPIProgram.compileC("reconnect", with: library, in: folder)
        let environment = [
            "LD_PRELOAD": HIDAPIProgram.dropIn, "BLUETAP_LOOPBACK": folder.file("loopback.sock"),
        ]
        let ran = try await Subprocess.run(
            .path(FilePath(program)), environment: environment.subprocessEnvironment, input: .inputWriter,
            output: .sequence, error: .string(limit: 1 << 20)
        ) { execution in
            let lines = Lines(execution.standardOutput.strings().makeAsyncIterator())
            let input = execution.standardInputWriter

            try await Serving.start(in: folder, endingWith: 137) { device in
                _ = try await input.write("\n")
                #expect(try await lines.next() == "reading")
                device.send(SIGKILL)
            }
            let lost = try await lines.next()
            #expect(lost == "lost: device disconnected: the emulator closed the connection")
            let gone = try await lines.next() ?? ""
            #expect(gone.hasPrefix("gone: ") && gone.contains("bluetap serve"), "\(gone)")

            let next = try await Serving.start(in: folder) { device in
                _ = try await input.write("\n")
                #expect(try await lines.next() == "paid")
                #expect(
                    try await device.eventKinds() == [
                        "attached", "payReceived", "linkReady", "replySent",
                        "payReceived", "linkReplaced", "linkReady", "replySent",
                    ])
            }
            #expect(next.status == 0, "\(next)")
        }
        #expect(ran.terminationStatus == .exited(0) && ran.standardError.isEmpty, "\(ran.standardError)")
    }

    @Test("a stopped emulator keeps nobody waiting for ever, and goes on afterwards")
    func stopped() async throws {
        let folder = try Folder()
        let program = try await HIDAPIProgram.compileC("stopped_emulator", in: folder)
        let ended = try await Serving.start(in: folder) { device in
            let ran = try await Program.run(program, ["\(device.process)"], environment: device.dropInEnvironment)
            #expect(ran.status == 0 && ran.errors.isEmpty, "\(ran)")
            #expect(ran.output.contains("stopped"), "\(ran)")
            device.send(SIGCONT)
            let pay = try await Program.run(
                Program.bluetap, ["pay", "--method", "TRUEMONEY"], environment: device.environment)
            #expect(pay.output == "SUCCESS\n", "\(pay)")
        }
        #expect(ended.status == 0, "\(ended)")
    }

    @Test("hosts that break the protocol harm themselves alone")
    func hostileHosts() async throws {
        let folder = try Folder()
        let seed = UInt32.random(in: 0...UInt32.max)
        let ended = try await Serving.start(in: folder) { device in
            for round in 0..<rounds(1, soak: 10) {
                let seed = seed &+ UInt32(round)
                let ran = try await Program.run(
                    HIDAPIProgram.debianPython,
                    [
                        "\(HIDAPIProgram.folder)/hostile_hosts.py", device.socket, "\(seed)",
                        Program.bluetap, "pay", "--method", "TRUEMONEY",
                    ], environment: device.environment)
                #expect(ran.status == 0 && ran.output == "SUCCESS\n", "seed \(seed): \(ran)")
                let pay = try await Program.run(
                    Program.bluetap, ["pay", "--method", "TRUEMONEY"], environment: device.environment)
                #expect(pay.output == "SUCCESS\n", "seed \(seed): \(pay)")
                let status = try await Program.run(
                    Program.bluetap, ["status", "--json"], environment: device.environment)
                #expect(status.status == 0, "seed \(seed): \(status)")
                #expect(try members(status.output)["state"] as? String == "linkReady", "seed \(seed): \(status)")
            }
        }
        #expect(ended.status == 0, "seed \(seed): \(ended)")
    }
}
