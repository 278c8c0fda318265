internal import BlueTap

// Documents: members found by their keys, read as the layout says.
extension MessageReader {
    /// Reads a document and says where it ended.
    mutating func read(
        _ document: DocumentLayout, in range: Range<Int>, isOpen: Bool = false
    ) throws(Malformation) -> Int {
        var parser = DocumentParser(bytes, in: range)
        if isOpen { try parser.parse(document.notation) } else { try parser.parseWhole(document.notation) }
        try read(root: document, parser)
        return parser.place
    }

    private mutating func read(root document: DocumentLayout, _ parser: DocumentParser) throws(Malformation) {
        guard document.compiled.isRoot(parser.nodes[0], parser) else { throw .unknownCommand }
        try read(document.compiled, parser, from: 1, to: parser.nodes.count)
    }

    private mutating func read(
        _ document: CompiledDocument, _ parser: DocumentParser, from first: Int, to end: Int
    ) throws(Malformation) {
        // A bit for each member.
        var seen: UInt64 = 0
        var expected = 0
        var index = first
        while index < end {
            let here = index
            let node = parser.nodes[here]
            index = node.next
            guard let place = document.place(of: node, parser, expected) else { continue }
            guard seen & 1 << UInt64(place) == 0 else { throw .unreadable("a member stands there twice") }
            seen |= 1 << UInt64(place)
            expected = place + 1
            try read(document.members[place], node, at: here, parser)
        }
        guard seen.nonzeroBitCount < document.members.count else { return }
        for (place, member) in document.members.enumerated() where seen & 1 << UInt64(place) == 0 {
            try readMissing(member)
        }
    }

    /// A result that is only said to be bad.
    var likelyResult: String? {
        resultClass.contains(ResultCode.processFail.rawValue) ? ResultCode.processFail.rawValue : nil
    }

    private mutating func readMissing(_ compiled: CompiledDocument.Member) throws(Malformation) {
        let member = compiled.member
        if member.isRequired { throw .unknownCommand }
        if let standard = compiled.standard { return try read(compiled, text: standard) }
        switch compiled.leaf {
        case .constant where member.companion == nil: throw .unknownCommand
        case .members(let inner) where inner.isAlways: throw .unknownCommand
        case .embedded(let inner) where inner.isAlways: throw .unknownCommand
        default: break
        }
    }

    private mutating func read(
        _ compiled: CompiledDocument.Member, _ node: DocumentNode, at place: Int, _ parser: DocumentParser
    ) throws(Malformation) {
        if keepsPlaces, !node.text.isEmpty, node.text.upperBound <= bytes.count {
            note(compiled.member.field, node.text)
        }
        if let standard = compiled.standard, node.kind == .null || node.kind.isText && node.text.isEmpty {
            return try read(compiled, text: standard)
        }
        switch compiled.leaf {
        case .members(let inner): try read(inner, compiled.member.kind, node, at: place, parser)
        case .embedded(let inner):
            guard node.kind == .text || node.kind == .bytes else { throw .unreadable("a document is no text") }
            var nested = DocumentParser(parser.bytes, in: node.text)
            try nested.parseWhole(inner.notation)
            try read(root: inner, nested)
        case .number(let value, let format):
            if node.kind == .null || node.kind.isText && node.text.isEmpty { return }
            guard let number = parser.number(node, compiled.member.kind) else {
                throw .unreadable("\(value.rawValue) is no number")
            }
            guard number != format.absent else { return }
            try set(value, format.quickText(of: number))
        case .text(let value) where node.kind == .text && value != .result:
            if !node.text.isEmpty { try set(value, String(decoding: parser.bytes[node.text], as: UTF8.self)) }
        case .constant(let expected) where node.kind.isText:
            guard
                parser.bytes[node.text].elementsEqual(expected)
                    || (node.kind == .bytes && isSame(compiled, node, parser))
            else { throw .unknownCommand }
        default:
            guard node.kind != .null else {
                if case .constant = compiled.leaf { throw .unknownCommand }
                return
            }
            guard let text = parser.text(node, as: compiled.member.kind) else {
                throw .unreadable("a member holds others")
            }
            try read(compiled, text: text)
        }
    }

    /// Of DER a tag may not say that it stands before a number.
    private func isSame(
        _ compiled: CompiledDocument.Member, _ node: DocumentNode, _ parser: DocumentParser
    ) -> Bool {
        guard case .constant(let expected) = compiled.leaf else { return false }
        return parser.text(node, as: compiled.member.kind) == expected
    }

