internal import BlueTap

/// A layout that explains messages of one sort.
struct Draft: Sendable {
    let structure: Structure
    let frame: Frame
    /// What encloses all, where something does.
    var enclosure: EnclosedLayout?
    var findings: [Finding]
    var doubts: [Doubt]
    /// Values that no field carries.
    var missing: [FieldLayout.Value]
    /// Bytes that nothing explains.
    var unexplained: Int
    /// The claims of header and trailer, for messages of other sorts.
    var headerClaims: [RegionLearner.Claim] = []
    var trailerClaims: [RegionLearner.Claim] = []

    /// Less is better.
    var cost: Int {
        missing.count * 1000 + unexplained * 20 + structure.cost * 2 + doubts.count * 3 + findings.count / 4
            + (enclosure == nil ? 0 : 3) + frame.trailer / 2
            + { if case .whole = frame.ending { 0 } else { 1 } }()
    }

    var layout: MessageLayout { findings.map(\.field) }

    /// Whether nothing is left to explain.
    var isComplete: Bool { missing.isEmpty && unexplained == 0 }
}

/// Learns the layout of messages of one sort.
struct MessageLearner {
    let specimens: [Specimen]
    /// Messages of other sorts of the same direction.
    let neighbours: [Specimen]
    let wanted: [FieldLayout.Value]
    let reportSize: Int
    let padding: UInt8?
    /// Whether replies repeat what these bytes are, one of each message.
    let isEchoed: ([ArraySlice<UInt8>]) -> Bool
    /// What messages of another sort were found to be.
    var model: Draft?
    /// The ways to build messages that are tried.
    var structures = [Structure.fixed] + Structure.candidates

    /// All layouts that give every message back to the byte, the best first.
    func drafts() -> [Draft] {
        var found: [Draft] = []
        for variant in [nil] + enclosures() {
            let inner = variant.map { enclosure in
                specimens.compactMap { specimen -> Specimen? in
                    let body = specimen.bytes[1..<(trimmed(specimen) - 1)]
                    guard let bytes = enclosure.escape.map({ $0.unescaped(body) }) ?? Array(body) else { return nil }
                    return Specimen(
                        bytes: bytes, values: specimen.values, kind: specimen.kind, order: specimen.order,
                        command: specimen.command, sequenceSize: specimen.sequenceSize, end: bytes.count)
                }
            }
            if let inner, inner.count != specimens.count { continue }
            var learner = self
            if let inner {
                learner = MessageLearner(
                    specimens: inner, neighbours: [], wanted: wanted, reportSize: 0, padding: nil, isEchoed: isEchoed,
                    model: model,
                    structures: structures)
            }
            for draft in learner.plainDrafts() {
                guard let variant else {
                    found.append(draft)
                    continue
                }
                var draft = draft
                var enclosure = variant
                enclosure.fields = draft.layout
                draft.enclosure = enclosure
                draft.findings = [
                    Finding(
                        field: FieldLayout(extent: .rest, content: .enclosed(enclosure)),
                        evidence: "stands between two bytes that stand nowhere else")
                ]
                if verifies(draft) { found.append(draft) }
            }
        }
        return found.sorted { $0.cost < $1.cost }
    }

    private func trimmed(_ specimen: Specimen) -> Int {
        guard let padding else { return specimen.bytes.count }
        var end = specimen.bytes.count
        while end > 0, specimen.bytes[end - 1] == padding { end -= 1 }
        return end
    }

