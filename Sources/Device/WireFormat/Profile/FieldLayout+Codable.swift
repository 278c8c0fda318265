internal import BlueTap

// The keys of a field in a profile file. See the note in Profile+Codable.swift.

/// The keys that say what a field is, and how.
private enum FieldKey: String, CodingKey {
    case at, size, prefix, until, rest, padded, to, own, unsure
    case constant, fill, unknown, text, integer, `enum`, result, length, checksum, crc, sum, fletcher, bits, echo
    case opaque, presence, records, list, pairs, object, document, enclosed
    case condition = "if"
    case boundary
    case pad, align, characters
    case form = "as"
    case order, signed, absent, blank, decimals, lowercase, plus, notation, utcOffset, values, over, count
    case times, per, rounds
    case standard = "default"
    case since, before, after, point, grouping, letters, reversed, itself
    case items, tag, key, bare
}

extension KeyedDecodingContainer<FieldKey> {
    func byte(_ key: Key) throws -> UInt8? { try decodeIfPresent(HexBytes.self, forKey: key)?.bytes.first }

    fileprivate func places(_ key: Key) throws -> PlaceRange {
        let texts = try decode([String].self, forKey: key)
        let places = texts.compactMap { Place($0) }
        guard texts.count == 2, places.count == 2 else {
            throw DecodingError.dataCorruptedError(
                forKey: key, in: self,
                debugDescription:
                    "\(key.stringValue) takes two places, the first byte covered and the first one not covered")
        }
        if places[0].base == places[1].base, places[0].offset > places[1].offset {
            throw DecodingError.dataCorruptedError(
                forKey: key, in: self,
                debugDescription:
                    "\(key.stringValue) takes two offsets, the first byte covered and the first one not covered")
        }
        return PlaceRange(from: places[0], to: places[1])
    }

    fileprivate func integerFormat() throws -> IntegerFormat {
        let form = try decodeIfPresent(IntegerFormat.Form.self, forKey: .form) ?? .binary
        return IntegerFormat(
            form: form,
            order: try decodeIfPresent(IntegerFormat.ByteOrder.self, forKey: .order) ?? (form == .bcd ? .big : .little),
            isSigned: try decodeIfPresent(Bool.self, forKey: .signed) ?? false,
            absent: try decodeIfPresent(Int64.self, forKey: .absent), blank: try byte(.blank),
            decimals: try decodeIfPresent(Int.self, forKey: .decimals), pad: try byte(.pad) ?? UInt8(ascii: "0"),
            alignment: try decodeIfPresent(TextFormat.Alignment.self, forKey: .align) ?? .right,
            isLowercase: try decodeIfPresent(Bool.self, forKey: .lowercase) ?? false,
            characters: try decodeIfPresent(TextFormat.Characters.self, forKey: .characters) ?? .utf8,
            plus: try decodeIfPresent(Int64.self, forKey: .plus) ?? 0,
            notation: try decodeIfPresent(TimeNotation.self, forKey: .notation) ?? .seconds,
            utcOffset: try decodeIfPresent(Int.self, forKey: .utcOffset) ?? 0,
            factor: try decodeIfPresent(Int64.self, forKey: .times) ?? 1,
            divisor: try decodeIfPresent(Int64.self, forKey: .per) ?? 1,
            rounding: try decodeIfPresent(IntegerFormat.Rounding.self, forKey: .rounds),
            standard: try decodeIfPresent(String.self, forKey: .standard).flatMap { Int64($0) },
            isAbsolute: try decodeIfPresent(String.self, forKey: .since) != nil)
    }

