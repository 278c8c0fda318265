internal import BlueTap

// JSON and XML.
extension DocumentParser {
    // MARK: JSON

    mutating func parseJSON(depth: Int, keyText: Range<Int>, keyNumber: UInt64) throws(Malformation) {
        guard depth < Self.depth else { throw .unreadable("JSON nested too deeply") }
        skipSpace()
        guard cursor < end else { throw .unreadable("JSON ends in the middle") }
        let place = nodes.count
        switch bytes[cursor] {
        case UInt8(ascii: "{"):
            cursor += 1
            try add(DocumentNode(keyText: keyText, keyNumber: keyNumber, kind: .map))
            if skip(UInt8(ascii: "}")) { return }
            repeat {
                skipSpace()
                let key = try scanString()
                guard skip(UInt8(ascii: ":")) else { throw .unreadable("a colon is missing in JSON") }
                try parseJSON(depth: depth + 1, keyText: key, keyNumber: 0)
            } while skip(UInt8(ascii: ","))
            guard skip(UInt8(ascii: "}")) else { throw .unreadable("a JSON object does not end") }
            nodes[place].next = nodes.count
            try checkKeys(from: place + 1)
        case UInt8(ascii: "["):
            cursor += 1
            try add(DocumentNode(keyText: keyText, keyNumber: keyNumber, kind: .array))
            if skip(UInt8(ascii: "]")) { return }
            var index: UInt64 = 0
            repeat {
                try parseJSON(depth: depth + 1, keyText: 0..<0, keyNumber: index)
                index += 1
            } while skip(UInt8(ascii: ","))
            guard skip(UInt8(ascii: "]")) else { throw .unreadable("a JSON array does not end") }
            nodes[place].next = nodes.count
        case UInt8(ascii: "\""):
            let text = try scanString()
            try add(DocumentNode(keyText: keyText, keyNumber: keyNumber, kind: .text, text: text))
        default:
            let start = cursor
            while cursor < end, Self.isLiteral(bytes[cursor]) { cursor += 1 }
            guard cursor > start else { throw .unreadable("a JSON value is none") }
            let isNull = cursor - start == 4 && bytes[start..<cursor].elementsEqual("null".utf8)
            try add(
                DocumentNode(
                    keyText: keyText, keyNumber: keyNumber, kind: isNull ? .null : .bare, text: start..<cursor))
        }
    }

    private static func isLiteral(_ byte: UInt8) -> Bool {
        switch byte {
        case 0x30...0x39, 0x61...0x7A, UInt8(ascii: "+"), UInt8(ascii: "-"), UInt8(ascii: "."), UInt8(ascii: "E"): true
        default: false
        }
    }

    private mutating func skip(_ byte: UInt8) -> Bool {
        skipSpace()
        guard cursor < end, bytes[cursor] == byte else { return false }
        cursor += 1
        return true
    }

    private mutating func scanString() throws(Malformation) -> Range<Int> {
        guard cursor < end, bytes[cursor] == UInt8(ascii: "\"") else { throw .unreadable("a JSON string is missing") }
        cursor += 1
        let start = cursor
        while cursor < end, bytes[cursor] != UInt8(ascii: "\""), bytes[cursor] != UInt8(ascii: "\\") { cursor += 1 }
        guard cursor < end else { throw .unreadable("a JSON string does not end") }
        if bytes[cursor] == UInt8(ascii: "\"") {
            cursor += 1
            return start..<cursor - 1
        }
        var text = Array(bytes[start..<cursor])
        while cursor < end {
            let byte = bytes[cursor]
            cursor += 1
            switch byte {
            case UInt8(ascii: "\""): return keep(text)
            case UInt8(ascii: "\\"): try scanEscape(into: &text)
            default: text.append(byte)
            }
        }
        throw .unreadable("a JSON string does not end")
    }

