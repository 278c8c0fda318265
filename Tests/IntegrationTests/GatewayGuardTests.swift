import Foundation
import Testing

/// No web page touches the gateways; back ends, whatever name they call, do.
@Suite("Web pages and the gateways", .timeLimit(.minutes(10)))
struct GatewayGuardTests {
    static let requests: [(headers: [String], status: String)] = [
        // Back ends.
        ([], "200"), (["Host: localhost:8088"], "200"), (["Host: [::1]:8088"], "200"), (["Host: 10.0.0.7"], "200"),
        (["Host: sandbox:8088"], "200"), (["Host: host.docker.internal"], "200"), (["Host: openapi.alipay.com"], "200"),
        (["Host: OPEN-SEA-GLOBAL.ALIPAY.COM:443"], "200"), (["Host: globalmapi.alipay.com"], "200"),
        (["Sec-Fetch-Site: none"], "200"),
        // Pages.
        (["Sec-Fetch-Site: cross-site"], "403"), (["Sec-Fetch-Site: same-site"], "403"),
        (["Sec-Fetch-Site: same-origin"], "403"), (["Origin: http://evil.example"], "403"), (["Origin: null"], "403"),
        (["Host: evil.example"], "403"), (["Host: 127.0.0.1.evil.example"], "403"),
        (["Host: alipay.com.evil.example:8088"], "403"), (["Host: evilalipay.com"], "403"),
        (["Host: localhost.evil.example"], "403"),
        (["Host: u@127.0.0.1"], "400"), (["Host:"], "400"),
    ]

    @Test("a table of what comes, to both gateways and to each method; what is refused changes nothing")
    func table() async throws {
        let folder = try Folder()
        let port = try Serving.freePort()
        try await Serving.startWell(
            "loopback", in: folder, ["--clock", "virtual", "--sandbox", "127.0.0.1:\(port)"]
        ) { device in
            let pay =
                "service=alipay.acquire.precreate&partner=2088000000000001&subject=x&total_fee=1&currency=THB"
            for (number, request) in Self.requests.enumerated() {
                let headers = request.headers.flatMap { ["--header", $0 == "Host:" ? "Host;" : $0] }
                for (kind, arguments) in [
                    ("GET", ["http://127.0.0.1:\(port)/gateway.do?\(pay)&out_trade_no=G\(number)"]),
                    (
                        "POST",
                        ["--data", "\(pay)&out_trade_no=P\(number)", "http://127.0.0.1:\(port)/gateway.do"]
                    ), ("API", ["--data", "{}", "http://127.0.0.1:\(port)/aps/api/v1/payments/inquiryPayment"]),
                ] {
                    let ran = try await Program.run(
                        "curl",
                        ["--silent", "--output", "/dev/null", "--write-out", "%{http_code}"] + headers + arguments)
                    #expect(ran.output == request.status, "\(kind) \(request.headers)")
                }
            }
            let orders = try await Program.run(
                Program.bluetap, ["sandbox", "orders"], environment: device.environment)
            #expect(orders.lines.count == 2 * Self.requests.count { $0.status == "200" }, "\(orders)")
        }
    }

    @Test("pages in Chromium, by whatever name they lead here, change nothing and read nothing")
    func chromium() async throws {
        let folder = try Folder()
        let port = try Serving.freePort()
        try await Serving.startWell(
            "loopback", in: folder, ["--clock", "virtual", "--sandbox", "127.0.0.1:\(port)"]
        ) { device in
            let pages = try await Program.run(
                try Program.tool("selenium/bin/python"), ["\(HIDAPIProgram.folder)/foreign_page.py", "\(port)"])
            #expect(
                pages.lines == ["127.0.0.1 read 0", "localhost read 0", "evil.example read 0", "rebound False"],
                "\(pages)")
            let orders = try await Program.run(
                Program.bluetap, ["sandbox", "orders"], environment: device.environment)
            #expect(orders.status == 0 && orders.output.isEmpty, "\(orders)")
        }
    }
}
