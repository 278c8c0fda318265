internal import Crypto
internal import CryptoExtras
internal import Dispatch
internal import Glibc

/// How many RSA-2048 signatures a second this machine makes on all its processors, with nothing else to do.
enum BareSigning {
    private static let seconds = 3
    private static var processors: Int { max(1, sysconf(CInt(_SC_NPROCESSORS_ONLN))) }

    /// By the system's OpenSSL.
    static func byOpenSSL() throws -> Double {
        let speed = try ChildProcess(
            "/usr/bin/openssl", ["speed", "-seconds", "\(seconds)", "-multi", "\(processors)", "rsa2048"])
        let lines = String(decoding: try speed.readToEnd(), as: UTF8.self).split(separator: "\n")
        func words(_ line: Substring?) -> [Substring] { line?.split(whereSeparator: \.isWhitespace) ?? [] }
        // The head of the table says which column: newer ones have more.
        let head = words(lines.last { $0.contains("sign/s") })
        let row = words(lines.last { $0.hasPrefix("rsa") })
        guard let column = head.firstIndex(of: "sign/s"), row.count >= head.count,
            let rate = Double(row[row.count - head.count + column])
        else {
            throw BenchmarkError("openssl does not say how fast it signs: install openssl")
        }
        return rate
    }

    /// By swift-crypto, which the sandbox signs with.
    static func bySwiftCrypto() throws -> Double {
        let key = try _RSA.Signing.PrivateKey(keySize: .bits2048)
        let digest = SHA256.hash(data: Array("floor".utf8))
        _ = try key.signature(for: digest, padding: .insecurePKCS1v1_5)
        let clock = ContinuousClock()
        let rounds = 200
        var count = 0
        let start = clock.now
        while clock.now < start + .seconds(seconds) {
            DispatchQueue.concurrentPerform(iterations: processors) { _ in
                for _ in 0..<rounds { _ = try? key.signature(for: digest, padding: .insecurePKCS1v1_5) }
            }
            count += rounds * processors
        }
        return Double(count) / ((clock.now - start) / .seconds(1))
    }
}
