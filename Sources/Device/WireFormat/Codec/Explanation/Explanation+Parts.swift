internal import BlueTap

// From what a message's fields are to what each byte of its reports is.
extension Explanation.Attempt {
    func blocks(_ reports: [[UInt8]], _ profile: Profile) -> [Explanation.Block] {
        let message = messageParts()
        let titles = reports.indices.map {
            "report \($0 + 1) of \(reports.count), \(reports[$0].count) bytes"
        }
        guard let whole else {
            return zip(titles, reports).map {
                Explanation.Block(title: $0, parts: [Self.unread($1, from: 0)])
            }
        }
        guard let armour else {
            let pieces = whole.pieces.isEmpty ? [(at: 0, size: whole.bytes.count)] : whole.pieces
            var start = 0
            return reports.indices.map { index in
                let piece = pieces.indices.contains(index) ? pieces[index] : (at: 0, size: 0)
                let parts = frame(reports[index], index, profile) + Self.parts(message, from: start, in: piece)
                start += piece.size
                return Explanation.Block(title: titles[index], parts: parts.sorted { $0.at < $1.at })
            }
        }
        // What stands in the reports cannot be read there: the message follows by itself.
        let outside = reports.indices.map { index in
            let piece = whole.pieces.indices.contains(index) ? whole.pieces[index] : (at: 0, size: reports[index].count)
            let layers = Explanation.Part(
                layer: .armour, at: piece.at, bytes: Array(reports[index][piece.at..<piece.at + piece.size]),
                field: armour, reason: "the message in its layers", path: "armour.\(direction.rawValue)")
            let parts = frame(reports[index], index, profile) + (piece.size > 0 ? [layers] : [])
            return Explanation.Block(title: titles[index], parts: parts.sorted { $0.at < $1.at })
        }
        return outside
            + [Explanation.Block(title: "the message without its layers, \(whole.bytes.count) bytes", parts: message)]
    }

    /// What of the message stands in a piece of it that begins there.
    private static func parts(
        _ message: [Explanation.Part], from start: Int, in piece: (at: Int, size: Int)
    ) -> [Explanation.Part] {
        message.compactMap { part in
            let range = (part.at..<part.at + part.bytes.count).clamped(to: start..<start + piece.size)
            guard !range.isEmpty else { return nil }
            var own = part
            own.at = range.lowerBound - start + piece.at
            own.bytes = Array(part.bytes[range.lowerBound - part.at..<range.upperBound - part.at])
            if own.bytes.count < part.bytes.count { own.reason += "; it goes over several reports" }
            return own
        }
    }

    private static func unread(_ bytes: [UInt8], from: Int) -> Explanation.Part {
        Explanation.Part(
            layer: .unread, at: from, bytes: Array(bytes[from...]), field: "not read",
            reason: "reading stopped before")
    }

    // MARK: Reports

    /// What stands in a report besides the message.
    private func frame(_ report: [UInt8], _ index: Int, _ profile: Profile) -> [Explanation.Part] {
        guard surroundings.indices.contains(index) else { return [] }
        let framing = profile.framing[direction]
        let header = index == 0 ? framing?.first ?? framing?.header ?? [] : framing?.header ?? []
        let key = index == 0 && framing?.first != nil ? "first" : "header"
        let fields = header.enumerated().map { ($1, "framing.\(direction.rawValue).\(key).\($0)") }
        let trailer = (framing?.trailer ?? []).enumerated().map {
            ($1, "framing.\(direction.rawValue).trailer.\($0)")
        }
        let places = surroundings[index]
        return places.enumerated().compactMap { number, place in
            guard !place.range.isEmpty, place.range.upperBound <= report.count else { return nil }
            // The padding stands between header and trailer.
            let known: (FieldLayout, String)? =
                number < fields.count
                ? fields[number]
                : number > fields.count ? trailer.dropFirst(number - fields.count - 1).first : nil
            let bytes = Array(report[place.range])
            guard let (field, path) = known, field.name == place.name else {
                return Explanation.Part(
                    layer: .cutting, at: place.range.lowerBound, bytes: bytes, field: place.name,
                    reason: place.name == "padding" ? "fills the report" : "of the reports' header")
            }
            return Explanation.Part(
                layer: .cutting, at: place.range.lowerBound, bytes: bytes, field: field.name,
                value: field.valueText(bytes, FieldValues()), reason: field.reason, path: path)
        }
    }

