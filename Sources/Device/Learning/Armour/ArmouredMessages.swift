internal import BlueTap
internal import WireFormat

/// Messages of one direction, with or without layers around them.
struct ArmouredMessages {
    var bytes: [[UInt8]]
    /// What may stand behind each; nil where each ends with its bytes.
    var padding: UInt8?
    let kinds: [Command.Kind]
    /// Texts that each carries.
    let texts: [[[UInt8]]]

    /// The bytes before padding.
    var trimmed: [ArraySlice<UInt8>] {
        bytes.map { bytes in
            var end = bytes.count
            if let padding { while end > 0, bytes[end - 1] == padding { end -= 1 } }
            return bytes[..<end]
        }
    }

    /// Whether a checksum ends the messages: 2 for one that has a name, 1 for a CRC that none has.
    var checkRank: Int {
        let ends = ends
        return SearchLimit.trailers.reduce(0) { rank, size in
            guard size > 0, let findings = check(ends, size: size) else { return rank }
            let isNamed = findings.contains { finding in
                if case .checksum(let checksum) = finding.field.content {
                    checksum.algorithm.name != nil
                } else {
                    false
                }
            }
            return max(rank, isNamed ? 2 : 1)
        }
    }

    /// The sizes of the messages, where all of a sort have the same and padding follows; else none.
    var sizes: [Int] {
        guard padding != nil else { return [] }
        let ends = ends
        let isFixed = Set(kinds).allSatisfy { kind in
            Set(zip(kinds, ends).filter { $0.0 == kind }.map(\.1)).count == 1
        }
        return isFixed ? Set(ends).sorted() : []
    }

    /// Where each ends. A message that ends like its padding is taken to be as long as others of its sort.
    var ends: [Int] {
        let trimmed = trimmed.map(\.count)
        guard padding != nil else { return trimmed }
        return trimmed.indices.map { index in
            let own = trimmed.indices.filter { kinds[$0] == kinds[index] }.map { trimmed[$0] }
            let longest = own.max() ?? 0
            let isFixed =
                own.allSatisfy { longest - $0 <= SearchLimit.paddingLikeEnd }
                && ReadingEvidence.isMajority(own.count { $0 == longest }, of: own.count)
            return isFixed ? min(longest, bytes[index].count) : trimmed[index]
        }
    }

    /// The byte that all have at a place.
    func common(_ index: Int) -> UInt8? {
        guard let first = bytes.first, index < first.count else { return nil }
        return bytes.allSatisfy { index < $0.count && $0[index] == first[index] } ? first[index] : nil
    }

    /// Fields at the messages' start, with the constants that these have there.
    func withConstants(_ head: MessageLayout) -> MessageLayout {
        var start = 0
        return head.map { field in
            let range = start..<start + (field.fixedSize ?? 0)
            start = range.upperBound
            guard case .constant = field.content else { return field }
            let own = range.compactMap(common)
            guard own.count == range.count else { return field }
            var field = field
            field.content = .constant(own)
            return field
        }
    }

    /// Whether most messages that carry a long text have one as it is.
    var hasTexts: Bool {
        var given = 0
        var found = 0
        for (bytes, texts) in zip(bytes, texts) {
            let long = texts.filter { $0.count >= ReadingEvidence.longText }
            guard !long.isEmpty else { continue }
            given += 1
            if long.contains(where: { bytes.firstPlace(of: $0, from: 0, to: bytes.count) != nil }) { found += 1 }
        }
        return given > 0 && ReadingEvidence.isMajority(found, of: given)
    }

