internal import BlueTap

/// A member as it stands in bytes. Members of one document stand in one array, each before those in it.
package struct DocumentNode: Sendable {
    /// What tells it from its neighbours: text, or a number where the range is empty.
    var keyText: Range<Int>
    package var keyNumber: UInt64
    package var kind: DocumentKind
    /// Where text stands, or what holds other members, without its head.
    var text: Range<Int>
    /// A number's bits.
    var bits: UInt64
    /// Where the node behind it, and all in it, stands.
    package var next: Int

    init(
        keyText: Range<Int> = 0..<0, keyNumber: UInt64 = 0, kind: DocumentKind, text: Range<Int> = 0..<0,
        bits: UInt64 = 0, next: Int = 0
    ) {
        self.keyText = keyText
        self.keyNumber = keyNumber
        self.kind = kind
        self.text = text
        self.bits = bits
        self.next = next
    }
}

/// Takes a document apart. What is not built as its notation says is a ``Malformation``, and nothing grows without bound.
package struct DocumentParser {
    /// How deep documents go.
    static let depth = 8
    /// How many members they have.
    static let count = 512

    /// The message's bytes, and behind them texts that were escaped there.
    package private(set) var bytes: [UInt8]
    var cursor: Int
    let end: Int
    /// What is taken apart.
    package let range: Range<Int>
    package var nodes: [DocumentNode] = []

    package init(_ bytes: [UInt8], in range: Range<Int>) {
        self.bytes = bytes
        self.range = range
        cursor = range.lowerBound
        end = range.upperBound
        nodes.reserveCapacity(12)
    }

    /// The whole range, and nothing behind it.
    package mutating func parseWhole(_ notation: Notation) throws(Malformation) {
        try parse(notation)
        if notation == .json || notation == .xml { skipSpace() }
        guard cursor == end else { throw .unreadable("\(end - cursor) bytes stand behind the document") }
    }

    /// One document. It takes what it needs; of Protocol Buffers, all.
    package mutating func parse(_ notation: Notation) throws(Malformation) {
        switch notation {
        case .json: try parseJSON(depth: 0, keyText: 0..<0, keyNumber: 0)
        case .cbor: try parseCBOR(depth: 0, keyText: 0..<0, keyNumber: 0)
        case .messagePack: try parseMessagePack(depth: 0, keyText: 0..<0, keyNumber: 0)
        case .protobuf:
            nodes.append(DocumentNode(kind: .map, text: cursor..<end))
            try parseProtobuf()
            nodes[0].next = nodes.count
        case .der: try parseDER(depth: 0, parent: nil)
        case .xml: try parseXML()
        }
    }

    /// Where it stopped.
    package var place: Int { cursor }

    mutating func add(_ node: DocumentNode) throws(Malformation) {
        guard nodes.count < Self.count else { throw .unreadable("a document has more than \(Self.count) members") }
        var node = node
        node.next = nodes.count + 1
        nodes.append(node)
    }

    mutating func take() throws(Malformation) -> UInt8 {
        guard cursor < end else { throw .unreadable("a document ends in the middle") }
        defer { cursor += 1 }
        return bytes[cursor]
    }

    /// The place of so many bytes.
    mutating func take(_ count: UInt64) throws(Malformation) -> Range<Int> {
        guard count <= UInt64(end - cursor) else { throw .unreadable("a member is longer than its document") }
        let range = cursor..<cursor + Int(count)
        cursor = range.upperBound
        return range
    }

    mutating func bigNumber(_ size: Int) throws(Malformation) -> UInt64 {
        let range = try take(UInt64(size))
        var number: UInt64 = 0
        for index in range { number = number << 8 | UInt64(bytes[index]) }
        return number
    }

    mutating func littleNumber(_ size: Int) throws(Malformation) -> UInt64 {
        let range = try take(UInt64(size))
        var number: UInt64 = 0
        for index in range.reversed() { number = number << 8 | UInt64(bytes[index]) }
        return number
    }

    /// Keeps a text that does not stand in the bytes as it is.
    mutating func keep(_ text: [UInt8]) -> Range<Int> {
        let start = bytes.count
        bytes += text
        return start..<bytes.count
    }

    mutating func skipSpace() {
        while cursor < end {
            switch bytes[cursor] {
            case 0x20, 0x09, 0x0A, 0x0D: cursor += 1
            default: return
            }
        }
    }

    /// Refuses a second member of one key among those of a parent, which begin at `first`.
    func checkKeys(from first: Int) throws(Malformation) {
        var index = first
        while index < nodes.count {
            let node = nodes[index]
            var other = first
            while other < index {
                if same(nodes[other], node) { throw .unreadable("a key stands there twice") }
                other = nodes[other].next
            }
            index = node.next
        }
    }

    func same(_ one: DocumentNode, _ other: DocumentNode) -> Bool {
        guard one.keyNumber == other.keyNumber, one.keyText.count == other.keyText.count,
            (one.kind == .attribute) == (other.kind == .attribute)
        else { return false }
        return one.keyText.isEmpty || bytes[one.keyText].elementsEqual(bytes[other.keyText])
    }

    package func key(_ node: DocumentNode) -> [UInt8] { Array(bytes[node.keyText]) }

    // MARK: Texts of leaves

    /// The text that a leaf stands for, as a kind reads it; nil for null.
    package func text(_ node: DocumentNode, as kind: DocumentKind? = nil) -> [UInt8]? {
        if node.kind == .null { return nil }
        let kind = kind ?? node.kind
        switch node.kind {
        case .bytes where kind == .number:
            guard let number = Self.number(bytes[node.text]) else { return [] }
            return Self.text(bits: number.bits, as: kind, stands: number.isNegative ? .signed : .number)
        case .text, .bytes, .bare, .attribute: return Array(bytes[node.text])
        default: return Self.text(bits: node.bits, as: kind, stands: node.kind)
        }
    }

    /// The decimal text of a number's bits.
    static func text(bits: UInt64, as kind: DocumentKind, stands: DocumentKind) -> [UInt8] {
        switch stands {
        case .bool: return Array((bits == 0 ? "false" : "true").utf8)
        case .float16, .float32, .float64:
            return Array(shortest(stands.floating(bits), stands).utf8)
        default: break
        }
        switch kind {
        case .zigzag: return Array(String(Int64(bitPattern: bits >> 1 ^ (0 &- bits & 1))).utf8)
        case .float32 where stands == .fixed32: return Array(shortest(kind.floating(bits), kind).utf8)
        case .float64 where stands == .fixed64: return Array(shortest(kind.floating(bits), kind).utf8)
        case .bool where stands == .number && bits <= 1: return Array(String(bits).utf8)
        default:
            // Numbers below zero are marked by the kind with a sign; of Protocol Buffers and keys they fill 64 bits.
            if stands == .signed { return Array(String(Int64(bitPattern: bits)).utf8) }
            return Array(String(bits).utf8)
        }
    }

    /// The shortest text that gives the same bits.
    private static func shortest(_ number: Double, _ kind: DocumentKind) -> String {
        let text = kind == .float64 ? number.description : Float(number).description
        return text.hasSuffix(".0") ? String(text.dropLast(2)) : text
    }
}

