internal import BlueTap
internal import WireFormat

// Replies in the notation of the commands: who writes the ones in it writes the others so.
extension Learner {
    /// The layouts of all replies, behind a header as long as the commands'; nil where they are none.
    func documentReplies(
        _ specimens: [Specimen], like commands: [Command.Kind: Draft], size: Int, padding: UInt8?
    ) -> [Command.Kind: Draft]? {
        guard let model = commands[.pay] ?? commands[.cancel], model.structure.isDocument else { return nil }
        // Header and check are the commands': in few replies a length may not change, and a check show little.
        func learner(_ own: [Specimen], like model: Draft) -> MessageLearner {
            MessageLearner(
                specimens: own, neighbours: [], wanted: Self.wantedOfReplies, reportSize: size, padding: padding,
                isEchoed: { _ in false }, model: model, structures: [model.structure])
        }
        func best(_ own: [Specimen]) -> Draft? {
            learner(own, like: model).drafts().first { $0.isComplete && $0.frame.header == model.frame.header }
        }
        let kinds = Set(specimens.map(\.kind))
        if let common = best(specimens) { return Dictionary(uniqueKeysWithValues: kinds.map { ($0, common) }) }
        guard kinds.count > 1 else { return nil }
        var drafts: [Command.Kind: Draft] = [:]
        for kind in kinds {
            guard let draft = best(specimens.filter { $0.kind == kind }) else { return nil }
            drafts[kind] = draft
        }
        // Those to one command may not have shown all results.
        for kind in kinds {
            for other in kinds where other != kind {
                guard let own = drafts[kind], let model = drafts[other] else { continue }
                for candidate in own.adopting(resultsOf: model)
                where learner(specimens.filter { $0.kind == kind }, like: own).verifies(candidate) {
                    drafts[kind] = candidate
                    break
                }
            }
        }
        return drafts
    }
}

extension Draft {
    /// The same with another draft's members that carry results, all of them or one.
    fileprivate func adopting(resultsOf other: Draft) -> [Draft] {
        guard let place = findings.firstIndex(where: { $0.field.content.document != nil }),
            let own = findings[place].field.content.document,
            let model = other.findings.lazy.compactMap(\.field.content.document).first
        else { return [] }
        let carriers = model.members.filter { $0.field.values.contains(.result) }
        return ([carriers] + carriers.map { [$0] }).map { adopted in
            var members = own.members
            for member in adopted {
                if let known = members.firstIndex(where: { $0.key == member.key }) {
                    members[known] = member
                } else {
                    let before = model.members.prefix { $0.key != member.key }.map(\.key)
                    let last = members.lastIndex { before.contains($0.key) }
                    members.insert(member, at: last.map { $0 + 1 } ?? 0)
                }
            }
            var draft = self
            draft.findings[place].field.content = .document(own.with(members))
            return draft
        }
    }
}

extension FieldLayout.Content {
    fileprivate var document: DocumentLayout? { if case .document(let document) = self { document } else { nil } }
}