    /// First and last bytes between which bytes are escaped.
    private func enclosures() -> [EnclosedLayout] {
        let ends = specimens.map(trimmed)
        guard ends.allSatisfy({ $0 > 3 }), Set(specimens.map { $0.bytes[0] }).count == 1,
            Set(zip(specimens, ends).map { $0.bytes[$1 - 1] }).count == 1
        else { return [] }
        let start = specimens[0].bytes[0]
        let end = specimens[0].bytes[ends[0] - 1]
        guard start < 0x20 || start >= 0x7E, end < 0x20 || end >= 0x7E else { return [] }
        let inside = zip(specimens, ends).map { $0.bytes[1..<$1 - 1] }
        if let known = model?.enclosure, known.start.bytes == [start], known.end.bytes == [end] {
            var known = known
            known.fields = []
            return [known]
        }
        guard inside.allSatisfy({ !$0.contains(start) || !$0.contains(end) }) else { return [] }
        return [
            Escape(.exclusiveOr, byte: 0x7D, mask: 0x20), Escape(.before, byte: 0x10), Escape(.before, byte: 0x1B),
            Escape(.before, byte: 0x5C), Escape(.exclusiveOr, byte: 0x10, mask: 0x20),
            Escape(.exclusiveOr, byte: 0x1B, mask: 0x20),
            Escape(.exclusiveOr, byte: 0x10, mask: 0x80), Escape(.exclusiveOr, byte: 0x1B, mask: 0x80),
            Escape(.exclusiveOr, byte: 0x10, mask: 0x40),
        ].filter { escape in
            inside.contains { $0.contains(escape.byte) }
                && inside.allSatisfy { body in
                    guard let bytes = escape.unescaped(body) else { return false }
                    return escape.escaped(bytes, special: [start, end]).elementsEqual(body)
                }
        }.map { EnclosedLayout(start: HexBytes([start]), end: HexBytes([end]), escape: $0, fields: []) }
    }

    // MARK: Frames

    private func plainDrafts() -> [Draft] {
        var found: [Draft] = []
        for ending in endings() {
            guard let ends = ends(ending) else { continue }
            if structures.contains(.fixed), let draft = fixedDraft(ending, ends), verifies(draft) {
                found.append(draft)
            }
            // Padding before a trailer is for those that end otherwise, and what is JSON is nothing else.
            if found.contains(where: \.isComplete) {
                if case .anchored = ending { continue }
                if found.contains(where: { $0.structure == .object && $0.isComplete }) { continue }
            }
            found += bodyDrafts(ending, ends)
        }
        return found
    }

    private func endings() -> [Frame.Ending] {
        var all: [Frame.Ending] = [.whole]
        let lengths = Set(specimens.map(\.bytes.count))
        if let padding, lengths.count == 1, specimens.contains(where: { $0.bytes.last == padding }) {
            all.append(.padding(padding))
        }
        if padding != nil || lengths.count > 1 { all += countedEndings() }
        if lengths.count == 1 { all.append(.anchored(padding ?? 0)) }
        return all
    }

    /// Numbers in the header that say where the message ends.
    private func countedEndings() -> [Frame.Ending] {
        var all: [Frame.Ending] = []
        let trimmedEnds = specimens.map(trimmed)
        guard Set(trimmedEnds).count > 1 else { return [] }
        let shortest = trimmedEnds.min() ?? 0
        for size in [1, 2] {
            for order in size == 1 ? [IntegerFormat.ByteOrder.big] : [.big, .little] {
                for column in 0..<min(24, max(0, shortest - size)) {
                    let rest = specimens.indices.map { index in
                        trimmedEnds[index]
                            - Int(specimens[index].bytes.unsignedInteger(at: column, size: size, order: order))
                    }
                    // A message may end like its padding, a checksum of 00 say: then the number says more than is seen.
                    guard let plus = rest.max(), plus >= 0, plus <= column + size + 8,
                        rest.allSatisfy({ plus - $0 <= 4 }),
                        rest.filter({ $0 == plus }).count * 2 > rest.count,
                        Set(specimens.map { $0.bytes[column + size - 1] ^ $0.bytes[column] &* 3 }).count > 1
                    else { continue }
                    all.append(.counted(column: column, size: size, order: order, plus: plus))
                }
            }
        }
        return Array(all.prefix(6))
    }

