internal import BlueTap
internal import WireFormat

/// Finds layers around messages for which something speaks: alphabets, constant ends, escapes, texts that are changed.
struct ArmourSearch {
    var messages: ArmouredMessages
    /// How many layers have been taken off.
    var depth = 0

    /// The likeliest first.
    func candidates() -> [ArmourCandidate] {
        guard depth < SearchLimit.armourDepth, messages.bytes.count >= ReadingEvidence.messagesForArmour else {
            return []
        }
        var found: [ArmourCandidate] = []
        var own = stuffed() + cobs() + (messages.hasTexts ? [] : texts() + swapped() + masked())
        if depth == 0, !own.contains(where: \.isCertain) { own = headed() + own }
        for candidate in own.filter(\.isCertain) + own.filter({ !$0.isCertain }) where found.count < SearchLimit.armours
        {
            // What is inside may have a layer of its own. Only keys are looked for behind others that are not certain.
            let inner = ArmourSearch(messages: candidate.inside, depth: depth + candidate.layers.count)
            found += inner.candidates().map { deeper in
                ArmourCandidate(
                    layers: candidate.layers + deeper.layers, inside: deeper.inside,
                    isCertain: candidate.isCertain && deeper.isCertain, doubts: candidate.doubts + deeper.doubts,
                    padding: candidate.padding)
            }
            found.append(candidate)
        }
        return Array(found.prefix(SearchLimit.armours))
    }

    func candidate(
        _ layers: [LearnedLayer], isCertain: Bool = true, doubts: [Doubt] = []
    ) -> ArmourCandidate? {
        messages.inside(layers).map {
            ArmourCandidate(layers: layers, inside: $0, isCertain: isCertain, doubts: doubts)
        }
    }

    /// Layers behind a head of constants and lengths: a report ID, say, or how many bytes of the report are used.
    private func headed() -> [ArmourCandidate] {
        let ends = messages.ends
        var found: [ArmourCandidate] = []
        for size in 1...SearchLimit.armourHead {
            guard let around = messages.wrapping(head: size, tail: 0, ends),
                let inside = messages.inside([around])
            else { continue }
            let search = ArmourSearch(messages: inside, depth: 1)
            for layer in search.stuffed() + search.cobs() {
                found.append(
                    ArmourCandidate(
                        layers: [around] + layer.layers, inside: layer.inside, isCertain: layer.isCertain,
                        doubts: layer.doubts))
            }
            if found.contains(where: \.isCertain) { break }
        }
        return found
    }

    // MARK: COBS

    private func cobs() -> [ArmourCandidate] {
        let isLed = messages.bytes.allSatisfy { $0.first == 0 }
        let bodies = messages.trimmed.map { isLed ? $0.dropFirst() : $0 }
        let ends = bodies.map { $0.firstIndex(of: 0) ?? $0.endIndex }
        // Behind a 00 that ends a message nothing follows.
        guard zip(bodies, ends).allSatisfy({ $1 >= $0.endIndex - 1 && $1 > $0.startIndex }) else { return [] }
        let isTerminated =
            messages.padding != 0 && zip(messages.bytes, ends).allSatisfy { $1 < $0.count && $0[$1] == 0 }
        if let found = candidate([
            LearnedLayer(
                .cobs(COBSLayer(isLed: isLed, isTerminated: isTerminated)),
                "no byte is 00, and each code leads to the next up to the end")
        ]) {
            return [found]
        }
        // Nearly all that has no 00 can be read so: in another layer as well.
        guard depth == 0, !messages.hasTexts || bodies.count >= ReadingEvidence.messagesForReduced,
            bodies.contains(where: { $0.contains { $0 < 0x20 } }),
            let found = candidate(
                [
                    LearnedLayer(
                        .cobs(COBSLayer(isLed: isLed, isTerminated: isTerminated, isReduced: true)),
                        "no byte is 00, and each code leads to the next, or is the last byte")
                ], isCertain: false)
        else { return [] }
        return [found]
    }

    // MARK: Text

