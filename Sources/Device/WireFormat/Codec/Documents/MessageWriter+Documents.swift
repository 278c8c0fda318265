internal import BlueTap

// Documents: the members that are given, behind their keys.
extension MessageWriter {
    mutating func write(_ document: DocumentLayout) throws(EncodingError) {
        if document.notation == .xml { bytes += Array(document.style.prolog.utf8) }
        if document.notation == .der { bytes += document.compiled.nameNumber.tagBytes }
        try writeMembers(document, name: document.compiled.nameText, style: document.style, level: 0)
    }

    private func isGiven(_ compiled: CompiledDocument.Member) throws(EncodingError) -> Bool {
        let member = compiled.member
        if let companion = member.companion, values[companion] == nil { return false }
        switch compiled.leaf {
        case .members(let inner), .embedded(let inner):
            return inner.isAlways || compiled.carried.contains { values[$0] != nil }
        case .constant: return member.standard == nil
        default: break
        }
        if member.absence == .leftOut, !isGiven(member.field) { return false }
        guard let standard = compiled.standard, member.absence == .leftOut else { return true }
        return try single(member.field, size: nil) ?? standard != standard
    }

    /// What holds members, with them.
    private mutating func writeMembers(
        _ document: DocumentLayout, name: [UInt8], style: DocumentStyle, level: Int
    ) throws(EncodingError) {
        let compiled = document.compiled
        let start = bytes.count
        switch document.notation {
        case .protobuf:
            for member in compiled.members where try isGiven(member) {
                bytes += member.head
                try write(member, document, style, level)
            }
            return
        case .der:
            for member in compiled.members where try isGiven(member) {
                bytes += member.head
                try write(member, document, style, level)
            }
            return bytes.insertLength(.der, at: start)
        case .xml: return try writeElement(document, name, style, level)
        case .json, .cbor, .messagePack: break
        }
        var given: [CompiledDocument.Member] = []
        given.reserveCapacity(compiled.members.count)
        for member in compiled.members where try isGiven(member) { given.append(member) }
        if document.notation == .json {
            bytes.append(UInt8(ascii: document.kind.isMap ? "{" : "["))
            for (index, member) in given.enumerated() {
                if index > 0 { bytes += Array((style.hasSpacedCommas ? ", " : ",").utf8) }
                if let indent = style.indent { newLine(style, indent, level + 1) }
                bytes += member.head
                try write(member, document, style, level)
            }
            if let indent = style.indent, !given.isEmpty { newLine(style, indent, level) }
            bytes.append(UInt8(ascii: document.kind.isMap ? "}" : "]"))
            return
        }
        writeHead(document, given.count)
        for member in given {
            bytes += member.head
            try write(member, document, style, level)
        }
        if document.kind == .openMap || document.kind == .openArray { bytes.append(0xFF) }
    }

    private mutating func newLine(_ style: DocumentStyle, _ indent: String, _ level: Int) {
        bytes += Array(style.newline.utf8)
        for _ in 0..<level { bytes += Array(indent.utf8) }
    }

    /// How many members follow.
    private mutating func writeHead(_ document: DocumentLayout, _ count: Int) {
        switch (document.notation, document.kind) {
        case (.cbor, .openMap): bytes.append(0xBF)
        case (.cbor, .openArray): bytes.append(0x9F)
        case (.cbor, let kind): bytes.appendCBOR(kind.isMap ? 5 : 4, UInt64(count))
        case (_, let kind):
            if count < 16 {
                bytes.append((kind.isMap ? 0x80 : 0x90) | UInt8(count))
            } else {
                bytes.append(kind.isMap ? 0xDE : 0xDC)
                bytes.appendBig(UInt64(count), 2)
            }
        }
    }

