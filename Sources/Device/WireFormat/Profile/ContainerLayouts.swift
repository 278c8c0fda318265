/// Something in a container, found by its key.
public struct KeyedField: Hashable, Sendable {
    /// A tag's bytes, or a key's text.
    public var key: HexBytes
    public var field: FieldLayout

    public init(key: HexBytes, field: FieldLayout) {
        self.key = key
        self.field = field
    }

    public init(_ key: String, _ field: FieldLayout) {
        self.init(key: HexBytes(Array(key.utf8)), field: field)
    }

    public var name: String { String(decoding: key.bytes, as: UTF8.self) }
}

/// Tag, length, value. A value that was not given has no record.
public struct RecordsLayout: Hashable, Sendable {
    public var tagSize: Int
    /// Whether tags have one to three bytes, as their bits say, instead.
    public var hasBERTags: Bool
    public var lengthSize: Int
    /// How lengths are written that say their own size, instead.
    public var berLengths: BERLength?
    /// Of the length.
    public var order: IntegerFormat.ByteOrder
    /// Whether a length counts its tag and itself as well.
    public var countsAll: Bool
    /// Of records in a record: whether it stands there, empty, where nothing in it was given as well.
    public var isAlways: Bool
    public var items: [KeyedField]

    public init(
        tagSize: Int = 1, hasBERTags: Bool = false, lengthSize: Int = 1, berLengths: BERLength? = nil,
        order: IntegerFormat.ByteOrder = .big, countsAll: Bool = false, isAlways: Bool = false, items: [KeyedField]
    ) {
        self.tagSize = tagSize
        self.hasBERTags = hasBERTags
        self.lengthSize = lengthSize
        self.berLengths = berLengths
        self.order = order
        self.countsAll = countsAll
        self.isAlways = isAlways
        self.items = items
    }
}

/// How bytes that would be taken for something else are written.
public struct Escape: Hashable, Sendable {
    public enum Style: String, CaseIterable, Codable, Hashable, Sendable {
        /// The byte stands before the one that is meant.
        case before
        /// The byte stands before the one that is meant, which is changed by XOR.
        case exclusiveOr = "xor"
        /// `%` and two hexadecimal digits, as in URLs.
        case percent
        /// The same, and `+` for a space, as in HTML forms.
        case form
    }

    public var style: Style
    public var byte: UInt8
    public var mask: UInt8

    public init(_ style: Style, byte: UInt8 = UInt8(ascii: "%"), mask: UInt8 = 0) {
        self.style = style
        self.byte = byte
        self.mask = mask
    }
}

/// Fields between separators. A value that was not given is an empty field.
public struct ListLayout: Hashable, Sendable {
    public var separator: HexBytes
    public var escape: Escape?
    /// Whether a separator stands behind the last field as well.
    public var isClosed: Bool
    public var items: [FieldLayout]

    public init(separator: HexBytes, escape: Escape? = nil, isClosed: Bool = false, items: [FieldLayout]) {
        self.separator = separator
        self.escape = escape
        self.isClosed = isClosed
        self.items = items
    }
}

/// Keys and values. A value that was not given is left out with its key.
public struct PairsLayout: Hashable, Sendable {
    public var separator: HexBytes
    public var assignment: HexBytes
    public var escape: Escape?
    public var isClosed: Bool
    public var items: [KeyedField]

    public init(
        separator: HexBytes, assignment: HexBytes, escape: Escape? = nil, isClosed: Bool = false, items: [KeyedField]
    ) {
        self.separator = separator
        self.assignment = assignment
        self.escape = escape
        self.isClosed = isClosed
        self.items = items
    }
}

/// A JSON object. A value that was not given is left out with its key.
public struct ObjectLayout: Hashable, Sendable {
    /// Whether a space stands behind each comma and colon.
    public var isSpaced: Bool
    /// Whether it stands there, empty, where nothing of it was given as well. A message without it is another one.
    public var isAlways: Bool
    /// Names of members whose values stand without quotes.
    public var bare: Set<String>
    public var items: [KeyedField]

    public init(isSpaced: Bool = false, isAlways: Bool = false, bare: Set<String> = [], items: [KeyedField]) {
        self.isSpaced = isSpaced
        self.isAlways = isAlways
        self.bare = bare
        self.items = items
    }
}

/// Fields between a first and a last byte. Places in them count from behind the first byte, before anything is escaped.
public struct EnclosedLayout: Hashable, Sendable {
    public var start: HexBytes
    public var end: HexBytes
    public var escape: Escape?
    public var fields: MessageLayout

