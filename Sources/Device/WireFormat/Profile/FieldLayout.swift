public import BlueTap

/// The fields of one message, one behind the other.
public typealias MessageLayout = [FieldLayout]

/// One field of a message.
public struct FieldLayout: Hashable, Sendable {
    /// Offset in the message, in bytes; nil: right behind the field before.
    public var at: Int?
    public var extent: Extent
    public var content: Content
    /// The value with which it stands there; nil: it always does. Bits before it tell (``PresenceField``); else it is there
    /// where its constant is, or where the message goes on.
    public var condition: Value?
    /// What is not known for sure about the field. The codec does not care.
    public var unsure: String?

    public init(
        at: Int? = nil, extent: Extent, content: Content, condition: Value? = nil, unsure: String? = nil
    ) {
        self.at = at
        self.extent = extent
        self.content = content
        self.condition = condition
        self.unsure = unsure
    }

    public init(at: Int? = nil, size: Int, content: Content) {
        self.init(at: at, extent: .fixed(size), content: content)
    }

    /// The size in bytes where it is always the same.
    public var fixedSize: Int? {
        if case .fixed(let size) = extent { size } else { nil }
    }

    /// Where a field ends.
    public enum Extent: Hashable, Sendable {
        case fixed(Int)
        /// Its size stands before it.
        case prefixed(size: Int, format: IntegerFormat)
        /// Its size stands before it in digits, as many as it takes, and then these bytes.
        case counted(until: [UInt8], format: IntegerFormat)
        /// Goes to the next place whose distance from this offset is a multiple.
        case boundary(multiple: Int, from: Int)
        /// Ends before these bytes, which belong to it.
        case terminated([UInt8])
        /// Takes what the fields behind it, whose sizes are fixed, leave of the message.
        case rest
        /// The same, and what it leaves of that is filled with this byte: of messages that fill their reports.
        case padded(UInt8)
        /// Ends at this place of the message.
        case upTo(Place)
        /// Ends where the document that it is says.
        case own
    }

    public indirect enum Content: Hashable, Sendable {
        /// Always these bytes. A message in which they differ is another message.
        case constant([UInt8])
        /// Bytes that mean nothing: written as this value, not read.
        case fill(UInt8)
        /// Bytes that nobody understands: written as these, not read.
        case unknown([UInt8])
        /// The text of a command's field.
        case text(Value, TextFormat)
        /// The number of a command's field, or one that tells messages apart.
        case integer(Value, IntegerFormat)
        /// Other bytes for each of the values.
        case enumeration(Value, [String: HexBytes])
        /// The result code of a reply.
        case result([ResultCode: UInt64], IntegerFormat)
        /// How many bytes stand in a span.
        case length(LengthField)
        /// A checksum over a span.
        case checksum(ChecksumField)
        /// Parts of one integer, from its highest bit.
        case bits([BitField], IntegerFormat.ByteOrder)
        /// The bytes of the command that is answered, from the first offset up to, not including, the second.
        case echo(Range<Int>)
        /// Bytes that mean nothing to the device, by a name: what a command has there, the device's messages repeat.
        case opaque(String)
        /// Bits that say which values were given.
        case presence(PresenceField)
        /// Tag, length, value.
        case records(RecordsLayout)
        /// Fields between separators.
        case list(ListLayout)
        /// Keys and values, as in `key=value&key=value`.
        case pairs(PairsLayout)
        /// A JSON object.
        case object(ObjectLayout)
        /// Members in a notation that says of itself what stands in it.
        case document(DocumentLayout)
        /// Fields between a first and a last byte that stand nowhere else.
        case enclosed(EnclosedLayout)
    }

    /// What a field carries.
    public enum Value: String, CaseIterable, Codable, Hashable, Sendable {
        case paymentMethod
        case amount
        case orderID = "orderId"
        case expiryTime
        /// The host's number of a command, which the reply repeats.
        case sequence
        case result
        /// A number of its own that each side counts up with every message.
        case counter
        /// The time of the message, as its format's notation has it.
        case time
        /// In a step before the reply: how many times it was said before, and the step's `first`.
        case step
        /// In framing: the number of a report in its message, from 0.
        case index
        /// In framing: how many reports the message has.
        case count
        /// In framing: how many reports follow.
        case remaining
        /// In framing: the message's size in bytes.
        case total
        /// In framing: how many of its bytes are in this report.
        case piece
        /// In framing: how many of its bytes follow in later reports.
        case remainder
        /// In framing: how many of its bytes are in this report and in those that follow.
        case pieceAndRemainder
        /// In framing: 1 where more reports follow.
        case more
        /// In framing: 1 in the last report.
        case last
        /// In framing: `only`, `first`, `middle` or `last`.
        case position
        /// In framing: which command the message is, `pay` or `cancel`; in input reports, which it answers.
        case command

