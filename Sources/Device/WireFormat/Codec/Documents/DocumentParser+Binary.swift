internal import BlueTap

// CBOR, MessagePack, Protocol Buffers and DER.
extension DocumentParser {
    // MARK: CBOR

    mutating func parseCBOR(depth: Int, keyText: Range<Int>, keyNumber: UInt64) throws(Malformation) {
        guard depth < Self.depth else { throw .unreadable("CBOR nested too deeply") }
        let head = try take()
        let (major, info) = (head >> 5, head & 0x1F)
        if major == 7 {
            return try add(simpleCBOR(info, keyText: keyText, keyNumber: keyNumber))
        }
        if info == 31, major == 4 || major == 5 {
            let place = nodes.count
            try add(
                DocumentNode(keyText: keyText, keyNumber: keyNumber, kind: major == 5 ? .openMap : .openArray))
            var index: UInt64 = 0
            while cursor < end, bytes[cursor] != 0xFF {
                try parseCBORMember(isMap: major == 5, index: index, depth: depth)
                index += 1
            }
            guard try take() == 0xFF else { throw .unreadable("a CBOR break is missing") }
            return try close(place)
        }
        let argument = try argumentOfCBOR(info)
        switch major {
        case 0: try add(DocumentNode(keyText: keyText, keyNumber: keyNumber, kind: width(info), bits: argument))
        case 1:
            guard argument <= UInt64(Int64.max) else { throw .unreadable("a CBOR number is too small") }
            try add(
                DocumentNode(
                    keyText: keyText, keyNumber: keyNumber, kind: .signed,
                    bits: UInt64(bitPattern: -1 - Int64(argument))))
        case 2, 3:
            try add(
                DocumentNode(
                    keyText: keyText, keyNumber: keyNumber, kind: major == 3 ? .text : .bytes, text: take(argument)))
        case 4, 5:
            let place = nodes.count
            try add(DocumentNode(keyText: keyText, keyNumber: keyNumber, kind: major == 5 ? .map : .array))
            guard argument <= UInt64(end - cursor) else { throw .unreadable("a CBOR count is too large") }
            for index in 0..<argument { try parseCBORMember(isMap: major == 5, index: index, depth: depth) }
            try close(place)
        // A tag says what the member means, which is not asked.
        default: throw .unreadable("a CBOR tag is not expected")
        }
    }

    /// Ends what began at a place.
    private mutating func close(_ place: Int) throws(Malformation) {
        nodes[place].next = nodes.count
        if nodes[place].kind.isMap { try checkKeys(from: place + 1) }
    }

    private mutating func parseCBORMember(isMap: Bool, index: UInt64, depth: Int) throws(Malformation) {
        guard isMap else { return try parseCBOR(depth: depth + 1, keyText: 0..<0, keyNumber: index) }
        let head = try take()
        let argument = try argumentOfCBOR(head & 0x1F)
        switch head >> 5 {
        case 0: try parseCBOR(depth: depth + 1, keyText: 0..<0, keyNumber: argument)
        case 1 where argument <= UInt64(Int64.max):
            try parseCBOR(depth: depth + 1, keyText: 0..<0, keyNumber: ~argument)
        case 2, 3: try parseCBOR(depth: depth + 1, keyText: take(argument), keyNumber: 0)
        default: throw .unreadable("a CBOR key is neither text nor a number of 64 bits")
        }
    }

    /// The kind of a whole number by the size of its head.
    private func width(_ info: UInt8) -> DocumentKind {
        switch info {
        case 24: .number8
        case 25: .number16
        case 26: .number32
        case 27: .number64
        default: .number
        }
    }

    private mutating func argumentOfCBOR(_ info: UInt8) throws(Malformation) -> UInt64 {
        switch info {
        case 0..<24: return UInt64(info)
        case 24...27: return try bigNumber(1 << Int(info - 24))
        default: throw .unreadable("a CBOR head is none")
        }
    }

    private mutating func simpleCBOR(
        _ info: UInt8, keyText: Range<Int>, keyNumber: UInt64
    ) throws(Malformation) -> DocumentNode {
        var node = DocumentNode(keyText: keyText, keyNumber: keyNumber, kind: .null)
        switch info {
        case 20, 21: (node.kind, node.bits) = (.bool, UInt64(info - 20))
        case 22, 23: break
        case 25: (node.kind, node.bits) = (.float16, try bigNumber(2))
        case 26: (node.kind, node.bits) = (.float32, try bigNumber(4))
        case 27: (node.kind, node.bits) = (.float64, try bigNumber(8))
        default: throw .unreadable("a CBOR value is none")
        }
        return node
    }

