import Foundation
import Glibc
import Subprocess
import SystemPackage
import TestSupport
import Testing

@Suite("The web page", .serialized, .timeLimit(.minutes(10)))
struct PageTests {
    @Test("a person who pays, taps, cancels, advances time, unplugs and sets faults in Chromium sees each of it")
    func everything() async throws {
        let folder = try Folder()
        let port = try Serving.freePort()
        let result = try await Subprocess.run(
            .path(FilePath(Program.tool("selenium/bin/python"))),
            arguments: ["\(HIDAPIProgram.folder)/browse.py", "127.0.0.1:\(port)", folder.path],
            environment: [:].subprocessEnvironment, input: .none, output: .sequence, error: .string(limit: 1 << 16)
        ) { execution in
            let lines = LineReader(execution.standardOutput.strings().makeAsyncIterator())
            try await Serving.startOnPort(port, in: folder, ["--clock", "virtual"]) { _ in
                try await check(try members(try await lines.iterator.next() ?? "{}"), in: folder)
            }
            // The page says that the device is gone, and finds the next one by itself.
            let gone = try members(try await lines.iterator.next() ?? "{}")
            let told = try #require(gone["gone"] as? [Any])
            #expect(
                told[0] as? String == "Gone: nothing answers" && told[1] as? Bool == false && told[2] as? Bool == false)
            try await Serving.startOnPort(port, in: folder, ["--clock", "virtual"]) { _ in
                let back = try members(try await lines.iterator.next() ?? "{}")
                #expect(back["back"] as? [String] == ["attached"])
            }
        }
        #expect(result.terminationStatus == .exited(0), "\(result.standardError.suffix(2000))")
    }

    private func check(_ seen: [String: any Sendable], in folder: Folder) async throws {
        let first = try #require(seen["first"] as? [Any], "\(seen)")
        #expect(first[0] as? String == "Idle: no link" && first[1] as? String == "2026-01-01 00:00:00")
        #expect(first[2] as? Bool == false)
        let appearance = try #require(seen["appearance"] as? Double)
        if rounds(0, soak: 1) == 1 { #expect(appearance < 200) }
        print("PageTests: the link appeared \(appearance.rounded()) ms after the device had it")
        let link = try #require(seen["link"] as? [String])
        #expect(link[0] == "Link ready: waits for a tap" && link[1] == "ALIPAY_CN, order FAST" && link[3] == "15:00")
        let code = try await Program.run("zbarimg", ["--quiet", "--raw", "--nodbus", folder.file("qr.png")])
        #expect(code.output == "\(link[2])\n")
        let layouts = try #require(seen["layouts"] as? [[Any]])
        #expect(!layouts.isEmpty)
        for layout in layouts {
            // Nothing is wider than the page, and axe-core finds nothing to complain of.
            #expect(layout[0] as? Int == layout[2] as? Int, "\(layout)")
            #expect((layout[3] as? [String])?.isEmpty == true, "\(layout)")
            let picture = folder.file("ready-\(layout[0])-\(layout[1]).png")
            #expect(try Data(contentsOf: URL(filePath: picture)).count > 20_000)
        }
        #expect(seen["cancelled"] as? Bool == false)
        #expect(
            seen["events"] as? [String] == [
                "attached", "payReceived", "linkReady", "replySent", "linkTapped", "paymentFailed", "cancelReceived",
                "linkCancelled", "replySent", "payReceived", "linkReady", "replySent", "linkExpired", "detached",
                "attached",
            ])
        let bytes = try #require(seen["bytes"] as? [Any])
        #expect(bytes[0] as? Bool == false && (bytes[1] as? String)?.hasPrefix("b7 01 01") == true)
        #expect((seen["console"] as? [Any])?.isEmpty == true, "\(seen["console"] ?? "")")
    }

    @Test("of several devices each is shown and steered by itself, behind a token, with the payments beside")
    func several() async throws {
        let folder = try Folder()
        try await Serving.startOnPort(
            in: folder,
            ["--devices", "2", "--clock", "virtual", "--sandbox", "127.0.0.1:0"],
            environment: ["BLUETAP_TOKEN": "0123456789abcdef"]
        ) { address in
            let ran = try await Program.run(
                Program.tool("selenium/bin/python"),
                ["\(HIDAPIProgram.folder)/several_devices.py", address, "0123456789abcdef"])
            try #require(ran.status == 0, "\(ran)")
            let seen = try members(ran.output)
            #expect(seen["choices"] as? [String] == ["1", "2"])
            // The second's link is none of the first's.
            #expect(seen["second"] as? [String] == ["Link ready: waits for a tap", "TRUEMONEY, 12.50, order SECOND"])
            #expect(seen["first"] as? String == "Idle: no link")
            #expect(seen["paid"] as? [String] == ["succeeded", "succeeded"])
            #expect((seen["payment"] as? String)?.contains("12.50 THB, order SECOND, by Alice") == true, "\(ran)")
            #expect((seen["refunded"] as? String)?.contains("refunded 12.50 in full") == true, "\(ran)")
            #expect((seen["violations"] as? [String])?.isEmpty == true && (seen["console"] as? [Any])?.isEmpty == true)
        }
    }

    @Test("many pages that are open on one device each show the link that is made")
    func manyPages() async throws {
        let folder = try Folder()
        let count = rounds(5, soak: 50)
        try await Serving.startOnPort(in: folder, []) { address in
            let pages = try await Program.run(
                Program.tool("selenium/bin/python"),
                ["\(HIDAPIProgram.folder)/many_pages.py", address, "\(count)"])
            try #require(pages.status == 0, "\(pages)")
            let delays = try #require(members(pages.output)["delays"] as? [Double])
            #expect(delays.count == count)
            // Fifty browsers on a machine that does nothing else: elsewhere the time would say nothing.
            if rounds(0, soak: 1) == 1 { #expect((delays.max() ?? 0) < 1000) }
            print("PageTests: \(count) pages showed the link after at most \((delays.max() ?? 0).rounded()) ms")
        }
    }

    @Test("the page is whole in the program, needs nothing from elsewhere, and lets nothing else in")
    func policy() async throws {
        let folder = try Folder()
        try await Serving.startOnPort(in: folder, []) { address in
            for (path, type) in [
                ("", "text/html"), ("page.css", "text/css"), ("page.js", "text/javascript"),
                ("icon.svg", "image/svg+xml"),
            ] {
                let answer = try await Program.run("curl", ["--silent", "--include", "http://\(address)/\(path)"])
                let head = answer.output.lowercased()
                #expect(head.contains("200 ok") && head.contains("content-type: \(type)"), "\(answer)")
                #expect(head.contains("content-security-policy: default-src 'none'; script-src 'self'"))
                #expect(!head.contains("unsafe-inline") && !head.contains("//cdn") && !head.contains("src=\"http"))
            }
            let head = try await Program.run("curl", ["--silent", "--head", "http://\(address)/"])
            #expect(head.output.contains("200 OK"), "\(head)")
        }
    }
}
