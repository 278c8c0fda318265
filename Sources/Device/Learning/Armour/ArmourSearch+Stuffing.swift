internal import BlueTap
internal import WireFormat

// Bytes that are escaped, between ends or without.
extension ArmourSearch {
    /// What messages begin and end with.
    private struct Shape {
        var start: [UInt8]
        var end: [UInt8]
        /// What stuffs such messages mostly, where no sample shows an escape.
        var usual: (escape: UInt8, codes: [UInt8: UInt8])?
    }

    func stuffed() -> [ArmourCandidate] {
        var found: [ArmourCandidate] = []
        for shape in shapes() {
            var chance: [(layer: StuffedLayer, escapes: Int)] = []
            var shown: [(layer: StuffedLayer, escapes: Int)] = []
            var plain: StuffedLayer?
            for (escape, codes) in families(shape) {
                guard let (layer, escapes) = fit(shape, escape, codes),
                    !(shown + chance).contains(where: { $0.layer == layer })
                else { continue }
                if escapes > 0, Self.usualEscapes.contains(escape) {
                    shown.append((layer, escapes))
                } else if escapes > 0 {
                    chance.append((layer, escapes))
                } else if let usual = shape.usual, usual.escape == escape, usual.codes == codes {
                    plain = layer
                }
            }
            // One pair of bytes is soon taken for an escape that nobody uses between such ends.
            let most = shown.map(\.escapes).max() ?? 0
            if let plain, most < ReadingEvidence.escapesOfUnknown {
                found += kept(
                    plain, "messages begin and end so; no sample shows an escape", isCertain: true,
                    doubts: [.stuffing(end: plain.end.bytes, escape: plain.escape)])
            }
            for (layer, escapes) in shown.sorted(by: { $0.escapes > $1.escapes }).prefix(SearchLimit.stuffings) {
                let isCertain = !shape.start.isEmpty || !shape.end.isEmpty || escapes > 1
                found += kept(
                    layer, "bytes are escaped with \(HexBytes([layer.escape])), \(escapes) times in the samples",
                    isCertain: isCertain, doubts: [])
            }
            // What looks like an escape that nobody uses may be none.
            for (layer, escapes) in chance.sorted(by: { $0.escapes > $1.escapes }).prefix(SearchLimit.stuffings) {
                found += kept(
                    layer, "bytes are escaped with \(HexBytes([layer.escape])), \(escapes) times in the samples",
                    isCertain: false, doubts: [])
            }
            if found.contains(where: \.isCertain) { break }
        }
        return found
    }

    /// With which an escaped byte is XORed: not at all, first.
    private static let usualMasks: [UInt8] = [0x00, 0x20, 0x80, 0x40, 0x10, 0xFF]
    private static let usualEscapes: Set<UInt8> = [0x10, 0x1B, 0x5C, 0x7D, 0xDB]

    /// The layer with check bytes behind its end in the message, and with what they may cover besides.
    private func kept(
        _ layer: StuffedLayer, _ evidence: String, isCertain: Bool, doubts: [Doubt]
    ) -> [ArmourCandidate] {
        func candidate(_ layer: StuffedLayer) -> ArmourCandidate? {
            self.candidate([LearnedLayer(.stuffed(layer), evidence)], isCertain: isCertain, doubts: doubts)
        }
        let behind = -layer.span.to.offset
        guard behind > 0 else { return [candidate(layer)].compactMap(\.self) }
        // A check over the stuffed bytes is a layer of its own.
        var bare = layer
        bare.span.to = Place(.end)
        if let ends = ends(bare, behind), let findings = messages.check(ends, size: behind) {
            let around = LearnedLayer(
                .wrapped(WrappedLayer(tail: findings.map(\.field))), findings.map(\.evidence).joined(separator: "; "))
            if let found = self.candidate(
                [around, LearnedLayer(.stuffed(bare), evidence)], isCertain: isCertain, doubts: doubts)
            {
                return [found]
            }
        }
        let (start, end) = (layer.start.bytes.count, layer.end.bytes.count)
        var variants: [ArmourCandidate] = []
        for (keptStart, keptEnd) in [(0, 0), (0, 1), (0, end), (start, end), (min(1, start), 1)] {
            var layer = layer
            (layer.keptStart, layer.keptEnd) = (keptStart, keptEnd)
            guard let found = candidate(layer) else { continue }
            let ends = found.inside.bytes.map(\.count)
            if found.inside.padding == nil, found.inside.check(ends, size: behind) != nil { return [found] }
            variants.append(found)
        }
        return Array(variants.prefix(2))
    }