    private mutating func read(_ compiled: CompiledDocument.Member, text: [UInt8]) throws(Malformation) {
        switch compiled.leaf {
        case .constant(let expected): guard text == expected else { throw .unknownCommand }
        case .table(let value, let table):
            if text.isEmpty { return }
            let names = table.filter { $0.text == text }
            if names.count > 1 {
                resultClass = Set(names.map(\.name))
            } else if let name = names.first?.name {
                try set(value, name)
            } else if value == .paymentMethod {
                // The device is to refuse it.
                try set(value, "?" + HexBytes(text).description)
            } else if value == .result {
                isResultUnknown = true
            } else {
                throw .unreadable("\(value.rawValue) is none of the profile's: \(HexBytes(text))")
            }
        case .text(.result) where ResultCode(rawValue: String(decoding: text, as: UTF8.self)) == nil:
            isResultUnknown = true
        default:
            let field = compiled.member.field
            try read(field, bytes: text, isWhole: field.fixedSize != nil)
        }
    }

    private mutating func read(
        _ inner: DocumentLayout, _ kind: DocumentKind, _ node: DocumentNode, at place: Int,
        _ parser: DocumentParser
    ) throws(Malformation) {
        if node.kind == .null { return }
        if inner.notation == .protobuf {
            guard node.kind == .text else { throw .unreadable("a message is no text") }
            var nested = DocumentParser(parser.bytes, in: node.text)
            if kind == .packed {
                try nested.parsePacked(inner.members.first?.kind ?? .number)
            } else {
                try nested.parseProtobuf()
            }
            return try read(inner.compiled, nested, from: 0, to: nested.nodes.count)
        }
        guard node.kind.isContainer, node.kind.isMap == inner.kind.isMap else {
            // An element of XML without anything in it is empty text.
            guard inner.notation == .xml, node.kind == .text else {
                throw .unreadable("a member holds no others")
            }
            return try read(inner.compiled, parser, from: place, to: place)
        }
        try read(inner.compiled, parser, from: place + 1, to: node.next)
    }
}

extension CompiledDocument {
    /// The member that a node is; most stand in the layout's order.
    fileprivate func place(of node: DocumentNode, _ parser: DocumentParser, _ expected: Int) -> Int? {
        let count = members.count
        for step in 0..<count {
            var place = expected + step
            if place >= count { place -= count }
            let member = members[place]
            if member.keyNumber == node.keyNumber, parser.hasKey(node, member.keyText),
                notation != .xml || (member.member.kind == .attribute) == (node.kind == .attribute)
            {
                return place
            }
        }
        return nil
    }
}

extension DocumentKind {
    var isText: Bool {
        switch self {
        case .text, .bytes, .bare, .attribute: true
        default: false
        }
    }
}

extension DocumentParser {
    /// The whole number that a leaf is; nil where it is none, or too large.
    fileprivate func number(_ node: DocumentNode, _ kind: DocumentKind) -> Int64? {
        switch node.kind {
        case .number, .number8, .number16, .number32, .number64, .fixed32, .fixed64:
            switch kind {
            case .zigzag: return Int64(bitPattern: node.bits >> 1 ^ (0 &- node.bits & 1))
            case .float32, .float64: break
            default: return Int64(exactly: node.bits)
            }
        case .signed, .signed8, .signed16, .signed32, .signed64: return Int64(bitPattern: node.bits)
        case .bytes:
            guard kind == .number, let number = Self.number(bytes[node.text]) else { break }
            return number.isNegative ? Int64(bitPattern: number.bits) : Int64(exactly: number.bits)
        default: break
        }
        return text(node, as: kind).flatMap { Int64(String(decoding: $0, as: UTF8.self)) }
    }

    mutating func parsePacked(_ kind: DocumentKind) throws(Malformation) {
        var index: UInt64 = 0
        while cursor < end {
            var node = DocumentNode(keyNumber: index, kind: .number)
            switch kind {
            case .fixed32, .float32: (node.kind, node.bits) = (.fixed32, try littleNumber(4))
            case .fixed64, .float64: (node.kind, node.bits) = (.fixed64, try littleNumber(8))
            default: node.bits = try varint()
            }
            try add(node)
            index += 1
        }
    }
}

extension IntegerFormat {
    /// The same as ``text(of:)``, for amounts in one step.
    func quickText(of number: Int64) -> String? {
        guard let decimals, (1...9).contains(decimals), plus == 0, factor == 1, divisor == 1, number >= 0,
            notation == .seconds
        else {
            return text(of: number)
        }
        var digits = [UInt8](repeating: 0x30, count: decimals + 2)
        var rest = number
        var index = digits.count - 1
        for _ in 0..<decimals {
            digits[index] = UInt8(0x30 + rest % 10)
            rest /= 10
            index -= 1
        }
        digits[index] = UInt8(ascii: ".")
        guard rest >= 10 else {
            digits[0] = UInt8(0x30 + rest)
            return String(decoding: digits, as: UTF8.self)
        }
        return String(rest) + String(decoding: digits[index...], as: UTF8.self)
    }
}