        /// Whether it is a number.
        package var isNumber: Bool {
            switch self {
            case .paymentMethod, .amount, .orderID, .result, .position, .command: false
            default: true
            }
        }

        /// Whether only the header of a report can carry it.
        var isOfFraming: Bool {
            switch self {
            case .index, .count, .remaining, .total, .piece, .remainder, .pieceAndRemainder, .more, .last,
                .position, .command:
                true
            default: false
            }
        }
    }
}

/// A place in a message.
public struct Place: Hashable, Sendable {
    public enum Base: String, Hashable, Sendable {
        case start
        case end
        /// The first byte of the field that names the place.
        case here
        /// The first byte behind that field.
        case after
    }

    public var base: Base
    public var offset: Int

    public init(_ base: Base, _ offset: Int = 0) {
        self.base = base
        self.offset = offset
    }
}

extension Place: CustomStringConvertible {
    /// `12`, `end`, `end-4`, `here`, `after+1`
    public var description: String {
        if base == .start { return String(offset) }
        return offset == 0 ? base.rawValue : base.rawValue + (offset < 0 ? "" : "+") + String(offset)
    }

    public init?(_ text: String) {
        if let offset = Int(text) {
            self.init(offset < 0 ? .end : .start, offset)
            return
        }
        let name = text.prefix { $0.isLetter }
        guard let base = Base(rawValue: String(name)) else { return nil }
        let rest = text.dropFirst(name.count)
        guard rest.isEmpty || rest.first == "-" || rest.first == "+", let offset = rest.isEmpty ? 0 : Int(rest) else {
            return nil
        }
        self.init(base, offset)
    }
}

/// What a length or a checksum covers: from the first place up to, not including, the second.
public struct PlaceRange: Hashable, Sendable {
    public var from: Place
    public var to: Place

    public init(from: Place, to: Place) {
        self.from = from
        self.to = to
    }

    public init(_ range: Range<Int>) {
        self.init(from: Place(.start, range.lowerBound), to: Place(.start, range.upperBound))
    }

    /// The offsets, where they do not depend on the message.
    var fixedRange: Range<Int>? {
        guard from.base == .start, to.base == .start, from.offset <= to.offset else { return nil }
        return from.offset..<to.offset
    }
}

/// How text becomes bytes.
public struct TextFormat: Hashable, Sendable {
    public enum Characters: String, CaseIterable, Codable, Hashable, Sendable {
        /// ASCII and UTF-8, which need no telling apart.
        case utf8 = "utf-8"
        case utf16LE = "utf-16le"
        case utf16BE = "utf-16be"
        /// Letters, digits and signs of page 037.
        case ebcdic

        /// How many bytes a character of ASCII has.
        package var width: Int { self == .utf16LE || self == .utf16BE ? 2 : 1 }
    }

    /// How letters are written.
    public enum Letters: String, CaseIterable, Codable, Hashable, Sendable {
        case lower
        case upper
    }

    /// Where the text stands in a field that is larger.
    public enum Alignment: String, CaseIterable, Codable, Hashable, Sendable {
        case left
        case right
    }

    public var characters: Characters
    /// Fills what the text leaves. A field of nothing but padding is a value that was not given. Where it is the digit 0, and
    /// the text stands on the right, the digit before a decimal point is the text's.
    public var pad: UInt8
    public var alignment: Alignment
    /// What always stands before the text, and behind it.
    public var before: String
    public var after: String
    /// What stands for a decimal point.
    public var point: String?
    /// What stands between thousands.
    public var grouping: String?
    public var letters: Letters?
    /// What a host writes where no value was given, and is a value as well.
    public var standard: String?

    public init(
        characters: Characters = .utf8, pad: UInt8 = 0, alignment: Alignment = .left, before: String = "",
        after: String = "", point: String? = nil, grouping: String? = nil, letters: Letters? = nil,
        standard: String? = nil
    ) {
        self.characters = characters
        self.pad = pad
        self.alignment = alignment
        self.before = before
        self.after = after
        self.point = point
        self.grouping = grouping
        self.letters = letters
        self.standard = standard
    }
}

/// How a whole number becomes bytes.
public struct IntegerFormat: Hashable, Sendable {
    public enum Form: String, CaseIterable, Codable, Hashable, Sendable {
        case binary
        /// Two decimal digits a byte, the higher in the high half.
        case bcd
        /// Decimal digits as text.
        case decimal
        /// Hexadecimal digits as text.
        case hexadecimal
        /// Decimal digits in EBCDIC, one a byte: F0 to F9.
        case zoned
        /// Floating point, of 4 or 8 bytes.
        case float
        /// Two decimal digits a byte, and in the last half byte a sign.
        case packed
        /// Groups of seven bits, a byte each, of which all but the last have their highest bit set; as many as are needed.
        case varint
    }

    /// What becomes of a number that has no whole units.
    public enum Rounding: String, CaseIterable, Codable, Hashable, Sendable {
        case down
        case up
    }

