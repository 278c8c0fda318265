internal import Crypto
internal import Glibc
internal import SwiftASN1
internal import X509

#if canImport(FoundationEssentials)
    internal import FoundationEssentials
#else
    internal import Foundation
#endif

/// The certificates that a client is to trust, as PEM one after the other.
public struct TrustBundle: Sendable {
    public let pem: String

    /// Where systems keep theirs. Source: Go's `crypto/x509/root_linux.go`.
    private static let systemFiles = [
        "/etc/ssl/certs/ca-certificates.crt", "/etc/pki/tls/certs/ca-bundle.crt", "/etc/ssl/ca-bundle.pem",
        "/etc/pki/tls/cacert.pem", "/etc/pki/ca-trust/extracted/pem/tls-ca-bundle.pem", "/etc/ssl/cert.pem",
    ]

    /// The system's certificates, those of further files, and one's own.
    ///
    /// - Parameters:
    ///   - files: each once; those that cannot be read are left out.
    ///   - system: whether the system's own are in it.
    public init(adding own: String, to files: [String], system: Bool = true) {
        var paths = files
        if system, let path = Self.systemFiles.first(where: { access($0, R_OK) == 0 }) { paths.append(path) }
        var seen: Set<String> = []
        let texts = paths.filter { seen.insert($0).inserted }.compactMap {
            try? String(contentsOfFile: $0, encoding: .utf8)
        }
        pem = (texts + [own]).map { $0.hasSuffix("\n") ? $0 : $0 + "\n" }.joined()
    }

    /// The same as Java's key store, in its own old form, which every Java reads. The password is `changeit`.
    ///
    /// Source: OpenJDK, `sun.security.provider.JavaKeyStore`: magic, version 2, entries of trusted certificates, and SHA-1
    /// over the password in UTF-16, "Mighty Aphrodite" and all before.
    public var javaKeyStore: [UInt8] {
        let certificates = ((try? PEMDocument.parseMultiple(pemString: pem)) ?? []).filter {
            $0.discriminator == "CERTIFICATE"
        }
        var store: [UInt8] = []
        func append(_ number: some FixedWidthInteger) {
            withUnsafeBytes(of: number.bigEndian) { store += $0 }
        }
        func append(_ text: String) {
            append(UInt16(text.utf8.count))
            store += text.utf8
        }
        append(0xFEED_FEED as UInt32)
        append(2 as UInt32)
        append(UInt32(certificates.count))
        for (number, certificate) in certificates.enumerated() {
            append(2 as UInt32)
            append("certificate-\(number + 1)")
            append(0 as UInt64)
            append("X.509")
            append(UInt32(certificate.derBytes.count))
            store += certificate.derBytes
        }
        let salt =
            Self.javaPassword.utf16.flatMap { [UInt8($0 >> 8), UInt8($0 & 0xFF)] } + Array("Mighty Aphrodite".utf8)
        store += Insecure.SHA1.hash(data: salt + store)
        return store
    }

    public static let javaPassword = "changeit"
}