    private mutating func writeElement(
        _ document: DocumentLayout, _ name: [UInt8], _ style: DocumentStyle, _ level: Int
    ) throws(EncodingError) {
        bytes.append(UInt8(ascii: "<"))
        bytes += name
        var given: [CompiledDocument.Member] = []
        for member in document.compiled.members where try isGiven(member) {
            guard member.member.kind == .attribute else {
                given.append(member)
                continue
            }
            bytes.append(0x20)
            bytes += member.head + [UInt8(ascii: "=")] + Array(style.quote.utf8)
            bytes.appendEntities(try text(of: member) ?? [], quote: style.quote.utf8.first)
            bytes += Array(style.quote.utf8)
        }
        if given.isEmpty, let end = style.emptyEnd {
            bytes += Array(end.utf8)
            return
        }
        bytes.append(UInt8(ascii: ">"))
        var hasElements = false
        for member in given {
            if member.keyText.isEmpty {
                bytes.appendEntities(try text(of: member) ?? [], quote: nil)
                continue
            }
            hasElements = true
            if let indent = style.indent { newLine(style, indent, level + 1) }
            if case .members(let inner) = member.leaf {
                try writeMembers(inner, name: member.head, style: style, level: level + 1)
                continue
            }
            let text = try text(of: member) ?? []
            bytes.append(UInt8(ascii: "<"))
            bytes += member.head
            if text.isEmpty, let end = style.emptyEnd {
                bytes += Array(end.utf8)
                continue
            }
            bytes.append(UInt8(ascii: ">"))
            bytes.appendEntities(text, quote: nil)
            bytes += Array("</".utf8) + member.head + [UInt8(ascii: ">")]
        }
        if hasElements, let indent = style.indent { newLine(style, indent, level) }
        bytes += Array("</".utf8) + name + [UInt8(ascii: ">")]
    }

    /// A member behind its key.
    private mutating func write(
        _ member: CompiledDocument.Member, _ document: DocumentLayout, _ style: DocumentStyle, _ level: Int
    ) throws(EncodingError) {
        switch member.leaf {
        case .members(let inner):
            let start = bytes.count
            try writeMembers(inner, name: member.head, style: style, level: level + 1)
            if inner.notation == .protobuf { bytes.insertLength(.protobuf, at: start) }
        case .number(let value, let format):
            guard let text = values[value] else { fallthrough }
            guard let number = format.number(of: text), number != format.absent else {
                throw .doesNotFit(field: value, value: text, limit: "a whole number")
            }
            try writeNumber(
                UInt64(bitPattern: number), isNegative: number < 0, member, document, value: value)
        default:
            guard let text = try text(of: member), member.member.absence == .leftOut || text != member.standard else {
                let isNull = member.member.absence == .null || member.member.kind == .null
                return try writeText([], isNull ? .null : .text, member, document, style)
            }
            try writeText(text, member.member.kind, member, document, style)
        }
    }

    /// The text that a member carries; nil where it carries none.
    private func text(of member: CompiledDocument.Member) throws(EncodingError) -> [UInt8]? {
        switch member.leaf {
        case .embedded(let inner):
            var writer = MessageWriter(message, values: values, answering: command)
            try writer.write(inner)
            return writer.bytes
        case .members: return nil
        case .constant(let bytes): return bytes
        case .text(let value): return values[value].map { Array($0.utf8) }
        default:
            let field = member.member.field
            if member.member.kind == .null { return nil }
            return isGiven(field) ? try single(field, size: field.fixedSize) : nil
        }
    }

