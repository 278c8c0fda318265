import Foundation
import Testing

@testable import Certificates

@Suite("A certificate authority of this machine's user")
struct CertificateAuthorityTests {
    private let folder = "/tmp/bluetap-ca-\(UInt64.random(in: 0...UInt64.max))"

    private func withFolder(_ body: () throws -> Void) throws {
        defer { try? FileManager.default.removeItem(atPath: folder) }
        try body()
    }

    private func mode(_ name: String) throws -> Int {
        let attributes = try FileManager.default.attributesOfItem(atPath: "\(folder)/\(name)")
        return try #require(attributes[.posixPermissions] as? Int)
    }

    @Test("is made once and kept, with a key for its owner alone")
    func kept() throws {
        try withFolder {
            let first = try CertificateAuthority(folder: "\(folder)/a/b", file: "ca", named: "test")
            let second = try CertificateAuthority(folder: "\(folder)/a/b", file: "ca", named: "test")
            #expect(first.certificate == second.certificate)
            #expect(try mode("a/b/ca-key.pem") == 0o600)
            #expect(try mode("a/b/ca.pem") == 0o644)
            #expect(try mode("a/b") == 0o700)
            let other = try CertificateAuthority(named: "test")
            #expect(other.certificate != first.certificate)
        }
    }

    @Test(
        "files that are none end in an error that says what to do",
        arguments: ["", "-----BEGIN CERTIFICATE-----\n", "\u{0}"])
    func broken(text: String) throws {
        try withFolder {
            _ = try CertificateAuthority(folder: folder, file: "ca", named: "test")
            try Data(text.utf8).write(to: URL(filePath: "\(folder)/ca.pem"))
            let error = #expect(throws: CertificateError.self) {
                try CertificateAuthority(folder: folder, file: "ca", named: "test")
            }
            #expect(error?.code == .notValid)
            let text = error.map { "\($0)" } ?? ""
            #expect(text.hasSuffix("delete both") && !text.contains("\n"), "\(text)")
        }
    }

    @Test("a key of another's is none")
    func anotherKey() throws {
        try withFolder {
            _ = try CertificateAuthority(folder: folder, file: "ca", named: "test")
            _ = try CertificateAuthority(folder: folder, file: "cb", named: "test")
            let key = try Data(contentsOf: URL(filePath: "\(folder)/cb-key.pem"))
            try key.write(to: URL(filePath: "\(folder)/ca-key.pem"))
            #expect(throws: CertificateError.self) {
                try CertificateAuthority(folder: folder, file: "ca", named: "test")
            }
        }
    }

    @Test("a bundle has each file once, and what is no file not at all")
    func bundle() throws {
        try withFolder {
            let own = try CertificateAuthority(folder: folder, file: "ca", named: "test").certificate
            let bundle = TrustBundle(adding: own, to: ["\(folder)/ca.pem", "\(folder)/ca.pem", "/none"], system: false)
            #expect(bundle.pem == own + own)
            #expect(TrustBundle(adding: own, to: []).pem.hasSuffix(own))
        }
    }

    @Test(
        "Java's key store begins with its magic, version and count, and ends with the SHA-1 of a password and all before"
    )
    func keyStore() throws {
        let own = try CertificateAuthority(named: "test").certificate
        let store = TrustBundle(adding: own, to: [], system: false).javaKeyStore
        #expect(store.prefix(16) == [0xFE, 0xED, 0xFE, 0xED, 0, 0, 0, 2, 0, 0, 0, 1, 0, 0, 0, 2])
        #expect(store[16..<18] == [0, 13] && Array(store[18..<31]) == Array("certificate-1".utf8))
        // That of an empty store is the same in every Java.
        let empty = TrustBundle(adding: "", to: [], system: false).javaKeyStore
        #expect(empty.prefix(12) == [0xFE, 0xED, 0xFE, 0xED, 0, 0, 0, 2, 0, 0, 0, 0] && empty.count == 32)
        let digest = empty.suffix(20).map { String($0, radix: 16) }.joined(separator: " ")
        #expect(digest == "e2 68 6e 45 fb 43 df a4 d9 92 dd 41 ce b6 b2 1c 63 30 d7 92")
    }
}
