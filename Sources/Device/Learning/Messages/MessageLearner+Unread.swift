internal import BlueTap
internal import WireFormat

// Bytes of commands that nobody reads: salts, clocks, ids that replies do not repeat.
extension MessageLearner {
    /// The layout with a name for everything that nothing explains, where that follows from nothing else in the message; nil
    /// where it may.
    func withUnread(_ draft: Draft) -> Draft? {
        guard specimens[0].command.isEmpty, draft.missing.isEmpty, draft.unexplained > 0 else { return nil }
        var named = draft
        var names: Set<String> = []
        for index in named.findings.indices {
            named.findings[index].field = named.findings[index].field.mapped { field in
                guard case .unknown = field.content else { return }
                var name = Self.unread
                while !names.insert(name).inserted { name = "\(Self.unread)\(names.count + 1)" }
                field.content = .opaque(name)
                field.unsure = nil
            }
        }
        named.unexplained = 0
        guard !names.isEmpty, verifies(named), let rows = opaques(named) else { return nil }
        let known = Set((model?.layout ?? []).flatMap(\.opaqueNames))
        let isChecked = draft.layout.hasChecksum
        for name in names.sorted() {
            let values = rows.compactMap { $0.values[name] }
            guard values.count == rows.count, let size = values.map(\.count).min() else { return nil }
            let style = OpaqueStyle(values)
            if isRepeated(name, rows) {
                named.rename(name, style)
                continue
            }
            let isFree = known.contains(name) || isFree(name, rows)
            switch style {
            case .steady, .rising: guard isFree || size >= ReadingEvidence.bytesOfID else { return nil }
            // An unknown check looks the same: one beside a known one is unlikely.
            case .random: guard isFree || isChecked && size >= ReadingEvidence.bytesOfSalt else { return nil }
            }
            named.mark(name, style, isFree)
        }
        return named
    }

    private static let unread = "unread"

    /// What a message has by names, what it carries besides, and when it was sent.
    private typealias Row = (values: [String: [UInt8]], rest: FieldValues, order: Int)

    /// What the messages have by their names, in the order of time; nil where one cannot be read.
    private func opaques(_ draft: Draft) -> [Row]? {
        guard
            let message = try? GeneralMessage(
                draft.layout, size: reportSize > 0 ? reportSize : specimens[0].bytes.count, padding: padding, path: [])
        else { return nil }
        var rows: [Row] = []
        for specimen in specimens.sorted(by: { $0.order < $1.order }) {
            var known = FieldValues()
            if specimen.isSizeTold { known.set(.total, specimen.bytes.count) }
            var reader = MessageReader(message, bytes: specimen.bytes, values: known)
            guard (try? reader.read()) != nil else { return nil }
            var rest = reader.values
            rest.opaques = [:]
            rows.append((reader.values.opaques, rest, specimen.order))
        }
        return rows
    }

    /// Whether replies repeat it.
    private func isRepeated(_ name: String, _ rows: [Row]) -> Bool {
        let byOrder = Dictionary(
            rows.map { ($0.order, $0.values[name] ?? []) }, uniquingKeysWith: { first, _ in first })
        return isEchoed(specimens.map { (byOrder[$0.order] ?? [])[...] })
    }

    /// Whether it differs in two messages that carry the same otherwise: then it follows from nothing.
    private func isFree(_ name: String, _ rows: [Row]) -> Bool {
        var seen: [FieldValues: [UInt8]] = [:]
        return rows.contains { row in
            guard let value = row.values[name] else { return false }
            return seen.updateValue(value, forKey: row.rest).map { $0 != value } ?? false
        }
    }
}

extension Draft {
    /// Gives what replies repeat a name of its own.
    fileprivate mutating func rename(_ name: String, _ style: OpaqueStyle) {
        let taken = Set(layout.flatMap(\.opaqueNames))
        var new = style.name
        var number = 2
        while taken.contains(new) {
            new = "\(style.name)\(number)"
            number += 1
        }
        for index in findings.indices where findings[index].field.opaqueNames.contains(name) {
            findings[index].field = findings[index].field.mapped { field in
                if case .opaque(name) = field.content { field.content = .opaque(new) }
            }
            if case .opaque = findings[index].field.content {
                findings[index].evidence = style.meaning + ", and replies repeat it"
            }
        }
    }

    /// Says at a field what is not sure of it.
    fileprivate mutating func mark(_ name: String, _ style: OpaqueStyle, _ isFree: Bool) {
        let other = isFree ? "something that the device reads" : "a check, or a code, of a kind that is not known"
        let doubt = Doubt(
            place: name, readings: ["\(style.reading) that nobody reads", other],
            decidedBy: isFree ? "have the device answer it in another way" : "send the same command twice")
        doubts.append(doubt)
        for index in findings.indices where findings[index].field.opaqueNames.contains(name) {
            findings[index].field = findings[index].field.mapped { field in
                if case .opaque(name) = field.content { field.mark(doubt) }
            }
            if case .opaque = findings[index].field.content { findings[index].evidence = style.meaning }
        }
    }
}

extension MessageLayout {
    fileprivate var hasChecksum: Bool {
        var found = false
        for field in self { field.visit { if case .checksum = $0.content { found = true } } }
        return found
    }
}

extension OpaqueStyle {
    /// What it may be.
    fileprivate var reading: String {
        switch self {
        case .steady: "an id of a session"
        case .rising: "a clock"
        case .random: "a salt"
        }
    }
}
