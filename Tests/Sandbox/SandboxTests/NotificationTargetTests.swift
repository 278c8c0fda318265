import Testing

@testable import Sandbox

@Suite("Where nobody is told of payments")
struct NotificationTargetTests {
    private static func sandbox(allowing hosts: Set<String> = [], link: String? = nil) throws -> PaymentSandbox {
        var settings = PaymentSandbox.Settings()
        settings.notifiableHosts = hosts
        settings.link.notifyURL = link
        return PaymentSandbox(ledger: try Ledger(path: nil), settings: settings, logger: .silent)
    }

    @Test(
        "internal networks are refused, this machine and the world are not",
        arguments: [
            ("http://10.0.0.1/x", false), ("https://172.16.0.1:443", false), ("http://172.31.255.255?x", false),
            ("http://192.168.1.5:80/", false), ("http://100.64.0.1/", false), ("http://[fd12::1]:8080/", false),
            ("http://[::ffff:10.0.0.1]/", false), ("http://167772161/", false), ("http://0xa.1/", false),
            ("http://127.0.0.1:1/", true), ("http://[::1]/", true), ("http://localhost/", true), ("http://till/", true),
            ("http://172.32.0.1/", true), ("http://11.0.0.1/", true), ("http://192.169.0.1/", true),
            ("http://pos.example/192.168.1.5", true),
        ])
    func targets(_ url: String, _ isTold: Bool) throws {
        #expect(try (Self.sandbox().refusalToTell(url) == nil) == isTold)
    }

    @Test("what is allowed is told, and where links are told by whoever started it")
    func allowed() throws {
        let sandbox = try Self.sandbox(allowing: ["192.168.1.5"], link: "http://10.0.0.7:99/told")
        #expect(sandbox.refusalToTell("http://192.168.1.5:8080/n") == nil)
        #expect(sandbox.refusalToTell("http://10.0.0.7/other") == nil)
        #expect(
            sandbox.refusalToTell("http://192.168.1.6/")
                == "192.168.1.6 is of an internal network: allow it with --sandbox-notify-allow 192.168.1.6")
    }
}
