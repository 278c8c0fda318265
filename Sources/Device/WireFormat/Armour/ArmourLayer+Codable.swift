// The keys of a layer in a profile file. See the note in Profile+Codable.swift.

extension ArmourLayer: Decodable {
    private enum Key: String, CodingKey {
        case wrapped, stuffed, cobs, base64, hexadecimal, xor, swapped
    }

    private enum Part: String, CodingKey {
        case head, tail, start, end, escape, codes, keptStart, keptEnd, from, to
        case led, terminated, reduced, url, padded, lowercase
        case key, keyAt, keySize, step, chain, initial, sizes, unit
    }

    public init(from decoder: any Decoder) throws {
        let container = try decoder.container(keyedBy: Key.self)
        guard let key = container.allKeys.first else {
            throw DecodingError.dataCorrupted(
                DecodingError.Context(codingPath: decoder.codingPath, debugDescription: "it is no layer"))
        }
        let part = try container.nestedContainer(keyedBy: Part.self, forKey: key)
        func bytes(_ name: Part) throws -> [UInt8]? { try part.decodeIfPresent(HexBytes.self, forKey: name)?.bytes }
        func flag(_ name: Part, _ standard: Bool = false) throws -> Bool {
            try part.decodeIfPresent(Bool.self, forKey: name) ?? standard
        }
        let span = ArmourSpan(
            from: try part.decodeIfPresent(Int.self, forKey: .from) ?? 0,
            to: try part.place(.to) ?? Place(.end))
        switch key {
        case .wrapped:
            self = .wrapped(
                WrappedLayer(
                    head: try part.decodeIfPresent([FieldLayout].self, forKey: .head) ?? [],
                    tail: try part.decodeIfPresent([FieldLayout].self, forKey: .tail) ?? []))
        case .stuffed:
            var codes: [UInt8: UInt8] = [:]
            for (name, code) in try part.decode([String: HexBytes].self, forKey: .codes) {
                guard let byte = HexBytes(name)?.bytes, byte.count == 1, code.bytes.count == 1 else {
                    throw DecodingError.dataCorruptedError(
                        forKey: .codes, in: part,
                        debugDescription: "a code stands for one byte, and is one: \"\(name)\"")
                }
                codes[byte[0]] = code.bytes[0]
            }
            self = .stuffed(
                StuffedLayer(
                    start: try bytes(.start) ?? [], end: try bytes(.end) ?? [],
                    escape: try part.decode(HexBytes.self, forKey: .escape).bytes.first ?? 0, codes: codes,
                    keptStart: try part.decodeIfPresent(Int.self, forKey: .keptStart) ?? 0,
                    keptEnd: try part.decodeIfPresent(Int.self, forKey: .keptEnd) ?? 0, span: span))
        case .cobs:
            self = .cobs(
                COBSLayer(isLed: try flag(.led), isTerminated: try flag(.terminated), isReduced: try flag(.reduced)))
        case .base64:
            self = .base64(Base64Layer(isURL: try flag(.url), isPadded: try flag(.padded, true), span: span))
        case .hexadecimal:
            self = .hexadecimal(HexadecimalLayer(isLowercase: try flag(.lowercase), span: span))
        case .xor:
            let key: ExclusiveOrLayer.Key
            if let place = try part.place(.keyAt) {
                key = .at(place, size: try part.decodeIfPresent(Int.self, forKey: .keySize) ?? 1)
            } else {
                key = .constant(HexBytes(try bytes(.key) ?? [0]))
            }
            self = .exclusiveOr(
                ExclusiveOrLayer(
                    key: key, step: try bytes(.step)?.first ?? 0,
                    chain: try part.decodeIfPresent(ExclusiveOrLayer.Chain.self, forKey: .chain) ?? .none,
                    initial: try bytes(.initial)?.first,
                    sizes: try part.decodeIfPresent([Int].self, forKey: .sizes) ?? [], span: span))
        case .swapped:
            self = .swapped(SwappedLayer(try part.decode(SwappedLayer.Unit.self, forKey: .unit), span: span))
        }
    }
}

extension KeyedDecodingContainer {
    /// A place by its name; nil where there is none.
    fileprivate func place(_ key: Key) throws -> Place? {
        guard let text = try decodeIfPresent(String.self, forKey: key) else { return nil }
        guard let place = Place(text) else {
            throw DecodingError.dataCorruptedError(
                forKey: key, in: self, debugDescription: "\"\(text)\" is no place: 43, end or end-2")
        }
        return place
    }
}
