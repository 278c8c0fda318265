internal import BlueTap
internal import WireFormat

/// Explains messages as a row of items, one behind the other, that need not begin at the same place in every message.
///
/// It goes from item to item. What the labels explain is tried first, what is the same in all messages last; where it gets
/// no further it goes back.
struct SequenceLearner {
    let specimens: [Specimen]
    let wanted: [FieldLayout.Value]
    let scalars: ScalarLearner
    let labels: SequenceLabels
    /// What messages of another sort have: the size of the number, and of bits that say what was given.
    let sequenceSize: Int?
    let presenceSize: Int?

    init(specimens: [Specimen], wanted: [FieldLayout.Value], scalars: ScalarLearner, model: Draft?) {
        self.specimens = specimens
        self.wanted = wanted
        self.scalars = scalars
        labels = SequenceLabels(specimens, wanted)
        sequenceSize = model?.layout.sequenceField?.fixedSize
        presenceSize = model?.layout.first { if case .presence = $0.content { true } else { false } }?.fixedSize
    }

    /// Items that have been found, and where each message goes on.
    struct Row {
        var findings: [Finding] = []
        var cursors: [Int]
        /// Where each message ends: exactly, or where padding may have begun before.
        var ends: [Int]
        var isExact: Bool
        var carried: Set<FieldLayout.Value> = []
        /// Values of which something before has said whether they were given.
        var told: Set<FieldLayout.Value> = []
        /// Whether the last item has another size in each message.
        var isLoose = false
        /// How many bytes stand behind the row.
        var trailer = 0

        /// What is less likely than it looks.
        var doubtful = 0

        /// The fewer fields, the simpler.
        var cost: Int { findings.count + trailer + doubtful }
    }

    /// How far the search has come, whichever way it went.
    private final class Effort {
        var steps = 0
        var rows: [(header: Int, row: Row)] = []
        /// Where it has been with what explained, and how simply.
        var visited: [Place: Int] = [:]

        struct Place: Hashable {
            let cursors: [Int]
            let carried: Set<FieldLayout.Value>
            let told: Set<FieldLayout.Value>
        }

        /// Whether a row is the simplest way to where it has come.
        func isNew(_ row: Row) -> Bool {
            let place = Place(cursors: row.cursors, carried: row.carried, told: row.told)
            guard visited[place].map({ row.cost < $0 }) ?? true else { return false }
            visited[place] = row.cost
            return true
        }
    }

    /// The rows that go through to a trailer, with the headers behind which they begin, the best first.
    func rows(to ends: [Int], isExact: Bool, _ progress: SearchProgress) -> [(header: Int, row: Row)] {
        let effort = Effort()
        let shortest = isExact ? ends.min() : specimens.map(\.bytes.count).min()
        let furthest = min(SearchLimit.sequenceHeader, shortest ?? 0)
        for header in 0...furthest {
            progress.step(header, of: furthest + 1, "items one behind the other, from byte \(header)")
            var start = Row(cursors: specimens.map { _ in header }, ends: ends, isExact: isExact)
            // What changes before is not explained yet.
            start.doubtful = (0..<header).count { column in
                specimens.contains { $0.bytes[column] != specimens[0].bytes[column] }
            }
            effort.steps = 0
            for first in openings(start) { search(first, header, effort) }
        }
        return effort.rows.sorted { one, other in
            (-one.row.carried.count, one.row.cost) < (-other.row.carried.count, other.row.cost)
        }
    }

    private func search(_ row: Row, _ header: Int, _ effort: Effort) {
        guard effort.steps < SearchLimit.sequenceSteps, effort.rows.count < SearchLimit.sequenceRows,
            effort.isNew(row)
        else { return }
        effort.steps += 1
        if let done = ended(row) {
            effort.rows.append((header, done))
            if done.trailer == 0, row.carried.isSuperset(of: labels.given) { return }
        }
        for next in steps(row) { search(next, header, effort) }
    }

    /// The row, where it goes through to a trailer.
    private func ended(_ row: Row) -> Row? {
        guard !row.carried.isEmpty else { return nil }
        let rest = zip(row.ends, row.cursors).map { $0 - $1 }
        guard let most = rest.max(), most <= SearchLimit.sequenceTrailer,
            row.isExact ? rest.allSatisfy({ $0 == most }) : true,
            zip(specimens, row.cursors).allSatisfy({ $1 + max(0, most) <= $0.bytes.count })
        else { return nil }
        var row = row
        row.trailer = max(0, most)
        return row
    }

    // MARK: Steps

    /// The steps with which a row can begin: what stands at the same place in every message belongs to the header.
    private func openings(_ row: Row) -> [Row] {
        presences(row) + valuesOfAll(row, isOpening: true, isQuick: false) + tagged(row)
    }