    private mutating func writeText(
        _ text: [UInt8], _ kind: DocumentKind, _ member: CompiledDocument.Member, _ document: DocumentLayout,
        _ style: DocumentStyle
    ) throws(EncodingError) {
        switch (document.notation, kind) {
        case (.json, .text): bytes.appendQuoted(text, style)
        case (.json, .null): bytes += Array("null".utf8)
        case (.json, .number), (.json, .float): bytes += DocumentKind.digits(text, isFloat: kind == .float)
        case (.json, _), (.xml, _): bytes += text
        case (.cbor, .text), (.cbor, .bytes):
            bytes.appendCBOR(kind == .text ? 3 : 2, UInt64(text.count))
            bytes += text
        case (.cbor, .null): bytes.append(0xF6)
        case (.cbor, .bool): bytes.append(text.isTrue ? 0xF5 : 0xF4)
        case (.messagePack, .text): bytes.appendMessagePackText(text)
        case (.messagePack, .bytes):
            let log = text.count < 256 ? 0 : text.count < 65_536 ? 1 : 2
            bytes.append(0xC4 + UInt8(log))
            bytes.appendBig(UInt64(text.count), 1 << log)
            bytes += text
        case (.messagePack, .null): bytes.append(0xC0)
        case (.messagePack, .bool): bytes.append(text.isTrue ? 0xC3 : 0xC2)
        case (.protobuf, .text), (.protobuf, .bytes):
            bytes.appendVarint(UInt64(text.count))
            bytes += text
        case (.protobuf, .null): bytes.append(0)
        case (.der, .text), (.der, .bytes), (.der, .null):
            let start = bytes.count
            bytes += text
            bytes.insertLength(.der, at: start)
        case (.der, .bool): bytes += [1, text.isTrue ? 0xFF : 0]
        default: try writeNumber(text, kind, member, document)
        }
    }

    // MARK: Numbers

    private mutating func writeNumber(
        _ text: [UInt8], _ kind: DocumentKind, _ member: CompiledDocument.Member, _ document: DocumentLayout
    ) throws(EncodingError) {
        // Bytes that nobody has given yet are zeros, and no number.
        let digits = text.allSatisfy { $0 == 0 } ? "0" : String(decoding: text, as: UTF8.self)
        let value = member.carried.first ?? .counter
        if !kind.isFloat {
            if let bits = UInt64(digits) {
                return try writeNumber(bits, isNegative: false, member, document, value: value)
            }
            guard let number = Int64(digits) else { throw .doesNotFit(field: value, value: digits, limit: "a number") }
            return try writeNumber(UInt64(bitPattern: number), isNegative: true, member, document, value: value)
        }
        guard let number = Double(digits), number.isFinite else {
            throw .doesNotFit(field: value, value: digits, limit: "a number")
        }
        if kind == .mixed, let whole = Int64(exactly: number) {
            return writeShortest(UInt64(bitPattern: whole), isNegative: whole < 0, document.notation)
        }
        guard let (head, bits, size) = kind.floatBits(number) else {
            throw .doesNotFit(field: value, value: digits, limit: "a number of 16 bits")
        }
        switch document.notation {
        case .protobuf: bytes.appendLittle(bits, size)
        case .messagePack:
            bytes.append(size == 4 ? 0xCA : 0xCB)
            bytes.appendBig(bits, size)
        default:
            bytes.append(head)
            bytes.appendBig(bits, size)
        }
    }

    private mutating func writeShortest(_ bits: UInt64, isNegative: Bool, _ notation: Notation) {
        if notation == .cbor {
            bytes.appendCBOR(isNegative ? 1 : 0, isNegative ? ~bits : bits)
        } else {
            bytes.appendMessagePack(.number, bits, isNegative: isNegative)
        }
    }