    private func ends(_ ending: Frame.Ending) -> [Int]? {
        switch ending {
        case .whole, .anchored: return specimens.map(\.bytes.count)
        case .padding: return specimens.map(trimmed)
        case .counted(let column, let size, let order, let plus):
            let ends = specimens.map {
                Int($0.bytes.unsignedInteger(at: column, size: size, order: order)) + plus
            }
            return zip(ends, specimens).allSatisfy { $0 <= $1.bytes.count } ? ends : nil
        }
    }

    private func ended(_ ends: [Int]) -> [Specimen] {
        zip(specimens, ends).map { specimen, end in
            var specimen = specimen
            specimen.end = end
            return specimen
        }
    }

    // MARK: Fixed places

    private func fixedDraft(_ ending: Frame.Ending, _ ends: [Int]) -> Draft? {
        guard ending == .whole, let size = ends.first, size > 0, Set(ends).count == 1 else { return nil }
        var region = RegionLearner(
            specimens: ended(ends), starts: ends.map { _ in 0 }, size: size, wanted: wanted,
            neighbours: neighbours.filter { $0.bytes.count == size }.map { ($0, 0) })
        explain(&region)
        let findings = region.fields()
        return Draft(
            structure: .fixed, frame: Frame(header: size, trailer: 0, ending: ending), findings: findings,
            doubts: region.doubts, missing: missing(findings), unexplained: region.unexplained,
            headerClaims: region.claims)
    }

    private func explain(_ region: inout RegionLearner) {
        if let model {
            region.known = model.headerClaims.filter { $0.unsure == nil }
            region.transfer(model.headerClaims)
        }
        region.findLengths()
        region.findValues()
        region.findEchoes()
        // Counters before checksums: where all bytes make nothing together, each is the checksum of the others. Tables
        // behind them: of few replies each has another checksum.
        let starts = region.starts
        let all = region.specimens
        func isEchoed(_ range: Range<Int>) -> Bool {
            self.isEchoed(
                all.indices.map { all[$0].bytes[starts[$0] + range.lowerBound..<starts[$0] + range.upperBound] })
        }
        region.findCounters(isEchoed: isEchoed)
        region.findChecksums()
        for value in tableValues { region.findTable(value) }
        region.findEchoedNumbers(isEchoed: isEchoed)
        region.findChecksums(evidence: 16)
    }

    /// The values that mostly have a code for each of their names.
    private var tableValues: [FieldLayout.Value] { [.result, .paymentMethod].filter(wanted.contains) }

    private func missing(_ findings: [Finding]) -> [FieldLayout.Value] {
        let carried = Set(findings.flatMap(\.field.values))
        return wanted.filter { value in
            // Replies need not repeat the command.
            guard specimens[0].command.isEmpty || value == .result else { return false }
            let given = Set(specimens.map { $0.values[value] })
            guard given.contains(where: { $0 != nil }), !carried.contains(value) else { return false }
            return value != .result || given.count > 1
        }
    }

    // MARK: Bodies

    private func bodyDrafts(_ ending: Frame.Ending, _ ends: [Int]) -> [Draft] {
        let frames = frames(ending, ends)
        let scalars = ScalarLearner(specimens: specimens, wanted: wanted, isEchoed: isEchoed)
        // Nothing else looks like JSON.
        let objects = structures.contains(.object) ? bodyDrafts([.object], frames, ends, scalars) : []
        if objects.contains(where: \.isComplete) { return objects }
        return objects + bodyDrafts(structures.filter { $0 != .object }, frames, ends, scalars)
    }