    fileprivate func content() throws -> FieldLayout.Content {
        if let bytes = try decodeIfPresent(HexBytes.self, forKey: .constant) { return .constant(bytes.bytes) }
        if let bytes = try decodeIfPresent(HexBytes.self, forKey: .unknown) { return .unknown(bytes.bytes) }
        if let byte = try byte(.fill) { return .fill(byte) }
        if let value = try decodeIfPresent(FieldLayout.Value.self, forKey: .text) {
            return .text(
                value,
                TextFormat(
                    characters: try decodeIfPresent(TextFormat.Characters.self, forKey: .characters) ?? .utf8,
                    pad: try byte(.pad) ?? 0,
                    alignment: try decodeIfPresent(TextFormat.Alignment.self, forKey: .align) ?? .left,
                    before: try decodeIfPresent(String.self, forKey: .before) ?? "",
                    after: try decodeIfPresent(String.self, forKey: .after) ?? "",
                    point: try decodeIfPresent(String.self, forKey: .point),
                    grouping: try decodeIfPresent(String.self, forKey: .grouping),
                    letters: try decodeIfPresent(TextFormat.Letters.self, forKey: .letters),
                    standard: try decodeIfPresent(String.self, forKey: .standard)))
        }
        if let value = try decodeIfPresent(FieldLayout.Value.self, forKey: .integer) {
            return .integer(value, try integerFormat())
        }
        if let value = try decodeIfPresent(FieldLayout.Value.self, forKey: .enum) {
            return .enumeration(value, try decode([String: HexBytes].self, forKey: .values))
        }
        if contains(.result) {
            return .result(try decodeKeyed(UInt64.self, forKey: .result), try integerFormat())
        }
        if contains(.length) { return .length(LengthField(over: try places(.length), format: try integerFormat())) }
        if contains(.bits) {
            return .bits(
                try decode([BitField].self, forKey: .bits),
                try decodeIfPresent(IntegerFormat.ByteOrder.self, forKey: .order) ?? .little)
        }
        if let span = try decodeIfPresent([Int].self, forKey: .echo) {
            guard span.count == 2, span[0] >= 0, span[0] < span[1] else {
                throw DecodingError.dataCorruptedError(
                    forKey: .echo, in: self, debugDescription: "echo takes two offsets in the command")
            }
            return .echo(span[0]..<span[1])
        }
        if let name = try decodeIfPresent(String.self, forKey: .opaque) { return .opaque(name) }
        if let presence = try decodeIfPresent(PresenceField.self, forKey: .presence) {
            var presence = presence
            presence.format = try integerFormat()
            presence.format.order = .big
            return .presence(presence)
        }
        if let records = try decodeIfPresent(RecordsLayout.self, forKey: .records) { return .records(records) }
        if let list = try decodeIfPresent(ListLayout.self, forKey: .list) { return .list(list) }
        if let pairs = try decodeIfPresent(PairsLayout.self, forKey: .pairs) { return .pairs(pairs) }
        if let object = try decodeIfPresent(ObjectLayout.self, forKey: .object) { return .object(object) }
        if let document = try decodeIfPresent(DocumentLayout.self, forKey: .document) { return .document(document) }
        if let enclosed = try decodeIfPresent(EnclosedLayout.self, forKey: .enclosed) { return .enclosed(enclosed) }
        let algorithm: ChecksumAlgorithm
        if let crc = try decodeIfPresent(CRCParameters.self, forKey: .crc) {
            algorithm = .crc(crc)
        } else if let sum = try decodeIfPresent(SumParameters.self, forKey: .sum) {
            algorithm = .words(sum)
        } else if let sums = try decodeIfPresent(FletcherParameters.self, forKey: .fletcher) {
            algorithm = .fletcher(sums)
        } else {
            let name = try decode(String.self, forKey: .checksum)
            guard let known = ChecksumAlgorithm(name: name) else {
                throw DecodingError.dataCorruptedError(
                    forKey: .checksum, in: self,
                    debugDescription: "\"\(name)\" is no checksum known here; `crc` takes one by its parameters")
            }
            algorithm = known
        }
        return .checksum(
            ChecksumField(
                algorithm: algorithm, over: try places(.over), format: try integerFormat(),
                isReversed: try decodeIfPresent(Bool.self, forKey: .reversed) ?? false, own: try byte(.itself)))
    }
}

