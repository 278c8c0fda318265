internal import Glibc

/// A back end that asks for payments of a ledger with a hundred thousand of them: how soon it is answered, how much the
/// server keeps in memory, and, with signatures both ways, how much of what OpenSSL signs on this machine is left.
enum SandboxBenchmark {
    private static let orders = 100_000
    private static let rate = 2000
    private static let seconds = 20
    private static let connections = 32
    private static let signedRequests = 200
    private static let signedCount = 8000
    /// As `bluetap sandbox serve` calls its client.
    private static let client = "SANDBOX_BLUETAP"
    private static let api = "/aps/api/v1/payments/"

    static func run(_ emulator: EmulatorUnderTest) throws -> [Figure] {
        let ledger = emulator.scratch("ledger.sqlite")
        return try unsigned(emulator, ledger) + signed(emulator, ledger)
    }

    private static func unsigned(_ emulator: EmulatorUnderTest, _ ledger: String) throws -> [Figure] {
        let port = try TCPPort.free()
        let process = try emulator.spawnSandbox(port: port, ledger: ledger)
        try process.waitForLine()
        let pays = try write((0..<orders).map { request("pay", pay($0)) }, to: emulator.scratch("pays"))
        let filled = try ask(emulator, port, pays, "\"resultCode\":\"SUCCESS\"", rate: 0, count: orders)
        let inquiries = try write(
            (0..<10_000).map { request("inquiryPayment", inquiry($0)) }, to: emulator.scratch("asks"))
        let paid = "\"paymentResult\":{\"resultCode\":\"SUCCESS\""
        // Code and caches are brought to where they stay.
        _ = try ask(emulator, port, inquiries, paid, rate: rate, count: 2 * rate)
        let before = try Residence(process.processID)
        let steady = try ask(emulator, port, inquiries, paid, rate: rate, count: rate * seconds)
        let fastest = try ask(emulator, port, inquiries, paid, rate: 0, count: rate * seconds)
        let after = try Residence(process.processID)
        return [
            Figure("sandboxPays", "sandbox, \(orders) payments made", filled.perSecond, "/s"),
            Figure(
                "sandboxWrong", "  \(rate) inquiries a second, wrong",
                Double(orders + 2 * rate * seconds - filled.right - steady.right - fastest.right), "",
                target: .atMost(0)),
            Figure("sandboxMedian", "  median", Double(steady.median) / 1e6, "ms"),
            Figure("sandboxP99", "  99th of 100", Double(steady.p99) / 1e6, "ms", target: .atMost(10)),
            Figure("sandboxWorst", "  slowest", Double(steady.worst) / 1e6, "ms"),
            Figure("sandboxFastest", "  inquiries a second at most", fastest.perSecond, "/s", target: .atLeast(2000)),
            Figure("sandboxResident", "  resident", after.total, "MiB", target: .atMost(96)),
            Figure(
                "sandboxGrowth", "  growth of memory over \(2 * rate * seconds)", after.anonymous - before.anonymous,
                "MiB", target: .atMost(4)),
        ]
    }

    private static func signed(_ emulator: EmulatorUnderTest, _ ledger: String) throws -> [Figure] {
        let port = try TCPPort.free()
        let keys = emulator.scratch("keys")
        let process = try emulator.spawnSandbox(port: port, ledger: ledger, ["--sandbox-keys", keys])
        try process.waitForLine()
        let requests = try (0..<signedRequests).map { number in
            try signedRequest("inquiryPayment", inquiry(number), key: "\(keys)/client-private.pem", emulator)
        }
        let file = try write(requests, to: emulator.scratch("signed"))
        let paid = "\"paymentResult\":{\"resultCode\":\"SUCCESS\""
        _ = try ask(emulator, port, file, paid, rate: 0, count: signedRequests)
        let bareBefore = try BareSigning.byOpenSSL()
        let answered = try ask(emulator, port, file, paid, rate: 0, count: signedCount)
        // Before and after, as the machine's own rate wavers.
        let bare = (bareBefore + (try BareSigning.byOpenSSL())) / 2
        let own = try BareSigning.bySwiftCrypto()
        // OpenSSL uses AVX-512 IFMA where a processor has it; swift-crypto does not, and then no server could answer so many.
        let isWithinReach = own >= 0.7 * bare
        return [
            Figure("sandboxSigned", "sandbox, signed inquiries", answered.perSecond, "/s"),
            Figure(
                "sandboxSignedWrong", "  wrong", Double(signedCount - answered.right), "", target: .atMost(0)),
            Figure("sandboxSigning", "  OpenSSL's bare signatures", bare, "/s"),
            Figure(
                "sandboxSignedRatio", "  of which are answered", answered.perSecond / bare, "x",
                target: isWithinReach ? .atLeast(0.7) : nil),
            Figure("sandboxOwnSigning", "  swift-crypto's bare signatures", own, "/s"),
            Figure(
                "sandboxOwnRatio", "  of which are answered", answered.perSecond / own, "x",
                target: isWithinReach ? nil : .atLeast(0.6)),
        ]
    }