    private func bodyDrafts(
        _ structures: [Structure], _ frames: [(frame: Frame, bodyEnds: [Int])], _ ends: [Int], _ scalars: ScalarLearner
    ) -> [Draft] {
        var bodies: [Body] = []
        for (frame, bodyEnds) in frames {
            for structure in structures where plausible(structure, frame.header) {
                if let body = body(structure, frame, bodyEnds, scalars) { bodies.append(body) }
            }
        }
        // Only those that carry the most are looked at closely.
        let most = bodies.map(\.carried).max() ?? 0
        bodies = bodies.filter { $0.carried == most }.sorted { $0.cost < $1.cost }
        var drafts: [Draft] = []
        var best = Int.max
        for body in bodies.prefix(24) {
            // What is known to cost more than another reading is none.
            if best < Int.max, body.unexplained * 20 + body.structure.cost * 2 > best + 4 { continue }
            guard let draft = draft(body, ends), verifies(draft) else { continue }
            best = min(best, draft.cost)
            drafts.append(draft)
        }
        return drafts
    }

    /// Where a body could begin and end, in every message.
    private func frames(_ ending: Frame.Ending, _ ends: [Int]) -> [(frame: Frame, bodyEnds: [Int])] {
        let shortest = ends.min() ?? 0
        let trailers: [Int] = { if case .anchored = ending { [1, 2, 4, 8] } else { [0, 1, 2, 3, 4, 5, 6, 8] } }()
        var frames: [(Frame, [Int])] = []
        for trailer in trailers {
            for header in 0..<min(20, max(0, shortest - trailer) + 1) {
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
    private struct Body {
        let structure: Structure
        let frame: Frame
        let ends: [Int]
        let items: [KeyedField]
        let evidence: [String]
        let doubts: [Doubt]
        let unexplained: Int

        /// How many values it carries.
        var carried: Int { Set(items.flatMap(\.field.values)).subtracting([.counter, .time, .sequence]).count }
        var cost: Int { unexplained * 20 + structure.cost * 2 + frame.header + frame.trailer }
    }

    /// A quick look at the first message.
    private func plausible(_ structure: Structure, _ header: Int) -> Bool {
        let bytes = specimens[0].bytes
        switch structure {
        case .object: return bytes[header...].first == UInt8(ascii: "{")
        case .pairs(_, let assignment, _, _): return bytes[header...].contains(assignment[0])
        case .list(let separator, _, _): return bytes[header...].contains(separator[0])
        case .fixed: return false
        default: return true
        }
    }

    private func body(
        _ structure: Structure, _ frame: Frame, _ bodyEnds: [Int], _ scalars: ScalarLearner
    ) -> Body? {
        var bodies: [[(key: [UInt8], value: [UInt8])]] = []
        for (specimen, end) in zip(specimens, bodyEnds) {
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
        guard keys.count <= 40 else { return nil }
        // Objects that some messages do not have need not be there.
        keys.removeAll { key in
            structure == .object && key.last == 0 && !bodies.allSatisfy { body in body.contains { $0.key == key } }
        }
        var items: [KeyedField] = []
        var evidence: [String] = []
        var unexplained = 0
        var doubts: [Doubt] = []
        for key in keys {
            let finding = scalars.explain(bodies.map { body in body.first { $0.key == key }?.value })
            unexplained += finding.unexplained
            doubts += finding.doubts
            items.append(KeyedField(key: HexBytes(key), field: finding.field))
            evidence.append(finding.evidence)
        }
        // What carries nothing that is known is no body of commands.
        guard items.contains(where: { !$0.field.values.isEmpty }) else { return nil }
        return Body(
            structure: structure, frame: frame, ends: bodyEnds, items: items, evidence: evidence, doubts: doubts,
            unexplained: unexplained)
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
        if let model { header.transfer(model.headerClaims) }
        header.findLengths()
        header.findValues()
        explainRest(&header, carried: Set(items.flatMap(\.field.values)))
        var trailer = RegionLearner(
            specimens: all, starts: ends.map { $0 - frame.trailer }, size: frame.trailer, wanted: [])
        if let model { trailer.transfer(model.trailerClaims) }
        trailer.findChecksums()
        let hasTrailer = frame.trailer > 0
        let headerFields = header.fields()
        var trailerFields = trailer.fields()
        var extent = FieldLayout.Extent.rest
        if case .anchored(let pad) = frame.ending { extent = .padded(pad) }
        // Text that ends before a constant ends there, whatever follows.
        if case .padding = frame.ending, hasTrailer, case .constant(let bytes)? = trailerFields.first?.field.content,
            endsAt(bytes, frame, ends, bodyEnds, structure)
        {
            extent = .terminated(bytes)
            trailerFields.removeFirst()
        }
        guard let content = content(structure, items) else { return nil }
        let findings: [Finding]
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
        return Draft(
            structure: structure, frame: frame, findings: findings,
            doubts: header.doubts + body.doubts + trailer.doubts,
            missing: missing(findings), unexplained: unexplained + header.unexplained + trailer.unexplained,
            headerClaims: header.claims, trailerClaims: trailer.claims)
    }

    private func explainRest(_ header: inout RegionLearner, carried: Set<FieldLayout.Value>) {
        header.findEchoes()
        let all = header.specimens
        func isEchoed(_ range: Range<Int>) -> Bool { self.isEchoed(all.map { $0.bytes[range] }) }
        header.findCounters(isEchoed: isEchoed)
        header.findChecksums()
        for value in tableValues where !carried.contains(value) { header.findTable(value) }
        header.findEchoedNumbers(isEchoed: isEchoed)
        header.findChecksums(evidence: 16)
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
        case .fixed, .strings: return .fill(0)
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

    /// Members of one object; those whose keys have several names stand in objects in it.
    private func object(_ items: [KeyedField], isSpaced: Bool, depth: Int) -> ObjectLayout {
        var members: [KeyedField] = []
        var bare: Set<String> = []
        var isAlways = false
        var inner: [(name: String, items: [KeyedField])] = []
        for item in items {
            let path = item.key.bytes.split(separator: 0, omittingEmptySubsequences: false)
            let name = String(decoding: path[0], as: UTF8.self)
            if item.key.bytes.isEmpty {
                isAlways = true
            } else if path.count == 1 {
                members.append(KeyedField(name, item.field))
                if isBare(name) { bare.insert(name) }
            } else if let index = inner.firstIndex(where: { $0.name == name }) {
                inner[index].items.append(
                    KeyedField(key: HexBytes(Array(path.dropFirst().joined(separator: [0]))), field: item.field))
            } else {
                inner.append(
                    (
                        name,
                        [KeyedField(key: HexBytes(Array(path.dropFirst().joined(separator: [0]))), field: item.field)]
                    ))
                members.append(KeyedField(name, FieldLayout(extent: .rest, content: .fill(0))))
            }
        }
        members = members.map { member in
            guard let nested = inner.first(where: { $0.name == member.name }) else { return member }
            return KeyedField(
                member.name,
                FieldLayout(
                    extent: .rest, content: .object(object(nested.items, isSpaced: isSpaced, depth: depth + 1))))
        }
        return ObjectLayout(isSpaced: isSpaced, isAlways: isAlways, bare: bare, items: members)
    }

    /// Whether a member's value stands without quotes.
    private func isBare(_ name: String) -> Bool {
        specimens.contains { specimen in
            let text = String(decoding: specimen.bytes, as: UTF8.self)
            for separator in ["\":", "\": "] {
                guard let range = text.firstRange(of: "\"\(name)\(separator)") else { continue }
                let next = text[range.upperBound...].first { $0 != " " }
                return next != "\"" && next != nil
            }
            return false
        }
    }

    // MARK: Proof

    /// Whether a layout reads every message as what it carries, and writes it back to the byte.
    func verifies(_ draft: Draft) -> Bool {
        guard
            let message = try? GeneralMessage(
                draft.layout, size: reportSize > 0 ? reportSize : specimens[0].bytes.count, padding: padding, path: [])
        else { return false }
        let carried = Set(draft.layout.flatMap(\.values))
        return specimens.allSatisfy { specimen in
            var reader = MessageReader(message, bytes: specimen.bytes)
            guard (try? reader.read()) != nil else { return false }
            var values = reader.values
            for value in wanted where carried.contains(value) {
                guard same(values[value], specimen.values[value]) else { return false }
                values[value] = specimen.values[value]
            }
            if draft.unexplained > 0 { return true }
            var writer = MessageWriter(message, values: values, answering: specimen.command)
            guard var bytes = try? writer.write() else { return false }
            if let padding, bytes.count < specimen.bytes.count {
                bytes += [UInt8](repeating: padding, count: specimen.bytes.count - bytes.count)
            }
            return bytes == specimen.bytes
        }
    }

    private func same(_ one: String?, _ other: String?) -> Bool {
        if one == other { return true }
        let format = IntegerFormat(decimals: 4)
        guard let one, let other, let first = format.number(of: one), let second = format.number(of: other) else {
            return false
        }
        return first == second
    }
}

extension Structure {
    func name(of key: HexBytes) -> String {
        switch self {
        case .records: "record \(key)"
        case .list: "field \((key.bytes.first ?? 0) + 1)"
        default: key.bytes.split(separator: 0).map { String(decoding: $0, as: UTF8.self) }.joined(separator: ".")
        }
    }
}

extension RegionLearner {
    /// Takes over what was found in messages of another sort, where it holds here as well.
    mutating func transfer(_ claims: [Claim]) {
        for claim in claims where isFree(claim.range) {
            switch claim.field {
            case .checksum(let checksum):
                let stored = specimens.indices.compactMap { index in
                    checksum.format.form == .binary
                        ? Array(bytes(index, claim.range)).unsignedInteger(
                            at: 0, size: claim.range.count, order: checksum.format.order)
                        : checksum.format.number(Array(bytes(index, claim.range))).map { UInt64(bitPattern: $0) }
                }
                guard stored.count == specimens.count,
                    isRight(Checksum(checksum.algorithm), stored, claim.range, checksum.over.from, checksum.over.to)
                else { continue }
                self.claim(claim.range, claim.field, claim.evidence)
            case .length(let field):
                guard
                    let found = length(claim.range, field.format)
                        ?? length(claim.range, IntegerFormat(form: field.format.form, order: field.format.order)),
                    found.over == field.over, found.format.plus == field.format.plus
                else { continue }
                self.claim(claim.range, claim.field, claim.evidence)
            case .integer(let value, let format) where value == .counter || value == .sequence || value == .time:
                guard specimens.indices.allSatisfy({ format.number(Array(bytes($0, claim.range))) != nil }) else {
                    continue
                }
                self.claim(claim.range, claim.field, claim.evidence)
            case .enumeration(.result, var table):
                // What it has more of is learned with it.
                let fits = specimens.indices.allSatisfy { index in
                    guard let name = specimens[index].values[.result] else { return false }
                    let written = HexBytes(Array(bytes(index, claim.range)))
                    return table.updateValue(written, forKey: name).map { $0 == written } ?? true
                }
                guard fits, Set(table.values).count == table.count else { continue }
                self.claim(claim.range, .enumeration(.result, table), claim.evidence)
            default: break
            }
        }
    }

    /// Columns of a reply that repeat columns of the command.
    mutating func findEchoes() {
        guard let first = specimens.first, !first.command.isEmpty else { return }
        var column = 0
        while column < size {
            var best: (offset: Int, count: Int) = (0, 0)
            if isFree(column..<column + 1), constant(column) == nil {
                for offset in first.command.indices {
                    var count = 0
                    while isFree(column + count..<column + count + 1),
                        specimens.indices.allSatisfy({ index in
                            let command = specimens[index].command
                            return offset + count < command.count
                                && command[offset + count] == byte(index, column + count)
                        })
                    { count += 1 }
                    if count > best.count { best = (offset, count) }
                }
            }
            guard best.count > 0 else {
                column += 1
                continue
            }
            claim(
                column..<column + best.count, .echo(best.offset..<best.offset + best.count),
                "the command's bytes from \(best.offset)")
            column += best.count
        }
    }
}