    /// All that can follow, the likeliest first.
    private func steps(_ row: Row) -> [Row] {
        if row.carried.isSuperset(of: labels.given), row.told.isSubset(of: row.carried) {
            return counters(row) + boundaries(row) + constants(row)
        }
        let likely = steps(row, isQuick: true)
        return (likely.isEmpty ? steps(row, isQuick: false) : likely) + constants(row)
    }

    /// - Parameter isQuick: whether only what looks like a label at first sight is explained.
    private func steps(_ row: Row, isQuick: Bool) -> [Row] {
        var next = presences(row)
        for value in wanted where row.told.contains(value) && !row.carried.contains(value) {
            next += values(value, row, behind: [], isQuick: isQuick)
        }
        next += valuesOfAll(row, isOpening: false, isQuick: isQuick)
        next += counters(row)
        next += tagged(row)
        next += lengths(row)
        return next + boundaries(row)
    }

    /// Items of which every message has one.
    private func valuesOfAll(_ row: Row, isOpening: Bool, isQuick: Bool) -> [Row] {
        var next: [Row] = []
        for cut in cuts(row.cursors, Array(specimens.indices), row) where !isOpening || cut.isLoose {
            let isPromising = cut.extent != nil && !isQuick
            guard isPromising || labels.mayCarry(cut.slices, except: row.carried) else { continue }
            guard let finding = explained(cut, row) else { continue }
            next.append(extended(row, by: finding, cut))
        }
        return next
    }

    /// Numbers that count the messages.
    private func counters(_ row: Row) -> [Row] {
        cuts(row.cursors, Array(specimens.indices), row).compactMap { cut in
            guard cut.extent == nil || cut.isOfDigits, labels.mayCount(cut.slices) else { return nil }
            let finding = scalars.explain(cut.slices)
            guard finding.unexplained == 0,
                finding.field.values.contains(where: { [.counter, .sequence, .time].contains($0) }),
                !finding.field.values.contains(where: row.carried.contains),
                isOfKnownSize(finding)
            else { return nil }
            return extended(row, by: finding, cut)
        }
    }

    /// Items of one value, which stand there in messages that have it, behind a tag where there is one.
    func values(
        _ value: FieldLayout.Value, _ row: Row, behind tag: [UInt8], isQuick: Bool = true
    ) -> [Row] {
        let own = specimens.indices.filter { labels.isGiven(value, $0) }
        var cursors = row.cursors
        for index in own { cursors[index] += tag.count }
        return cuts(cursors, own, row).compactMap { cut -> Row? in
            guard cut.extent != nil && !isQuick || labels.mayCarry(cut.slices, only: value) else { return nil }
            let finding = scalars.explain(cut.slices)
            guard finding.unexplained == 0, finding.field.values == [value] else { return nil }
            var row = row
            if !tag.isEmpty {
                var constant = Finding(
                    field: FieldLayout(size: tag.count, content: .constant(tag)),
                    evidence: "stands before \(value.rawValue), where there is one")
                constant.field.condition = value
                row.findings.append(constant)
                row.told.insert(value)
            }
            var conditional = finding
            conditional.field.condition = value
            return extended(row, by: conditional, cut)
        }
    }

    private func explained(_ cut: Cut, _ row: Row) -> Finding? {
        let finding = scalars.explain(cut.slices)
        let values = finding.field.values
        guard finding.unexplained == 0, !values.isEmpty, values.allSatisfy({ !row.carried.contains($0) }) else {
            return nil
        }
        return isOfKnownSize(finding) ? finding : nil
    }

    /// The number has one size, wherever it stands.
    private func isOfKnownSize(_ finding: Finding) -> Bool {
        guard finding.field.values.contains(.sequence), let size = specimens[0].sequenceSize ?? sequenceSize,
            let own = finding.field.fixedSize
        else { return true }
        return size == own
    }

    private func extended(_ row: Row, by finding: Finding, _ cut: Cut) -> Row {
        var (row, finding) = (row, finding)
        if let extent = cut.extent {
            finding.field.extent = extent
            finding.evidence = cut.name + "; " + finding.evidence
            if case .terminated = extent { row.doubtful += ReadingCost.terminatedItem }
        }
        row.findings.append(finding)
        row.carried.formUnion(finding.field.values)
        row.cursors = cut.next
        row.isLoose = cut.isLoose || finding.field.condition != nil
        return row
    }

    /// One byte that is the same in all messages, or in all that have a value.
    private func constants(_ row: Row) -> [Row] {
        var next: [Row] = []
        if let byte = common(row.cursors, Array(specimens.indices), row) {
            next.append(constant(byte, row, nil, Array(specimens.indices)))
        }
        // What stands behind a value that may be missing is missing with it.
        for value in labels.optional where row.told.contains(value) && next.isEmpty {
            let own = specimens.indices.filter { labels.isGiven(value, $0) }
            if let byte = common(row.cursors, own, row) { next.append(constant(byte, row, value, own)) }
        }
        return next
    }

