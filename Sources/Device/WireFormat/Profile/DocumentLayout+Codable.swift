internal import BlueTap

// Documents in a profile file. See the note in Profile+Codable.swift.

extension DocumentStyle: Decodable {
    private enum Key: String, CodingKey {
        case spacedCommas, spacedColons, indent, newline, escapedSlashes, ascii, prolog, emptyEnd, quote
    }

    public init(from decoder: any Decoder) throws {
        let container = try decoder.container(keyedBy: Key.self)
        self.init(
            hasSpacedCommas: try container.decodeIfPresent(Bool.self, forKey: .spacedCommas) ?? false,
            hasSpacedColons: try container.decodeIfPresent(Bool.self, forKey: .spacedColons) ?? false,
            indent: try container.decodeIfPresent(String.self, forKey: .indent),
            newline: try container.decodeIfPresent(HexBytes.self, forKey: .newline)
                .map { String(decoding: $0.bytes, as: UTF8.self) } ?? "\n",
            escapesSlashes: try container.decodeIfPresent(Bool.self, forKey: .escapedSlashes) ?? false,
            isASCII: try container.decodeIfPresent(Bool.self, forKey: .ascii) ?? false,
            prolog: try container.decodeIfPresent(HexBytes.self, forKey: .prolog)
                .map { String(decoding: $0.bytes, as: UTF8.self) } ?? "",
            emptyEnd: try container.decodeIfPresent(String.self, forKey: .emptyEnd),
            quote: try container.decodeIfPresent(String.self, forKey: .quote) ?? "\"")
    }
}

extension DocumentLayout: Decodable {
    private enum Key: String, CodingKey { case notation, kind, name, numberedKeys, style, always, items }

    public init(from decoder: any Decoder) throws {
        let container = try decoder.container(keyedBy: Key.self)
        self.init(
            notation: try container.decode(Notation.self, forKey: .notation),
            kind: try container.decodeIfPresent(DocumentKind.self, forKey: .kind) ?? .map,
            name: try container.decodeIfPresent(String.self, forKey: .name) ?? "",
            hasNumberedKeys: try container.decodeIfPresent(Bool.self, forKey: .numberedKeys) ?? false,
            style: try container.decodeIfPresent(DocumentStyle.self, forKey: .style) ?? DocumentStyle(),
            isAlways: try container.decodeIfPresent(Bool.self, forKey: .always) ?? true,
            members: try container.decode([DocumentMember].self, forKey: .items))
    }
}

extension DocumentMember: Decodable {
    private enum Key: String, CodingKey { case key, kind, missing, standard, required, with }

    public init(from decoder: any Decoder) throws {
        let container = try decoder.container(keyedBy: Key.self)
        self.init(
            key: try container.decode(String.self, forKey: .key),
            kind: try container.decodeIfPresent(DocumentKind.self, forKey: .kind) ?? .text,
            field: try FieldLayout(from: decoder),
            absence: try container.decodeIfPresent(Absence.self, forKey: .missing) ?? .leftOut,
            standard: try container.decodeIfPresent(String.self, forKey: .standard),
            isRequired: try container.decodeIfPresent(Bool.self, forKey: .required) ?? false,
            companion: try container.decodeIfPresent(FieldLayout.Value.self, forKey: .with))
    }
}

extension DocumentLayout {
    /// What cannot be; nil where all can.
    var problem: String? {
        guard kind.isContainer, kind != .packed || notation == .protobuf else {
            return "\(kind.rawValue) holds no members"
        }
        guard Set(members.map(\.key)).count == members.count else { return "two of them have the same key" }
        return nil
    }
}

extension DocumentMember {
    /// What cannot be in a document; nil where all can.
    func problem(in document: DocumentLayout) -> String? {
        if case .document(let inner) = field.content {
            guard kind.isContainer else {
                return kind == .text || kind == .bytes
                    ? nil : "a document stands in text or bytes, or is a member itself"
            }
            guard inner.notation == document.notation, kind.isMap == inner.kind.isMap else {
                return "its kind and notation are not those of its document"
            }
            return kind.exists(in: document.notation) ? nil : "\(document.notation.rawValue) has no \(kind.rawValue)"
        }
        guard !kind.isContainer else { return "\(kind.rawValue) holds members" }
        return kind.exists(in: document.notation) ? nil : "\(document.notation.rawValue) has no \(kind.rawValue)"
    }
}

extension DocumentKind {
    /// Whether a notation has it.
    func exists(in notation: Notation) -> Bool {
        switch notation {
        case .json: [.map, .array, .text, .number, .float, .bare, .null].contains(self)
        case .cbor:
            [
                .map, .array, .openMap, .openArray, .text, .bytes, .number, .number8, .number16, .number32, .number64,
                .float, .float16, .float32, .float64, .mixed, .bool, .null,
            ].contains(self)
        case .messagePack:
            [
                .map, .array, .text, .bytes, .number, .number8, .number16, .number32, .number64, .signed, .signed8,
                .signed16, .signed32, .signed64, .float32, .float64, .mixed, .bool, .null,
            ].contains(self)
        case .protobuf:
            [.map, .packed, .text, .bytes, .number, .zigzag, .fixed32, .fixed64, .float32, .float64].contains(self)
        case .der: [.map, .text, .bytes, .number, .bool, .null].contains(self)
        case .xml: [.map, .text, .attribute].contains(self)
        }
    }
}
