import BlueTap
import Foundation
import TestSupport
import Testing

@testable import Sandbox

@Suite("Signatures of Alipay+'s APIs")
struct SigningTests {
    static let message = SignedMessage(
        path: "/aps/api/v1/payments/pay", clientID: "SANDBOX_5Y", time: "2019-04-04T12:08:56+05:30",
        body: Array(#"{"paymentRequestId":"日本 €","a":1}"#.utf8))

    /// The message with one thing changed.
    static let tampered: [(String, SignedMessage)] = {
        var (path, client, time, body) = (message, message, message, message)
        path.path = "/aps/api/v1/payments/refund"
        client.clientID = "SANDBOX_5Z"
        time.time = "2019-04-04T12:08:57+05:30"
        body.body[body.body.count - 2] ^= 1
        return [("path", path), ("client", client), ("time", time), ("body", body)]
    }()

    private static let folder = "\(#filePath.dropLast("SigningTests.swift".count))Programs"

    private static func run(_ program: String, _ arguments: [String]) throws -> (status: Int32, output: String) {
        let process = Process()
        process.executableURL = URL(filePath: program)
        process.arguments = arguments
        let pipe = Pipe()
        process.standardOutput = pipe
        process.standardError = FileHandle.nullDevice
        try process.run()
        let output = try pipe.fileHandleForReading.readToEnd() ?? Data()
        process.waitUntilExit()
        return (process.terminationStatus, String(decoding: output, as: UTF8.self).trimmingCharacters(in: .newlines))
    }

    /// Python's cryptography, to which neither key nor message comes but through files.
    private static func python(
        _ what: String, _ key: String, _ given: String, _ message: SignedMessage
    ) throws -> String {
        let folder = try TemporaryFolder()
        try key.write(toFile: "\(folder.path)/key", atomically: false, encoding: .utf8)
        try Data(message.body).write(to: URL(filePath: "\(folder.path)/body"))
        let (status, output) = try run(
            "/usr/bin/python3",
            [
                "\(Self.folder)/alipayplus.py", what, "\(folder.path)/key", given, message.path, message.clientID,
                message.time, "\(folder.path)/body",
            ])
        try #require(status == 0)
        return output
    }

    @Test("Python's cryptography finds ours good, and bad with anything changed")
    func oursForPython() throws {
        let key = try PrivateKey()
        let header = try Self.message.signed(with: key, version: 2).description
        #expect(try Self.python("verify", key.publicKey.pem, header, Self.message) == "good")
        for (what, message) in Self.tampered {
            #expect(try Self.python("verify", key.publicKey.pem, header, message) == "bad", "\(what)")
        }
    }

    @Test("we find Python's cryptography's good, and bad with anything changed")
    func pythonsForUs() throws {
        let key = try PrivateKey()
        let header = try Self.python("sign", key.pem, "2", Self.message)
        let keys = [2: key.publicKey]
        try Self.message.verify(header, keys: keys)
        for (what, message) in Self.tampered {
            #expect(throws: SignedMessage.Fault.invalidSignature, "\(what)") { try message.verify(header, keys: keys) }
        }
        let other = header.replacing("keyVersion=2", with: "keyVersion=3")
        #expect(throws: SignedMessage.Fault.keyNotFound) { try Self.message.verify(other, keys: keys) }
        #expect(throws: SignedMessage.Fault.invalidSignature) {
            try Self.message.verify(other, keys: [3: try PrivateKey().publicKey])
        }
    }

    @Test("openssl and we verify each other's, with SHA-1 and SHA-256", arguments: ["sha1", "sha256"])
    func openssl(_ name: String) throws {
        let hash = name == "sha1" ? SignatureHash.sha1 : .sha256
        let folder = try TemporaryFolder()
        func path(_ name: String) -> String { "\(folder.path)/\(name)" }
        try #require(try Self.run("/usr/bin/openssl", ["genrsa", "-out", path("key"), "2048"]).status == 0)
        let text = try String(contentsOfFile: path("key"), encoding: .utf8)
        let key = try PrivateKey(text)
        try key.publicKey.pem.write(toFile: path("public"), atomically: false, encoding: .utf8)
        try Data(Self.message.bytes).write(to: URL(filePath: path("message")))
        try Data(try key.signature(of: Self.message.bytes, hash)).write(to: URL(filePath: path("ours")))
        #expect(
            try Self.run(
                "/usr/bin/openssl",
                ["dgst", "-\(name)", "-verify", path("public"), "-signature", path("ours"), path("message")]
            ).output == "Verified OK")
        try #require(
            try Self.run(
                "/usr/bin/openssl", ["dgst", "-\(name)", "-sign", path("key"), "-out", path("theirs"), path("message")]
            ).status == 0)
        let theirs = try Data(contentsOf: URL(filePath: path("theirs")))
        #expect(key.publicKey.isValid(theirs, of: Self.message.bytes, hash))
        #expect(!key.publicKey.isValid(theirs, of: Self.tampered[0].1.bytes, hash))
        #expect(!key.publicKey.isValid(theirs, of: Self.message.bytes, hash == .sha1 ? .sha256 : .sha1))
        #expect(!key.publicKey.isValid(theirs.dropLast(), of: Self.message.bytes, hash))
    }

    @Test("keys are read as tools write them: PEM, and base64 of PKCS#8, PKCS#1 and X.509")
    func keys() throws {
        let key = try PrivateKey()
        func bare(_ pem: String) -> String { pem.split(separator: "\n").dropFirst().dropLast().joined() }
        let signature = try key.signature(of: [1, 2, 3], .sha256)
        for text in [key.pem, bare(key.pem)] {
            #expect(try PrivateKey(text).signature(of: [1, 2, 3], .sha256) == signature)
        }
        for text in [key.publicKey.pem, bare(key.publicKey.pem), "\(bare(key.publicKey.pem))\n"] {
            #expect(try PublicKey(text).isValid(signature, of: [1, 2, 3], .sha256))
        }
    }

    @Test("what is no RSA key is refused", arguments: ["", "AAAA", "!", "-----BEGIN PRIVATE KEY-----\nAAAA\n-----END"])
    func badKeys(_ text: String) {
        #expect(throws: SigningKeyError.self) { _ = try PrivateKey(text) }
        #expect(throws: SigningKeyError.self) { _ = try PublicKey(text) }
    }

    @Test(
        "the header is read in every form that is seen",
        arguments: [
            "algorithm=RSA256,keyVersion=1,signature=%2B%2F8%3D",
            "algorithm=RSA256, keyVersion=1, signature=%2b%2f8%3d",
            "signature=+/8=,keyversion=1 ,Algorithm=RSA256",
        ])
    func headers(_ text: String) throws {
        let header = try #require(SignatureHeader(text))
        #expect(header == SignatureHeader(keyVersion: 1, signature: [0xFB, 0xFF]))
        #expect(header.description == "algorithm=RSA256,keyVersion=1,signature=%2B%2F8%3D")
    }

    @Test("without a key version it is that of the documentation's first example, 0")
    func noKeyVersion() {
        #expect(SignatureHeader("algorithm=RSA256,signature=AAAA")?.keyVersion == 0)
    }

    @Test(
        "what is no header vouches for nothing",
        arguments: [
            nil, "", "RSA256", "algorithm=RSA256,keyVersion=1,signature=", "algorithm=RSA256,keyVersion=1",
            "algorithm=RSA256,keyVersion=-1,signature=AAAA", "algorithm=RSA256,keyVersion=x,signature=AAAA",
            "algorithm=RSA256,keyVersion=99999999999999999999,signature=AAAA",
            "algorithm=RSA256,keyVersion=1,signature=%", "algorithm=RSA256,keyVersion=1,signature=%4",
            "algorithm=RSA256,keyVersion=1,signature=%+1AA", "algorithm=RSA256,keyVersion=1,signature=%FF",
            "algorithm=RSA256,keyVersion=1,signature=A", "algorithm=RSA256,keyVersion=1,signature=AAAA,signature=AAAA",
            "algorithm=RSA1,keyVersion=1,signature=AAAA", String(repeating: "a", count: 5000),
        ])
    func badHeaders(_ text: String?) throws {
        let keys = [1: try PrivateKey().publicKey]
        #expect(throws: SignedMessage.Fault.invalidSignature) { try Self.message.verify(text, keys: keys) }
    }

    @Test("random and mutated headers end in a verdict, never in a trap")
    func mutated() async throws {
        let seed = UInt64.random(in: 0...UInt64.max)
        var generator = SeededGenerator(seed: seed)
        let good = Array(
            SignatureHeader(keyVersion: 1, signature: [UInt8](repeating: 0xFB, count: 64)).description.utf8)
        var read = 0
        let rounds = Rounds(2000, soak: 100_000)
        for await _ in rounds {
            var mutant = good
            for _ in 0..<Int.random(in: 1...6, using: &generator) {
                let at = Int.random(in: 0..<mutant.count, using: &generator)
                if Bool.random(using: &generator) {
                    mutant[at] = UInt8.random(in: 0...255, using: &generator)
                } else {
                    mutant.removeSubrange(at..<min(mutant.count, at + Int.random(in: 1...9, using: &generator)))
                    if mutant.isEmpty { mutant = good }
                }
            }
            let header = SignatureHeader(String(decoding: mutant, as: UTF8.self))
            if let header {
                #expect(SignatureHeader(header.description) == header, "seed \(seed)")
                read += 1
            }
        }
        #expect((1..<rounds.count).contains(read), "seed \(seed): of \(read) both sorts are needed")
    }
}