    private mutating func scanEscape(into text: inout [UInt8]) throws(Malformation) {
        switch try take() {
        case UInt8(ascii: "n"): text.append(0x0A)
        case UInt8(ascii: "r"): text.append(0x0D)
        case UInt8(ascii: "t"): text.append(0x09)
        case UInt8(ascii: "b"): text.append(0x08)
        case UInt8(ascii: "f"): text.append(0x0C)
        case UInt8(ascii: "u"):
            var code = try scanHexadecimal()
            // Two of them are one character beyond the first plane.
            if 0xD800..<0xDC00 ~= code, cursor + 6 <= end, bytes[cursor] == UInt8(ascii: "\\"),
                bytes[cursor + 1] == UInt8(ascii: "u")
            {
                cursor += 2
                let low = try scanHexadecimal()
                guard 0xDC00..<0xE000 ~= low else { throw .unreadable("a JSON string has a bad \\u") }
                code = 0x10000 + (code - 0xD800) << 10 + (low - 0xDC00)
            }
            guard let scalar = Unicode.Scalar(code) else { throw .unreadable("a JSON string has a bad \\u") }
            text += Array(String(Character(scalar)).utf8)
        case let byte: text.append(byte)
        }
    }

    private mutating func scanHexadecimal() throws(Malformation) -> UInt32 {
        let range = try take(4)
        var code: UInt32 = 0
        for byte in bytes[range] {
            guard let digit = Character(Unicode.Scalar(byte)).hexDigitValue else {
                throw .unreadable("a JSON string has a bad \\u")
            }
            code = code << 4 | UInt32(digit)
        }
        return code
    }

    // MARK: XML

    mutating func parseXML() throws(Malformation) {
        skipSpace()
        // A declaration before the first element says nothing of it.
        while starts(with: "<?") {
            guard let place = bytes.firstPlace(of: Array("?>".utf8), from: cursor, to: end) else {
                throw .unreadable("an XML declaration does not end")
            }
            cursor = place + 2
            skipSpace()
        }
        try parseElement(depth: 0, parent: nil)
    }

    private func starts(with text: StaticString) -> Bool {
        let count = text.utf8CodeUnitCount
        guard cursor + count <= end else { return false }
        return text.withUTF8Buffer { buffer in (0..<count).allSatisfy { bytes[cursor + $0] == buffer[$0] } }
    }

    private mutating func scanName() throws(Malformation) -> Range<Int> {
        let start = cursor
        while cursor < end, Self.isName(bytes[cursor]) { cursor += 1 }
        guard cursor > start else { throw .unreadable("an XML name is missing") }
        return start..<cursor
    }

    private static func isName(_ byte: UInt8) -> Bool {
        switch byte {
        case 0x30...0x39, 0x41...0x5A, 0x61...0x7A, 0x2D, 0x2E, 0x3A, 0x5F, 0x80...0xFF: true
        default: false
        }
    }

    private mutating func parseElement(depth: Int, parent: Int?) throws(Malformation) {
        guard depth < Self.depth else { throw .unreadable("XML nested too deeply") }
        guard try take() == UInt8(ascii: "<") else { throw .unknownCommand }
        let name = try scanName()
        let place = nodes.count
        try add(DocumentNode(keyText: name, kind: .map))
        nodes[place].keyNumber = occurrence(of: place, in: parent)
        var hasAttributes = false
        while true {
            skipSpace()
            if skip(UInt8(ascii: "/")) {
                guard skip(UInt8(ascii: ">")) else { throw .unreadable("an XML element does not end") }
                try checkKeys(from: place + 1)
                return finish(place, text: cursor..<cursor, hasAttributes)
            }
            if skip(UInt8(ascii: ">")) { break }
            let attribute = try scanName()
            guard skip(UInt8(ascii: "=")) else { throw .unreadable("an XML attribute has no value") }
            skipSpace()
            let quote = try take()
            guard quote == UInt8(ascii: "\"") || quote == UInt8(ascii: "'") else {
                throw .unreadable("an XML attribute has no quotes")
            }
            let start = cursor
            while cursor < end, bytes[cursor] != quote { cursor += 1 }
            guard cursor < end else { throw .unreadable("an XML attribute does not end") }
            let text = try unescapedXML(start..<cursor)
            cursor += 1
            try add(DocumentNode(keyText: attribute, kind: .attribute, text: text))
            hasAttributes = true
        }
        try parseContents(of: place, name, depth, hasAttributes)
    }