    // MARK: Requests

    private static func pay(_ number: Int) -> String {
        let amount = "{\"currency\":\"THB\",\"value\":\"1250\"}"
        // A wallet's code, another for each payment: its owner pays at once.
        let digits = String(number)
        let code = "28100102" + String(repeating: "0", count: 14 - digits.utf8.count) + digits + "00"
        return
            "{\"paymentRequestId\":\"R\(number)\",\"order\":{\"referenceOrderId\":\"A\(number)\",\"orderDescription\":\"Tea\","
            + "\"orderAmount\":\(amount)},\"paymentAmount\":\(amount),\"paymentMethod\":{\"paymentMethodType\":\"CONNECT_WALLET\","
            + "\"paymentMethodId\":\"\(code)\"},\"paymentFactor\":{\"inStorePaymentScenario\":\"PaymentCode\"}}"
    }

    /// Of one here, one there.
    private static func inquiry(_ number: Int) -> String { "{\"paymentRequestId\":\"R\(number * 7919 % orders)\"}" }

    private static func request(_ name: String, _ body: String, _ more: String = "") -> String {
        "POST \(api)\(name) HTTP/1.1\r\nHost: 127.0.0.1\r\nClient-Id: \(client)\r\nContent-Type: application/json\r\n\(more)"
            + "Content-Length: \(body.utf8.count)\r\n\r\n\(body)"
    }

    /// Signed by OpenSSL: somebody else than who verifies it.
    private static func signedRequest(
        _ name: String, _ body: String, key: String, _ emulator: EmulatorUnderTest
    ) throws -> String {
        let time = "2026-01-01T00:00:00Z"
        let message = emulator.scratch("message")
        try write(Array("POST \(api)\(name)\n\(client).\(time).\(body)".utf8), to: message)
        let signing = try ChildProcess(
            "/bin/sh", ["-c", "openssl dgst -sha256 -sign \"$1\" \"$2\" | openssl base64 -A", "sign", key, message])
        let signature = String(decoding: try signing.readToEnd(), as: UTF8.self).reduce(into: "") { text, letter in
            switch letter {
            case "+": text += "%2B"
            case "/": text += "%2F"
            case "=": text += "%3D"
            default: text.append(letter)
            }
        }
        return request(
            name, body, "Request-Time: \(time)\r\nSignature: algorithm=RSA256,keyVersion=1,signature=\(signature)\r\n")
    }

    /// Writes requests as the client reads them.
    private static func write(_ requests: [String], to path: String) throws -> String {
        var bytes: [UInt8] = []
        for request in requests {
            withUnsafeBytes(of: UInt32(request.utf8.count).littleEndian) { bytes += $0 }
            bytes += request.utf8
        }
        try write(bytes, to: path)
        return path
    }

    private static func write(_ bytes: [UInt8], to path: String) throws(BenchmarkError) {
        guard let file = fopen(path, "we") else {
            throw BenchmarkError("\(path) cannot be written: \(String(cString: strerror(errno)))")
        }
        let count = fwrite(bytes, 1, bytes.count, file)
        guard fclose(file) == 0, count == bytes.count else { throw BenchmarkError("\(path) cannot be written") }
    }

    // MARK: Answers

    /// Times in nanoseconds.
    private struct Answers {
        let count: Int
        let right: Int
        let median: Int
        let p99: Int
        let worst: Int
        let elapsed: Int

        var perSecond: Double { Double(count) * 1e9 / Double(elapsed) }
    }

    private static func ask(
        _ emulator: EmulatorUnderTest, _ port: UInt16, _ requests: String, _ expected: String, rate: Int, count: Int
    ) throws -> Answers {
        let client = try emulator.program(
            "SandboxClient", ["\(port)", requests, expected, "\(connections)", "\(rate)", "\(count)"])
        let numbers = String(decoding: try client.readToEnd(), as: UTF8.self)
            .split(whereSeparator: \.isWhitespace).compactMap { Int($0) }
        guard numbers.count == 5 else { throw BenchmarkError("the sandbox's client did not come to its end") }
        return Answers(
            count: count, right: numbers[0], median: numbers[1], p99: numbers[2], worst: numbers[3], elapsed: numbers[4]
        )
    }
}
