/// What tells where a message of several reports ends, where their headers do not.
public enum FramingEnd: Hashable, Sendable {
    /// The first report that has room left.
    case short
    /// These bytes, the first that stand in it.
    case mark(EndMark)
    /// The closing brace of the JSON object that it is.
    case object
    /// A number in the message itself.
    case length(InnerLength)
}

/// Bytes with which a message ends.
public struct EndMark: Hashable, Sendable {
    public var bytes: HexBytes
    /// Whether they are the message's own; else they are put behind it.
    public var isKept: Bool
    /// How many bytes of the message follow them.
    public var trailing: Int

    public init(_ bytes: [UInt8], isKept: Bool = false, trailing: Int = 0) {
        self.bytes = HexBytes(bytes)
        self.isKept = isKept
        self.trailing = trailing
    }
}

/// A number in a message that says how long the message is.
public struct InnerLength: Hashable, Sendable {
    /// Where it stands in the message.
    public var at: Int
    public var size: Int
    /// What is added to the message's size before it is written is here as well.
    public var format: IntegerFormat

    public init(at: Int, size: Int, format: IntegerFormat) {
        self.at = at
        self.size = size
        self.format = format
    }
}

extension FramingEnd: Decodable {
    private enum Key: String, CodingKey { case short, object, mark, kept, trailing, length }

    private struct Length: Decodable {
        var at: Int?
        var size: Int
        var order: IntegerFormat.ByteOrder?
        var `as`: IntegerFormat.Form?
        var plus: Int64?
    }

    public init(from decoder: any Decoder) throws {
        let container = try decoder.container(keyedBy: Key.self)
        if let length = try container.decodeIfPresent(Length.self, forKey: .length) {
            let format = IntegerFormat(
                form: length.as ?? .binary, order: length.order ?? .little, plus: length.plus ?? 0)
            self = .length(InnerLength(at: length.at ?? 0, size: length.size, format: format))
        } else if container.contains(.object) {
            self = .object
        } else if container.contains(.short) {
            self = .short
        } else {
            self = .mark(
                EndMark(
                    try container.decode(HexBytes.self, forKey: .mark).bytes,
                    isKept: try container.decodeIfPresent(Bool.self, forKey: .kept) ?? false,
                    trailing: try container.decodeIfPresent(Int.self, forKey: .trailing) ?? 0))
        }
    }
}

extension ReportLayout {
    /// The size of reports with one ID, where those of others have another.
    public struct IdentifiedSize: Codable, Hashable, Sendable {
        public var id: UInt8
        public var size: Int

        public init(id: UInt8, size: Int) {
            self.id = id
            self.size = size
        }
    }

    /// The size of reports that begin with this byte.
    public func size(of id: UInt8?) -> Int {
        guard let id, let sizes else { return size }
        return sizes.first { $0.id == id }?.size ?? size
    }

    /// The size of reports that begin as this layout does.
    func size(of layout: MessageLayout) -> Int {
        guard case .constant(let bytes)? = layout.first?.content else { return size }
        return size(of: bytes.first)
    }
}