    // MARK: MessagePack

    mutating func parseMessagePack(depth: Int, keyText: Range<Int>, keyNumber: UInt64) throws(Malformation) {
        guard depth < Self.depth else { throw .unreadable("MessagePack nested too deeply") }
        let head = try take()
        var node = DocumentNode(keyText: keyText, keyNumber: keyNumber, kind: .null)
        switch head {
        case 0x00...0x7F: (node.kind, node.bits) = (.number, UInt64(head))
        case 0x80...0x8F: return try parseMessagePack(UInt64(head & 0x0F), isMap: true, node, depth)
        case 0x90...0x9F: return try parseMessagePack(UInt64(head & 0x0F), isMap: false, node, depth)
        case 0xA0...0xBF: (node.kind, node.text) = (.text, try take(UInt64(head & 0x1F)))
        case 0xC0: break
        case 0xC2, 0xC3: (node.kind, node.bits) = (.bool, UInt64(head & 1))
        case 0xC4...0xC6: (node.kind, node.text) = (.bytes, try take(bigNumber(1 << Int(head - 0xC4))))
        case 0xCA: (node.kind, node.bits) = (.float32, try bigNumber(4))
        case 0xCB: (node.kind, node.bits) = (.float64, try bigNumber(8))
        case 0xCC...0xCF:
            let kinds: [DocumentKind] = [.number8, .number16, .number32, .number64]
            (node.kind, node.bits) = (kinds[Int(head - 0xCC)], try bigNumber(1 << Int(head - 0xCC)))
        case 0xD0...0xD3:
            let size = 1 << Int(head - 0xD0)
            let raw = try bigNumber(size)
            let number = Int64(bitPattern: raw << UInt64(64 - 8 * size)) >> Int64(64 - 8 * size)
            let kinds: [DocumentKind] = [.signed8, .signed16, .signed32, .signed64]
            // A number below zero has no other type.
            node.kind = number < 0 ? .signed : kinds[Int(head - 0xD0)]
            node.bits = UInt64(bitPattern: number)
        case 0xD9...0xDB: (node.kind, node.text) = (.text, try take(bigNumber(1 << Int(head - 0xD9))))
        case 0xDC, 0xDD: return try parseMessagePack(bigNumber(head == 0xDC ? 2 : 4), isMap: false, node, depth)
        case 0xDE, 0xDF: return try parseMessagePack(bigNumber(head == 0xDE ? 2 : 4), isMap: true, node, depth)
        case 0xE0...0xFF: (node.kind, node.bits) = (.signed, UInt64(bitPattern: Int64(head) - 256))
        default: throw .unreadable("a MessagePack type is not expected")
        }
        try add(node)
    }

    private mutating func parseMessagePack(
        _ count: UInt64, isMap: Bool, _ node: DocumentNode, _ depth: Int
    ) throws(Malformation) {
        guard count <= UInt64(end - cursor) else { throw .unreadable("a MessagePack count is too large") }
        let place = nodes.count
        var node = node
        node.kind = isMap ? .map : .array
        try add(node)
        for index in 0..<count {
            guard isMap else {
                try parseMessagePack(depth: depth + 1, keyText: 0..<0, keyNumber: index)
                continue
            }
            // A key is read as a member and forgotten.
            let mark = nodes.count
            try parseMessagePack(depth: depth + 1, keyText: 0..<0, keyNumber: 0)
            let key = nodes[mark]
            nodes.removeLast(nodes.count - mark)
            switch key.kind {
            case .text, .bytes: try parseMessagePack(depth: depth + 1, keyText: key.text, keyNumber: 0)
            case .number, .number8, .number16, .number32, .number64, .signed, .signed8, .signed16, .signed32, .signed64:
                try parseMessagePack(depth: depth + 1, keyText: 0..<0, keyNumber: key.bits)
            default: throw .unreadable("a MessagePack key is neither text nor a number")
            }
        }
        try close(place)
    }

    // MARK: Protocol Buffers

    mutating func varint() throws(Malformation) -> UInt64 {
        var number: UInt64 = 0
        var shift: UInt64 = 0
        while true {
            let byte = try take()
            guard shift < 63 || byte <= 1 else { throw .unreadable("a varint is longer than 64 bits") }
            number |= UInt64(byte & 0x7F) << shift
            if byte & 0x80 == 0 { return number }
            shift += 7
        }
    }

