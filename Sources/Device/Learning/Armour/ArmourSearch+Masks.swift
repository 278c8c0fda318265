internal import BlueTap
internal import WireFormat

// Bytes that are XORed. The texts of the labels tell with what.
extension ArmourSearch {
    /// How bytes are XORed, wherever that begins.
    private enum Mask: Hashable {
        case constant(UInt8)
        /// As many bytes again and again, the first at a place that is a multiple of their count.
        case repeated([UInt8])
        /// The key of the first byte of the message, and what is added for each.
        case stepped(UInt8, step: UInt8)
        case chained(ExclusiveOrLayer.Chain, key: UInt8)
    }

    func masked() -> [ArmourCandidate] {
        guard let (key, start) = mask() else { return [] }
        // Padding that is XORed as well looks like the key.
        if case .mask(.constant(let byte)) = key, depth == 0, messages.padding == nil,
            Set(messages.bytes.map(\.count)).count == 1, messages.bytes.contains(where: { $0.last == byte })
        {
            var padded = self
            padded.messages.padding = byte
            return padded.masked(key, start).map { candidate in
                var candidate = candidate
                candidate.padding = byte
                return candidate
            }
        }
        return masked(key, start)
    }

    private func masked(_ key: Key, _ start: Int) -> [ArmourCandidate] {
        var found: [ArmourCandidate] = []
        // A checksum over what was XORed is a layer of its own.
        let ends = messages.ends
        var around: LearnedLayer?
        for size in SearchLimit.trailers.reversed() where size > 0 && around == nil {
            guard let findings = messages.check(ends, size: size) else { continue }
            around = LearnedLayer(
                .wrapped(WrappedLayer(tail: findings.map(\.field))), findings.map(\.evidence).joined(separator: "; "))
        }
        let evidence = "the labels' texts stand there, XORed"
        let tails = around == nil ? [0, 2, 1, 4] : [0]
        for tail in tails {
            for from in starts(before: start) where found.count < SearchLimit.armours {
                guard var layer = layer(key, ArmourSpan(from: from, to: Place(.end, -tail))) else { continue }
                layer.sizes = around == nil ? messages.sizes : []
                let layers = [around, LearnedLayer(.exclusiveOr(layer), evidence)].compactMap(\.self)
                if let candidate = candidate(layers) { found.append(candidate) }
            }
        }
        // Where a checksum is right inside, the XOR begins and ends where it should.
        guard around == nil else { return found }
        let ranked = found.map { ($0, rank: $0.inside.checkRank) }
        let best = ranked.map(\.rank).max() ?? 0
        return best == 0 ? found : [2, 1].flatMap { rank in ranked.filter { $0.rank == rank }.map(\.0) }
    }

    /// A key that all messages have, or where each has its own.
    private enum Key {
        case mask(Mask)
        case at(Int)
    }

    private func layer(_ key: Key, _ span: ArmourSpan) -> ExclusiveOrLayer? {
        switch key {
        case .at(let place):
            guard place < span.from else { return nil }
            return ExclusiveOrLayer(key: .at(Place(.start, place), size: 1), span: span)
        case .mask(.constant(let byte)): return ExclusiveOrLayer(key: .constant(HexBytes([byte])), span: span)
        case .mask(.repeated(let bytes)):
            let shift = span.from % bytes.count
            return ExclusiveOrLayer(
                key: .constant(HexBytes(Array(bytes[shift...] + bytes[..<shift]))), span: span)
        case .mask(.stepped(let byte, let step)):
            let first = byte &+ step &* UInt8(truncatingIfNeeded: span.from)
            return ExclusiveOrLayer(key: .constant(HexBytes([first])), step: step, span: span)
        case .mask(.chained(let chain, let byte)):
            return ExclusiveOrLayer(key: .constant(HexBytes([byte])), chain: chain, span: span)
        }
    }

