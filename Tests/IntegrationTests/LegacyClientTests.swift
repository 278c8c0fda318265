import Foundation
import Testing

/// Other people's clients of the legacy gateway and of its OpenAPI, unmodified, each as PyPI has it.
@Suite("Clients of the legacy gateway", .timeLimit(.minutes(10)))
struct LegacyClientTests {
    struct Sandbox: Sendable {
        let device: Serving
        let url: String
        let keys: String

        func bluetap(_ arguments: String...) async throws -> String {
            let ran = try await Program.run(
                Program.bluetap, ["sandbox"] + arguments, environment: device.environment)
            #expect(ran.status == 0, "\(arguments): \(ran)")
            return ran.output.trimmingCharacters(in: .newlines)
        }

        func client(_ package: String, _ program: String, _ arguments: [String]) async throws -> [String] {
            let ran = try await Program.run(
                try Program.tool("\(package)/bin/python"), ["\(HIDAPIProgram.folder)/\(program).py", url] + arguments)
            #expect(ran.status == 0, "\(ran)")
            return ran.lines
        }
    }

    private func serve(
        _ options: String..., body: @Sendable @escaping (Sandbox) async throws -> Void
    ) async throws {
        let folder = try Folder()
        let port = try Serving.freePort()
        let keys = folder.file("keys")
        try await Serving.startWell(
            "loopback", in: folder,
            ["--clock", "virtual", "--sandbox", "127.0.0.1:\(port)", "--sandbox-keys", keys] + options
        ) { device in
            try await body(Sandbox(device: device, url: "http://127.0.0.1:\(port)", keys: keys))
        }
    }

