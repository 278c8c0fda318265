internal import Crypto

#if canImport(FoundationEssentials)
    internal import FoundationEssentials
#else
    internal import Foundation
#endif

/// Why a signature does not fit, so far as it tells.
public struct SignatureDiagnosis: Hashable, Sendable {
    /// What is wrong, in one line.
    public var reason: String
    /// The string that the sandbox verifies.
    public var verified: String
    /// The string that was signed; nil where it is not found.
    public var signed: String?
    /// Where both differ first; nil where the one that was signed is not found.
    public var difference: String?

    /// Longest string that is kept, in bytes, and longest body that is tried in other forms.
    static let maximumSize = 16_384

    init(_ reason: String, verified: [UInt8], signed: [UInt8]? = nil) {
        self.reason = reason
        self.verified = Self.text(verified)
        self.signed = signed.map(Self.text)
        difference = signed.map { Self.difference(signed: $0, verified: verified) }
    }

    private static func text(_ bytes: [UInt8]) -> String { String(decoding: bytes.prefix(maximumSize), as: UTF8.self) }

    /// Both from the first byte that differs on, with some that do not before it.
    static func difference(signed: [UInt8], verified: [UInt8]) -> String {
        let same = zip(signed, verified).prefix { $0 == $1 }.count
        func excerpt(_ bytes: [UInt8]) -> String {
            let text = String(decoding: bytes[max(0, same - 12)..<min(bytes.count, same + 24)], as: UTF8.self)
            return String(reflecting: text)
        }
        return "from byte \(same + 1) on: signed \(excerpt(signed)), verified \(excerpt(verified))"
    }
}

extension SignatureDiagnosis {
    /// What is known of a request of Alipay+'s APIs whose signature does not fit.
    ///
    /// - Parameters:
    ///   - header: the header `Signature`; nil: there is none.
    ///   - keys: the client's, by version.
    ///   - others: keys that are taken for it by mistake, by what they are called.
    init(
        of message: SignedMessage, header text: String?, keys: [Int: PublicKey],
        others: [(name: String, key: PublicKey)]
    ) {
        let verified = message.bytes
        guard let text else {
            self.init("there is no header Signature", verified: verified)
            return
        }
        guard let header = SignatureHeader(text) else {
            self.init(
                "the header Signature is not algorithm=RSA256,keyVersion=1,signature=BASE64", verified: verified)
            return
        }
        guard header.algorithm == SignatureHeader.algorithm else {
            self.init("the algorithm is \(header.algorithm.prefix(32)), not RSA256", verified: verified)
            return
        }
        guard let key = keys[header.keyVersion] ?? keys.max(by: { $0.key < $1.key })?.value else {
            self.init("the client has no key", verified: verified)
            return
        }
        self.init(signature: header.signature, of: message, key: key, others: others)
    }

    private init(
        signature: [UInt8], of message: SignedMessage, key: PublicKey, others: [(name: String, key: PublicKey)]
    ) {
        let verified = message.bytes
        guard let digest = key.digest(in: signature) else {
            let owner = others.first { $0.key.digest(in: signature) != nil }?.name
            let size = key.size.map {
                $0 == signature.count ? "" : "; it has \(signature.count) bytes, the key's have \($0)"
            }
            self.init(
                owner.map { "it was made with \($0), not with the client's private key" }
                    ?? "it was made with another private key than the client's\(size ?? "")", verified: verified)
            return
        }
        guard digest.algorithm == "SHA-256" else {
            let isOurs = digest.bytes == SignedDigest.hash(verified, digest.algorithm)
            self.init(
                "\(digest.algorithm) was signed, not SHA-256" + (isOurs ? "" : ", and of another string"),
                verified: verified)
            return
        }
        if message.body.count <= Self.maximumSize {
            for variant in SignedVariant.all(of: message)
            where SignedDigest.hash(variant.bytes, "SHA-256") == digest.bytes {
                self.init(variant.reason, verified: verified, signed: variant.bytes)
                return
            }
        }
        self.init(
            "the key is right, and another string was signed: compare yours with the one that is verified",
            verified: verified)
    }
}

/// What is in a signature of RSA's PKCS#1 v1.5.
struct SignedDigest: Hashable {
    /// `SHA-1`, `SHA-256`, `SHA-512` or `MD5`.
    let algorithm: String
    let bytes: [UInt8]

    /// DER of a DigestInfo before the digest. Source: RFC 8017, 9.2, note 1.
    private static let prefixes: [(String, [UInt8])] = [
        ("SHA-256", [0x30, 0x31, 0x30, 0x0D, 6, 9, 0x60, 0x86, 0x48, 1, 0x65, 3, 4, 2, 1, 5, 0, 4, 0x20]),
        ("SHA-1", [0x30, 0x21, 0x30, 9, 6, 5, 0x2B, 0x0E, 3, 2, 0x1A, 5, 0, 4, 0x14]),
        ("SHA-512", [0x30, 0x51, 0x30, 0x0D, 6, 9, 0x60, 0x86, 0x48, 1, 0x65, 3, 4, 2, 3, 5, 0, 4, 0x40]),
        ("MD5", [0x30, 0x20, 0x30, 0x0C, 6, 8, 0x2A, 0x86, 0x48, 0x86, 0xF7, 0x0D, 2, 5, 5, 0, 4, 0x10]),
    ]

    /// - Parameter block: what RSA gives back of a signature; nil where it is none of this key's.
    init?(block: [UInt8]) {
        guard block.starts(with: [0, 1]) else { return nil }
        let rest = block.dropFirst(2).drop { $0 == 0xFF }
        guard rest.first == 0, block.count - rest.count >= 10 else { return nil }
        let info = rest.dropFirst()
        guard let (name, prefix) = Self.prefixes.first(where: { info.starts(with: $0.1) }) else { return nil }
        algorithm = name
        bytes = Array(info.dropFirst(prefix.count))
    }

    static func hash(_ message: [UInt8], _ algorithm: String) -> [UInt8] {
        switch algorithm {
        case "SHA-1": Array(Insecure.SHA1.hash(data: message))
        case "SHA-512": Array(SHA512.hash(data: message))
        case "MD5": Array(Insecure.MD5.hash(data: message))
        default: Array(SHA256.hash(data: message))
        }
    }
}