extension FieldLayout: Decodable {
    public init(from decoder: any Decoder) throws {
        let container = try decoder.container(keyedBy: FieldKey.self)
        let content = try container.content()
        let extent: Extent
        if let size = try container.decodeIfPresent(Int.self, forKey: .size) {
            extent = .fixed(size)
        } else if let prefix = try container.decodeIfPresent(Prefix.self, forKey: .prefix) {
            extent =
                prefix.until.map { .counted(until: $0.bytes, format: prefix.format) }
                ?? .prefixed(size: prefix.size, format: prefix.format)
        } else if let boundary = try container.decodeIfPresent(Boundary.self, forKey: .boundary) {
            extent = .boundary(multiple: boundary.of, from: boundary.from ?? 0)
        } else if let end = try container.decodeIfPresent(HexBytes.self, forKey: .until) {
            extent = .terminated(end.bytes)
        } else if try container.decodeIfPresent(Bool.self, forKey: .own) == true {
            extent = .own
        } else if let pad = try container.byte(.padded) {
            extent = .padded(pad)
        } else if let text = try container.decodeIfPresent(String.self, forKey: .to) {
            guard let place = Place(text) else {
                throw DecodingError.dataCorruptedError(
                    forKey: .to, in: container, debugDescription: "\"\(text)\" is no place: 62, end or end-2")
            }
            extent = .upTo(place)
        } else {
            switch content {
            case .constant(let bytes), .unknown(let bytes): extent = .fixed(bytes.count)
            case .checksum(let checksum):
                extent = .fixed(checksum.algorithm.size * (checksum.format.form == .hexadecimal ? 2 : 1))
            case .echo(let range): extent = .fixed(range.count)
            case .presence(let presence): extent = .fixed(presence.size)
            default: extent = .rest
            }
        }
        self.init(
            at: try container.decodeIfPresent(Int.self, forKey: .at), extent: extent, content: content,
            condition: try container.decodeIfPresent(Value.self, forKey: .condition),
            unsure: try container.decodeIfPresent(String.self, forKey: .unsure))
    }

    private struct Prefix: Decodable {
        let size: Int
        let until: HexBytes?
        let format: IntegerFormat

        init(from decoder: any Decoder) throws {
            let container = try decoder.container(keyedBy: FieldKey.self)
            until = try container.decodeIfPresent(HexBytes.self, forKey: .until)
            size = until == nil ? try container.decode(Int.self, forKey: .size) : 0
            format = try container.integerFormat()
        }
    }

    private struct Boundary: Decodable {
        let of: Int
        let from: Int?
    }
}

extension SumParameters: Decodable {
    private enum Key: String, CodingKey { case operation, size, word, order, initial, negated, modulus, xorOut }

    public init(from decoder: any Decoder) throws {
        let container = try decoder.container(keyedBy: Key.self)
        self.init(
            try container.decodeIfPresent(Operation.self, forKey: .operation) ?? .add,
            size: try container.decodeIfPresent(Int.self, forKey: .size) ?? 1,
            word: try container.decodeIfPresent(Int.self, forKey: .word) ?? 1,
            order: try container.decodeIfPresent(IntegerFormat.ByteOrder.self, forKey: .order) ?? .big,
            initial: try container.decodeIfPresent(UInt64.self, forKey: .initial) ?? 0,
            isNegated: try container.decodeIfPresent(Bool.self, forKey: .negated) ?? false,
            modulus: try container.decodeIfPresent(UInt64.self, forKey: .modulus),
            xorOut: try container.decodeIfPresent(UInt64.self, forKey: .xorOut) ?? 0)
    }
}

extension FletcherParameters: Decodable {
    private enum Key: String, CodingKey { case size, word, order, modulus, initial }

    public init(from decoder: any Decoder) throws {
        let container = try decoder.container(keyedBy: Key.self)
        self.init(
            size: try container.decodeIfPresent(Int.self, forKey: .size) ?? 2,
            word: try container.decodeIfPresent(Int.self, forKey: .word) ?? 1,
            order: try container.decodeIfPresent(IntegerFormat.ByteOrder.self, forKey: .order) ?? .little,
            modulus: try container.decode(UInt64.self, forKey: .modulus),
            initial: try container.decodeIfPresent(UInt64.self, forKey: .initial) ?? 0)
    }
}

