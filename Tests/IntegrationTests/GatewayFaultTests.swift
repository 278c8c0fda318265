import Foundation
import Testing

@Suite("Faults of the gateways' connections", .timeLimit(.minutes(10)))
struct GatewayFaultTests {
    /// Sets a fault, then asks twice by curl: its exit status, HTTP's, and the answer's type.
    private func ask(_ fault: String, at address: String) async throws -> [String] {
        let folder = try Folder()
        let script = """
            "$0" sandbox fault add \(fault) >/dev/null
            for time in first second; do
              curl --silent --max-time 60 --output /dev/null --write-out '%{http_code} %{content_type}' \\
                --header 'Client-Id: TILL' --header 'Content-Type: application/json' --data '{"paymentRequestId":"A1"}' \\
                "$BLUETAP_SANDBOX/aps/api/v1/payments/inquiryPayment"
              echo " $?"
            done
            """
        let ran = try await Program.run(
            Program.bluetap, ["run", "--sandbox", address, "--", "sh", "-c", script, Program.bluetap],
            environment: ["XDG_STATE_HOME": folder.file("state")])
        try #require(ran.status == 0, "\(ran)")
        return ran.lines
    }

    @Test(
        "each meets one request, and the next is answered",
        arguments: [
            ("bad-gateway", "502 text/html 0"), ("down", "503  0"), ("reset", "000  56"),
            ("bad-certificate", "000  60"),
            ("no-response-time", "200 application/json; charset=UTF-8 0"),
        ])
    func connections(fault: String, first: String) async throws {
        let answered = "200 application/json; charset=UTF-8 0"
        #expect(try await ask(fault, at: "https://127.0.0.1:0") == [first, answered])
        if fault != "bad-certificate" { #expect(try await ask(fault, at: "127.0.0.1:0") == [first, answered]) }
    }

    @Test("who is notified by TLS must have a certificate that verifies, unless told otherwise; failures show why")
    func notifications() async throws {
        let folder = try Folder()
        let made = try await Program.run(
            "openssl",
            [
                "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-days", "30",
                "-subj",
                "/CN=till", "-addext", "subjectAltName=DNS:localhost", "-keyout", folder.file("key.pem"), "-out",
                folder.file("cert.pem"),
            ])
        try #require(made.status == 0, "\(made)")
        for (options, host, variables, kind, words) in [
            ([], "localhost", [:], "notificationFailed", "its certificate does not verify"),
            (["--sandbox-notify-insecure"], "localhost", [:], "notificationAcknowledged", "notificationSent"),
            (
                [], "localhost", ["SSL_CERT_FILE": folder.file("cert.pem")], "notificationAcknowledged",
                "notificationSent"
            ),
            ([], "127.0.0.1", ["SSL_CERT_FILE": folder.file("cert.pem")], "notificationFailed", "another host"),
        ] as [([String], String, [String: String], String, String)] {
            let ran = try await Program.run(
                Program.bluetap,
                ["run", "--clock", "virtual", "--sandbox", "127.0.0.1:0"] + options + [
                    "--", HIDAPIProgram.debianPython, "\(HIDAPIProgram.folder)/notified_by_tls.py", Program.bluetap,
                    folder.file("cert.pem"), folder.file("key.pem"), host,
                ], environment: variables)
            #expect(ran.status == 0 && ran.output.contains(kind) && ran.output.contains(words), "\(host): \(ran)")
            #expect(ran.output.contains("notificationSent") == (kind == "notificationAcknowledged"), "\(ran)")
        }
    }
}
