internal import BlueTap
internal import WireFormat

// Messages that are a row of items behind a header.
extension MessageLearner {
    /// Layouts whose items stand one behind the other, the best first.
    func sequenceDrafts(_ progress: SearchProgress) -> [Draft] {
        let scalars = ScalarLearner(specimens: specimens, wanted: wanted, isEchoed: isEchoed)
        let learner = SequenceLearner(specimens: specimens, wanted: wanted, scalars: scalars, model: model)
        let drafts = drafts(
            learner, specimens.map(trimmed), isExact: specimens.allSatisfy(\.isSizeTold) || padding == nil, progress)
        if drafts.contains(where: \.isComplete) { return drafts }
        // A number in the header may say where messages end that padding leaves open.
        for ends in countedEndings().prefix(SearchLimit.sequenceEndings).compactMap(ends) {
            let counted = self.drafts(learner, ends, isExact: true, progress)
            if counted.contains(where: \.isComplete) { return counted }
        }
        return drafts
    }

    private func drafts(
        _ learner: SequenceLearner, _ ends: [Int], isExact: Bool, _ progress: SearchProgress
    ) -> [Draft] {
        var drafts: [Draft] = []
        let rows = learner.rows(to: ends, isExact: isExact, progress)
        // Some of those that end alike, for what ends elsewhere says something else of lengths and checksums.
        var alike: [[Int]: Int] = [:]
        let chosen = rows.filter { _, row in
            alike[row.cursors, default: 0] += 1
            return alike[row.cursors, default: 0] <= SearchLimit.sequenceRowsAlike
        }
        for (header, row) in chosen.prefix(SearchLimit.sequenceDrafts) {
            let draft = draft(row, header)
            if verifies(draft) { drafts.append(draft) }
        }
        return drafts.sorted { $0.cost < $1.cost }
    }

    private func draft(_ row: SequenceLearner.Row, _ size: Int) -> Draft {
        let ends = row.cursors.map { $0 + row.trailer }
        let all = ended(ends)
        var header = RegionLearner(
            specimens: all, starts: ends.map { _ in 0 }, size: size,
            wanted: wanted.filter { !row.carried.contains($0) },
            neighbours: neighbours.filter { $0.bytes.count > size }.map { ($0, 0) })
        if let model { header.transfer(model.headerClaims) }
        header.findLengths()
        header.findValues()
        explainRest(&header, carried: row.carried)
        var trailer = RegionLearner(specimens: all, starts: row.cursors, size: row.trailer, wanted: [])
        if let model { trailer.transfer(model.trailerClaims) }
        trailer.findChecksums()
        let findings = header.fields() + row.findings + trailer.fields()
        return Draft(
            structure: .sequence, frame: Frame(header: size, trailer: row.trailer, ending: .whole), findings: findings,
            doubts: header.doubts + row.findings.flatMap(\.doubts) + trailer.doubts, missing: missing(findings),
            unexplained: header.unexplained + trailer.unexplained, headerClaims: header.claims,
            trailerClaims: trailer.claims)
    }
}