    // MARK: The message

    /// What each byte of the message is, byte behind byte.
    private func messageParts() -> [Explanation.Part] {
        guard let bytes = whole?.bytes else { return [] }
        // What stands in another field belongs to that; what is left of the outer one holds it together.
        var owner = [Int?](repeating: nil, count: bytes.count)
        for (index, place) in places.enumerated() {
            for offset in place.range.clamped(to: bytes.indices) { owner[offset] = index }
        }
        let paths = paths()
        var parts: [Explanation.Part] = []
        var start = 0
        while start < bytes.count {
            let end = (start..<bytes.count).first { owner[$0] != owner[start] } ?? bytes.count
            let own = Array(bytes[start..<end])
            let next = end < bytes.count ? owner[end] : nil
            if let owner = owner[start] {
                parts.append(part(own, at: start, owner, next, paths))
            } else {
                parts.append(ownerless(own, at: start, start > 0 ? owner[start - 1] : nil, next))
            }
            start = end
        }
        return parts
    }

    /// Bytes between fields, or behind all of them.
    private func ownerless(_ bytes: [UInt8], at start: Int, _ previous: Int?, _ next: Int?)
        -> Explanation.Part
    {
        func part(_ layer: Explanation.Layer, _ field: String, _ reason: String) -> Explanation.Part {
            Explanation.Part(layer: layer, at: start, bytes: bytes, field: field, reason: reason)
        }
        if let previous, case .terminated(bytes) = places[previous].field.extent {
            return part(.envelope, "end", "ends \(places[previous].field.name)")
        }
        if let next {
            return part(.envelope, "size", "says how many bytes \(places[next].field.name) has")
        }
        if stop == nil { return part(.cutting, "padding", "fills the report") }
        return part(.unread, "not read", "reading stopped before")
    }

    /// Bytes that belong to one field.
    private func part(
        _ bytes: [UInt8], at start: Int, _ owner: Int, _ next: Int?, _ paths: [String?]
    ) -> Explanation.Part {
        let (field, range, check) = places[owner]
        var part = Explanation.Part(
            layer: field.layer, at: start, bytes: bytes, field: field.name,
            value: field.valueText(bytes, values),
            reason: field.reason, path: paths[owner])
        if bytes.count < range.count {
            // Not all of it is its own: there are fields in it.
            let inner = next.map { places[$0] }.flatMap {
                range.contains($0.range.lowerBound) ? $0.field.name : nil
            }
            part.field = field.structureName
            part.value = nil
            part.reason = inner.map { "stands before \($0)" } ?? "ends \(field.structureName)"
            part.layer = .envelope
        }
        if let check { part.judge(field, check) }
        if owner == places.count - 1, let stop, part.isRight == nil { part.fail(stop, field) }
        return part
    }

    /// Where in the profile each field is; nil for those in other fields.
    private func paths() -> [String?] {
        var free = Array(layout.enumerated())
        return places.map { place in
            guard let index = free.firstIndex(where: { $0.element == place.field }) else { return nil }
            return "\(path).\(free.remove(at: index).offset)"
        }
    }
}

extension Explanation.Part {
    /// Says whether a check is right.
    fileprivate mutating func judge(_ field: FieldLayout, _ check: Explanation.Attempt.Check) {
        guard case .checksum(let checksum) = field.content else { return }
        let expected =
            checksum.format.bytes(Int64(truncatingIfNeeded: check.expected), size: bytes.count) ?? []
        let name = checksum.algorithm.name ?? "a crc of the profile"
        isRight = expected == bytes
        reason =
            "\(name) of bytes \(check.span.lowerBound) to \(check.span.upperBound - 1), "
            + (isRight == true ? "right" : "wrong: they give \(HexBytes(expected))")
    }

    /// Says that reading stopped here.
    fileprivate mutating func fail(_ stop: Malformation, _ field: FieldLayout) {
        if case .wrongChecksum = stop { return }
        if case .constant(let expected) = field.content {
            guard bytes != expected else { return }
            isRight = false
            reason = "wrong: always \(HexBytes(expected))"
        }
    }
}
