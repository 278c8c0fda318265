import Foundation
import TestSupport
import Testing

@Suite("Mutated packets and requests", .timeLimit(.minutes(20)))
struct MutantTests {
    @Test("neither trap the emulator, nor hang it, nor make it grow")
    func mutants() async throws {
        let folder = try Folder()
        let seed = Int.random(in: 1...1_000_000)
        let count = rounds(600, soak: 40_000)
        let ended = try await Serving.start(in: folder, "--clock", "virtual") { device in
            func attack(_ seed: Int) async throws {
                let ran = try await Program.run(
                    HIDAPIProgram.debianPython,
                    [
                        "\(HIDAPIProgram.folder)/mutants.py", device.socket, folder.file("control.sock"), "\(seed)",
                        "\(count)",
                    ])
                #expect(ran.status == 0, "seed \(seed): \(ran)")
            }
            try await attack(seed)
            let before = try residence(device)
            try await attack(seed + 1)
            let after = try residence(device)
            // The log of events fills; beyond that nothing is kept.
            #expect(after < before + 64 * 1024, "seed \(seed): from \(before) to \(after) KiB")
            try await eventually("all connections closed") {
                try FileManager.default.contentsOfDirectory(atPath: "/proc/\(device.process)/fd").count < 64
            }
            for arguments in [["fault", "clear"], ["reset"], ["plug"]] {
                let ran = try await Program.run(Program.bluetap, arguments, environment: device.environment)
                #expect(ran.status == 0, "seed \(seed): \(ran)")
            }
            let paid = try await Program.run(
                Program.bluetap, ["pay", "--method", "TRUEMONEY"], environment: device.environment)
            #expect(paid.lines == ["SUCCESS"], "seed \(seed): \(paid)")
        }
        #expect(ended.status == 0 && ended.errors.isEmpty, "seed \(seed): \(ended)")
    }

    /// In KiB.
    private func residence(_ device: Serving) throws -> Int {
        let status = try String(contentsOfFile: "/proc/\(device.process)/status", encoding: .utf8)
        let line = try #require(status.split(separator: "\n").first { $0.hasPrefix("RssAnon:") })
        return try #require(line.split(whereSeparator: \.isWhitespace).dropFirst().first.flatMap { Int($0) })
    }
}
