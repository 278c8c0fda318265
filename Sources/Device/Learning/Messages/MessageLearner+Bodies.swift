internal import BlueTap
internal import WireFormat

// What stands between header and trailer: records, lists, pairs, JSON.
extension MessageLearner {
    func bodyDrafts(_ ending: Frame.Ending, _ ends: [Int], _ progress: SearchProgress) -> [Draft] {
        let frames = frames(ending, ends)
        let scalars = ScalarLearner(specimens: specimens, wanted: wanted, isEchoed: isEchoed)
        // Nothing else looks like JSON.
        let objects = structures.contains(.object) ? bodyDrafts([.object], frames, ends, scalars, .silent) : []
        if objects.contains(where: \.isComplete) { return objects }
        let documents = documentDrafts(ending, ends, frames, progress)
        if documents.contains(where: { $0.isComplete && $0.structure.isText }) { return documents }
        // Lengths that are right everywhere say more than bytes that may be separators.
        let others = structures.filter { $0 != .object && !$0.isDocument && !$0.isOfText && $0 != .sequence }
        let counted = objects + documents + bodyDrafts(others, frames, ends, scalars, progress)
        if counted.contains(where: \.isComplete) { return counted }
        return counted + bodyDrafts(structures.filter(\.isOfText), frames, ends, scalars, progress)
    }

    func bodyDrafts(
        _ structures: [Structure], _ frames: [(frame: Frame, bodyEnds: [Int])], _ ends: [Int], _ scalars: ScalarLearner,
        _ progress: SearchProgress
    ) -> [Draft] {
        var bodies: [Body] = []
        for (number, (frame, bodyEnds)) in frames.enumerated() {
            if progress.isLate { break }
            for (place, structure) in structures.enumerated() where plausible(structure, frame.header) {
                progress.step(
                    number * structures.count + place, of: frames.count * structures.count,
                    "\(structure.name), from byte \(frame.header)")
                if let body = body(structure, frame, bodyEnds, ends, scalars) { bodies.append(body) }
            }
        }
        return drafts(of: bodies)
    }

    /// The layouts of bodies that give every message back.
    func drafts(of bodies: [Body]) -> [Draft] {
        // Only those that carry the most are looked at closely.
        let most = bodies.map(\.carried).max() ?? 0
        let bodies = bodies.filter { $0.carried == most }.sorted { $0.cost < $1.cost }
        var drafts: [Draft] = []
        var best = Int.max
        for body in bodies.prefix(SearchLimit.bodies) {
            // What is known to cost more than another reading is none.
            let least = ReadingCost.leastOfBody(body.structure, unexplained: body.unexplained)
            if best < Int.max, least > best + ReadingCost.bodySlack { continue }
            guard var draft = draft(body, body.messageEnds) else { continue }
            if body.document != nil { tellApart(&draft) }
            guard verifies(draft) else { continue }
            best = min(best, draft.cost)
            drafts.append(draft)
        }
        return drafts
    }

    /// Where a body could begin and end, in every message.
    private func frames(_ ending: Frame.Ending, _ ends: [Int]) -> [(frame: Frame, bodyEnds: [Int])] {
        let shortest = ends.min() ?? 0
        let trailers: [Int] = {
            if case .anchored = ending { SearchLimit.anchoredTrailers } else { SearchLimit.bodyTrailers }
        }()
        var frames: [(Frame, [Int])] = []
        for trailer in trailers {
            for header in 0..<min(SearchLimit.bodyHeader, max(0, shortest - trailer) + 1) {
                var bodyEnds = ends.map { $0 - trailer }
                if case .anchored(let pad) = ending {
                    bodyEnds = zip(specimens, bodyEnds).map { specimen, end in
                        var end = end
                        while end > header, specimen.bytes[end - 1] == pad { end -= 1 }
                        return end
                    }
                }
                guard zip(specimens, bodyEnds).allSatisfy({ header <= $1 && $1 <= $0.bytes.count }) else { continue }
                frames.append((Frame(header: header, trailer: trailer, ending: ending), bodyEnds))
            }
        }
        return frames
    }

    /// What stands between header and trailer, explained.
    struct Body {
        let structure: Structure
        let frame: Frame
        let ends: [Int]
        /// The same with the trailer.
        let messageEnds: [Int]
        let items: [KeyedField]
        let evidence: [String]
        let doubts: [Doubt]
        let unexplained: Int
        var document: DocumentLayout?
        /// Whether the document says where it ends.
        var endsItself = false

        /// How many values it carries.
        var carried: Int { Set(items.flatMap(\.field.values)).subtracting([.counter, .time, .sequence]).count }
        var ber: BERParts?

