internal import Crypto
internal import CryptoExtras
public import Essentials

#if canImport(FoundationEssentials)
    internal import FoundationEssentials
#else
    internal import Foundation
#endif

/// What RSA signs of a message.
public enum SignatureHash: Sendable {
    /// The legacy gateway's sign type `RSA`.
    case sha1
    /// Its sign type `RSA2`, and Alipay+'s algorithm `RSA256`.
    case sha256
}

/// A key that cannot be used, and what to do about it.
public struct SigningKeyError: ReportableError, Hashable {
    public enum Code: String, Sendable {
        case unusable = "signing-key-unusable"
    }

    public let code = Code.unusable
    /// Which has nothing of the key.
    public let problem: String
}

/// The half of an RSA key pair that signs: PKCS#1 v1.5, as Alipay+ has it.
public struct PrivateKey: Sendable {
    private let key: _RSA.Signing.PrivateKey

    /// A new key of 2,048 bits.
    public init() throws(SigningKeyError) {
        do {
            key = try _RSA.Signing.PrivateKey(keySize: .bits2048)
        } catch {
            throw SigningKeyError(problem: "no RSA key can be made: \(error)")
        }
    }

    /// A key as PEM, or as the base64 of a PKCS#8 or PKCS#1 key, as Alipay's key tools write it.
    public init(_ text: String) throws(SigningKeyError) {
        do {
            key =
                text.isPEM
                ? try _RSA.Signing.PrivateKey(unsafePEMRepresentation: text)
                : try _RSA.Signing.PrivateKey(unsafeDERRepresentation: text.base64Bytes ?? [])
        } catch {
            throw SigningKeyError(
                problem: "this is no private RSA key: give PEM, or the base64 of a PKCS#8 key of 1024 bits or more")
        }
    }

    public var publicKey: PublicKey { PublicKey(key.publicKey) }

    /// PEM of PKCS#8.
    public var pem: String { key.pkcs8PEMRepresentation }
    /// PEM of PKCS#1.
    public var pkcs1PEM: String { key.pemRepresentation }

    public func signature(of message: some Collection<UInt8>, _ hash: SignatureHash) throws(SigningKeyError) -> [UInt8]
    {
        do {
            let signature =
                switch hash {
                case .sha1:
                    try key.signature(for: Insecure.SHA1.hash(data: Array(message)), padding: .insecurePKCS1v1_5)
                case .sha256: try key.signature(for: SHA256.hash(data: Array(message)), padding: .insecurePKCS1v1_5)
                }
            return Array(signature.rawRepresentation)
        } catch {
            throw SigningKeyError(problem: "the key does not sign: \(error)")
        }
    }
}

/// The half of an RSA key pair that everyone may have.
public struct PublicKey: Sendable {
    private let key: _RSA.Signing.PublicKey

    fileprivate init(_ key: _RSA.Signing.PublicKey) {
        self.key = key
    }

    /// A key as PEM, or as the base64 of an X.509 or PKCS#1 key.
    public init(_ text: String) throws(SigningKeyError) {
        do {
            key =
                text.isPEM
                ? try _RSA.Signing.PublicKey(unsafePEMRepresentation: text)
                : try _RSA.Signing.PublicKey(unsafeDERRepresentation: text.base64Bytes ?? [])
        } catch {
            throw SigningKeyError(
                problem: "this is no public RSA key: give PEM, or the base64 of an X.509 key of 1024 bits or more")
        }
    }

    /// PEM of X.509.
    public var pem: String { key.pemRepresentation }

    /// How many bytes its signatures have; nil where it does not tell.
    var size: Int? { (try? key.getKeyPrimitives()).map { $0.modulus.drop { $0 == 0 }.count } }

    /// What is in a signature of its private half; nil where it is another's, or made in another way.
    func digest(in signature: [UInt8]) -> SignedDigest? {
        guard let parts = try? key.getKeyPrimitives(), parts.publicExponent.count <= 8,
            signature.count <= 2048
        else { return nil }
        let exponent = parts.publicExponent.reduce(0 as UInt64) { $0 << 8 | UInt64($1) }
        return ModularPower(modulus: Array(parts.modulus))?.power(signature, exponent).flatMap(
            SignedDigest.init(block:))
    }

    public func isValid(
        _ signature: some Collection<UInt8>, of message: some Collection<UInt8>, _ hash: SignatureHash
    ) -> Bool {
        let signature = _RSA.Signing.RSASignature(rawRepresentation: Array(signature))
        return switch hash {
        case .sha1:
            key.isValidSignature(
                signature, for: Insecure.SHA1.hash(data: Array(message)), padding: .insecurePKCS1v1_5)
        case .sha256:
            key.isValidSignature(signature, for: SHA256.hash(data: Array(message)), padding: .insecurePKCS1v1_5)
        }
    }
}

extension String {
    /// What a PEM text has between its lines of dashes, as one line of base64.
    var pemContent: String { split(whereSeparator: \.isNewline).filter { !$0.hasPrefix("-----") }.joined() }

    fileprivate var isPEM: Bool { contains("-----BEGIN") }

    /// Nil where it is no base64.
    var base64Bytes: [UInt8]? { Data(base64Encoded: filter { !$0.isWhitespace }).map(Array.init) }
}