    public enum ByteOrder: String, CaseIterable, Codable, Hashable, Sendable {
        case little
        case big
    }

    public var form: Form
    /// Of binary numbers and BCD.
    public var order: ByteOrder
    /// Two's complement.
    public var isSigned: Bool
    /// The number that stands for a value that was not given.
    public var absent: Int64?
    /// A field of nothing but this byte stands for a value that was not given.
    public var blank: UInt8?
    /// For amounts: the number counts units of which ten to this power make one. Nil: whole numbers only.
    public var decimals: Int?
    /// Fills what digits leave.
    public var pad: UInt8
    public var alignment: TextFormat.Alignment
    /// Hexadecimal digits in lower case.
    public var isLowercase: Bool
    /// Of digits as text.
    public var characters: TextFormat.Characters
    /// What is added to the number before it is written.
    public var plus: Int64
    /// How many units of the written number one unit of the value is, and how many of these make one unit.
    public var factor: Int64
    public var divisor: Int64
    /// Of values that are no whole units; nil: they cannot be written.
    public var rounding: Rounding?
    /// The number that a host writes where no value was given, and that is a value as well.
    public var standard: Int64?
    /// Whether what is written is a time: the message's and the value added to it.
    public var isAbsolute: Bool
    /// Of times.
    public var notation: TimeNotation
    /// For dates: the minutes that the clock which they are read from is ahead of UTC.
    public var utcOffset: Int

    public init(
        form: Form = .binary, order: ByteOrder = .little, isSigned: Bool = false, absent: Int64? = nil,
        blank: UInt8? = nil, decimals: Int? = nil, pad: UInt8 = UInt8(ascii: "0"),
        alignment: TextFormat.Alignment = .right, isLowercase: Bool = false,
        characters: TextFormat.Characters = .utf8, plus: Int64 = 0, notation: TimeNotation = .seconds,
        utcOffset: Int = 0, factor: Int64 = 1, divisor: Int64 = 1, rounding: Rounding? = nil,
        standard: Int64? = nil, isAbsolute: Bool = false
    ) {
        self.form = form
        self.order = order
        self.isSigned = isSigned
        self.absent = absent
        self.blank = blank
        self.decimals = decimals
        self.pad = pad
        self.alignment = alignment
        self.isLowercase = isLowercase
        self.characters = characters
        self.plus = plus
        self.factor = factor
        self.divisor = divisor
        self.rounding = rounding
        self.standard = standard
        self.isAbsolute = isAbsolute
        self.notation = notation
        self.utcOffset = utcOffset
    }
}

/// How a number tells a time.
public enum TimeNotation: String, CaseIterable, Codable, Hashable, Sendable {
    /// Seconds since 1970 UTC.
    case seconds
    // The digits of a date and a time of day; of a year its last two are those of this century.
    case yearFirst = "yyyyMMddHHmmss"
    case shortYearFirst = "yyMMddHHmmss"
    case dayFirst = "ddMMyyyyHHmmss"
    case shortDayFirst = "ddMMyyHHmmss"

    /// How many digits there always are; nil: as many as the number needs.
    var digitCount: Int? { self == .seconds ? nil : rawValue.utf8.count }
}

/// How many bytes stand in a span.
public struct LengthField: Hashable, Sendable {
    public var over: PlaceRange
    public var format: IntegerFormat

    public init(over: PlaceRange, format: IntegerFormat = IntegerFormat()) {
        self.over = over
        self.format = format
    }
}

/// A checksum and what it covers.
public struct ChecksumField: Hashable, Sendable {
    public var algorithm: ChecksumAlgorithm
    public var over: PlaceRange
    /// Binary or text.
    public var format: IntegerFormat
    /// Whether the bytes go in from the last to the first.
    public var isReversed: Bool
    /// What its own bytes are taken for, where the span covers them.
    public var own: UInt8?

    public init(
        algorithm: ChecksumAlgorithm, over: PlaceRange, format: IntegerFormat = IntegerFormat(),
        isReversed: Bool = false, own: UInt8? = nil
    ) {
        self.algorithm = algorithm
        self.over = over
        self.format = format
        self.isReversed = isReversed
        self.own = own
    }

    public init(algorithm: ChecksumAlgorithm, over: Range<Int>, order: IntegerFormat.ByteOrder = .little) {
        self.init(algorithm: algorithm, over: PlaceRange(over), format: IntegerFormat(order: order))
    }
}

/// Some bits of an integer.
public struct BitField: Hashable, Sendable {
    public enum Content: Hashable, Sendable {
        case constant(UInt64)
        case fill(UInt64)
        case integer(FieldLayout.Value)
        /// The same with decimals, or a number that stands where none was given.
        case number(FieldLayout.Value, IntegerFormat)
        case enumeration(FieldLayout.Value, [String: UInt64])
    }

    public var count: Int
    public var content: Content

    public init(count: Int, content: Content) {
        self.count = count
        self.content = content
    }
}