    /// The fields of one message. Those in it are not looked into: only a layout says which fields are messages.
    mutating func parseProtobuf() throws(Malformation) {
        while cursor < end {
            let tag = try varint()
            let number = tag >> 3
            guard (1...0x1FFF_FFFF).contains(number) else { throw .unreadable("a field's number is \(number)") }
            var node = DocumentNode(keyNumber: number, kind: .number)
            switch tag & 7 {
            case 0: node.bits = try varint()
            case 1: (node.kind, node.bits) = (.fixed64, try littleNumber(8))
            case 2: (node.kind, node.text) = (.text, try take(varint()))
            case 5: (node.kind, node.bits) = (.fixed32, try littleNumber(4))
            default: throw .unreadable("a field has the wire type \(tag & 7)")
            }
            try add(node)
        }
    }

    // MARK: DER

    /// - Parameter parent: the place of what holds it, whose members begin behind it.
    mutating func parseDER(depth: Int, parent: Int?) throws(Malformation) {
        guard depth < Self.depth else { throw .unreadable("DER nested too deeply") }
        let first = try take()
        var tag = UInt64(first)
        if first & 0x1F == 0x1F {
            repeat {
                guard tag < 1 << 24 else { throw .unreadable("a DER tag is longer than 4 bytes") }
                tag = tag << 8 | UInt64(try take())
            } while tag & 0x80 != 0
        }
        var length = UInt64(try take())
        if length >= 0x80 {
            let count = Int(length & 0x7F)
            guard (1...4).contains(count) else { throw .unreadable("a DER length has \(count) bytes") }
            length = try bigNumber(count)
            guard length >= 0x80, length >> UInt64(8 * (count - 1)) > 0 else {
                throw .unreadable("a DER length is longer than it need be")
            }
        }
        guard length <= UInt64(end - cursor) else { throw .unreadable("a DER value is longer than the document") }
        // The second of a tag is told by how many stand before it.
        var occurrence: UInt64 = 0
        if let parent {
            var index = parent + 1
            while index < nodes.count {
                if nodes[index].keyNumber >> 16 == tag { occurrence += 1 }
                index = nodes[index].next
            }
        }
        let place = nodes.count
        let range = cursor..<cursor + Int(length)
        try add(DocumentNode(keyNumber: tag << 16 | occurrence, kind: .bytes, text: range))
        guard first & 0x20 != 0 else {
            cursor = range.upperBound
            try takeDER(tag, place)
            return
        }
        nodes[place].kind = .map
        while cursor < range.upperBound { try parseDER(depth: depth + 1, parent: place) }
        guard cursor == range.upperBound else { throw .unreadable("a DER value ends in the middle of a member") }
        nodes[place].next = nodes.count
    }

    /// What a universal tag says of the value's kind.
    private mutating func takeDER(_ tag: UInt64, _ place: Int) throws(Malformation) {
        let range = nodes[place].text
        switch tag {
        case 0x01:
            guard range.count == 1 else { throw .unreadable("a DER truth value has \(range.count) bytes") }
            nodes[place].kind = .bool
            nodes[place].bits = bytes[range.lowerBound] == 0 ? 0 : 1
        case 0x02, 0x0A:
            guard let bits = Self.number(bytes[range]) else { throw .unreadable("a DER number is no 64-bit number") }
            nodes[place].kind = bits.isNegative ? .signed : .number
            nodes[place].bits = bits.bits
        case 0x05:
            guard range.isEmpty else { throw .unreadable("a DER null is not empty") }
            nodes[place].kind = .null
        case 0x0C, 0x12, 0x13, 0x16, 0x17, 0x18, 0x1A: nodes[place].kind = .text
        default: break
        }
    }

    /// The number of two's complement in as few bytes as it needs; nil where it is none.
    static func number(_ bytes: ArraySlice<UInt8>) -> (bits: UInt64, isNegative: Bool)? {
        guard let first = bytes.first, bytes.count <= 9 else { return nil }
        if bytes.count > 1 {
            let second = bytes[bytes.startIndex + 1]
            guard !(first == 0 && second < 0x80), !(first == 0xFF && second >= 0x80) else { return nil }
        }
        let isNegative = first >= 0x80
        if bytes.count == 9, first != 0 { return nil }
        let bits = bytes.reduce(isNegative ? UInt64.max : 0) { $0 << 8 | UInt64($1) }
        return (bits, isNegative)
    }
}