    /// The messages inside these layers; nil where one of them is not made of them again to the byte.
    func inside(_ layers: [LearnedLayer]) -> ArmouredMessages? {
        guard let armour = try? CompiledArmour(layers.map(\.layer), padding: padding, path: []) else { return nil }
        var inside = self
        inside.padding = armour.innerPadding
        for (index, message) in bytes.enumerated() {
            guard let opened = try? armour.open(message) else { return nil }
            var end = opened.count
            if let padding = inside.padding { while end > 0, opened[end - 1] == padding { end -= 1 } }
            guard let closed = try? armour.close(Array(opened[..<end])), closed.count <= message.count,
                message.starts(with: closed), message[closed.count...].allSatisfy({ $0 == padding })
            else { return nil }
            inside.bytes[index] = opened
        }
        // What was taken out leaves room for more padding.
        if let padding = inside.padding {
            let size = inside.bytes.map(\.count).max() ?? 0
            for index in inside.bytes.indices {
                inside.bytes[index] += [UInt8](repeating: padding, count: size - inside.bytes[index].count)
            }
        }
        return inside
    }

    /// How many bytes layers have added to all messages.
    func growth(_ inside: ArmouredMessages) -> Int {
        zip(trimmed, inside.trimmed).reduce(0) { $0 + $1.0.count - $1.1.count }
    }

    /// Whether bytes within are escaped, where messages begin and end as stuffed ones do and no layer was taken off.
    var doubtOfStuffing: Doubt? {
        let trimmed = trimmed
        guard let first = common(0), let end = trimmed.first?.last,
            !(0x20..<0x7F).contains(first), !(0x20..<0x7F).contains(end), end == first || end == first &+ 1,
            trimmed.allSatisfy({ $0.count > 3 && $0.last == end }),
            // Text has no such bytes.
            trimmed.contains(where: { $0.dropFirst().dropLast().contains { $0 < 0x20 } }),
            trimmed.allSatisfy({ !$0.dropFirst().dropLast().contains(end) })
        else { return nil }
        return .stuffing(end: [end], escape: nil)
    }

    // MARK: Fields around

    private func specimens(_ ends: [Int]) -> [Specimen] {
        bytes.indices.map { index in
            Specimen(
                bytes: Array(bytes[index][..<ends[index]]), values: FieldValues(), kind: kinds[index], order: index,
                end: ends[index])
        }
    }

    /// The fields of the last bytes of each message, which are constants and at least one checksum.
    func check(_ ends: [Int], size: Int) -> [Finding]? {
        guard ends.allSatisfy({ $0 > size }) else { return nil }
        var region = RegionLearner(
            specimens: specimens(ends), starts: ends.map { $0 - size }, size: size, wanted: [])
        region.findChecksums()
        let findings = region.fields()
        let isChecked = findings.contains { if case .checksum = $0.field.content { true } else { false } }
        return region.unexplained == 0 && isChecked ? findings : nil
    }

    /// The fields around what is inside; nil where not all of them are constants, lengths and checksums.
    func wrapping(head: Int, tail: Int, _ ends: [Int]) -> LearnedLayer? {
        guard ends.allSatisfy({ $0 >= head + tail }) else { return nil }
        let specimens = specimens(ends)
        var layer = WrappedLayer()
        var evidence: [String] = []
        for (size, starts, path) in [
            (head, ends.map { _ in 0 }, \WrappedLayer.head), (tail, ends.map { $0 - tail }, \WrappedLayer.tail),
        ] where size > 0 {
            var region = RegionLearner(specimens: specimens, starts: starts, size: size, wanted: [])
            if path == \WrappedLayer.head { region.findLengths() }
            region.findChecksums()
            let findings = region.fields()
            guard region.unexplained == 0 else { return nil }
            layer[keyPath: path] = findings.map(\.field)
            evidence += findings.map(\.evidence)
        }
        return LearnedLayer(.wrapped(layer), "around what is inside: " + evidence.joined(separator: "; "))
    }
}

/// Layers that may be around messages, and what is inside.
struct ArmourCandidate {
    var layers: [LearnedLayer]
    var inside: ArmouredMessages
    /// Whether so much speaks for it that no other reading is needed where what is inside is understood.
    var isCertain = true
    var doubts: [Doubt] = []
    /// What fills reports, where that was not known before.
    var padding: UInt8?
}