extension BitField: Decodable {
    public init(from decoder: any Decoder) throws {
        let container = try decoder.container(keyedBy: FieldKey.self)
        let content: Content
        func number(_ key: FieldKey) throws -> UInt64? {
            try container.decodeIfPresent(HexBytes.self, forKey: key)?.bytes.suffix(8).reduce(0) {
                $0 << 8 | UInt64($1)
            }
        }
        if let bits = try number(.constant) {
            content = .constant(bits)
        } else if let bits = try number(.fill) {
            content = .fill(bits)
        } else if let value = try container.decodeIfPresent(FieldLayout.Value.self, forKey: .enum) {
            let table = try container.decode([String: HexBytes].self, forKey: .values)
            content = .enumeration(
                value, table.mapValues { $0.bytes.suffix(8).reduce(0) { $0 << 8 | UInt64($1) } })
        } else {
            let value = try container.decode(FieldLayout.Value.self, forKey: .integer)
            let format = try container.integerFormat()
            content = format == IntegerFormat() ? .integer(value) : .number(value, format)
        }
        self.init(count: try container.decode(Int.self, forKey: .count), content: content)
    }
}

/// An item of a container says what it is and how it is found in one mapping.
extension KeyedField: Decodable {
    public init(from decoder: any Decoder) throws {
        let container = try decoder.container(keyedBy: FieldKey.self)
        let field = try FieldLayout(from: decoder)
        if let tag = try container.decodeIfPresent(HexBytes.self, forKey: .tag) {
            self.init(key: tag, field: field)
        } else {
            self.init(try container.decode(String.self, forKey: .key), field)
        }
    }
}

extension PresenceField: Decodable {
    private enum Key: String, CodingKey { case base, bits }

    public init(from decoder: any Decoder) throws {
        let container = try decoder.container(keyedBy: Key.self)
        self.init(
            base: try container.decode(HexBytes.self, forKey: .base),
            bits: try container.decode([Int: FieldLayout.Value].self, forKey: .bits))
    }
}

extension RecordsLayout: Decodable {
    private enum Key: String, CodingKey { case tagSize, tags, lengthSize, lengths, order, countsAll, always, items }

    private enum Tags: String, Decodable { case ber }

    public init(from decoder: any Decoder) throws {
        let container = try decoder.container(keyedBy: Key.self)
        self.init(
            tagSize: try container.decodeIfPresent(Int.self, forKey: .tagSize) ?? 1,
            hasBERTags: try container.decodeIfPresent(Tags.self, forKey: .tags) != nil,
            lengthSize: try container.decodeIfPresent(Int.self, forKey: .lengthSize) ?? 1,
            berLengths: try container.decodeIfPresent(BERLength.self, forKey: .lengths),
            order: try container.decodeIfPresent(IntegerFormat.ByteOrder.self, forKey: .order) ?? .big,
            countsAll: try container.decodeIfPresent(Bool.self, forKey: .countsAll) ?? false,
            isAlways: try container.decodeIfPresent(Bool.self, forKey: .always) ?? false,
            items: try container.decode([KeyedField].self, forKey: .items))
    }
}

extension Escape: Decodable {
    private enum Key: String, CodingKey { case style, byte, mask }

    public init(from decoder: any Decoder) throws {
        let container = try decoder.container(keyedBy: Key.self)
        self.init(
            try container.decode(Style.self, forKey: .style),
            byte: try container.decodeIfPresent(HexBytes.self, forKey: .byte)?.bytes.first ?? UInt8(ascii: "%"),
            mask: try container.decodeIfPresent(HexBytes.self, forKey: .mask)?.bytes.first ?? 0)
    }
}

extension ListLayout: Decodable {
    private enum Key: String, CodingKey { case separator, escape, closed, items }

