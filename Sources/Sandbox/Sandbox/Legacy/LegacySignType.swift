internal import Crypto

#if canImport(FoundationEssentials)
    internal import FoundationEssentials
#else
    internal import Foundation
#endif

/// How a message of the legacy gateway is signed, by the parameter `sign_type`.
public enum LegacySignType: String, CaseIterable, Sendable {
    /// The hash of the text and a key that both sides have, in lower-case hexadecimal digits.
    case md5 = "MD5"
    /// RSA of SHA-1, in base64.
    case rsa = "RSA"
    /// RSA of SHA-256, in base64. That of the legacy gateway is as OpenAPI's, which is not public.
    case rsa2 = "RSA2"

    private var hash: SignatureHash { self == .rsa ? .sha1 : .sha256 }

    /// Longest signature that is read, in characters: of an RSA key of 16,384 bits.
    static let maximumSize = 2732

    /// - Parameters:
    ///   - md5Key: nil: there is none, and so no signature by MD5.
    ///   - key: nil: there is none, and so no signature by RSA.
    func signature(of text: [UInt8], md5Key: String?, key: PrivateKey?) throws(SigningKeyError) -> String? {
        switch self {
        case .md5: md5Key.map { Self.digest(text, $0) }
        case .rsa, .rsa2:
            try key.map { key throws(SigningKeyError) in
                Data(try key.signature(of: text, hash)).base64EncodedString()
            }
        }
    }

    func isValid(_ signature: String, of text: [UInt8], from partner: LegacyPartner) -> Bool {
        guard signature.utf8.count <= Self.maximumSize else { return false }
        switch self {
        case .md5: return partner.md5Key.map { Self.digest(text, $0) } == signature
        case .rsa, .rsa2:
            guard let key = partner.publicKey, let bytes = Data(base64Encoded: signature) else { return false }
            return key.isValid(bytes, of: text, hash)
        }
    }

    static func digest(_ text: [UInt8], _ key: String = "") -> String {
        hexadecimal(Insecure.MD5.hash(data: text + Array(key.utf8)))
    }

    static func hexadecimal(_ bytes: some Sequence<UInt8>) -> String {
        let digits = Array("0123456789abcdef")
        return bytes.reduce(into: "") { text, byte in
            text.append(digits[Int(byte >> 4)])
            text.append(digits[Int(byte & 15)])
        }
    }

    /// What is signed of parameters: those that are not empty, sorted by name, as they are before they are URL-encoded.
    ///
    /// Source: "Sign" and "Before signing" of Antom's pages of the legacy gateway.
    static func text(of parameters: some Sequence<(name: String, bytes: [UInt8])>, without names: Set<String>)
        -> [UInt8]
    {
        let signed = parameters.filter { !$0.bytes.isEmpty && !names.contains($0.name) }
            .sorted { $0.name.utf8.lexicographicallyPrecedes($1.name.utf8) }
        return Array(signed.map { Array("\($0.name)=".utf8) + $0.bytes }.joined(separator: [UInt8(ascii: "&")]))
    }
}
