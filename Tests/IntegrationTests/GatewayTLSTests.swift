import Foundation
import Testing

@Suite("The sandbox over TLS, under the gateways' own names", .timeLimit(.minutes(10)))
struct GatewayTLSTests {
    /// Runs a shell script under `bluetap run` with these options, in a folder of its own for what programs keep.
    private func run(
        _ script: String, _ options: String..., in folder: Folder, environment: [String: String] = [:]
    ) async throws -> Finished {
        try await Program.run(
            Program.bluetap, ["run"] + options + ["--", "sh", "-c", script],
            environment: ["XDG_STATE_HOME": folder.file("state")].merging(environment) { $1 })
    }

    @Test("clients verify it at its address and at the gateways' names, at port 443, each in its own way")
    func verified() async throws {
        let folder = try Folder()
        let script = """
            set -e
            post() { curl --silent --show-error --output /dev/null --write-out '%{http_code} %{ssl_verify_result}\\n' --data '{}' "$1"; }
            post "$BLUETAP_SANDBOX/aps/api/v1/payments/pay"
            post https://open-sea-global.alipayplus.com/aps/api/v1/payments/pay
            post https://OPENAPI.alipay.com./gateway.do
            \(HIDAPIProgram.debianPython) -c '
            import ssl, urllib.request
            context = ssl.create_default_context()
            context.verify_flags |= ssl.VERIFY_X509_STRICT
            print(urllib.request.urlopen("https://globalmapi.alipay.com/gateway.do", b"", context=context).status)'
            openssl verify -x509_strict -CAfile "$BLUETAP_SANDBOX_CA" "$BLUETAP_SANDBOX_CA" >/dev/null
            stat --format %a "$XDG_STATE_HOME/bluetap/sandbox-ca-key.pem"
            """
        let ran = try await run(script, "--sandbox", "https://127.0.0.1:0", in: folder)
        #expect(ran.status == 0 && ran.lines == ["200 0", "200 0", "200 0", "200", "600"], "\(ran)")
    }

    @Test("each of the gateways' names leads to the sandbox, and all else of their domains nowhere")
    func names() async throws {
        let folder = try Folder()
        let script = """
            for name in $(echo "$BLUETAP_HOSTS_NAMES" | tr , ' '); do
              curl --silent --max-time 30 --output /dev/null --write-out "%{http_code}\\n" --data '{}' "https://$name/gateway.do"
            done
            for name in other.alipay.com alipay.com new.dl.alipaydev.com open.sea.alipayplus.com; do
              curl --silent --max-time 30 "https://$name/"
              echo "nowhere $?"
            done
            getent ahostsv4 openapi.alipay.com | head -n 1
            getent ahostsv4 notalipay.invalid
            """
        let ran = try await run(script, "--sandbox", "https://127.0.0.1:0", in: folder)
        let answered = ran.lines.filter { $0 == "200" }.count
        #expect(answered >= 30, "\(ran)")
        // curl's own word for a name that has no address.
        #expect(ran.lines.filter { $0.hasPrefix("nowhere") } == Array(repeating: "nowhere 6", count: 4), "\(ran)")
        #expect(ran.lines.contains { $0.hasPrefix("127.66.84.80") }, "\(ran)")
        #expect(ran.lines.count == answered + 5, "\(ran)")
    }

