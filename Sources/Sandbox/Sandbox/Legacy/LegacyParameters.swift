/// The parameters of a request: names and values that are not empty, in the order in which they came.
///
/// An empty value is as none: it is not signed either.
struct LegacyParameters {
    struct Parameter {
        let name: String
        let value: String
        /// As it was sent, in the request's encoding.
        let bytes: [UInt8]
    }

    /// Most parameters of query and body together.
    static let maximumCount = 100
    /// Longest name, in characters.
    static let maximumName = 64

    let all: [Parameter]
    let charset: LegacyCharset

    /// - Parameters:
    ///   - name: of the parameter that tells the encoding.
    ///   - needsCharsetInURL: whether a body with more than ASCII is not read where the URL does not tell its encoding.
    init(
        query: String, body: [UInt8], charset name: String, default other: LegacyCharset, needsCharsetInURL: Bool
    ) throws(LegacyRefusal) {
        let (inURL, inBody) = (try Self.pairs(Array(query.utf8)), try Self.pairs(body))
        func value(_ pairs: [(name: [UInt8], value: [UInt8])]) -> [UInt8]? {
            pairs.first { $0.name.elementsEqual(name.utf8) }?.value
        }
        let (urlCharset, bodyCharset) = (value(inURL), value(inBody))
        if needsCharsetInURL, urlCharset == nil, !inBody.allSatisfy({ $0.value.allSatisfy { $0 < 0x80 } }) {
            throw .illegal("\(name) is missing in the URL: a POST has it there too")
        }
        let named = try [urlCharset, bodyCharset].map { bytes throws(LegacyRefusal) in
            try Self.charset(bytes ?? [], named: name)
        }
        if let first = named[0], let second = named[1], first != second {
            throw .illegal("\(name) is one in the URL and another in the body")
        }
        let charset = named[0] ?? named[1] ?? other
        // The encoding alone may be told in both places, in any case: that of the body is signed.
        let pairs = inURL.filter { bodyCharset == nil || !$0.name.elementsEqual(name.utf8) } + inBody
        guard pairs.count <= Self.maximumCount else { throw .illegal("more than \(Self.maximumCount) parameters") }
        var names: Set<String> = []
        var all: [Parameter] = []
        for pair in pairs {
            let name = try Self.name(pair.name)
            guard names.insert(name).inserted else { throw .illegal("\(name) is there twice") }
            guard let value = charset.text(of: pair.value) else {
                throw .illegal(
                    charset.isKnown
                        ? "\(name) is not of the encoding \(charset.rawValue)"
                        : "this system does not know \(charset.rawValue): install the C library's gconv modules")
            }
            guard value.unicodeScalars.allSatisfy(\.isXML) else {
                throw .illegal("\(name) has a character that XML has not")
            }
            if !value.isEmpty { all.append(Parameter(name: name, value: value, bytes: pair.value)) }
        }
        self.all = all
        self.charset = charset
    }

    /// Nil where none is told.
    private static func charset(_ bytes: [UInt8], named name: String) throws(LegacyRefusal) -> LegacyCharset? {
        if bytes.isEmpty { return nil }
        guard let charset = LegacyCharset(name: String(decoding: bytes, as: UTF8.self)) else {
            throw .illegal("\(name) is none of " + LegacyCharset.allCases.map(\.rawValue).joined(separator: ", "))
        }
        return charset
    }

    /// A form's names and values without their percent signs.
    private static func pairs(_ form: [UInt8]) throws(LegacyRefusal) -> [(name: [UInt8], value: [UInt8])] {
        let limit = LegacyGateway.maximumSize
        guard form.count <= limit else { throw .illegal("more than \(limit) bytes of parameters") }
        var pairs: [(name: [UInt8], value: [UInt8])] = []
        for part in form.split(separator: UInt8(ascii: "&")) {
            let sides = part.split(separator: UInt8(ascii: "="), maxSplits: 1, omittingEmptySubsequences: false)
            guard let name = decoded(sides[0]), let value = decoded(sides.count == 2 ? sides[1] : []) else {
                throw .illegal("a percent sign is not followed by two hexadecimal digits")
            }
            pairs.append((name, value))
            // Before the rest is decoded.
            guard pairs.count <= maximumCount else { throw .illegal("more than \(maximumCount) parameters") }
        }
        return pairs
    }

    /// Nil where a percent sign is not followed by two hexadecimal digits. A plus is a space.
    private static func decoded(_ text: ArraySlice<UInt8>) -> [UInt8]? {
        var decoded: [UInt8] = []
        decoded.reserveCapacity(text.count)
        var rest = text
        while let byte = rest.popFirst() {
            switch byte {
            case UInt8(ascii: "+"): decoded.append(UInt8(ascii: " "))
            case UInt8(ascii: "%"):
                guard let high = rest.popFirst().flatMap(digit), let low = rest.popFirst().flatMap(digit) else {
                    return nil
                }
                decoded.append(high << 4 | low)
            default: decoded.append(byte)
            }
        }
        return decoded
    }

    private static func digit(_ byte: UInt8) -> UInt8? {
        switch byte {
        case UInt8(ascii: "0")...UInt8(ascii: "9"): byte - UInt8(ascii: "0")
        case UInt8(ascii: "A")...UInt8(ascii: "F"): byte - UInt8(ascii: "A") + 10
        case UInt8(ascii: "a")...UInt8(ascii: "f"): byte - UInt8(ascii: "a") + 10
        default: nil
        }
    }

    private static func name(_ bytes: [UInt8]) throws(LegacyRefusal) -> String {
        guard (1...maximumName).contains(bytes.count),
            bytes.allSatisfy(isOfName)
        else { throw .illegal("a parameter's name is none: letters, digits, and _ - . are") }
        return String(decoding: bytes, as: UTF8.self)
    }

    private static func isOfName(_ byte: UInt8) -> Bool {
        switch byte {
        case UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
            UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "_"), UInt8(ascii: "-"), UInt8(ascii: "."):
            true
        default: false
        }
    }

    /// What is signed of them.
    func signedText(without names: Set<String>) -> [UInt8] {
        LegacySignType.text(of: all.map { ($0.name, $0.bytes) }, without: names)
    }
}

extension Unicode.Scalar {
    /// Whether XML 1.0 has this character.
    fileprivate var isXML: Bool {
        switch value {
        case 0x09, 0x0A, 0x0D, 0x20...0xFFFD, 0x1_0000...0x10_FFFF: true
        default: false
        }
    }
}