    public init(from decoder: any Decoder) throws {
        let container = try decoder.container(keyedBy: Key.self)
        self.init(
            separator: try container.decode(HexBytes.self, forKey: .separator),
            escape: try container.decodeIfPresent(Escape.self, forKey: .escape),
            isClosed: try container.decodeIfPresent(Bool.self, forKey: .closed) ?? false,
            items: try container.decode([FieldLayout].self, forKey: .items))
    }
}

extension PairsLayout: Decodable {
    private enum Key: String, CodingKey { case separator, assignment, escape, closed, items }

    public init(from decoder: any Decoder) throws {
        let container = try decoder.container(keyedBy: Key.self)
        self.init(
            separator: try container.decode(HexBytes.self, forKey: .separator),
            assignment: try container.decode(HexBytes.self, forKey: .assignment),
            escape: try container.decodeIfPresent(Escape.self, forKey: .escape),
            isClosed: try container.decodeIfPresent(Bool.self, forKey: .closed) ?? false,
            items: try container.decode([KeyedField].self, forKey: .items))
    }
}

extension ObjectLayout: Decodable {
    private enum Key: String, CodingKey { case spaced, always, bare, items }

    public init(from decoder: any Decoder) throws {
        let container = try decoder.container(keyedBy: Key.self)
        self.init(
            isSpaced: try container.decodeIfPresent(Bool.self, forKey: .spaced) ?? false,
            isAlways: try container.decodeIfPresent(Bool.self, forKey: .always) ?? false,
            bare: Set(try container.decodeIfPresent([String].self, forKey: .bare) ?? []),
            items: try container.decode([KeyedField].self, forKey: .items))
    }
}

extension EnclosedLayout: Decodable {
    private enum Key: String, CodingKey { case start, end, escape, fields }

    public init(from decoder: any Decoder) throws {
        let container = try decoder.container(keyedBy: Key.self)
        self.init(
            start: try container.decode(HexBytes.self, forKey: .start),
            end: try container.decode(HexBytes.self, forKey: .end),
            escape: try container.decodeIfPresent(Escape.self, forKey: .escape),
            fields: try container.decode([FieldLayout].self, forKey: .fields))
    }
}

extension FramingLayout: Decodable {
    private enum Key: String, CodingKey { case header, first, trailer, reports, end, emptyAfterFull, leavesOutEmpty }

    public init(from decoder: any Decoder) throws {
        let container = try decoder.container(keyedBy: Key.self)
        self.init(
            header: try container.decodeIfPresent([FieldLayout].self, forKey: .header) ?? [],
            first: try container.decodeIfPresent([FieldLayout].self, forKey: .first),
            trailer: try container.decodeIfPresent([FieldLayout].self, forKey: .trailer) ?? [],
            reports: try container.decodeIfPresent(Int.self, forKey: .reports),
            end: try container.decodeIfPresent(FramingEnd.self, forKey: .end),
            isFullClosed: try container.decodeIfPresent(Bool.self, forKey: .emptyAfterFull) ?? false,
            isEmptyOmitted: try container.decodeIfPresent(Bool.self, forKey: .leavesOutEmpty) ?? false)
    }
}

extension Exchange: Decodable {
    private enum Key: String, CodingKey { case output, setFeature, getFeature, answers }

    public init(from decoder: any Decoder) throws {
        let container = try decoder.container(keyedBy: Key.self)
        func pattern(_ key: Key) throws -> BytePattern? {
            guard let text = try container.decodeIfPresent(String.self, forKey: key) else { return nil }
            guard let pattern = BytePattern(text) else {
                throw DecodingError.dataCorruptedError(
                    forKey: key, in: container, debugDescription: "\"\(text)\" is no pattern: 01 ?? 3? ..")
            }
            return pattern
        }
        let request: Request
        if let pattern = try pattern(.output) {
            request = .output(pattern)
        } else if let pattern = try pattern(.setFeature) {
            request = .setFeature(pattern)
        } else {
            request = .getFeature(id: UInt8(clamping: try container.decode(Int.self, forKey: .getFeature)))
        }
        self.init(request: request, answers: try container.decodeIfPresent([HexBytes].self, forKey: .answers) ?? [])
    }
}
