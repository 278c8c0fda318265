import Testing

/// The programs of Examples/sandbox, which sell something: their tests, and what their guide says to run.
@Suite("Solutions: a vending machine, a kiosk, a till", .timeLimit(.minutes(10)))
struct SolutionExampleTests {
    private static let folder = "\(Program.repository)/Examples/sandbox"

    private func environment() throws -> [String: String] {
        var python = try Program.tool("hidapi/bin/python")
        python.removeLast("/python".count)
        return [
            "PYTHONPATH": "\(Program.repository)/Examples/python:\(Self.folder)", "PYTHONDONTWRITEBYTECODE": "1",
            "PATH": "\(Program.products):\(python):/usr/local/bin:/usr/bin:/bin",
        ]
    }

    @Test("pytest", arguments: ["vending_machine", "kiosk", "till"])
    func pytest(_ solution: String) async throws {
        let ran = try await Program.run(
            Program.bluetap,
            [
                "run", "--", try Program.tool("hidapi/bin/python"), "-m", "pytest", "-q", "-p", "no:cacheprovider",
                "\(Self.folder)/test_\(solution).py",
            ], environment: try environment())
        #expect(ran.status == 0, "\(ran.output)\n\(ran.errors)")
        #expect(ran.output.contains(" passed") && !ran.output.contains("skipped"), "\(ran.output)\n\(ran.errors)")
    }

    /// Each run gives other names, of which six digits tell it from others: here they are zeros.
    static func asFirstRun(_ text: String) -> String {
        text.replacing(/(?<day>2026[0-9]{4})(?<kind>0[0-9])[0-9]{6}(?<number>[0-9]{12})/) { match in
            "\(match.day)\(match.kind)000000\(match.number)"
        }
    }

    /// Runs a program beside a device and a sandbox in virtual time, by a line of the shell.
    private func sell(_ line: String, _ options: String..., expecting output: [String]) async throws {
        let ran = try await Program.run(
            Program.bluetap,
            ["run", "--clock", "virtual", "--sandbox", "127.0.0.1:0"] + options + ["--", "sh", "-c", line],
            environment: try environment())
        #expect(ran.status == 0 && ran.errors.isEmpty, "\(ran)")
        #expect(ran.lines.map(Self.asFirstRun) == output, "\(ran)")
    }

    @Test("what the vending machine's guide says")
    func vendingMachine() async throws {
        try await sell(
            #"printf 'scan 50.00 Alice\ntea\nwait 300\n' | python3 \#(Self.folder)/vending_machine.py pay-first"#,
            expecting: [
                "https://qr.alipay.com/ocx2026010100000000000000000001", "paid 50.00", "here is your tea",
                "refunded 30.00",
            ])
        try await sell(
            #"printf 'tea\nscan 20.00 Alice\nwater\nwait 25\nscan 15.00 Alice\n' | "#
                + "python3 \(Self.folder)/vending_machine.py buy-first",
            expecting: [
                "https://qr.alipay.com/ocx2026010100000000000000000001", "tea costs 20.00: scan the code to pay",
                "paid 20.00", "here is your tea", "water costs 15.00: scan the code to pay",
                "nobody has paid for water", "paid 15.00", "refunded 15.00",
            ])
    }

    @Test("what the kiosk's guide says")
    func kiosk() async throws {
        try await sell(
            """
            kiosk="python3 \(Self.folder)/kiosk.py"
            $kiosk --order K1 --amount 85.00 --code $(bluetap sandbox code --wallet Alice)
            $kiosk --order K2 --amount 85.00 --code $(bluetap sandbox code --wallet Nok)
            $kiosk --order K3 --amount 85.00 --code $(bluetap sandbox code --wallet Ploy)
            $kiosk --order K4 --amount 85.00
            """,
            expecting: [
                "K1  85.00 THB  paid", "please finish the payment in your wallet", "K2  85.00 THB  paid",
                "please finish the payment in your wallet", "K3  85.00 THB  cancelled  close",
                "scan https://qr.alipay.com/ocx2026010100000000000000000001 and pay 85.00", "K4  85.00 THB  paid",
            ])
    }