    /// Where XOR may begin: behind any byte that differs, for what is always the same is a constant either way.
    private func starts(before end: Int) -> [Int] {
        var starts = [0]
        let shortest = messages.bytes.map(\.count).min() ?? 0
        for column in 0..<min(end, SearchLimit.plainHead, shortest) where messages.common(column) == nil {
            let isConstant = Set(messages.kinds).allSatisfy { kind in
                Set(zip(messages.kinds, messages.bytes).filter { $0.0 == kind }.map { $0.1[column] }).count == 1
            }
            if !isConstant { starts.append(column + 1) }
        }
        return Array(starts.prefix(SearchLimit.maskStarts))
    }

    /// The key that the texts of most messages show, and the first place where one stands.
    private func mask() -> (Key, start: Int)? {
        var votes: [Mask: Set<Int>] = [:]
        var starts: [Mask: Int] = [:]
        var constants: [(message: Int, key: UInt8, start: Int)] = []
        for (index, bytes) in messages.bytes.enumerated() {
            let texts = messages.texts[index].filter { $0.count >= ReadingEvidence.longText && Set($0).count > 1 }
            for text in texts where text.count <= bytes.count {
                for start in 0...(bytes.count - text.count) {
                    for mask in Self.masks(bytes, start, text) {
                        votes[mask, default: []].insert(index)
                        starts[mask] = min(starts[mask] ?? .max, start)
                        if case .constant(let key) = mask { constants.append((index, key, start)) }
                    }
                }
            }
        }
        let best = votes.max { ($0.value.count, Self.rank($1.key)) < ($1.value.count, Self.rank($0.key)) }
        if let (mask, found) = best, found.count >= ReadingEvidence.messagesForARule, let start = starts[mask] {
            return (.mask(mask), start)
        }
        // Each message has its key in its own head.
        let first = constants.map(\.start).min() ?? 0
        for column in 0..<min(first, SearchLimit.plainHead) {
            let fitting = Set(constants.filter { messages.bytes[$0.message][column] == $0.key }.map(\.message))
            if fitting.count >= ReadingEvidence.messagesForARule { return (.at(column), first) }
        }
        return nil
    }

    /// The simplest first.
    private static func rank(_ mask: Mask) -> Int {
        switch mask {
        case .constant: 0
        case .chained: 1
        case .stepped: 2
        case .repeated(let bytes): 2 + bytes.count
        }
    }

    /// With what a text is XORed that would stand at a place.
    private static func masks(_ bytes: [UInt8], _ start: Int, _ text: [UInt8]) -> [Mask] {
        let keys = text.indices.map { bytes[start + $0] ^ text[$0] }
        if keys.allSatisfy({ $0 == keys[0] }) { return keys[0] == 0 ? [] : [.constant(keys[0])] }
        var found: [Mask] = []
        let step = keys[1] &- keys[0]
        if keys.indices.dropFirst().allSatisfy({ keys[$0] &- keys[$0 - 1] == step }) {
            found.append(.stepped(keys[0] &- step &* UInt8(truncatingIfNeeded: start), step: step))
        }
        let written = text.indices.dropFirst().map { keys[$0] ^ bytes[start + $0 - 1] }
        if written.allSatisfy({ $0 == written[0] }) { found.append(.chained(.written, key: written[0])) }
        let plain = text.indices.dropFirst().map { keys[$0] ^ text[$0 - 1] }
        if plain.allSatisfy({ $0 == plain[0] }) { found.append(.chained(.plain, key: plain[0])) }
        for count in SearchLimit.keySizes where keys.count >= count + ReadingEvidence.repeatedKey {
            guard (0..<keys.count - count).allSatisfy({ keys[$0] == keys[$0 + count] }) else { continue }
            var key = [UInt8](repeating: 0, count: count)
            for index in 0..<count { key[(start + index) % count] = keys[index] }
            found.append(.repeated(key))
            break
        }
        return found
    }
}