    private func constant(_ byte: UInt8, _ row: Row, _ condition: FieldLayout.Value?, _ own: [Int]) -> Row {
        var row = row
        for index in own { row.cursors[index] += 1 }
        row.isLoose = false
        if let last = row.findings.last, case .constant(let bytes) = last.field.content,
            last.field.condition == condition
        {
            row.findings[row.findings.count - 1].field.content = .constant(bytes + [byte])
            row.findings[row.findings.count - 1].field.extent = .fixed(bytes.count + 1)
            return row
        }
        var finding = Finding(field: FieldLayout(size: 1, content: .constant([byte])), evidence: "always the same")
        finding.field.condition = condition
        row.findings.append(finding)
        return row
    }

    /// The byte that stands there in all of some messages; nil where they differ, or one has ended.
    func common(_ cursors: [Int], _ own: [Int], _ row: Row) -> UInt8? {
        guard let first = own.first, cursors[first] < row.ends[first] else { return nil }
        let byte = specimens[first].bytes[cursors[first]]
        for index in own
        where cursors[index] >= specimens[index].bytes.count || specimens[index].bytes[cursors[index]] != byte {
            return nil
        }
        // Behind every message's end it is padding.
        return row.isExact && own.contains { cursors[$0] >= row.ends[$0] } ? nil : byte
    }

    /// Numbers that say how long the message is.
    private func lengths(_ row: Row) -> [Row] {
        guard !row.isExact else { return [] }
        var next: [Row] = []
        for size in [2, 1, 4] {
            for order in size == 1 ? [IntegerFormat.ByteOrder.big] : [.big, .little] {
                let starts = row.cursors.map { $0 + size }
                guard zip(specimens, starts).allSatisfy({ $1 <= $0.bytes.count }) else { continue }
                let numbers = specimens.indices.map {
                    Int(specimens[$0].bytes.unsignedInteger(at: row.cursors[$0], size: size, order: order))
                }
                let behind = specimens.indices.map { row.ends[$0] - starts[$0] - numbers[$0] }
                guard Set(numbers).count > 1, let most = behind.max(), abs(most) <= SearchLimit.uncountedBytes,
                    behind.allSatisfy({ most - $0 <= SearchLimit.paddingLikeEnd }),
                    ReadingEvidence.isMajority(behind.count { $0 == most }, of: behind.count)
                else { continue }
                var row = row
                row.ends = zip(starts, numbers).map { $0 + $1 + most }
                row.isExact = true
                guard zip(specimens, row.ends).allSatisfy({ $1 <= $0.bytes.count }) else { continue }
                let over = PlaceRange(from: Place(.after), to: Place(.end, -max(0, most)))
                let format = IntegerFormat(order: order, plus: Int64(max(0, -most)))
                row.findings.append(
                    Finding(
                        field: FieldLayout(size: size, content: .length(LengthField(over: over, format: format))),
                        evidence: "says how many bytes follow"))
                row.cursors = starts
                row.isLoose = false
                next.append(row)
            }
        }
        return next
    }

    /// Zeros up to a boundary, before all that follows or before a value that is there.
    private func boundaries(_ row: Row) -> [Row] {
        var next = row.isLoose ? boundaries(row, nil, Array(specimens.indices)) : []
        for value in labels.optional where row.told.contains(value) && !row.carried.contains(value) {
            next += boundaries(row, value, specimens.indices.filter { labels.isGiven(value, $0) })
        }
        return next
    }

    private func boundaries(_ row: Row, _ condition: FieldLayout.Value?, _ own: [Int]) -> [Row] {
        if case .boundary? = row.findings.last?.field.extent { return [] }
        var next: [Row] = []
        for multiple in SearchLimit.boundaries {
            for from in 0..<multiple {
                let gaps = own.map { (multiple - (row.cursors[$0] - from) % multiple) % multiple }
                guard gaps.contains(where: { $0 > 0 }), condition != nil || Set(gaps).count > 1 else { continue }
                let fits = zip(own, gaps).allSatisfy { index, gap in
                    let (start, bytes) = (row.cursors[index], specimens[index].bytes)
                    return start + gap <= bytes.count && start >= from
                        && bytes[start..<start + gap].allSatisfy { $0 == 0 }
                }
                guard fits else { continue }
                var row = row
                row.findings.append(
                    Finding(
                        field: FieldLayout(
                            extent: .boundary(multiple: multiple, from: from), content: .fill(0), condition: condition),
                        evidence: "zeros up to the next \(multiple) bytes"))
                for (index, gap) in zip(own, gaps) { row.cursors[index] += gap }
                row.isLoose = false
                next.append(row)
            }
        }
        return next
    }
}