    @Test("PyPI's alipay pays, and verifies a notification by its signature and by notify_verify")
    func alipay() async throws {
        try await serve { sandbox in
            let key = try String(contentsOfFile: "\(sandbox.keys)/md5.txt", encoding: .utf8).trimmingCharacters(
                in: .whitespacesAndNewlines)
            let lines = try await sandbox.client(
                "alipay", "notify_verify", [key, sandbox.bluetap("code", "--wallet", "Alice")])
            #expect(
                lines.filter { $0 != "pay T SUCCESS" } == [
                    "payByAccountAction TRADE_SUCCESS 牛肉面 application/x-www-form-urlencoded; charset=UTF-8",
                    "verified True", "tampered False", "the gateway says True", "of another False", "afterwards False",
                    "query T SUCCESS",
                ] && lines.contains("pay T SUCCESS"), "\(lines)")
        }
    }

    @Test("Alipay's own SDK, and the other one, take an auth_code for a token, once, and renew it")
    func openAPI() async throws {
        try await serve { sandbox in
            for signType in ["RSA", "RSA2"] {
                let code = try await sandbox.bluetap("authorize", "--wallet", "Alice")
                #expect(
                    try await sandbox.client("alipay-sdk-python", "openapi_sdk", [sandbox.keys, code, signType]) == [
                        "2088536507228519 1296000 2592000", "again 40002 isv.code-invalid",
                        "renewed 2088536507228519 1296000 2592000",
                    ])
            }
            let code = try await sandbox.bluetap("authorize", "--wallet", "Alice", "--code", "abc", "--life", "1h")
            #expect(code == "abc")
            #expect(
                try await sandbox.client("python-alipay-sdk", "openapi_community", [sandbox.keys, code]) == [
                    "2088536507228519 1296000", "again AliPayException",
                ])
            // A signature that is not the gateway's is noticed; what is refused may be asked for again.
            let again = try await sandbox.bluetap("authorize", "--wallet", "Bob")
            _ = try await sandbox.bluetap("fault", "add", "wrong-signature", "--on", "any")
            let refused = try await sandbox.client("alipay-sdk-python", "openapi_sdk", [sandbox.keys, again])
            #expect(refused.first?.contains("response sign verify failed") == true, "\(refused)")
            // The wrong key: that of another sandbox.
            let folder = try Folder()
            _ = try await Program.run(
                "cp", ["-r", sandbox.keys, folder.file("keys")])
            _ = try await Program.run(
                "openssl", ["genrsa", "-out", folder.file("keys/client-private.pem"), "2048"])
            let other = try await sandbox.client(
                "alipay-sdk-python", "openapi_sdk", [folder.file("keys"), again])
            #expect(other == ["40002 isv.invalid-signature"])
        }
    }

    @Test("the example with Alipay's own SDK knows a customer who has allowed it, and nobody else")
    func loyalty() async throws {
        try await serve { sandbox in
            // The SDK calls port 80, whatever the sandbox's is.
            let runner = """
                import runpy, socket, sys
                connect = socket.create_connection
                port = int(sys.argv.pop(1))
                socket.create_connection = lambda address, *rest, **more: connect((address[0], port), *rest, **more)
                sys.argv.pop(0)
                runpy.run_path(sys.argv[0], run_name="__main__")
                """
            func run(_ code: String) async throws -> Finished {
                try await Program.run(
                    try Program.tool("alipay-sdk-python/bin/python"),
                    [
                        "-c", runner, String(sandbox.url.split(separator: ":").last ?? ""),
                        "\(Program.repository)/Examples/sandbox/loyalty.py", "--keys", sandbox.keys, "--code", code,
                    ], environment: ["ALIPAY_GATEWAY": "http://127.0.0.1/gateway.do"])
            }
            let known = try await run(try await sandbox.bluetap("authorize", "--wallet", "Alice"))
            #expect(
                known.lines == ["member 2088536507228519, known for 15 days", "renewed 2088536507228519"], "\(known)")
            let unknown = try await run("nobody")
            #expect(
                unknown.status == 1
                    && unknown.errors == "unknown: isv.code-invalid: code is unknown, used or expired\n", "\(unknown)")
        }
    }

    @Test("a customer scans the code of precreate, and may not pay another amount")
    func precreate() async throws {
        try await serve { sandbox in
            let parameters = [
                "service": "alipay.acquire.precreate", "partner": "2088000000000001", "_input_charset": "UTF-8",
                "out_trade_no": "O1", "subject": "Noodles", "total_fee": "85.00", "currency": "THB",
            ]
            let text = parameters.sorted { $0.key < $1.key }.map { "\($0)=\($1)" }.joined(separator: "&")
            let key = try String(contentsOfFile: "\(sandbox.keys)/md5.txt", encoding: .utf8).trimmingCharacters(
                in: .whitespacesAndNewlines)
            let sum = try await Program.run(
                "sh", ["-c", "printf %s \"$1\" | md5sum | cut -d' ' -f1", "sh", text + key])
            let made = try await Program.run(
                "curl", ["--silent", "--data", "\(text)&sign=\(sum.lines[0])", "\(sandbox.url)/gateway.do"])
            let code = try #require(
                made.output.split(separator: "<qr_code>").last?.split(separator: "</qr_code>").first.map(String.init))
            #expect(code.hasPrefix("https://qr.alipay.com/bax20260101"), "\(made)")
            let wrong = try await Program.run(
                Program.bluetap, ["sandbox", "scan", code, "1.00"], environment: sandbox.device.environment)
            #expect(
                wrong.errors
                    == "bluetap: the device refused: the order's code has its own amount, 85.00 THB: leave amount out\n"
            )
            #expect(try await sandbox.bluetap("scan", code, "--wallet", "Nok") == "paid  O1")
            #expect(try await sandbox.bluetap("orders").contains("85.00 THB  succeeded  order O1  by Nok"))
        }
    }

    @Test("with mocking the public amount of Alipay's sample is answered as an unknown end")
    func mocking() async throws {
        try await serve("--sandbox-mocking") { sandbox in
            let key = try String(contentsOfFile: "\(sandbox.keys)/md5.txt", encoding: .utf8).trimmingCharacters(
                in: .whitespacesAndNewlines)
            let code = try await sandbox.bluetap("code", "--wallet", "Alice")
            let text =
                "_input_charset=UTF-8&biz_product=OVERSEAS_MBARCODE_PAY&buyer_identity_code=\(code)&currency=THB"
                + "&identity_code_type=barcode&partner=2088000000000001&partner_trans_id=P1"
                + "&service=alipay.acquire.overseas.spot.pay&trans_amount=9901&trans_name=x"
            let sum = try await Program.run(
                "sh", ["-c", "printf %s \"$1\" | md5sum | cut -d' ' -f1", "sh", text + key])
            let paid = try await Program.run(
                "curl", ["--silent", "\(sandbox.url)/gateway.do?\(text)&sign=\(sum.lines[0])&sign_type=MD5"])
            #expect(paid.output.contains("<result_code>UNKNOW</result_code>"), "\(paid)")
        }
    }
}
