internal import BlueTap
internal import WireFormat

/// What encloses a command's values, in parts that its reply may have as well.
struct CommandFrame {
    enum Part: Hashable {
        /// Bytes that are the same in all commands.
        case mark([UInt8])
        /// Bytes that tell commands apart.
        case type([UInt8])
        /// The number by which the host tells replies apart.
        case number(FieldLayout)
        case length(FieldLayout)
        /// Something else, as it stands in the command.
        case other(FieldLayout)
    }

    /// So many bytes without meaning may stand in a header.
    static let reservedBytes = 4
    /// So many letters are a word.
    static let wordOfType = 3

    /// What stands before the values, or all of it where there are none.
    private(set) var header: [Part] = []
    /// What stands behind them, but for padding: checksums and constants.
    private(set) var trailer: [FieldLayout] = []
    /// Whether the trailer stands at the report's end, behind padding.
    private(set) var isTrailerAtEnd = false
    /// What pads the command's fields.
    private(set) var fill: UInt8?
    /// Whether values stand in tag, length, value; the tags.
    private(set) var records: RecordsLayout?
    /// How the sizes of its texts stand before them.
    private(set) var prefix: (size: Int, format: IntegerFormat)?
    private(set) var order: FieldLayout?
    private(set) var amount: FieldLayout?
    /// Bytes of which all numbers have a multiple.
    private(set) var wordSize = 1
    /// Whether its values are printable text.
    private(set) var isText = false

    /// The first checksum behind the values.
    var checksum: ChecksumField? {
        for case .checksum(let checksum) in trailer.lazy.map(\.content) { return checksum }
        return nil
    }

    var hasNumber: Bool { header.contains { if case .number = $0 { true } else { false } } }
    var hasLength: Bool { header.contains { if case .length = $0 { true } else { false } } }
    var hasMark: Bool { header.contains { if case .mark = $0 { true } else { false } } }
    var hasType: Bool { header.contains { if case .type = $0 { true } else { false } } }

    // MARK: Reading a layout

    /// - Parameter other: the other command's layout, which tells marks from types.
    init(_ layout: MessageLayout, other: MessageLayout?) {
        let head = layout.prefix { $0.isOfHeader }
        // As far as both are built alike, what differs is the type.
        var twins: MessageLayout = []
        for (field, twin) in zip(head, other ?? []) {
            guard field.shape == twin.shape, twin.isOfHeader else { break }
            twins.append(twin)
        }
        var offset: Int? = 0
        for (index, field) in head.enumerated() {
            if case .constant(let bytes) = field.content {
                add(bytes, twins.indices.contains(index) ? twins[index].constant : nil)
            } else {
                header.append(Self.part(field, offset))
            }
            if let at = field.at { offset = at }
            offset = field.end(from: offset)
        }
        readValues(Array(layout[head.endIndex...]))
        guessType()
        measure(layout)
    }

    /// - Parameter offset: where the field stands; nil where that differs.
    private static func part(_ field: FieldLayout, _ offset: Int?) -> Part {
        switch field.content {
        case .integer(let value, _): value == .sequence ? .number(field.placeless) : .other(field.placeless)
        case .length: .length(field.placeless)
        case .unknown(let bytes): .other(field.echoed(bytes.count, at: offset))
        default: .other(field.placeless)
        }
    }

    /// A constant of the header, of which `twin` is the other command's.
    private mutating func add(_ bytes: [UInt8], _ twin: [UInt8]?) {
        guard let twin else { return append(.mark(bytes)) }
        for (byte, other) in zip(bytes, twin) { append(byte == other ? .mark([byte]) : .type([byte])) }
    }

    private mutating func append(_ part: Part) {
        switch (header.last, part) {
        case (.mark(let before)?, .mark(let bytes)): header[header.count - 1] = .mark(before + bytes)
        case (.type(let before)?, .type(let bytes)): header[header.count - 1] = .type(before + bytes)
        default: header.append(part)
        }
    }

    /// Without another command the last constant is the type: one behind the number, else the last of several bytes.
    private mutating func guessType() {
        guard !hasType, let last = header.lastIndex(where: { if case .mark = $0 { true } else { false } }),
            case .mark(let bytes) = header[last]
        else { return }
        let isFirst = header.firstIndex { if case .mark = $0 { true } else { false } } == last
        guard !isFirst || bytes.count > 1 else { return }
        header[last] = .type([bytes[bytes.count - 1]])
        if bytes.count > 1 { header.insert(.mark(Array(bytes.dropLast())), at: last) }
    }

