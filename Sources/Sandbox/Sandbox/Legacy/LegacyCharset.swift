internal import Glibc

/// The encodings of the legacy gateway's text, by `_input_charset`.
///
/// GBK and GB2312 are read and written by the C library, which on a small system may lack them: then no text is of them.
public enum LegacyCharset: String, CaseIterable, Sendable {
    case utf8 = "UTF-8"
    case gbk = "GBK"
    case gb2312 = "GB2312"

    /// Nil where the gateway has no such encoding. In any case: clients write `utf-8`.
    init?(name: String) {
        guard let charset = Self.allCases.first(where: { $0.rawValue == name.uppercased() }) else { return nil }
        self = charset
    }

    /// Whether this system can read it.
    var isKnown: Bool { self == .utf8 || Converter(from: rawValue, to: Self.utf8.rawValue) != nil }

    /// Nil where the bytes are not of this encoding.
    func text(of bytes: [UInt8]) -> String? {
        switch self {
        case .utf8: return String(validating: bytes, as: UTF8.self)
        case .gbk, .gb2312:
            if bytes.allSatisfy({ $0 < 0x80 }) { return String(decoding: bytes, as: UTF8.self) }
            guard let converter = Converter(from: rawValue, to: Self.utf8.rawValue),
                let converted = converter.convert(bytes)
            else { return nil }
            return String(validating: converted, as: UTF8.self)
        }
    }

    /// What this encoding has no character for becomes a question mark.
    func bytes(of text: String) -> [UInt8] {
        switch self {
        case .utf8: return Array(text.utf8)
        case .gbk, .gb2312:
            if text.utf8.allSatisfy({ $0 < 0x80 }) { return Array(text.utf8) }
            guard let converter = Converter(from: Self.utf8.rawValue, to: rawValue) else {
                return text.unicodeScalars.map { $0.isASCII ? UInt8($0.value) : UInt8(ascii: "?") }
            }
            if let bytes = converter.convert(Array(text.utf8)) { return bytes }
            return text.unicodeScalars.flatMap { converter.convert(Array(String($0).utf8)) ?? [UInt8(ascii: "?")] }
        }
    }
}

/// The C library's `iconv`.
private struct Converter: ~Copyable {
    private let handle: iconv_t

    /// Nil where the system does not know the encodings.
    init?(from source: String, to target: String) {
        guard let handle = iconv_open(target, source), Int(bitPattern: handle) != -1 else { return nil }
        self.handle = handle
    }

    deinit {
        iconv_close(handle)
    }

    /// Nil where not all can be converted.
    func convert(_ bytes: [UInt8]) -> [UInt8]? {
        // Back to its first state, whatever was converted before.
        iconv(handle, nil, nil, nil, nil)
        var source = bytes.map(CChar.init(bitPattern:))
        // No character grows more than from two bytes to three, or from one to two.
        var target = [CChar](repeating: 0, count: bytes.count * 2 + 8)
        var (sourceLeft, targetLeft) = (source.count, target.count)
        let failed = source.withUnsafeMutableBufferPointer { source in
            target.withUnsafeMutableBufferPointer { target in
                var (from, to) = (source.baseAddress, target.baseAddress)
                return iconv(handle, &from, &sourceLeft, &to, &targetLeft) == -1
            }
        }
        guard !failed, sourceLeft == 0 else { return nil }
        return target.dropLast(targetLeft).map(UInt8.init(bitPattern:))
    }
}
