#if canImport(FoundationEssentials)
    internal import FoundationEssentials
#else
    internal import Foundation
#endif

/// The header `Signature`: `algorithm=RSA256,keyVersion=1,signature=…`.
///
/// Source: Alipay+, API overview (which has spaces after the commas) and its SDKs (which have none); the signature is
/// base64, then URL-encoded.
public struct SignatureHeader: Hashable, Sendable {
    public var algorithm: String
    public var keyVersion: Int
    public var signature: [UInt8]

    /// What Alipay+ signs with.
    public static let algorithm = "RSA256"

    /// Longest header that is read, in bytes: an RSA key of 16,384 bits signs so.
    static let maximumSize = 4096

    public init(keyVersion: Int, signature: [UInt8]) {
        algorithm = Self.algorithm
        self.keyVersion = keyVersion
        self.signature = signature
    }

    /// Nil where it is none. In any order, with or without spaces; without a key version it is 0, as in the documentation.
    /// The signature may be base64 or base64url, with or without padding, URL-encoded or not, as public clients have it.
    public init?(_ text: String) {
        guard text.utf8.count <= Self.maximumSize else { return nil }
        var members: [String: String] = [:]
        // By bytes: characters would cost a good part of a signature.
        for part in text.utf8.split(separator: UInt8(ascii: ",")) {
            // Base64 ends in equals signs of its own.
            let pair = part.split(separator: UInt8(ascii: "="), maxSplits: 1, omittingEmptySubsequences: false)
            guard pair.count == 2 else { return nil }
            let name = pair[0].trimmed.lowercased()
            guard members.updateValue(pair[1].trimmed, forKey: name) == nil else { return nil }
        }
        guard let algorithm = members["algorithm"], let keyVersion = Int(members["keyversion"] ?? "0"),
            keyVersion >= 0, let signature = members["signature"]?.urlDecoded?.anyBase64, !signature.isEmpty
        else { return nil }
        self.algorithm = algorithm
        self.keyVersion = keyVersion
        self.signature = signature
    }

    /// Whether the signature is made as Alipay+ makes its own.
    var isRSA256: Bool { algorithm.uppercased() == Self.algorithm }
}

extension SignatureHeader: CustomStringConvertible {
    public var description: String {
        // Of base64's characters URLs have these for themselves.
        let encoded = Data(signature).base64EncodedData().reduce(into: [UInt8]()) { bytes, byte in
            switch byte {
            case UInt8(ascii: "+"): bytes += "%2B".utf8
            case UInt8(ascii: "/"): bytes += "%2F".utf8
            case UInt8(ascii: "="): bytes += "%3D".utf8
            default: bytes.append(byte)
            }
        }
        return "algorithm=\(algorithm),keyVersion=\(keyVersion),signature=\(String(decoding: encoded, as: UTF8.self))"
    }
}

extension String {
    /// The bytes of base64 or base64url, with or without padding; nil where it is neither.
    fileprivate var anyBase64: [UInt8]? {
        var text = utf8.map { byte -> UInt8 in
            switch byte {
            case UInt8(ascii: "-"): UInt8(ascii: "+")
            case UInt8(ascii: "_"): UInt8(ascii: "/")
            default: byte
            }
        }
        while text.last == UInt8(ascii: "=") { text.removeLast() }
        text += [UInt8](repeating: UInt8(ascii: "="), count: (4 - text.count % 4) % 4)
        return Data(base64Encoded: Data(text)).map(Array.init)
    }

    /// Nil where a percent sign is not followed by two hexadecimal digits. A plus is a plus: this is no form.
    package var urlDecoded: String? {
        func digit(_ byte: UInt8) -> UInt8? { Character(Unicode.Scalar(byte)).hexDigitValue.map(UInt8.init) }
        let bytes = Array(utf8)
        var decoded: [UInt8] = []
        decoded.reserveCapacity(bytes.count)
        var place = 0
        while place < bytes.count {
            if bytes[place] == UInt8(ascii: "%") {
                guard place + 2 < bytes.count, let high = digit(bytes[place + 1]), let low = digit(bytes[place + 2])
                else { return nil }
                decoded.append(high << 4 | low)
                place += 3
            } else {
                decoded.append(bytes[place])
                place += 1
            }
        }
        return String(validating: decoded, as: UTF8.self)
    }
}

extension Substring.UTF8View {
    fileprivate var trimmed: String {
        var rest = self
        while let first = rest.first, first == 0x20 || first == 0x09 { rest.removeFirst() }
        while let last = rest.last, last == 0x20 || last == 0x09 { rest.removeLast() }
        return String(Substring(rest))
    }
}