    public init(start: HexBytes, end: HexBytes, escape: Escape? = nil, fields: MessageLayout) {
        self.start = start
        self.end = end
        self.escape = escape
        self.fields = fields
    }
}

/// How a message is cut into reports: header, piece of the message, trailer, padding between.
public struct FramingLayout: Hashable, Sendable {
    /// The header of each report.
    public var header: MessageLayout
    /// The header of a message's first report, where it is another.
    public var first: MessageLayout?
    /// Stands at the end of each report.
    public var trailer: MessageLayout
    /// How many reports every message has; nil: the headers tell.
    public var reports: Int?
    /// What tells where a message ends, where headers do not.
    public var end: FramingEnd?
    /// Whether an empty report follows a message that fills its reports.
    public var isFullClosed: Bool
    /// Whether reports that have nothing but padding are left out, the first and the last of a message excepted.
    public var isEmptyOmitted: Bool

    public init(
        header: MessageLayout, first: MessageLayout? = nil, trailer: MessageLayout = [], reports: Int? = nil,
        end: FramingEnd? = nil, isFullClosed: Bool = false, isEmptyOmitted: Bool = false
    ) {
        self.end = end
        self.isFullClosed = isFullClosed
        self.isEmptyOmitted = isEmptyOmitted
        self.header = header
        self.first = first
        self.trailer = trailer
        self.reports = reports
    }
}

/// When a device says something unasked.
public enum Occasion: String, CaseIterable, Codable, Hashable, Sendable {
    case linkTapped
    case linkExpired
    case linkCancelled
    case paymentSucceeded
    case paymentFailed
}

/// A report that is answered without being understood.
public struct Exchange: Hashable, Sendable {
    /// What the host does.
    public enum Request: Hashable, Sendable {
        case output(BytePattern)
        case setFeature(BytePattern)
        /// The host reads the feature report of this ID; 0 where reports have none.
        case getFeature(id: UInt8)

        /// Whether a host's report is this request: an output report, or a feature report that it sets.
        public func matches(_ report: [UInt8], isFeature: Bool) -> Bool {
            switch self {
            case .output(let pattern): !isFeature && pattern.matches(report)
            case .setFeature(let pattern): isFeature && pattern.matches(report)
            case .getFeature: false
            }
        }
    }

    public var request: Request
    /// Input reports; where a feature report is read, its data.
    public var answers: [HexBytes]

    public init(request: Request, answers: [HexBytes]) {
        self.request = request
        self.answers = answers
    }
}

/// Bytes of which some bits do not matter, as `01 ?? 3? ..`: `?` is any digit, `..` any end.
public struct BytePattern: Hashable, Sendable {
    public var bytes: [UInt8]
    public var masks: [UInt8]
    public var isOpen: Bool

    public init?(_ text: String) {
        var digits = text.filter { !$0.isWhitespace }
        isOpen = digits.hasSuffix("..")
        if isOpen { digits.removeLast(2) }
        guard digits.count.isMultiple(of: 2) else { return nil }
        bytes = []
        masks = []
        var high: (value: UInt8, mask: UInt8)?
        for digit in digits {
            let nibble: (value: UInt8, mask: UInt8)
            if digit == "?" {
                nibble = (0, 0)
            } else if digit.isASCII, let value = digit.hexDigitValue {
                nibble = (UInt8(value), 0xF)
            } else {
                return nil
            }
            if let first = high {
                bytes.append(first.value << 4 | nibble.value)
                masks.append(first.mask << 4 | nibble.mask)
                high = nil
            } else {
                high = nibble
            }
        }
    }

    /// These bytes and no others.
    public init(_ bytes: [UInt8]) {
        self.bytes = bytes
        masks = bytes.map { _ in 0xFF }
        isOpen = false
    }

    public func matches(_ report: [UInt8]) -> Bool {
        guard isOpen ? report.count >= bytes.count : report.count == bytes.count else { return false }
        for index in bytes.indices where (report[index] ^ bytes[index]) & masks[index] != 0 { return false }
        return true
    }
}

extension BytePattern: CustomStringConvertible {
    public var description: String {
        zip(bytes, masks).map { byte, mask in
            let digits = HexBytes([byte]).description
            return (mask & 0xF0 == 0 ? "?" : String(digits.first!)) + (mask & 0x0F == 0 ? "?" : String(digits.last!))
        }.joined() + (isOpen ? ".." : "")
    }
}