extension DocumentKind {
    /// The number that bits of a float stand for.
    func floating(_ bits: UInt64) -> Double {
        switch self {
        case .float16:
            let sign: Double = bits >> 15 & 1 == 0 ? 1 : -1
            let exponent = Int(bits >> 10 & 0x1F)
            let fraction = Double(bits & 0x3FF)
            if exponent == 0 { return sign * fraction * 0x1p-24 }
            if exponent == 31 { return fraction == 0 ? sign * .infinity : .nan }
            return sign * (1 + fraction / 1024) * Double(sign: .plus, exponent: exponent - 15, significand: 1)
        case .float32: return Double(Float(bitPattern: UInt32(truncatingIfNeeded: bits)))
        default: return Double(bitPattern: bits)
        }
    }

    /// The bits of half a float; nil where it does not hold the number.
    static func half(_ number: Double) -> UInt64? {
        if number == 0 { return number.sign == .minus ? 0x8000 : 0 }
        let sign: UInt64 = number < 0 ? 0x8000 : 0
        let magnitude = number.magnitude
        guard magnitude.isFinite, magnitude <= 65504 else { return nil }
        let exponent = Int(magnitude.exponent)
        if exponent < -14 {
            let fraction = magnitude * 0x1p24
            guard fraction == fraction.rounded() else { return nil }
            return sign | UInt64(fraction)
        }
        let fraction = (magnitude.significand - 1) * 1024
        guard fraction == fraction.rounded() else { return nil }
        return sign | UInt64(exponent + 15) << 10 | UInt64(fraction)
    }
}
