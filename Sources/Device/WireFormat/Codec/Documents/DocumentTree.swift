/// A member of a document and those in it, for those who do not know its layout.
package struct DocumentTree: Sendable {
    package let notation: Notation
    package let parser: DocumentParser
    private let place: Int

    /// A whole document; nil where the bytes are none.
    package init?(_ bytes: [UInt8], in range: Range<Int>, _ notation: Notation) {
        self.init(bytes, in: range, notation, isOpen: false)
    }

    /// - Parameter isOpen: whether something may follow it.
    package init?(_ bytes: [UInt8], in range: Range<Int>, _ notation: Notation, isOpen: Bool) {
        var parser = DocumentParser(bytes, in: range)
        guard (try? isOpen ? parser.parse(notation) : parser.parseWhole(notation)) != nil else { return nil }
        self.init(notation, parser, 0)
    }

    private init(_ notation: Notation, _ parser: DocumentParser, _ place: Int) {
        self.notation = notation
        self.parser = parser
        self.place = place
    }

    package var node: DocumentNode { parser.nodes[place] }
    package var kind: DocumentKind { node.kind }
    package var isContainer: Bool { node.kind.isContainer }

    /// Where the document ends.
    package var end: Int { parser.place }

    package var children: [DocumentTree] {
        var all: [DocumentTree] = []
        var index = place + 1
        while index < node.next {
            all.append(DocumentTree(notation, parser, index))
            index = parser.nodes[index].next
        }
        return all
    }

    /// Whether its key is a number though its document is a map.
    package var hasNumberedKey: Bool { (notation == .cbor || notation == .messagePack) && node.keyText.isEmpty }

    /// Its key as a layout has it.
    package var key: String {
        switch notation {
        case .der:
            let tag = String(node.keyNumber >> 16, radix: 16, uppercase: true)
            let whole = tag.utf8.count.isMultiple(of: 2) ? tag : "0" + tag
            return node.keyNumber & 0xFFFF == 0 ? whole : "\(whole)#\(node.keyNumber & 0xFFFF)"
        case .xml:
            let name = String(decoding: parser.key(node), as: UTF8.self)
            return node.keyNumber == 0 ? name : "\(name)#\(node.keyNumber)"
        case .protobuf: return String(node.keyNumber)
        case .json, .cbor, .messagePack:
            guard node.keyText.isEmpty else { return String(decoding: parser.key(node), as: UTF8.self) }
            return notation == .json
                ? (node.keyNumber == 0 ? "" : String(node.keyNumber)) : String(Int64(bitPattern: node.keyNumber))
        }
    }

    /// Its place among its neighbours, of arrays.
    package var index: String { String(node.keyNumber) }

    package func text(as kind: DocumentKind) -> [UInt8]? { parser.text(node, as: kind) }

    /// The same bytes as a document of their own; nil where they are none.
    package func nested(_ notation: Notation) -> DocumentTree? {
        guard node.kind.isText, !node.text.isEmpty || notation == .protobuf else { return nil }
        return DocumentTree(parser.bytes, in: node.text, notation)
    }

    package func packed(_ kind: DocumentKind) -> DocumentTree? {
        guard node.kind.isText else { return nil }
        var parser = DocumentParser(self.parser.bytes, in: node.text)
        guard (try? parser.parsePacked(kind)) != nil else { return nil }
        parser.nodes.insert(DocumentNode(kind: .packed), at: 0)
        parser.nodes[0].next = parser.nodes.count
        for index in parser.nodes.indices.dropFirst() { parser.nodes[index].next = index + 1 }
        return DocumentTree(notation, parser, 0)
    }

    /// The kinds in which the leaf could be written as it stands, the likeliest first.
    package var kinds: [DocumentKind] {
        switch (notation, node.kind) {
        case (.json, .bare): return [.bare, .number, .float]
        case (.protobuf, .number): return [.number, .zigzag]
        case (.protobuf, .fixed32): return [.fixed32, .float32]
        case (.protobuf, .fixed64): return [.fixed64, .float64]
        case (.protobuf, .text): return [.text]
        case (.der, .bytes): return DocumentParser.number(parser.bytes[node.text]) == nil ? [.text] : [.text, .number]
        case (.der, .signed), (.cbor, .signed): return [.number]
        case (_, .number), (_, .number8), (_, .number16), (_, .number32), (_, .number64): return wholeKinds
        case (_, .signed), (_, .signed8), (_, .signed16), (_, .signed32), (_, .signed64):
            return node.kind == .signed ? [.number, .signed] : isShortest ? [.signed, node.kind] : [node.kind]
        case (_, .float16), (_, .float32), (_, .float64):
            let text = self.text(as: node.kind).map { String(decoding: $0, as: UTF8.self) } ?? ""
            let number = Double(text) ?? .nan
            var kinds: [DocumentKind] = []
            if notation == .cbor, isShortest(number) { kinds.append(.float) }
            kinds.append(node.kind)
            if node.kind == .float64, number != number.rounded() { kinds.append(.mixed) }
            return kinds
        default: return [node.kind]
        }
    }

    private var wholeKinds: [DocumentKind] {
        guard notation == .cbor || notation == .messagePack else { return [node.kind] }
        var kinds: [DocumentKind] = node.kind == .number || isShortest ? [.number] : []
        if node.kind != .number { kinds.append(node.kind) }
        if notation == .messagePack, node.kind == .number { kinds.append(.signed) }
        if kinds.first == .number { kinds.append(.mixed) }
        return kinds
    }

    /// Whether a whole number stands in as few bytes as it needs.
    private var isShortest: Bool {
        let bits = node.bits
        switch node.kind {
        case .number8: return bits >= (notation == .cbor ? 24 : 128)
        case .number16: return bits >= 0x100
        case .number32: return bits >= 0x10000
        case .number64: return bits >= 0x1_0000_0000
        case .signed8: return false
        case .signed16: return bits >= 0x80
        case .signed32: return bits >= 0x8000
        case .signed64: return bits >= 0x8000_0000
        default: return true
        }
    }

    private func isShortest(_ number: Double) -> Bool {
        switch node.kind {
        case .float16: true
        case .float32: DocumentKind.half(number) == nil
        default: DocumentKind.half(number) == nil && Double(Float(number)) != number
        }
    }
}