    @Test("what the till's guide says, with its scenarios")
    func till() async throws {
        let till = "python3 \(Self.folder)/till.py --order A1 --amount 12.50"
        try await sell(
            till, "--scenario", "\(Self.folder)/till-paid.yaml",
            expecting: [
                "please tap", "A1  paid", "order    A1", "paid     12.50 THB", "at       2026-01-01T00:00:13Z",
                "payment  2026010100000000000000000001",
            ])
        try await sell(
            till, "--scenario", "\(Self.folder)/till-expired.yaml", expecting: ["please tap", "A1  expired"])
        try await sell(
            "\(till) --cancel-after 10 && bluetap clock advance 25s && bluetap sandbox show A1", "--scenario",
            "\(Self.folder)/till-cancelled.yaml",
            expecting: [
                "please tap", "A1  cancelled",
                "2026-01-01T00:00:35.000Z  paymentSucceeded  ALIPAY_PLUS  12.50  orderId=A1  wallet=Mei",
                "2026-01-01T00:00:00.000Z  2026010100000000000000000001  12.50 THB  cancelled  order A1",
                "  2026-01-01T00:00:00.000Z  created", "  2026-01-01T00:00:10.000Z  cancelled",
                "  2026-01-01T00:00:35.000Z  returned  detail Mei",
            ])
    }

    @Test("what the guide says of keys, and of a till that was switched off")
    func keys() async throws {
        let folder = try Folder()
        let keys = folder.file("keys")
        let till = "python3 \(Self.folder)/till.py --keys \(keys) --sales \(folder.file("sales.sqlite"))"
        try await sell(
            """
            \(till) --order A1 --amount 12.50 --cancel-after 3
            bluetap customers add Alice > /dev/null
            \(till) --order A1 --amount 12.50
            \(till) --order A1 --amount 12.50 2>&1 || echo refused
            python3 \(Self.folder)/kiosk.py --keys \(keys) --order K1 --amount 85.00 \
              --code $(bluetap sandbox code --wallet Alice)
            """, "--sandbox-keys", keys,
            expecting: [
                "please tap", "A1  cancelled", "please tap", "A1  paid", "order    A1", "paid     12.50 THB",
                "at       2026-01-01T00:00:06Z", "payment  2026010100000000000000000002",
                "A1 is paid already: A1-2", "refused", "K1  85.00 THB  paid",
            ])
    }

    @Test("a customer scans a merchant's code: what goes wrong is said")
    func scan() async throws {
        let folder = try Folder()
        let port = try Serving.freePort()
        try await Serving.startWell(
            "loopback", in: folder, ["--clock", "virtual", "--sandbox", "127.0.0.1:\(port)"]
        ) { device in
            func bluetap(_ arguments: String...) async throws -> Finished {
                try await Program.run(Program.bluetap, ["sandbox"] + arguments, environment: device.environment)
            }
            func gateway(_ service: String, _ parameters: String...) async throws -> String {
                let common = [
                    "service=alipay.commerce.qrcode.\(service)", "timestamp=2026-01-01 08:00:00",
                    "partner=2088000000000001", "biz_type=OVERSEASHOPQRCODE",
                ]
                let fields: [String] = (common + parameters).flatMap { ["--data-urlencode", $0] }
                let url = "http://127.0.0.1:\(port)/gateway.do?_input_charset=UTF-8"
                return try await Program.run("curl", ["--silent", "--max-time", "60", url] + fields).output
            }
            let made = try await gateway(
                "create",
                #"""
                biz_data={"secondary_merchant_industry":"5812","secondary_merchant_id":"M",\#
                "secondary_merchant_name":"M","store_id":"S","store_name":"S","trans_currency":"THB","currency":"THB"}
                """#)
            let code = try #require(made.firstMatch(of: /https:\/\/qr\.alipay\.com\/ocx[0-9]{28}/)).output.description
            #expect(Self.asFirstRun(code) == "https://qr.alipay.com/ocx2026010100000000000000000001", "\(made)")
            let paid = try await bluetap("scan", code, "20.00", "--wallet", "Nok")
            #expect(
                paid.status == 0 && Self.asFirstRun(paid.output) == "paid  2026010100000000000000000001\n", "\(paid)")
            #expect(try await bluetap("orders").output.contains("20.00 THB  succeeded"))
            _ = try await bluetap("deposit", "1.00", "--wallet", "Bob")
            let poor = try await bluetap("scan", code, "20", "--wallet", "Bob")
            #expect(
                poor.status == 1 && Self.asFirstRun(poor.output) == "failed  2026010100000000000000000002\n", "\(poor)")
            for (code, value, reason) in [
                ("https://nowhere", "20", "there is no merchant's code https://nowhere"),
                (code, "0", #"a scan needs amount, more than 0, such as "12.50""#),
                (code, "12.505", "12.505 is no amount in THB: write it with at most 2 decimals"),
            ] {
                let refused = try await bluetap("scan", code, value)
                #expect(
                    refused.status == 1 && refused.errors == "bluetap: the device refused: \(reason)\n",
                    "\(refused)")
            }
            #expect(try await gateway("modifyStatus", "qrcode=\(code)", "status=STOP").contains("SUCCESS"))
            let stopped = try await bluetap("scan", code, "20")
            #expect(
                stopped.errors == "bluetap: the device refused: nobody can pay by the code: it is stopped\n",
                "\(stopped)")
        }
    }
}