    private mutating func parseContents(
        of place: Int, _ name: Range<Int>, _ depth: Int, _ hasAttributes: Bool
    ) throws(Malformation) {
        let start = cursor
        var hasElements = false
        while true {
            let from = cursor
            while cursor < end, bytes[cursor] != UInt8(ascii: "<") { cursor += 1 }
            guard cursor + 1 < end else { throw .unreadable("an XML element does not end") }
            if bytes[cursor + 1] == UInt8(ascii: "/") {
                let text = hasElements ? cursor..<cursor : try unescapedXML(start..<cursor)
                if hasElements, !isSpace(from..<cursor) { throw .unreadable("XML has text between elements") }
                cursor += 2
                guard try bytes[scanName()].elementsEqual(bytes[name]), skip(UInt8(ascii: ">")) else {
                    throw .unreadable("an XML element ends as another")
                }
                try checkKeys(from: place + 1)
                finish(place, text: text, hasAttributes || hasElements)
                return
            }
            guard isSpace(from..<cursor) else { throw .unreadable("XML has text between elements") }
            hasElements = true
            try parseElement(depth: depth + 1, parent: place)
        }
    }

    private func isSpace(_ range: Range<Int>) -> Bool {
        bytes[range].allSatisfy { $0 == 0x20 || (9...13).contains($0) }
    }

    /// An element without others in it and without attributes is its text.
    private mutating func finish(_ place: Int, text: Range<Int>, _ isContainer: Bool) {
        if !isContainer {
            nodes[place].kind = .text
            nodes[place].text = text
        } else if !text.isEmpty {
            nodes.append(DocumentNode(keyText: 0..<0, kind: .text, text: text, next: nodes.count + 1))
        }
        nodes[place].next = nodes.count
    }

    private func occurrence(of place: Int, in parent: Int?) -> UInt64 {
        guard let parent else { return 0 }
        var count: UInt64 = 0
        var index = parent + 1
        while index < place {
            if nodes[index].kind != .attribute, bytes[nodes[index].keyText].elementsEqual(bytes[nodes[place].keyText]) {
                count += 1
            }
            index = nodes[index].next
        }
        return count
    }

    private mutating func unescapedXML(_ range: Range<Int>) throws(Malformation) -> Range<Int> {
        guard bytes[range].contains(UInt8(ascii: "&")) else { return range }
        var text: [UInt8] = []
        var index = range.lowerBound
        while index < range.upperBound {
            guard bytes[index] == UInt8(ascii: "&") else {
                text.append(bytes[index])
                index += 1
                continue
            }
            guard let semicolon = bytes[index..<range.upperBound].firstIndex(of: UInt8(ascii: ";")),
                semicolon - index <= 10,
                let character = Self.entity(String(decoding: bytes[index + 1..<semicolon], as: UTF8.self))
            else { throw .unreadable("an XML entity is not known") }
            text += Array(String(character).utf8)
            index = semicolon + 1
        }
        return keep(text)
    }

    private static func entity(_ name: String) -> Character? {
        switch name {
        case "amp": return "&"
        case "lt": return "<"
        case "gt": return ">"
        case "quot": return "\""
        case "apos": return "'"
        default:
            guard name.first == "#" else { return nil }
            let digits = name.dropFirst()
            let code = digits.first == "x" ? UInt32(digits.dropFirst(), radix: 16) : UInt32(digits)
            return code.flatMap(Unicode.Scalar.init).map { Character($0) }
        }
    }
}
