/// The members of a document, prepared: how each is found, and what stands before it.
final class CompiledDocument: Sendable {
    struct Member: Sendable {
        /// As ``DocumentNode`` has it.
        let keyText: [UInt8]
        let keyNumber: UInt64
        /// What stands before the value: its key, or its tag.
        let head: [UInt8]
        let member: DocumentMember
        let leaf: Leaf
        /// Whether something of it is given by a value.
        let carried: [FieldLayout.Value]
        let standard: [UInt8]?
    }

    /// A member's content, by how it is read and written.
    enum Leaf: Sendable {
        /// Members of the same notation.
        case members(DocumentLayout)
        /// Another notation in the text.
        case embedded(DocumentLayout)
        case constant([UInt8])
        case text(FieldLayout.Value)
        case number(FieldLayout.Value, IntegerFormat)
        case table(FieldLayout.Value, [(text: [UInt8], name: String)])
        case other
    }

    let notation: Notation
    let kind: DocumentKind
    let nameText: [UInt8]
    let nameNumber: UInt64
    let members: [Member]
    /// What something of it is given by.
    let carried: [FieldLayout.Value]

    init(
        notation: Notation, kind: DocumentKind, name: String, hasNumberedKeys: Bool, style: DocumentStyle,
        members: [DocumentMember]
    ) {
        self.notation = notation
        self.kind = kind
        let keys = Keys(notation: notation, kind: kind, hasNumberedKeys: hasNumberedKeys)
        (nameText, nameNumber) = keys.parsed(name, isName: true)
        self.members = members.map { member in
            let (text, number) = keys.parsed(member.key, isName: false)
            return Member(
                keyText: text, keyNumber: number, head: keys.head(text, number, member, style), member: member,
                leaf: Self.leaf(member), carried: member.field.values,
                standard: member.standard.map { Array($0.utf8) })
        }
        carried = self.members.flatMap(\.carried)
    }

    private static func leaf(_ member: DocumentMember) -> Leaf {
        switch member.field.content {
        case .document(let inner): return member.kind.isContainer ? .members(inner) : .embedded(inner)
        case .constant(let bytes): return .constant(bytes)
        case .text(let value, let format) where format == TextFormat() && member.field.extent == .rest:
            return .text(value)
        case .integer(let value, let format):
            // What the format says of digits as text only does not show in a number.
            guard format.form == .decimal, format.notation == .seconds, format.blank == nil,
                format.characters == .utf8, member.field.extent == .rest
            else { return .other }
            return .number(value, format)
        case .enumeration(let value, let table):
            return .table(value, table.map { ($0.value.bytes, $0.key) })
        default: return .other
        }
    }

    /// Whether a node begins such a document.
    func isRoot(_ node: DocumentNode, _ parser: borrowing DocumentParser) -> Bool {
        switch notation {
        case .protobuf: true
        case .json, .cbor, .messagePack: node.kind.isContainer && node.kind.isMap == kind.isMap
        case .der: node.keyNumber == nameNumber
        case .xml: parser.hasKey(node, nameText)
        }
    }
}

extension DocumentParser {
    func hasKey(_ node: DocumentNode, _ text: [UInt8]) -> Bool {
        let range = node.keyText
        guard range.count == text.count else { return false }
        var index = range.lowerBound
        for byte in text {
            if bytes[index] != byte { return false }
            index += 1
        }
        return true
    }
}

/// How the keys of one document become what stands in its bytes.
private struct Keys {
    let notation: Notation
    let kind: DocumentKind
    let hasNumberedKeys: Bool

    func parsed(_ key: String, isName: Bool) -> (text: [UInt8], number: UInt64) {
        let parts = key.split(separator: "#", maxSplits: 1, omittingEmptySubsequences: false)
        let occurrence = parts.count > 1 ? UInt64(parts[1]) : nil
        switch notation {
        case .der:
            let tag = UInt64(parts[0], radix: 16) ?? 0
            return ([], tag << 16 | (occurrence ?? 0))
        case .xml: return (Array((occurrence == nil ? key : String(parts[0])).utf8), occurrence ?? 0)
        case .protobuf: return ([], number(key))
        case .json, .cbor, .messagePack:
            return hasNumberedKeys || !kind.isMap ? ([], number(key)) : (Array(key.utf8), 0)
        }
    }

    private func number(_ text: String) -> UInt64 { UInt64(text) ?? Int64(text).map { UInt64(bitPattern: $0) } ?? 0 }