    private mutating func writeNumber(
        _ bits: UInt64, isNegative: Bool, _ member: CompiledDocument.Member, _ document: DocumentLayout,
        value: FieldLayout.Value
    ) throws(EncodingError) {
        let kind = member.member.kind
        var fits = true
        switch (document.notation, kind) {
        case (.protobuf, .zigzag):
            let number = Int64(bitPattern: bits)
            fits = isNegative || number >= 0
            bytes.appendVarint(UInt64(bitPattern: number << 1 ^ number >> 63))
        case (.protobuf, .fixed32):
            fits = isNegative || bits <= UInt32.max
            bytes.appendLittle(bits, 4)
        case (.protobuf, .fixed64): bytes.appendLittle(bits, 8)
        case (.protobuf, .number), (.protobuf, .bool): bytes.appendVarint(bits)
        case (.cbor, .number8), (.cbor, .number16), (.cbor, .number32), (.cbor, .number64):
            let size = 1 << kind.sizeLog
            let argument = isNegative ? ~bits : bits
            fits = size == 8 || argument >> UInt64(8 * size) == 0
            bytes.appendCBOR(isNegative ? 1 : 0, argument, size)
        case (.cbor, .number): writeShortest(bits, isNegative: isNegative, .cbor)
        case (.messagePack, .number), (.messagePack, .number8), (.messagePack, .number16), (.messagePack, .number32),
            (.messagePack, .number64), (.messagePack, .signed), (.messagePack, .signed8), (.messagePack, .signed16),
            (.messagePack, .signed32), (.messagePack, .signed64):
            fits = bytes.appendMessagePack(kind, bits, isNegative: isNegative)
        case (.der, .number):
            var digits = bits.bigBytes
            if isNegative {
                while digits.count > 1, digits[0] == 0xFF, digits[1] >= 0x80 { digits.removeFirst() }
            } else if digits[0] >= 0x80 {
                digits.insert(0, at: 0)
            }
            bytes.append(UInt8(digits.count))
            bytes += digits
        default:
            let number = isNegative ? String(Int64(bitPattern: bits)) : String(bits)
            return try writeText(Array(number.utf8), kind, member, document, document.style)
        }
        guard fits else {
            let number = isNegative ? String(Int64(bitPattern: bits)) : String(bits)
            throw .doesNotFit(field: value, value: number, limit: "\(8 * (1 << kind.sizeLog)) bits")
        }
    }
}

extension UInt64 {
    /// The bytes of a DER tag of which this is the number and place.
    fileprivate var tagBytes: [UInt8] { (self >> 16).bigBytes }
}

extension [UInt8] {
    fileprivate var isTrue: Bool { elementsEqual("true".utf8) || self == [0x31] }
}

extension DocumentKind {
    /// A decimal text without zeros at its end: `12.5`, and `10` or, as a float, `10.0`.
    static func digits(_ text: [UInt8], isFloat: Bool) -> [UInt8] {
        var text = text
        if text.contains(UInt8(ascii: ".")) {
            while text.last == UInt8(ascii: "0") { text.removeLast() }
            if text.last == UInt8(ascii: ".") { text.removeLast() }
        }
        if isFloat, !text.contains(UInt8(ascii: ".")) { text += [UInt8(ascii: "."), UInt8(ascii: "0")] }
        return text
    }

    /// The head in CBOR, the bits and the size of a number; nil where the kind does not hold it.
    fileprivate func floatBits(_ number: Double) -> (head: UInt8, bits: UInt64, size: Int)? {
        switch self {
        case .float16: return Self.half(number).map { (0xF9, $0, 2) }
        case .float32: return (0xFA, UInt64(Float(number).bitPattern), 4)
        case .float:
            if let half = Self.half(number) { return (0xF9, half, 2) }
            if Double(Float(number)) == number { return (0xFA, UInt64(Float(number).bitPattern), 4) }
            return (0xFB, number.bitPattern, 8)
        default: return (0xFB, number.bitPattern, 8)
        }
    }

    /// The text as which a value is read again that was written so; nil where the kind does not hold it.
    package func canonical(_ text: String, _ notation: Notation) -> String? {
        if notation == .json {
            guard self == .number || self == .float else { return text }
            guard Double(text) != nil else { return nil }
            return String(decoding: Self.digits(Array(text.utf8), isFloat: self == .float), as: UTF8.self)
        }
        guard isFloat else { return text }
        guard let number = Double(text), number.isFinite else { return nil }
        if self == .mixed, let whole = Int64(exactly: number) { return String(whole) }
        guard let (_, bits, size) = floatBits(number) else { return nil }
        let stands: DocumentKind = size == 2 ? .float16 : size == 4 ? .float32 : .float64
        return String(decoding: DocumentParser.text(bits: bits, as: stands, stands: stands), as: UTF8.self)
    }
}