    /// Where each message ends with its check bytes.
    private func ends(_ layer: StuffedLayer, _ behind: Int) -> [Int]? {
        var ends: [Int] = []
        for bytes in messages.bytes {
            var found: Int?
            for end in (0..<bytes.count).reversed()
            where bytes[..<end].reversed().starts(with: layer.end.bytes.reversed()) {
                guard let armour = try? CompiledArmour([.stuffed(layer)], padding: nil, path: []) else { return nil }
                if (try? armour.open(Array(bytes[..<end]))) != nil {
                    found = end
                    break
                }
            }
            guard let found, found + behind <= bytes.count else { return nil }
            ends.append(found + behind)
        }
        return ends
    }

    // MARK: Ends

    private func shapes() -> [Shape] {
        let trimmed = messages.trimmed
        guard trimmed.allSatisfy({ $0.count > 3 }) else { return [] }
        var shapes: [Shape] = []
        let first = messages.common(0)
        let isControl = { (byte: UInt8) in byte < 0x20 || byte >= 0x7E }
        /// The byte so far from the end that most messages have there.
        func last(_ distance: Int) -> UInt8? {
            var counts: [UInt8: Int] = [:]
            for bytes in trimmed where bytes.count > distance {
                counts[bytes[bytes.count - 1 - distance], default: 0] += 1
            }
            guard let (byte, count) = counts.max(by: { ($0.value, $1.key) < ($1.value, $0.key) }),
                ReadingEvidence.isMost(count, of: trimmed.count)
            else { return nil }
            return byte
        }
        if let first, isControl(first) {
            for behind in 0...SearchLimit.bytesBehindEnd {
                // A byte that doubles itself, and one that says what it does.
                if let second = messages.common(1), let end = last(behind), last(behind + 1) == first, end != first,
                    second != first
                {
                    shapes.append(
                        Shape(
                            start: [first, second], end: [first, end], usual: (escape: first, codes: [first: first])))
                }
                if let end = last(behind), isControl(end) {
                    shapes.append(Shape(start: [first], end: [end], usual: behind == 0 ? usual(first, end) : nil))
                }
            }
        }
        for end in [0xC0, 0x7E] as [UInt8] where last(0) == end && messages.padding != end {
            shapes.append(Shape(start: [], end: [end], usual: usual(end, end)))
        }
        shapes.append(Shape(start: [], end: []))
        return shapes
    }

    private static let slip: (escape: UInt8, codes: [UInt8: UInt8]) = (0xDB, [0xC0: 0xDC, 0xDB: 0xDD])
    private static let hdlc: (escape: UInt8, codes: [UInt8: UInt8]) = (0x7D, [0x7E: 0x5E, 0x7D: 0x5D])

    private func usual(_ start: UInt8, _ end: UInt8) -> (escape: UInt8, codes: [UInt8: UInt8])? {
        switch (start, end) {
        case (0xC0, 0xC0): Self.slip
        case (0x7E, 0x7E): Self.hdlc
        default: nil
        }
    }

    // MARK: Escapes

