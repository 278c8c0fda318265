internal import BlueTap
internal import WireFormat

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
    var progress = SearchProgress.silent
    /// The checks that the other direction's messages have.
    var hints: [ChecksumField] = []

    /// All layouts that give every message back to the byte, the best first.
    func drafts() -> [Draft] { plainDrafts().sorted { $0.cost < $1.cost } }

    // MARK: Frames

    private func plainDrafts() -> [Draft] {
        var found: [Draft] = []
        var sequences: [Draft]?
        let endings = endings()
        for (number, ending) in endings.enumerated() {
            guard let ends = ends(ending) else { continue }
            let progress = progress.part(number, of: endings.count)
            if structures.contains(.fixed), let draft = fixedDraft(ending, ends, progress.part(0, of: 3)),
                verifies(draft)
            {
                found.append(draft)
            }
            // Padding before a trailer is for those that end otherwise, and what is JSON is nothing else.
            if found.contains(where: \.isComplete) {
                if case .anchored = ending { continue }
                if found.contains(where: { $0.structure.isText && $0.isComplete }) { continue }
            }
            // Once all is explained, nothing else is looked for but what stands between separators.
            if structures.contains(.sequence), sequences == nil, !found.contains(where: \.isComplete) {
                sequences = sequenceDrafts(progress.part(1, of: 3))
            }
            let isCounted = sequences?.contains { $0.isComplete && !$0.isDelimited } ?? false
            var learner = self
            if isCounted { learner.structures.removeAll(where: \.isOfText) }
            found += learner.bodyDrafts(ending, ends, progress.part(2, of: 3))
        }
        return found + (sequences ?? [])
    }

    private func endings() -> [Frame.Ending] {
        var all: [Frame.Ending] = [.whole]
        let lengths = Set(specimens.map(\.bytes.count))
        let padded = specimens.filter { !$0.isSizeTold }
        // Messages that were cut into reports have as many bytes as these.
        let isFilled = reportSize == 0 || Set(padded.map(\.bytes.count)).count == 1
        if let padding, isFilled, padded.contains(where: { $0.bytes.last == padding }) {
            all.append(.padding(padding))
        }
        if padding != nil || lengths.count > 1 { all += countedEndings() }
        if lengths.count == 1 { all.append(.anchored(padding ?? 0)) }
        return all
    }

    /// Numbers in the header that say where the message ends.
    func countedEndings() -> [Frame.Ending] {
        var all: [Frame.Ending] = []
        let trimmedEnds = specimens.map(trimmed)
        guard Set(trimmedEnds).count > 1 else { return [] }
        // A body of nothing leaves a number that looks like padding.
        let shortest = padding == nil ? trimmedEnds.min() ?? 0 : specimens.map(\.bytes.count).min() ?? 0
        for size in [1, 2] {
            for order in size == 1 ? [IntegerFormat.ByteOrder.big] : [.big, .little] {
                for column in 0..<min(SearchLimit.countColumn, max(0, shortest - size)) {
                    let rest = specimens.indices.map { index in
                        trimmedEnds[index]
                            - Int(specimens[index].bytes.unsignedInteger(at: column, size: size, order: order))
                    }
                    // A message may end like its padding, a checksum of 00 say: then the number says more than is seen.
                    guard let plus = rest.max(), plus >= 0, plus <= column + size + SearchLimit.uncountedBytes,
                        rest.allSatisfy({ plus - $0 <= SearchLimit.paddingLikeEnd }),
                        ReadingEvidence.isMajority(rest.count { $0 == plus }, of: rest.count) || plus == column + size,
                        Set(specimens.map { $0.bytes[column + size - 1] ^ $0.bytes[column] &* 3 }).count > 1
                    else { continue }
                    all.append(.counted(column: column, size: size, order: order, plus: plus))
                }
            }
        }
        return Array(all.prefix(SearchLimit.countedEndings))
    }

    func ends(_ ending: Frame.Ending) -> [Int]? {
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

    /// Where padding begins.
    func trimmed(_ specimen: Specimen) -> Int {
        guard let padding, !specimen.isSizeTold else { return specimen.bytes.count }
        var end = specimen.bytes.count
        while end > 0, specimen.bytes[end - 1] == padding { end -= 1 }
        return end
    }

    func ended(_ ends: [Int]) -> [Specimen] {
        zip(specimens, ends).map { specimen, end in
            var specimen = specimen
            specimen.end = end
            return specimen
        }
    }

    // MARK: Fixed places

    private func fixedDraft(_ ending: Frame.Ending, _ ends: [Int], _ progress: SearchProgress) -> Draft? {
        guard ending == .whole, let size = ends.first, size > 0, Set(ends).count == 1 else { return nil }
        var region = RegionLearner(
            specimens: ended(ends), starts: ends.map { _ in 0 }, size: size, wanted: wanted,
            neighbours: neighbours.filter { $0.bytes.count == size }.map { ($0, 0) })
        region.hints = hints
        explain(&region, progress)
        let findings = region.fields()
        return Draft(
            structure: .fixed, frame: Frame(header: size, trailer: 0, ending: ending), findings: findings,
            doubts: region.doubts, missing: missing(findings), unexplained: region.unexplained,
            headerClaims: region.claims)
    }

    private func explain(_ region: inout RegionLearner, _ progress: SearchProgress) {
        func next(_ index: Int, _ name: String) { region.progress = progress.part(index, of: 6, name) }
        if let model {
            region.known = model.headerClaims.filter { $0.unsure == nil }
            region.transfer(model.headerClaims)
        }
        next(0, "lengths")
        region.findLengths()
        next(1, "values")
        region.findValues()
        next(2, "echoes")
        region.findEchoes(isSparingResult: true)
        // Counters before checksums: where all bytes make nothing together, each is the checksum of the others. Tables
        // behind them: of few replies each has another checksum.
        let starts = region.starts
        let all = region.specimens
        func isEchoed(_ range: Range<Int>) -> Bool {
            self.isEchoed(
                all.indices.map { all[$0].bytes[starts[$0] + range.lowerBound..<starts[$0] + range.upperBound] })
        }
        next(3, "counters")
        region.counterSize = model?.layout.sequenceField?.fixedSize
        region.findCounters(isEchoed: isEchoed)
        next(4, "checksums")
        region.findChecksums()
        next(5, "codes")
        region.findPackedBits()
        for value in tableValues { region.findTable(value) }
        region.findEchoes()
        region.findEchoedNumbers(isEchoed: isEchoed)
        region.findChecksums(evidence: ReadingEvidence.checksumOfTheRest)
    }

    /// The values that mostly have a code for each of their names.
    var tableValues: [FieldLayout.Value] { [.result, .paymentMethod].filter(wanted.contains) }

    func missing(_ findings: [Finding]) -> [FieldLayout.Value] {
        let carried = Set(findings.flatMap(\.field.values))
        return wanted.filter { value in
            // Replies need not repeat the command.
            guard specimens[0].command.isEmpty || value == .result else { return false }
            let given = Set(specimens.map { $0.values[value] })
            guard given.contains(where: { $0 != nil }), !carried.contains(value) else { return false }
            return value != .result || given.count > 1
        }
    }
}