        var cost: Int { ReadingCost.body(structure, unexplained: unexplained, frame) }
    }

    /// A quick look at the first message.
    private func plausible(_ structure: Structure, _ header: Int) -> Bool {
        let bytes = specimens[0].bytes
        switch structure {
        case .object: return bytes[header...].first == UInt8(ascii: "{")
        case .pairs(_, let assignment, _, _): return bytes[header...].contains(assignment[0])
        case .list(let separator, _, _): return bytes[header...].contains(separator[0])
        case .fixed, .document, .sequence: return false
        default: return true
        }
    }

    private func body(
        _ structure: Structure, _ frame: Frame, _ bodyEnds: [Int], _ ends: [Int], _ scalars: ScalarLearner
    ) -> Body? {
        var bodies: [[(key: [UInt8], value: [UInt8])]] = []
        var ber: BERParts?
        if case .berRecords(let tagSize) = structure {
            let slices = zip(specimens, bodyEnds).map { $0.bytes[frame.header..<$1] }
            guard let parts = BERParts(slices, tagSize: tagSize) else { return nil }
            bodies = parts.bodies
            ber = parts
        }
        for (specimen, end) in zip(specimens, bodyEnds) where ber == nil {
            guard let parts = structure.parts(of: specimen.bytes[frame.header..<end]) else { return nil }
            if structure.isPositional, let first = bodies.first, first.count != parts.count { return nil }
            bodies.append(parts)
        }
        if case .object = structure {
            for index in bodies.indices {
                let text = specimens[index].bytes[frame.header..<bodyEnds[index]]
                bodies[index].sort { place(of: $0.key, in: text) < place(of: $1.key, in: text) }
            }
        }
        // Keys in the order in which they stand: a new one behind that which it follows.
        var keys: [[UInt8]] = []
        for body in bodies.sorted(by: { $0.count > $1.count }) {
            var place = 0
            for part in body {
                if let known = keys.firstIndex(of: part.key) {
                    place = known + 1
                } else {
                    keys.insert(part.key, at: place)
                    place += 1
                }
            }
        }
        guard keys.count <= SearchLimit.keys else { return nil }
        // Objects that some messages do not have need not be there.
        keys.removeAll { key in
            structure == .object && key.last == 0 && !bodies.allSatisfy { body in body.contains { $0.key == key } }
        }
        var items: [KeyedField] = []
        var evidence: [String] = []
        var unexplained = 0
        var doubts: [Doubt] = []
        for key in keys {
            if ber != nil, key.last == 0, key.count > 1 {
                items.append(KeyedField(key: HexBytes(key), field: FieldLayout(extent: .rest, content: .fill(0))))
                evidence.append("records in it")
                continue
            }
            let values = bodies.map { body in body.first { $0.key == key }?.value }
            var finding = scalars.explain(values)
            if finding.unexplained > 0, structure.isKeyed, let constant = conditionalConstant(values) {
                finding = constant
            }
            unexplained += finding.unexplained
            doubts += finding.doubts
            items.append(KeyedField(key: HexBytes(key), field: finding.field))
            evidence.append(finding.evidence)
        }
        // What carries nothing that is known is no body of commands.
        guard items.contains(where: { !$0.field.values.isEmpty }) else { return nil }
        return Body(
            structure: structure, frame: frame, ends: bodyEnds, messageEnds: ends, items: items, evidence: evidence,
            doubts: doubts, unexplained: unexplained, ber: ber)
    }