    private func families(_ shape: Shape) -> [(escape: UInt8, codes: [UInt8: UInt8])] {
        if let usual = shape.usual, shape.end.count == 2 { return [usual] }
        guard let end = shape.end.first else {
            return [Self.slip, Self.hdlc]
        }
        var families: [(escape: UInt8, codes: [UInt8: UInt8])] = []
        func add(_ escape: UInt8, _ special: [UInt8], _ code: (UInt8) -> UInt8) {
            let special = special + [escape]
            let codes = Dictionary(special.map { ($0, code($0)) }, uniquingKeysWith: { first, _ in first })
            families.append((escape, codes))
        }
        let special = shape.start + shape.end
        if special.contains(0xC0) { families.append(Self.slip) }
        if special == [0x7E] || special == [0x7E, 0x7E] { families.append(Self.hdlc) }
        for more in [[], [0x11, 0x13], Array(0x00..<0x20)] as [[UInt8]] { add(0x7D, special + more) { $0 ^ 0x20 } }
        for escape in Self.usualEscapes.sorted() where !special.contains(escape) {
            for mask in Self.usualMasks { add(escape, special) { $0 ^ mask } }
        }
        let interiors = messages.trimmed.map { bytes in
            let body = bytes.dropFirst(shape.start.count)
            return body[..<(body.lastIndex(of: end) ?? body.endIndex)]
        }
        var followers: [UInt8: [UInt8: Int]] = [:]
        for interior in interiors {
            var index = interior.startIndex
            while index + 1 < interior.endIndex {
                followers[interior[index], default: [:]][interior[index + 1], default: 0] += 1
                index += 1
            }
        }
        for (escape, codes) in followers.sorted(by: { $0.key < $1.key })
        where codes.count <= Set(special + [escape]).count && escape != end && !shape.start.contains(escape) {
            let isUsual = Self.usualEscapes.contains(escape)
            guard isUsual || codes.values.reduce(0, +) >= ReadingEvidence.escapesOfUnknown else { continue }
            // The byte as it is, or changed by one mask: those that are usual first.
            let unusual = isUsual || codes.count < 2 ? [] : Array(UInt8(1)...0xFE)
            for mask in Self.usualMasks + unusual {
                let possible = Set((special + [escape]).map { $0 ^ mask })
                guard codes.keys.allSatisfy(possible.contains) else { continue }
                add(escape, special) { $0 ^ mask }
                break
            }
            families += substitutions(escape, special, Array(codes.keys).sorted())
        }
        return families
    }

    /// Codes that are no mask's: each of those seen may stand for each byte.
    private func substitutions(
        _ escape: UInt8, _ special: [UInt8], _ codes: [UInt8]
    ) -> [(escape: UInt8, codes: [UInt8: UInt8])] {
        let bytes = Array(Set(special + [escape])).sorted()
        guard codes.count == bytes.count, codes.count <= 3, !codes.contains(where: bytes.contains) else { return [] }
        func orders(_ rest: [UInt8]) -> [[UInt8]] {
            rest.isEmpty ? [[]] : rest.flatMap { first in orders(rest.filter { $0 != first }).map { [first] + $0 } }
        }
        return orders(codes).map { (escape, Dictionary(uniqueKeysWithValues: zip(bytes, $0))) }
    }

    /// The layer with as many bytes behind its end as messages have, and how often it escapes.
    private func fit(
        _ shape: Shape, _ escape: UInt8, _ codes: [UInt8: UInt8]
    ) -> (layer: StuffedLayer, escapes: Int)? {
        for behind in shape.end.isEmpty ? 0...0 : 0...SearchLimit.bytesBehindEnd {
            let layer = StuffedLayer(
                start: shape.start, end: shape.end, escape: escape, codes: codes,
                span: ArmourSpan(to: Place(.end, -behind)))
            guard let inside = messages.inside([LearnedLayer(.stuffed(layer), "")]) else { continue }
            let ends = (shape.start.count + shape.end.count) * messages.bytes.count
            return (layer, messages.growth(inside) - ends)
        }
        return nil
    }
}

extension Doubt {
    /// Bytes that would be escaped, and none shows it.
    static func stuffing(end: [UInt8], escape: UInt8?) -> Doubt {
        let byte = end.first ?? 0
        let amount = "\(byte / 100).\(byte % 100 < 10 ? "0" : "")\(byte % 100)"
        let name = HexBytes([byte]).description.uppercased()
        return Doubt(
            place: "messages",
            readings: [
                "a byte \(name) within is escaped"
                    + (escape.map { " with \(HexBytes([$0]).description.uppercased())" } ?? ""),
                "it stands there as it is",
            ],
            decidedBy: "send a pay with the amount \(amount), and more commands until a byte between is \(name)")
    }
}
