import BlueTap
import Emulator
import Foundation
import Testing

@Suite("The journal")
struct JournalTests {
    private let folder = FileManager.default.temporaryDirectory.appending(path: "bluetap-journal-\(UUID())").path()

    init() throws {
        try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
    }

    private func lines(_ name: String) throws -> [[String: Any]] {
        let text = try String(contentsOfFile: "\(folder)/\(name)", encoding: .utf8)
        #expect(text.isEmpty || text.hasSuffix("\n"))
        return try text.split(separator: "\n").map {
            try #require(try JSONSerialization.jsonObject(with: Data($0.utf8)) as? [String: Any])
        }
    }

    private func journal(_ name: String = "journal", size: Int? = nil, kept: Int = 5) throws -> Journal {
        try Journal(JournalOptions(path: "\(folder)/\(name)", maximumSize: size, keptFiles: kept))
    }

    @Test("a line has the event, its bytes, virtual time and the time outside, and the numbers have no gap")
    func line() throws {
        defer { try? FileManager.default.removeItem(atPath: folder) }
        let bench = try Bench(journal: try journal())
        _ = try bench.send(.pay(PayCommand(.trueMoney, amount: "12.50", orderID: "A1")))
        bench.emulator.advance(by: .seconds(900))
        let lines = try lines("journal")
        #expect(
            lines.compactMap { $0["kind"] as? String } == [
                "attached", "payReceived", "linkReady", "replySent", "linkExpired",
            ])
        #expect(lines.compactMap { $0["seq"] as? Int } == Array(1...5))
        #expect(lines[4]["time"] as? String == "2026-01-01T00:15:00.000Z")
        #expect((lines[4]["wall"] as? String)?.hasPrefix("20") == true)
        #expect((lines[1]["report"] as? String)?.hasPrefix("b70101005452") == true)
        #expect(lines[1]["orderId"] as? String == "A1")
    }

    @Test(
        "a torn last line is cut off at the next start, and nothing else",
        arguments: [
            ("", ""), ("{\"seq\":1}\n", "{\"seq\":1}\n"), ("{\"seq\":1}\n{\"se", "{\"seq\":1}\n"), ("{\"se", ""),
            ("{\"seq\":" + String(repeating: "1", count: 200_000), ""),
            ("{\"seq\":1}\n{\"seq\":" + String(repeating: "1", count: 200_000), "{\"seq\":1}\n"),
            ("no journal", "no journal\n"), ("a\nlist", "a\nlist\n"),
        ])
    func torn(_ left: String, _ mended: String) throws {
        defer { try? FileManager.default.removeItem(atPath: folder) }
        try left.write(toFile: "\(folder)/journal", atomically: false, encoding: .utf8)
        let bench = try Bench(journal: try journal())
        _ = bench
        let text = try String(contentsOfFile: "\(folder)/journal", encoding: .utf8)
        #expect(text.hasPrefix(mended))
        #expect(text.dropFirst(mended.count).hasPrefix("{\"seq\":1,"))
    }

    @Test("a file that would grow too large is put aside; no line is lost or torn, and only so many files are kept")
    func rotation() throws {
        defer { try? FileManager.default.removeItem(atPath: folder) }
        let bench = try Bench(journal: try journal(size: 4096, kept: 3))
        for number in 1...40 { _ = try bench.send(.pay(PayCommand(.trueMoney, orderID: "A\(number)"))) }
        #expect(
            try FileManager.default.contentsOfDirectory(atPath: folder).sorted() == [
                "journal", "journal.1", "journal.2", "journal.3",
            ])
        let kept = try ["journal.3", "journal.2", "journal.1", "journal"].flatMap(lines)
        let numbers = kept.compactMap { $0["seq"] as? Int }
        let last = Int(bench.device.status.lastSequence)
        #expect(numbers == Array((last - numbers.count + 1)...last))
        for name in ["journal", "journal.1", "journal.2", "journal.3"] {
            let size = try FileManager.default.attributesOfItem(atPath: "\(folder)/\(name)")[.size] as? Int
            #expect(try #require(size) <= 4096)
        }
    }

    @Test(
        "a journal that cannot be written is an event and a state; what it missed it gets when it can be written again")
    func unwritable() throws {
        defer { try? FileManager.default.removeItem(atPath: folder) }
        // A folder with something in it stands where the file would be put aside once it is full.
        let obstacle = "\(folder)/journal.1"
        try FileManager.default.createDirectory(atPath: "\(obstacle)/x", withIntermediateDirectories: true)
        let bench = try Bench(journal: try journal(size: 4096, kept: 1))
        var pays = 0
        while bench.device.status.journalFailure == nil, pays < 100 {
            pays += 1
            #expect(try bench.send(.pay(PayCommand(.trueMoney, orderID: "A\(pays)"))) == .success)
        }
        #expect(pays > 1)
        #expect(bench.device.status.journalFailure?.contains("journal cannot be written: Is a directory") == true)
        #expect(bench.kinds().filter { $0.hasPrefix("journal") } == ["journalFailed"])
        let written = try lines("journal").compactMap { $0["seq"] as? Int }
        #expect(written == Array(1...written.count) && written.count < Int(bench.device.status.lastSequence))

        try FileManager.default.removeItem(atPath: obstacle)
        #expect(try bench.send(.pay(PayCommand(.trueMoney, orderID: "B"))) == .success)
        #expect(bench.device.status.journalFailure == nil)
        #expect(bench.kinds().filter { $0.hasPrefix("journal") } == ["journalFailed", "journalRestored"])
        #expect(try lines("journal.1").count == written.count)
        let all = try ["journal.1", "journal"].flatMap(lines).compactMap { $0["seq"] as? Int }
        #expect(all == Array(1...Int(bench.device.status.lastSequence)))
    }
}
