/// A way to write members that says of itself where each begins, where it ends, and of what kind it is.
public enum Notation: String, CaseIterable, Codable, Hashable, Sendable {
    /// Source: RFC 8259.
    case json
    /// Source: RFC 8949.
    case cbor
    /// Source: the MessagePack specification.
    case messagePack
    /// Source: Protocol Buffers, "Encoding".
    case protobuf
    /// Source: X.690.
    case der
    /// Elements, attributes and text, and nothing else.
    case xml
}

/// How a member stands in its notation.
public enum DocumentKind: String, CaseIterable, Codable, Hashable, Sendable {
    // What holds other members.
    case map, array
    /// Of CBOR: without a count, with a break behind it.
    case openMap, openArray
    /// Of Protocol Buffers: numbers behind each other in one field.
    case packed

    case text, bytes
    /// A whole number in as few bytes as it needs; of JSON, in as few digits.
    case number
    // Of CBOR and MessagePack: always so many bits.
    case number8, number16, number32, number64
    /// Of MessagePack: in as few bytes as it needs, in the types with a sign.
    case signed
    case signed8, signed16, signed32, signed64
    /// Of Protocol Buffers: `sint32` and `sint64`.
    case zigzag
    case fixed32, fixed64
    /// In as few bytes as it needs; of JSON, always with a decimal point.
    case float
    case float16, float32, float64
    /// A whole number where it is one, else of 64 bits with a fraction.
    case mixed
    /// Of JSON: as it is, without quotes.
    case bare
    case bool
    case null
    /// Of XML.
    case attribute

    var isContainer: Bool {
        switch self {
        case .map, .array, .openMap, .openArray, .packed: true
        default: false
        }
    }

    var isMap: Bool { self == .map || self == .openMap }
}

/// One member of a document.
public struct DocumentMember: Hashable, Sendable {
    /// What stands there where the value was not given.
    public enum Absence: String, CaseIterable, Codable, Hashable, Sendable {
        /// The member is left out.
        case leftOut
        case null
        /// The member is there with an empty text.
        case empty
    }

    /// A name, a number, or a place; of DER a tag, of XML a name. The second of one key is `key#1`.
    public var key: String
    public var kind: DocumentKind
    /// What it carries: a single value as text, numbers of all kinds in decimal; or a document, which stands in it as members
    /// where it is of the same notation, else as text.
    public var field: FieldLayout
    public var absence: Absence
    /// The text that is told by leaving the member out.
    public var standard: String?
    /// Whether a message without it is another one.
    public var isRequired: Bool
    /// The value without which it is left out.
    public var companion: FieldLayout.Value?

    public init(
        key: String, kind: DocumentKind, field: FieldLayout, absence: Absence = .leftOut, standard: String? = nil,
        isRequired: Bool = false, companion: FieldLayout.Value? = nil
    ) {
        self.key = key
        self.kind = kind
        self.field = field
        self.absence = absence
        self.standard = standard
        self.isRequired = isRequired
        self.companion = companion
    }
}

/// How text between members is written.
public struct DocumentStyle: Hashable, Sendable {
    /// Of JSON: a space behind commas, a space behind colons.
    public var hasSpacedCommas: Bool
    public var hasSpacedColons: Bool
    /// Each member has a line of its own, which begins with this once for each level.
    public var indent: String?
    public var newline: String
    /// Of JSON: `\/`.
    public var escapesSlashes: Bool
    /// Of JSON: only ASCII, all else as `\u`.
    public var isASCII: Bool
    /// Of XML: what stands before the first element.
    public var prolog: String
    /// Of XML: how an empty element ends, `/>` or ` />`; nil: with a tag of its own.
    public var emptyEnd: String?
    /// Of XML.
    public var quote: String

    public init(
        hasSpacedCommas: Bool = false, hasSpacedColons: Bool = false, indent: String? = nil, newline: String = "\n",
        escapesSlashes: Bool = false, isASCII: Bool = false, prolog: String = "", emptyEnd: String? = nil,
        quote: String = "\""
    ) {
        self.hasSpacedCommas = hasSpacedCommas
        self.hasSpacedColons = hasSpacedColons
        self.indent = indent
        self.newline = newline
        self.escapesSlashes = escapesSlashes
        self.isASCII = isASCII
        self.prolog = prolog
        self.emptyEnd = emptyEnd
        self.quote = quote
    }
}

/// Members in a notation, from their first byte to their last.
public struct DocumentLayout: Hashable, Sendable {
    public let notation: Notation
    public let kind: DocumentKind
    /// Of DER, the outermost tag; of XML, the outermost name.
    public let name: String
    /// Of CBOR and MessagePack: keys are numbers.
    public let hasNumberedKeys: Bool
    public let style: DocumentStyle
    /// Whether it stands there, empty, where nothing of it was given as well. A message without it is another one.
    public let isAlways: Bool
    public let members: [DocumentMember]
    /// Worked out once: how members are found, read and written.
    let compiled: CompiledDocument

    public init(
        notation: Notation, kind: DocumentKind = .map, name: String = "", hasNumberedKeys: Bool = false,
        style: DocumentStyle = DocumentStyle(), isAlways: Bool = true, members: [DocumentMember]
    ) {
        self.notation = notation
        self.kind = kind
        self.name = name
        self.hasNumberedKeys = hasNumberedKeys
        self.style = style
        self.isAlways = isAlways
        self.members = members
        compiled = CompiledDocument(
            notation: notation, kind: kind, name: name, hasNumberedKeys: hasNumberedKeys, style: style,
            members: members)
    }

    /// The same with other members.
    package func with(_ members: [DocumentMember]) -> DocumentLayout {
        DocumentLayout(
            notation: notation, kind: kind, name: name, hasNumberedKeys: hasNumberedKeys, style: style,
            isAlways: isAlways, members: members)
    }

    public static func == (left: DocumentLayout, right: DocumentLayout) -> Bool {
        left.notation == right.notation && left.kind == right.kind && left.name == right.name
            && left.hasNumberedKeys == right.hasNumberedKeys && left.style == right.style
            && left.isAlways == right.isAlways && left.members == right.members
    }

    public func hash(into hasher: inout Hasher) {
        hasher.combine(notation)
        hasher.combine(kind)
        hasher.combine(members)
    }
}
