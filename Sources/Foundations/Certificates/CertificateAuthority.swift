internal import Crypto
internal import SwiftASN1
internal import X509

#if canImport(FoundationEssentials)
    internal import FoundationEssentials
#else
    internal import Foundation
#endif

/// A certificate authority of somebody's own: it vouches for servers on this machine.
///
/// Its keys are ECDSA's of P-256, which every TLS client knows. Its certificates have what strict verifiers ask for: key
/// identifiers, key usage, and names as alternative names.
public struct CertificateAuthority: Sendable {
    private static let lifetime: TimeInterval = 10 * 365 * 86_400
    /// Of a server's certificate: no verifier refuses one so short. Source: CA/Browser Forum, 398 days.
    private static let serverLifetime: TimeInterval = 397 * 86_400
    /// How long before its making a certificate is valid already, for clocks that are late.
    private static let early: TimeInterval = 86_400

    private let authority: Certificate
    private let key: P256.Signing.PrivateKey
    /// PEM of its own certificate, which clients are to trust.
    public let certificate: String

    /// A new one, kept nowhere.
    public init(named name: String) throws(CertificateError) {
        do {
            let key = P256.Signing.PrivateKey()
            let signer = Certificate.PrivateKey(key)
            let number = UInt32.random(in: 0...UInt32.max)
            // Two of one name would be taken for each other.
            let subject = try DistinguishedName { CommonName("\(name) \(String(number, radix: 16))") }
            let now = Date()
            let authority = try Certificate(
                version: .v3, serialNumber: .init(), publicKey: signer.publicKey, notValidBefore: now - Self.early,
                notValidAfter: now + Self.lifetime, issuer: subject, subject: subject,
                signatureAlgorithm: .ecdsaWithSHA256,
                extensions: try Certificate.Extensions {
                    Critical(BasicConstraints.isCertificateAuthority(maxPathLength: 0))
                    Critical(KeyUsage(keyCertSign: true, cRLSign: true))
                    SubjectKeyIdentifier(hash: signer.publicKey)
                }, issuerPrivateKey: signer)
            (self.authority, self.key) = (authority, key)
            certificate = try authority.serializeAsPEM().pemString + "\n"
        } catch {
            throw CertificateError(.notMade, "no certificate authority can be made: \(error)")
        }
    }

    private init(certificate: String, key: String) throws {
        authority = try Certificate(pemEncoded: certificate)
        self.key = try P256.Signing.PrivateKey(pemRepresentation: key)
        self.certificate = certificate
        guard authority.publicKey == Certificate.PublicKey(self.key.publicKey) else {
            throw CertificateError(.notValid, "the key is another's")
        }
    }

    /// Whether it can vouch for servers that live as long as theirs may.
    private var isFresh: Bool { authority.notValidAfter > Date() + Self.serverLifetime }

    /// A server of these names and addresses, with a key of its own.
    ///
    /// - Parameter names: host names in ASCII, IPv4 and IPv6 addresses.
    public func identity(for names: [String]) throws(CertificateError) -> ServerIdentity {
        do {
            let serverKey = P256.Signing.PrivateKey()
            let publicKey = Certificate.PublicKey(serverKey.publicKey)
            let now = Date()
            let issuer = try authority.extensions.subjectKeyIdentifier
            let certificate = try Certificate(
                version: .v3, serialNumber: .init(), publicKey: publicKey, notValidBefore: now - Self.early,
                notValidAfter: now + Self.serverLifetime, issuer: authority.subject,
                subject: try DistinguishedName { CommonName("bluetap") }, signatureAlgorithm: .ecdsaWithSHA256,
                extensions: try Certificate.Extensions {
                    Critical(BasicConstraints.notCertificateAuthority)
                    Critical(KeyUsage(digitalSignature: true))
                    try ExtendedKeyUsage([.serverAuth])
                    SubjectKeyIdentifier(hash: publicKey)
                    AuthorityKeyIdentifier(keyIdentifier: issuer?.keyIdentifier)
                    SubjectAlternativeNames(names.map(GeneralName.init(host:)))
                }, issuerPrivateKey: Certificate.PrivateKey(key))
            return ServerIdentity(
                certificate: try certificate.serializeAsPEM().pemString + "\n", key: serverKey.pemRepresentation)
        } catch {
            throw CertificateError(.notMade, "no certificate can be made for \(names[0]): \(error)")
        }
    }
}

extension CertificateAuthority {
    /// The one in a folder, `FILE.pem` with its key `FILE-key.pem` for the owner alone; made there where there is none, and
    /// made anew where it is about to expire.
    public init(folder: String, file: String, named name: String) throws(CertificateError) {
        try Files.makeFolder(folder)
        // Of two that come for the first time, one makes it and the other finds it.
        let lock = try Files.Lock("\(folder)/\(file).lock")
        defer { lock.release() }
        let (path, keyPath) = ("\(folder)/\(file).pem", "\(folder)/\(file)-key.pem")
        if let kept = try Self.kept(path, keyPath) {
            self = kept
        } else {
            self = try Self.new(name, path, keyPath)
        }
    }

    /// Nil where there is none, or none for much longer.
    private static func kept(_ path: String, _ keyPath: String) throws(CertificateError) -> CertificateAuthority? {
        guard let certificate = try Files.text(path), let key = try Files.text(keyPath) else { return nil }
        do {
            let authority = try CertificateAuthority(certificate: certificate, key: key)
            return authority.isFresh ? authority : nil
        } catch {
            throw CertificateError(
                .notValid, "\(path) and \(keyPath) are no certificate authority (\(error)): delete both")
        }
    }

    private static func new(
        _ name: String, _ path: String, _ keyPath: String
    ) throws(CertificateError) -> CertificateAuthority {
        let authority = try CertificateAuthority(named: name)
        try Files.write(authority.key.pemRepresentation + "\n", to: keyPath, mode: 0o600)
        try Files.write(authority.certificate, to: path, mode: 0o644)
        return authority
    }
}

extension GeneralName {
    fileprivate init(host: String) {
        let bytes = IPAddress.bytes(of: host)
        self = bytes.map { .ipAddress(ASN1OctetString(contentBytes: $0[...])) } ?? .dnsName(host)
    }
}