    func head(_ text: [UInt8], _ number: UInt64, _ member: DocumentMember, _ style: DocumentStyle) -> [UInt8] {
        var head: [UInt8] = []
        switch notation {
        case .json where kind.isMap:
            head.appendQuoted(text, style)
            head += Array((style.hasSpacedColons ? ": " : ":").utf8)
        case .json: break
        case .cbor where kind.isMap:
            if !hasNumberedKeys {
                head.appendCBOR(3, UInt64(text.count))
                head += text
            } else if Int64(bitPattern: number) < 0 {
                head.appendCBOR(1, ~number)
            } else {
                head.appendCBOR(0, number)
            }
        case .messagePack where kind.isMap:
            if hasNumberedKeys {
                head.appendMessagePack(.number, number, isNegative: Int64(bitPattern: number) < 0)
            } else {
                head.appendMessagePackText(text)
            }
        case .cbor, .messagePack: break
        case .protobuf:
            if kind != .packed { head.appendVarint(number << 3 | member.wireType) }
        case .der: head = (number >> 16).bigBytes
        case .xml: head = text
        }
        return head
    }
}

extension DocumentMember {
    /// Of Protocol Buffers.
    fileprivate var wireType: UInt64 {
        switch kind {
        case .fixed64, .float64: 1
        case .fixed32, .float32: 5
        case .text, .bytes, .map, .packed: 2
        default: 0
        }
    }
}

extension UInt64 {
    /// In as few bytes as it needs.
    var bigBytes: [UInt8] {
        var bytes: [UInt8] = []
        var shift = 56
        while shift > 0, self >> UInt64(shift) == 0 { shift -= 8 }
        while shift >= 0 {
            bytes.append(UInt8(truncatingIfNeeded: self >> UInt64(shift)))
            shift -= 8
        }
        return bytes
    }
}

// MARK: Bytes of each notation

extension [UInt8] {
    mutating func appendVarint(_ number: UInt64) {
        var rest = number
        while rest >= 0x80 {
            append(UInt8(truncatingIfNeeded: rest) | 0x80)
            rest >>= 7
        }
        append(UInt8(rest))
    }

    mutating func appendBig(_ number: UInt64, _ size: Int) {
        for shift in stride(from: 8 * (size - 1), through: 0, by: -8) {
            append(UInt8(truncatingIfNeeded: number >> UInt64(shift)))
        }
    }

    mutating func appendLittle(_ number: UInt64, _ size: Int) {
        for shift in stride(from: 0, to: 8 * size, by: 8) {
            append(UInt8(truncatingIfNeeded: number >> UInt64(shift)))
        }
    }

    mutating func appendCBOR(_ major: UInt8, _ argument: UInt64) {
        switch argument {
        case 0..<24: append(major << 5 | UInt8(argument))
        case 24..<0x100: appendCBOR(major, argument, 1)
        case 0x100..<0x10000: appendCBOR(major, argument, 2)
        case 0x10000..<0x1_0000_0000: appendCBOR(major, argument, 4)
        default: appendCBOR(major, argument, 8)
        }
    }

    /// With an argument of 1, 2, 4 or 8 bytes.
    mutating func appendCBOR(_ major: UInt8, _ argument: UInt64, _ size: Int) {
        append(major << 5 | UInt8(24 + size.trailingZeroBitCount))
        appendBig(argument, size)
    }

    mutating func appendMessagePackText(_ text: [UInt8]) {
        switch text.count {
        case 0..<32: append(0xA0 | UInt8(text.count))
        case 32..<256: self += [0xD9, UInt8(text.count)]
        default:
            append(text.count < 65_536 ? 0xDA : 0xDB)
            appendBig(UInt64(text.count), text.count < 65_536 ? 2 : 4)
        }
        self += text
    }

