import Foundation
import Testing

@Suite("Clients of others, unmodified, by TLS under the gateways' own names", .timeLimit(.minutes(15)))
struct RealClientTests {
    /// A client, and what it is to be able to do.
    struct Client: Sendable, CustomTestStringConvertible {
        /// On PyPI; it has an environment of its own.
        let package: String
        /// In `Programs/clients`, with its arguments.
        let program: [String]
        let works: [String]

        var testDescription: String { "\(package), \(program[0])" }

        static let sale = [
            "pay by shown code", "notification verified by the SDK", "order code", "entry code", "inquiry", "cancel",
            "refund", "wrong key detected", "faults noticed",
        ]
        static let tools = ["inquiry of a tapped link", "cancel"]
        static let token = ["token refused", "wrong key detected"]
    }

    private static let folder = "\(HIDAPIProgram.folder)/clients"

    private static let clients = [
        Client(package: "ant-intl-alipayplus-mcp", program: ["alipayplus_mcp.py"], works: Client.sale),
        Client(package: "ant-intl-antom-mcp", program: ["antom.py"], works: Client.sale),
        Client(package: "antom-test-server", program: ["antom.py"], works: Client.sale),
        Client(
            package: "ant-intl-alipayplus-mcp",
            program: [
                "mcp_tools.py", "ant-intl-alipayplus-mcp", "https://open-sea-global.alipayplus.com", "query_payment",
            ], works: Client.tools),
        Client(
            package: "ant-intl-antom-mcp",
            program: [
                "mcp_tools.py", "ant-intl-antom-mcp", "https://open-sea-global.alipay.com", "query_payment_detail",
            ], works: Client.tools),
        Client(package: "alipay-sdk-python", program: ["openapi.py", "alipay-sdk-python"], works: Client.token),
        Client(package: "python-alipay-sdk", program: ["openapi.py", "python-alipay-sdk"], works: Client.token),
    ]

    @Test("each of its calls works", arguments: clients)
    func works(client: Client) async throws {
        let folder = try Folder()
        let keys = folder.file("keys")
        try FileManager.default.createDirectory(atPath: keys, withIntermediateDirectories: false)
        // A key of somebody else's, in the two forms that these clients read.
        let other = try await Program.run("openssl", ["genrsa", "-traditional", "2048"])
        try #require(other.status == 0, "\(other)")
        _ = try folder.write("keys/other-private-pkcs1.pem", other.output)
        _ = try folder.write(
            "keys/other-private-pkcs1.txt", other.lines.filter { !$0.hasPrefix("-") }.joined() + "\n")
        let ran = try await Program.run(
            Program.bluetap,
            [
                "run", "--sandbox", "https://127.0.0.1:0", "--sandbox-keys", keys, "--",
                try Program.tool("\(client.package)/bin/python"),
            ] + ["\(Self.folder)/\(client.program[0])"] + client.program.dropFirst(),
            environment: [
                "SANDBOX_KEYS": keys, "BLUETAP": Program.bluetap, "PYTHONDONTWRITEBYTECODE": "1",
                "XDG_STATE_HOME": folder.file("state"),
            ])
        #expect(ran.status == 0 && ran.lines == client.works.map { "\($0): works" }, "\(ran)")
    }

    @Test("the README's sale by Alipay's own SDK is one")
    func readme() async throws {
        let readme = try String(contentsOfFile: "\(Program.repository)/README.md", encoding: .utf8)
        let marker = "    # sale.py, with PyPI's global-open-sdk-python\n"
        let start = try #require(readme.range(of: marker))
        let lines = readme[start.upperBound...].split(separator: "\n", omittingEmptySubsequences: false)
            .prefix { $0.hasPrefix("    ") }.map { $0.dropFirst(4) }
        #expect((8...13).contains(lines.count), "\(lines)")
        let folder = try Folder()
        let program = try folder.write("sale.py", lines.joined(separator: "\n") + "\n")
        let script = #"cd "$(dirname "$1")" && SHOWN=$("$BLUETAP" sandbox code) && export SHOWN && exec "$0" "$1""#
        let ran = try await Program.run(
            Program.bluetap,
            [
                "run", "--sandbox", "https://127.0.0.1:0", "--sandbox-keys", folder.file("keys"), "--", "sh", "-c",
                script,
                try Program.tool("ant-intl-antom-mcp/bin/python"), program,
            ], environment: ["BLUETAP": Program.bluetap, "XDG_STATE_HOME": folder.file("state")])
        #expect(ran.status == 0 && ran.output.contains(#""resultCode":"SUCCESS""#), "\(ran)")
    }
}