    private func draft(_ body: Body, _ ends: [Int]) -> Draft? {
        let (structure, frame, bodyEnds, items, evidence) = (
            body.structure, body.frame, body.ends, body.items, body.evidence
        )
        let unexplained = body.unexplained
        let all = ended(ends)
        var header = RegionLearner(
            specimens: all, starts: ends.map { _ in 0 }, size: frame.header,
            wanted: wanted.filter { value in !items.contains { $0.field.values.contains(value) } },
            neighbours: neighbours.filter { $0.bytes.count > frame.header }.map { ($0, 0) })
        header.hints = hints
        if let model { header.transfer(model.headerClaims) }
        header.findLengths()
        header.findValues()
        explainRest(&header, carried: Set(items.flatMap(\.field.values)))
        var trailer = RegionLearner(
            specimens: all, starts: ends.map { $0 - frame.trailer }, size: frame.trailer, wanted: [])
        trailer.hints = hints
        if let model { trailer.transfer(model.trailerClaims) }
        trailer.findChecksums()
        let hasTrailer = frame.trailer > 0
        let headerFields = header.fields()
        var trailerFields = trailer.fields()
        var extent = FieldLayout.Extent.rest
        if case .anchored(let pad) = frame.ending { extent = .padded(pad) }
        if body.endsItself { extent = .own }
        // Text that ends before a constant ends there, whatever follows.
        if case .padding = frame.ending, hasTrailer, !body.endsItself,
            case .constant(let bytes)? = trailerFields.first?.field.content,
            endsAt(bytes, frame, ends, bodyEnds, structure)
        {
            extent = .terminated(bytes)
            trailerFields.removeFirst()
        }
        let own = body.document.map(FieldLayout.Content.document) ?? body.ber.map { .records($0.layout(items)) }
        guard let content = own ?? content(structure, items) else {
            return nil
        }
        var findings: [Finding]
        if case .strings(let size, let order) = structure {
            findings =
                headerFields
                + zip(items, evidence).map { item, evidence in
                    Finding(
                        field: FieldLayout(
                            extent: .prefixed(size: size, format: IntegerFormat(order: order)),
                            content: item.field.content,
                            unsure: item.field.unsure), evidence: "behind its length; " + evidence)
                } + trailerFields
        } else {
            let text = zip(items, evidence).map { item, text in "\(structure.name(of: item.key)): \(text)" }
            findings =
                headerFields
                + [
                    Finding(
                        field: FieldLayout(extent: extent, content: content), evidence: text.joined(separator: "; "))
                ]
                + trailerFields
        }
        if specimens[0].command.isEmpty { findings.nameOpaquesApart() }
        return Draft(
            structure: structure, frame: frame, findings: findings,
            doubts: header.doubts + body.doubts + trailer.doubts,
            missing: missing(findings), unexplained: unexplained + header.unexplained + trailer.unexplained,
            headerClaims: header.claims, trailerClaims: trailer.claims)
    }

    func explainRest(_ header: inout RegionLearner, carried: Set<FieldLayout.Value>) {
        header.findEchoes()
        let all = header.specimens
        func isEchoed(_ range: Range<Int>) -> Bool { self.isEchoed(all.map { $0.bytes[range] }) }
        header.counterSize = model?.layout.sequenceField?.fixedSize
        header.findCounters(isEchoed: isEchoed)
        header.findChecksums()
        for value in tableValues where !carried.contains(value) { header.findTable(value) }
        header.findEchoedNumbers(isEchoed: isEchoed)
        header.findChecksums(evidence: ReadingEvidence.checksumOfTheRest)
    }

    private func place(of key: [UInt8], in text: ArraySlice<UInt8>) -> Int {
        let name = key.split(separator: 0).last.map { Array($0) } ?? key
        let quoted = [UInt8(ascii: "\"")] + name + [UInt8(ascii: "\"")]
        return text.firstPlace(of: quoted, from: text.startIndex, to: text.endIndex) ?? .max
    }

    /// Whether these bytes stand right behind every body, and not in it.
    private func endsAt(
        _ bytes: [UInt8], _ frame: Frame, _ ends: [Int], _ bodyEnds: [Int], _ structure: Structure
    ) -> Bool {
        let escape: Escape? =
            switch structure {
            case .list(_, let escape, _), .pairs(_, _, let escape, _): escape
            default: nil
            }
        return zip(specimens, bodyEnds).allSatisfy { specimen, end in
            specimen.bytes.firstPlace(of: bytes, from: frame.header, to: specimen.bytes.count, escape: escape) == end
        }
    }

    private func content(_ structure: Structure, _ items: [KeyedField]) -> FieldLayout.Content? {
        switch structure {
        case .fixed, .strings, .document, .berRecords, .sequence: return .fill(0)
        case .records(let tagSize, let lengthSize, let order, let countsAll):
            return .records(
                RecordsLayout(
                    tagSize: tagSize, lengthSize: lengthSize, order: order, countsAll: countsAll, items: items))
        case .list(let separator, let escape, let isClosed):
            return .list(
                ListLayout(
                    separator: HexBytes(separator), escape: escape, isClosed: isClosed, items: items.map(\.field)))
        case .pairs(let separator, let assignment, let escape, let isClosed):
            return .pairs(
                PairsLayout(
                    separator: HexBytes(separator), assignment: HexBytes(assignment), escape: escape,
                    isClosed: isClosed,
                    items: items))
        case .object:
            let text = String(decoding: specimens[0].bytes, as: UTF8.self)
            return .object(object(items, isSpaced: text.contains("\": ") || text.contains(", \""), depth: 0))
        }
    }
}

extension Structure {
    func name(of key: HexBytes) -> String {
        switch self {
        case .records, .berRecords: "record \(key)"
        case .list: "field \((key.bytes.first ?? 0) + 1)"
        default: key.bytes.split(separator: 0).map { String(decoding: $0, as: UTF8.self) }.joined(separator: ".")
        }
    }
}
