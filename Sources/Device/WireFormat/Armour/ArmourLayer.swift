/// The layers between cutting and a message, outermost first. Each can be taken off and put on again to the byte.
public typealias ArmourLayout = [ArmourLayer]

/// One invertible layer around a message.
public enum ArmourLayer: Hashable, Sendable {
    /// Fields before and behind what is inside, which are no part of the message: constants, lengths, checksums.
    case wrapped(WrappedLayer)
    /// Bytes that stand for something else are escaped.
    case stuffed(StuffedLayer)
    /// Consistent overhead byte stuffing: no byte is 00.
    case cobs(COBSLayer)
    case base64(Base64Layer)
    /// Two hexadecimal digits a byte.
    case hexadecimal(HexadecimalLayer)
    case exclusiveOr(ExclusiveOrLayer)
    /// Halves of bytes, or bytes of words, in another order.
    case swapped(SwappedLayer)
}

/// Which bytes a layer changes. Those before and behind are plain.
public struct ArmourSpan: Hashable, Sendable {
    /// Plain bytes before.
    public var from: Int
    /// Where it ends: `end`, `end-2` where two plain bytes stand behind, or a fixed place.
    public var to: Place

    public init(from: Int = 0, to: Place = Place(.end)) {
        self.from = from
        self.to = to
    }

    /// Plain bytes behind, where they are counted from the end.
    var behind: Int { to.base == .end ? max(0, -to.offset) : 0 }
}

/// Fields around what is inside. Their places count in what the layer makes.
public struct WrappedLayer: Hashable, Sendable {
    public var head: MessageLayout
    public var tail: MessageLayout

    public init(head: MessageLayout = [], tail: MessageLayout = []) {
        self.head = head
        self.tail = tail
    }
}

/// Byte stuffing: SLIP, HDLC, PPP, doubled DLE, and their like.
public struct StuffedLayer: Hashable, Sendable {
    /// What stands before; may be empty.
    public var start: HexBytes
    /// What stands behind; empty where nothing marks the end.
    public var end: HexBytes
    /// Stands before a code.
    public var escape: UInt8
    /// The code of each byte that is escaped.
    public var codes: [UInt8: UInt8]
    /// How many of the last bytes of `start` are the message's first bytes as well, for checks that cover them.
    public var keptStart: Int
    /// How many of the last bytes of `end` stand in the message as well, behind what was between.
    public var keptEnd: Int
    /// Plain bytes before `start`, and behind `end`: the message has them at its ends.
    public var span: ArmourSpan

    public init(
        start: [UInt8] = [], end: [UInt8] = [], escape: UInt8, codes: [UInt8: UInt8], keptStart: Int = 0,
        keptEnd: Int = 0, span: ArmourSpan = ArmourSpan()
    ) {
        self.start = HexBytes(start)
        self.end = HexBytes(end)
        self.escape = escape
        self.codes = codes
        self.keptStart = keptStart
        self.keptEnd = keptEnd
        self.span = span
    }
}

/// Source: Cheshire and Baker, "Consistent Overhead Byte Stuffing", 1999; COBS/R: cobs of PyPI.
public struct COBSLayer: Hashable, Sendable {
    /// Whether a 00 stands before.
    public var isLed: Bool
    /// Whether a 00 stands behind, padding or not.
    public var isTerminated: Bool
    /// COBS/R: the last byte takes the place of the last code where that is no less.
    public var isReduced: Bool

    public init(isLed: Bool = false, isTerminated: Bool = false, isReduced: Bool = false) {
        self.isLed = isLed
        self.isTerminated = isTerminated
        self.isReduced = isReduced
    }
}

/// Source: RFC 4648.
public struct Base64Layer: Hashable, Sendable {
    /// `-` and `_` for `+` and `/`.
    public var isURL: Bool
    /// Whether `=` fills the last four.
    public var isPadded: Bool
    public var span: ArmourSpan

    public init(isURL: Bool = false, isPadded: Bool = true, span: ArmourSpan = ArmourSpan()) {
        self.isURL = isURL
        self.isPadded = isPadded
        self.span = span
    }
}

public struct HexadecimalLayer: Hashable, Sendable {
    public var isLowercase: Bool
    public var span: ArmourSpan

    public init(isLowercase: Bool = false, span: ArmourSpan = ArmourSpan()) {
        self.isLowercase = isLowercase
        self.span = span
    }
}

/// Each byte XORed with a byte of a key, and with the byte before where they are chained.
public struct ExclusiveOrLayer: Hashable, Sendable {
    public enum Key: Hashable, Sendable {
        /// These bytes, again and again.
        case constant(HexBytes)
        /// So many plain bytes of the message itself from a place on: its sequence number, say.
        case at(Place, size: Int)
    }

    public enum Chain: String, CaseIterable, Codable, Hashable, Sendable {
        case none
        /// With the byte before as it was written.
        case written
        /// With the byte before as it was meant.
        case plain
    }

    public var key: Key
    /// What is added to the key for each byte.
    public var step: UInt8
    public var chain: Chain
    /// What stands for the byte before the first; nil: the plain byte before, 00 where there is none.
    public var initial: UInt8?
    /// The sizes that messages have. Where padding follows, one may end like that: then the size says more.
    public var sizes: [Int]
    public var span: ArmourSpan

    public init(
        key: Key, step: UInt8 = 0, chain: Chain = .none, initial: UInt8? = nil, sizes: [Int] = [],
        span: ArmourSpan = ArmourSpan()
    ) {
        self.key = key
        self.step = step
        self.chain = chain
        self.initial = initial
        self.sizes = sizes
        self.span = span
    }
}

public struct SwappedLayer: Hashable, Sendable {
    public enum Unit: String, CaseIterable, Codable, Hashable, Sendable {
        /// The bits of a byte, the lowest first.
        case bits
        /// The halves of a byte.
        case nibbles
        /// The bytes of words.
        case words16
        case words32

        /// In bytes.
        var width: Int {
            switch self {
            case .bits, .nibbles: 1
            case .words16: 2
            case .words32: 4
            }
        }
    }

    public var unit: Unit
    public var span: ArmourSpan

    public init(_ unit: Unit, span: ArmourSpan = ArmourSpan()) {
        self.unit = unit
        self.span = span
    }
}

extension ArmourLayer {
    /// What people call it.
    public var name: String {
        switch self {
        case .wrapped: "wrapped"
        case .stuffed: "stuffed"
        case .cobs(let cobs): cobs.isReduced ? "cobs/r" : "cobs"
        case .base64(let base64): base64.isURL ? "base64url" : "base64"
        case .hexadecimal: "hexadecimal"
        case .exclusiveOr: "xor"
        case .swapped(let swapped): "swapped \(swapped.unit.rawValue)"
        }
    }
}