    @Test("C programs find it by each of the C library's resolvers")
    func resolvers() async throws {
        let folder = try Folder()
        let program = folder.file("resolvers")
        let compiled = try await Program.run(
            "gcc", ["-o", program, "\(HIDAPIProgram.folder)/resolvers.c", "-lanl"])
        try #require(compiled.status == 0, "\(compiled)")
        let ran = try await run(
            "\(program) open-na-global.alipay.com 443 other.alipay.com", "--sandbox", "https://127.0.0.1:0", in: folder)
        #expect(
            ran.lines == [
                "getaddrinfo 127.66.84.80", "getaddrinfo v6 ::ffff:127.66.84.80", "getaddrinfo_a 127.66.84.80",
                "gethostbyname 127.66.84.80", "gethostbyname2 127.66.84.80", "gethostbyname_r 127.66.84.80",
                "gethostbyname2_r 127.66.84.80", "connect v4 done", "connect v6 done", "connect elsewhere refused",
                "getaddrinfo nowhere", "getaddrinfo_a nowhere", "gethostbyname nowhere",
            ], "\(ran)")
    }

    @Test("without TLS port 80 leads to the sandbox and port 443 nowhere; with both, each to its own")
    func ports() async throws {
        let folder = try Folder()
        let script = """
            for scheme in http https; do
              curl --silent --output /dev/null --write-out "$scheme %{http_code}\\n" --data '{}' $scheme://mapi.alipay.com/gateway.do
            done
            echo "$BLUETAP_SANDBOX" | sed 's/:[0-9]*$//'
            """
        for (options, lines) in [
            (["127.0.0.1:0"], ["http 200", "https 000", "http://127.0.0.1"]),
            (["https://127.0.0.1:0"], ["http 000", "https 200", "https://127.0.0.1"]),
            (["https://127.0.0.1:0", "http://127.0.0.1:0"], ["http 200", "https 200", "https://127.0.0.1"]),
            (["https://[::1]:0"], ["http 000", "https 200", "https://[::1]"]),
        ] {
            let ran = try await Program.run(
                Program.bluetap, ["run"] + options.flatMap { ["--sandbox", $0] } + ["--", "sh", "-c", script],
                environment: ["XDG_STATE_HOME": folder.file("state")])
            #expect(ran.status == 0 && ran.lines == lines, "\(options): \(ran)")
        }
    }

    @Test("proxies, and certificates that somebody trusts already, are left as they are")
    func surroundings() async throws {
        let folder = try Folder()
        let own = try folder.write("own.pem", "# mine\n")
        let script = """
            curl --silent --output /dev/null --write-out '%{http_code}\\n' --data '{}' https://openapi.alipay.com/gateway.do
            head -n 1 "$SSL_CERT_FILE"
            echo "$NO_PROXY" | cut -c 1-8
            echo "$JAVA_TOOL_OPTIONS" | cut -c 1-8
            """
        let ran = try await run(
            script, "--sandbox", "https://127.0.0.1:0", in: folder,
            environment: [
                // Nobody is there: whoever asks it gets nothing.
                "https_proxy": "http://127.0.0.1:9", "HTTPS_PROXY": "http://127.0.0.1:9", "NO_PROXY": "mine.not",
                "SSL_CERT_FILE": own, "JAVA_TOOL_OPTIONS": "-Dmine=1",
            ])
        #expect(ran.status == 0 && ran.lines == ["200", "# mine", "mine.not", "-Dmine=1"], "\(ran)")
    }

    @Test("serve and the sandbox alone say where the certificate is; an authority that is none is a one-line error")
    func ready() async throws {
        let folder = try Folder()
        let state = ["XDG_STATE_HOME": folder.file("state")]
        let script = """
            mkfifo "$1/said"
            "$0" sandbox serve --sandbox https://localhost:0 --sandbox 127.0.0.1:0 --control "unix:$1/c.sock" >"$1/said" &
            head -n 1 "$1/said"
            kill $!
            wait $!
            """
        let ran = try await Program.run("sh", ["-c", script, Program.bluetap, folder.path], environment: state)
        let ready = try members(ran.output)
        #expect(ready["sandboxCa"] as? String == "\(folder.file("state"))/bluetap/sandbox-ca.pem", "\(ran)")
        #expect((ready["sandbox"] as? String)?.hasPrefix("https://localhost:") == true, "\(ran)")
        #expect((ready["sandboxes"] as? [String])?.count == 2, "\(ran)")
        try Data("x".utf8).write(to: URL(filePath: "\(folder.file("state"))/bluetap/sandbox-ca.pem"))
        let refused = try await run("true", "--sandbox", "https://localhost:0", in: folder)
        #expect(refused.status == 1 && refused.errors.split(separator: "\n").count == 1, "\(refused)")
        #expect(refused.errors.contains("delete both"), "\(refused)")
        let wrong = try await run("true", "--sandbox", "ftp://localhost:0", in: folder)
        #expect(wrong.status == 64 && wrong.errors.contains("https://HOST:PORT"), "\(wrong)")
    }
}