    /// The number in a type that its kind says; false where it does not fit.
    @discardableResult
    mutating func appendMessagePack(_ kind: DocumentKind, _ bits: UInt64, isNegative: Bool) -> Bool {
        let number = Int64(bitPattern: bits)
        switch kind {
        case .number8, .number16, .number32, .number64, .signed8, .signed16, .signed32, .signed64:
            let log = kind.sizeLog
            let isSigned = kind.isSigned
            let unused = UInt64(64 - 8 * (1 << log))
            if isSigned || isNegative {
                guard isNegative || number >= 0, (number << Int64(unused)) >> Int64(unused) == number else {
                    return false
                }
            } else {
                guard (bits << unused) >> unused == bits else { return false }
            }
            append((isSigned || isNegative ? 0xD0 : 0xCC) + UInt8(log))
            appendBig(bits, 1 << log)
        default:
            if isNegative {
                if number >= -32 { append(UInt8(truncatingIfNeeded: number)) } else { appendShortest(number) }
            } else if bits < 128 {
                append(UInt8(bits))
            } else if kind == .signed, number > 0 {
                appendShortest(number)
            } else {
                let log = bits < 0x100 ? 0 : bits < 0x10000 ? 1 : bits < 0x1_0000_0000 ? 2 : 3
                append(0xCC + UInt8(log))
                appendBig(bits, 1 << log)
            }
        }
        return true
    }

    private mutating func appendShortest(_ number: Int64) {
        let log = (0...3).first { log in
            let unused = Int64(64 - 8 * (1 << log))
            return (number << unused) >> unused == number
        }!
        append(0xD0 + UInt8(log))
        appendBig(UInt64(bitPattern: number), 1 << log)
    }

    /// In quotes, as JSON has it.
    mutating func appendQuoted(_ text: [UInt8], _ style: DocumentStyle) {
        append(UInt8(ascii: "\""))
        let isPlain = text.allSatisfy { byte in
            byte >= 0x20 && byte != UInt8(ascii: "\"") && byte != UInt8(ascii: "\\") && byte != UInt8(ascii: "/")
                && byte < 0x80
        }
        if isPlain {
            self += text
        } else {
            for scalar in String(decoding: text, as: UTF8.self).unicodeScalars { appendEscaped(scalar, style) }
        }
        append(UInt8(ascii: "\""))
    }

    private mutating func appendEscaped(_ scalar: Unicode.Scalar, _ style: DocumentStyle) {
        switch scalar {
        case "\"", "\\": self += [UInt8(ascii: "\\"), UInt8(scalar.value)]
        case "/" where style.escapesSlashes: self += Array("\\/".utf8)
        case "\n": self += Array("\\n".utf8)
        case "\r": self += Array("\\r".utf8)
        case "\t": self += Array("\\t".utf8)
        case _ where scalar.value < 0x20: appendUnit(UInt16(scalar.value))
        case _ where scalar.value >= 0x80 && style.isASCII:
            for unit in String(scalar).utf16 { appendUnit(unit) }
        default: self += Array(String(scalar).utf8)
        }
    }

    private mutating func appendUnit(_ unit: UInt16) {
        let digits = HexBytes([UInt8(unit >> 8), UInt8(truncatingIfNeeded: unit)]).description
        self += Array("\\u\(digits.filter { $0 != " " })".utf8)
    }

    mutating func appendEntities(_ text: [UInt8], quote: UInt8?) {
        for byte in text {
            switch byte {
            case UInt8(ascii: "&"): self += Array("&amp;".utf8)
            case UInt8(ascii: "<"): self += Array("&lt;".utf8)
            case UInt8(ascii: ">"): self += Array("&gt;".utf8)
            case UInt8(ascii: "\"") where quote == byte: self += Array("&quot;".utf8)
            case UInt8(ascii: "'") where quote == byte: self += Array("&apos;".utf8)
            default: append(byte)
            }
        }
    }

    /// A length as DER has it.
    mutating func insertLength(_ notation: Notation, at place: Int) {
        let count = self.count - place
        if count < 0x80 {
            insert(UInt8(count), at: place)
        } else if notation == .der {
            let length = UInt64(count).bigBytes
            insert(contentsOf: [0x80 | UInt8(length.count)] + length, at: place)
        } else {
            var length: [UInt8] = []
            length.appendVarint(UInt64(count))
            insert(contentsOf: length, at: place)
        }
    }
}

extension DocumentKind {
    /// How often the number of a kind's bytes was doubled.
    var sizeLog: Int {
        switch self {
        case .number8, .signed8: 0
        case .number16, .signed16, .float16: 1
        case .number32, .signed32, .float32: 2
        default: 3
        }
    }

    var isSigned: Bool {
        switch self {
        case .signed, .signed8, .signed16, .signed32, .signed64: true
        default: false
        }
    }

    var isFloat: Bool {
        switch self {
        case .float, .float16, .float32, .float64, .mixed: true
        default: false
        }
    }
}
