import Foundation
import Glibc
import TestSupport
import Testing

@Suite("An emulator that is killed", .timeLimit(.minutes(15)))
struct KilledEmulatorTests {
    @Test("kill -9 under load, again and again: the journal has every command that was answered, in whole lines")
    func rounds() async throws {
        let folder = try Folder()
        let pay = ReferenceReports.pay(order: "K1")
        for round in 1...TestSupport.rounds(8, soak: 200) {
            let answers = folder.file("answers-\(round)")
            let enough = Int.random(in: 1...3000)
            try await Serving.start(
                in: folder, "--journal", folder.file("journal-\(round)"), endingWith: 137
            ) { device in
                async let client = Program.run(
                    HIDAPIProgram.debianPython,
                    ["\(HIDAPIProgram.folder)/paying.py", device.socket, pay, answers])
                try await eventually("\(enough) answers") {
                    (try? FileManager.default.attributesOfItem(atPath: answers)[.size] as? Int) ?? 0 >= enough * 4
                }
                device.send(SIGKILL)
                _ = try await client
            }
            let answered = Set(
                try folder.contents(of: "answers-\(round)").split(separator: "\n").compactMap { Int($0) })
            #expect(!answered.isEmpty)
            // The next start mends what the killed one left.
            try await Serving.start(in: folder, "--journal", folder.file("journal-\(round)")) { _ in }
            let text = try folder.contents(of: "journal-\(round)")
            #expect(text.hasSuffix("\n"), "round \(round)")
            let lines = text.split(separator: "\n")
            var received: Set<Int> = []
            for line in lines {
                let event = try members(String(line))
                guard event["kind"] as? String == "payReceived", let report = event["report"] as? String else {
                    continue
                }
                let low = try #require(Int(report.dropFirst(4).prefix(2), radix: 16))
                let high = try #require(Int(report.dropFirst(6).prefix(2), radix: 16))
                received.insert(high << 8 | low)
            }
            #expect(
                answered.isSubset(of: received),
                "round \(round), killed after \(enough) answers: \(answered.subtracting(received))")
        }
    }
}