    private func texts() -> [ArmourCandidate] {
        let trimmed = messages.trimmed
        let hexadecimal = [false, true].compactMap { isLowercase in
            text(trimmed, isLowercase ? "0123456789abcdef" : "0123456789ABCDEF") { span in
                .hexadecimal(HexadecimalLayer(isLowercase: isLowercase, span: span))
            }
        }
        if !hexadecimal.isEmpty { return hexadecimal }
        let all = trimmed.flatMap(\.self)
        let isURL = all.contains(UInt8(ascii: "-")) || all.contains(UInt8(ascii: "_"))
        let isPadded =
            all.contains(UInt8(ascii: "=")) || trimmed.allSatisfy { $0.count.isMultiple(of: 4) }
        let letters = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789" + (isURL ? "-_" : "+/")
        for isPadded in isPadded ? [true, false] : [false, true] {
            if let found = text(
                trimmed, letters + (isPadded ? "=" : ""),
                { span in .base64(Base64Layer(isURL: isURL, isPadded: isPadded, span: span)) })
            {
                return [found]
            }
        }
        return []
    }

    /// A layer that makes text of one alphabet, and what stands before and behind it.
    private func text(
        _ trimmed: [ArraySlice<UInt8>], _ alphabet: String, _ layer: (ArmourSpan) -> ArmourLayer
    ) -> ArmourCandidate? {
        let alphabet = Set(alphabet.utf8)
        var head = 0
        var tail = 0
        var kinds = (upper: false, lower: false, digit: false)
        var ends: [Int] = []
        for bytes in trimmed {
            let middle = bytes.count / 2
            if let last = bytes[..<middle].lastIndex(where: { !alphabet.contains($0) }) { head = max(head, last + 1) }
            let end = bytes[middle...].firstIndex { !alphabet.contains($0) } ?? bytes.endIndex
            tail = max(tail, bytes.endIndex - end)
            ends.append(end)
        }
        // What stands behind may end like padding.
        ends = ends.map { $0 + tail }
        guard zip(ends, messages.bytes).allSatisfy({ $0 <= $1.count }) else { return nil }
        guard head <= SearchLimit.textHead, tail <= SearchLimit.textTail,
            ends.allSatisfy({ $0 >= head + tail + ReadingEvidence.longText })
        else { return nil }
        for (bytes, end) in zip(trimmed, ends) {
            for byte in bytes[head..<end - tail] {
                switch byte {
                case 0x30...0x39: kinds.digit = true
                case 0x41...0x5A: kinds.upper = true
                case 0x61...0x7A: kinds.lower = true
                default: break
                }
            }
        }
        guard kinds.digit, kinds.upper || kinds.lower, alphabet.count < 32 || (kinds.upper && kinds.lower) else {
            return nil
        }
        // A head of the alphabet's own characters shifts what follows.
        for head in head..<head + 4 {
            var layers: [[LearnedLayer]] = []
            let evidence = "nothing but its characters, in all messages"
            if head + tail == 0 {
                layers.append([LearnedLayer(layer(ArmourSpan()), evidence)])
            } else {
                if let around = messages.wrapping(head: head, tail: tail, ends) {
                    layers.append([around, LearnedLayer(layer(ArmourSpan()), evidence)])
                }
                layers.append([
                    LearnedLayer(layer(ArmourSpan(from: head, to: Place(.end, -tail))), evidence)
                ])
            }
            for layers in layers { if let found = candidate(layers) { return found } }
        }
        return nil
    }

    // MARK: Order

    private func swapped() -> [ArmourCandidate] {
        for unit in SwappedLayer.Unit.allCases {
            let starts: Range<Int> =
                switch unit {
                case .bits, .nibbles: 0..<1
                case .words16: 0..<2
                case .words32: 0..<4
                }
            for start in starts {
                let layer = LearnedLayer(
                    .swapped(SwappedLayer(unit, span: ArmourSpan(from: start))),
                    "the labels' texts stand there in this order")
                if let found = candidate([layer]), found.inside.hasTexts { return [found] }
            }
        }
        return []
    }
}
