import Foundation
import Testing

@Suite("The link on the command line", .timeLimit(.minutes(10)))
struct LinkTests {
    @Test("the live link comes as text, URL, NDEF message, tag memory and QR code, and reading it is no tap")
    func formats() async throws {
        let folder = try Folder()
        try await Serving.start(in: folder, "--clock", "virtual") { device in
            func bluetap(_ arguments: [String]) async throws -> Finished {
                try await Program.run(Program.bluetap, arguments, environment: device.environment)
            }
            let none = try await bluetap(["link"])
            #expect(none.status == 1 && none.errors == "bluetap: no link is live: make one with `bluetap pay`\n")
            #expect(try await bluetap(["pay", "--method", "SEVEN_11", "--amount", "7.00"]).status == 0)
            let status = try members(try await bluetap(["status", "--json"]).output)
            let link = try #require(status["link"] as? [String: any Sendable])
            let (url, hex) = (try #require(link["url"] as? String), try #require(link["ndef"] as? String))

            #expect(try await bluetap(["link", "--format", "url"]).output == "\(url)\n")
            #expect(try await bluetap(["link", "--format", "hex"]).output == "\(hex)\n")
            let text = try await bluetap(["link"]).lines
            #expect(
                text == [
                    "paymentMethod: SEVEN_11", "amount: 7.00", "expiresAt: 2026-01-01T00:15:00.000Z", "url: \(url)",
                    "ndef: \(hex)",
                ])
            #expect(try members(try await bluetap(["link", "--json"]).output)["url"] as? String == url)

            func file(_ format: String) async throws -> Data {
                let written = try await bluetap(["link", "--format", format, "-o", folder.file(format)])
                #expect(written.status == 0 && written.output.isEmpty, "\(written)")
                return try Data(contentsOf: URL(filePath: folder.file(format)))
            }
            let message = try await file("ndef")
            #expect(message.map { String(format: "%02x", $0) }.joined() == hex)
            let memory = try await file("type2")
            #expect(memory.count == 180 && memory[18...].starts(with: message) && memory[12] == 0xE1)
            #expect(try await String(decoding: file("svg"), as: UTF8.self).contains("<title>\(url)</title>"))
            _ = try await file("png")
            let read = try await Program.run("zbarimg", ["--quiet", "--raw", "--nodbus", folder.file("png")])
            #expect(read.output == "\(url)\n")
            let blocks = try await bluetap(["link", "--format", "qr"]).lines
            #expect(blocks.count > 15 && Set(blocks.map(\.count)).count == 1)
            let events = try await bluetap(["events"])
            #expect(events.status == 0 && events.output.contains("linkReady") && !events.output.contains("linkTapped"))
        }
    }

    @Test(
        "what cannot be is one line with the reason",
        arguments: [
            (["serve", "--tag", "acr122"], 64, "vpcd"), (["serve", "--tag", "vpcd:nowhere"], 64, "vpcd"),
            (["serve", "--tag", "vpcd", "--devices", "2"], 64, "--tag is for one device"),
            (["serve", "--tag-wallet", "Nok"], 64, "go with --tag"), (["link", "--format", "jpeg"], 64, "format"),
            (["link", "--json", "--format", "png", "-o", "x"], 64, "leave --format out"),
        ])
    func refused(arguments: [String], status: Int, part: String) async throws {
        let finished = try await Program.run(Program.bluetap, arguments)
        #expect(finished.status == status && finished.errors.contains(part), "\(finished)")
        #expect(finished.errors.split(separator: "\n").count == 1, "\(finished)")
    }
}