    private mutating func readValues(_ fields: MessageLayout) {
        let last = fields.lastIndex { !$0.isOfTrailer && !$0.isPadding } ?? -1
        for field in fields[0..<(last + 1)] {
            switch field.content {
            case .records(let layout): records = records ?? layout
            case .fill(let byte): fill = fill ?? byte
            case .integer(.sequence, _) where field.fixedSize != nil && !hasNumber:
                header.append(.number(field.placeless))
            default: break
            }
            if case .prefixed(let size, let format) = field.extent { prefix = prefix ?? (size, format) }
            if field.values == [.orderID] { order = order ?? field.placeless }
            if field.values == [.amount] { amount = amount ?? field.placeless }
        }
        for field in fields[(last + 1)...] {
            if field.isOfTrailer { trailer.append(field.placeless) } else { fill = fill ?? field.padding }
        }
        // In fields of fixed size it stands at the report's end, behind others at the message's.
        let isFixed = fields.allSatisfy { $0.fixedSize != nil || $0.isPadding }
        isTrailerAtEnd = !trailer.isEmpty && isFixed && fields.last.map { !$0.isPadding } ?? false
    }

    private mutating func measure(_ layout: MessageLayout) {
        let sizes = layout.compactMap(\.numberSize)
        wordSize = sizes.count < 2 ? 1 : [4, 2].first { size in sizes.allSatisfy { $0.isMultiple(of: size) } } ?? 1
        var kinds: [Bool] = []
        for field in layout {
            let isValue = !field.isOfHeader && !field.isOfTrailer && !field.isPadding
            if isValue { kinds.append(field.isPrintable) }
        }
        // Among text there is no byte that cannot be read; but a word for a type is text, whatever stands behind it.
        var hasBytes = false
        for field in layout where field.isOfHeader || field.isOfTrailer { hasBytes = hasBytes || !field.isReadable }
        let hasWord = header.contains { part in
            switch part {
            case .mark(let bytes), .type(let bytes):
                bytes.count >= Self.wordOfType && bytes.allSatisfy { (0x41...0x7A).contains($0) }
            default: false
            }
        }
        isText = hasWord || (!kinds.isEmpty && !kinds.contains(false) && !hasBytes)
    }
}

extension FieldLayout {
    /// Whether it stands before a command's values.
    fileprivate var isOfHeader: Bool {
        guard let size = fixedSize else { return false }
        switch content {
        case .constant, .unknown, .opaque, .length, .checksum: return true
        // More is a value that was not given.
        case .fill: return size <= CommandFrame.reservedBytes
        case .integer(let value, _): return value == .sequence || value == .counter || value == .time
        default: return false
        }
    }

    fileprivate var isOfTrailer: Bool {
        guard fixedSize != nil else { return false }
        switch content {
        case .constant, .checksum, .length: return true
        default: return false
        }
    }

    fileprivate var isPadding: Bool { padding != nil }

    fileprivate var padding: UInt8? { if case .fill(let byte) = content { byte } else { nil } }

    /// What has to be the same in two headers for them to be built alike.
    fileprivate var shape: [Int] {
        let kind =
            switch content {
            case .constant: 0
            case .fill, .unknown: 1
            case .length: 2
            case .checksum: 3
            default: 4
            }
        return [kind, fixedSize ?? 0]
    }

    /// The size of what is a number or a word of bytes.
    fileprivate var numberSize: Int? {
        switch content {
        case .integer, .enumeration, .constant: fixedSize
        default: nil
        }
    }

    /// Whether its bytes can be read by people.
    fileprivate var isPrintable: Bool {
        switch content {
        case .text: true
        case .integer(_, let format): format.form == .decimal || format.form == .hexadecimal
        case .enumeration(_, let table): table.values.allSatisfy { $0.bytes.allSatisfy(\.isReadable) }
        default: false
        }
    }

    /// The same of what encloses values; a byte that frames text may be none.
    fileprivate var isReadable: Bool {
        switch content {
        case .constant(let bytes): bytes.allSatisfy { $0.isReadable || $0 < 0x10 }
        case .integer(_, let format): format.form == .decimal || format.form == .hexadecimal
        case .checksum(let checksum): checksum.format.form == .hexadecimal
        case .length(let length): length.format.form != .binary
        default: true
        }
    }

    fileprivate var placeless: FieldLayout { FieldLayout(extent: extent, content: content) }

    /// What nobody explains, which a device may repeat.
    fileprivate func echoed(_ count: Int, at offset: Int?) -> FieldLayout {
        guard let offset else { return placeless }
        return FieldLayout(size: count, content: .echo(offset..<offset + count))
    }

    fileprivate var constant: [UInt8]? { if case .constant(let bytes) = content { bytes } else { nil } }

    fileprivate func end(from start: Int?) -> Int? {
        guard let start, let size = fixedSize else { return nil }
        return start + size
    }
}

extension UInt8 {
    /// Whether it is a letter or a digit.
    fileprivate var isReadable: Bool {
        (0x30...0x39).contains(self) || (0x41...0x5A).contains(self) || (0x61...0x7A).contains(self)
    }
}
