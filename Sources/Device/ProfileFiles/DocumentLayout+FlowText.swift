internal import BlueTap
internal import Documents
internal import WireFormat

// Documents as profile files have them: the counterpart of DocumentLayout+Codable.swift.

extension DocumentLayout {
    var flowText: FlowText {
        var members: [(String, FlowText)] = [("notation", .plain(notation.rawValue))]
        if kind != .map { members.append(("kind", .plain(kind.rawValue))) }
        if !name.isEmpty { members.append(("name", .quoted(name))) }
        if hasNumberedKeys { members.append(("numberedKeys", .plain("true"))) }
        if style != DocumentStyle() { members.append(("style", style.flowText)) }
        if !isAlways { members.append(("always", .plain("false"))) }
        return .mapping(members + [("items", .list(self.members.map(\.flowText)))])
    }
}

extension DocumentStyle {
    fileprivate var flowText: FlowText {
        var members: [(String, FlowText)] = []
        func hex(_ text: String) -> FlowText { .quoted(HexBytes(Array(text.utf8)).description.uppercased()) }
        if hasSpacedCommas { members.append(("spacedCommas", .plain("true"))) }
        if hasSpacedColons { members.append(("spacedColons", .plain("true"))) }
        if let indent {
            members.append(("indent", .quoted(indent)))
            if newline != "\n" { members.append(("newline", hex(newline))) }
        }
        if escapesSlashes { members.append(("escapedSlashes", .plain("true"))) }
        if isASCII { members.append(("ascii", .plain("true"))) }
        if !prolog.isEmpty { members.append(("prolog", hex(prolog))) }
        if let emptyEnd { members.append(("emptyEnd", .quoted(emptyEnd))) }
        if quote != "\"" { members.append(("quote", .quoted(quote))) }
        return .mapping(members)
    }
}

extension DocumentMember {
    fileprivate var flowText: FlowText {
        var members: [(String, FlowText)] = [("key", .quoted(key))]
        if kind != .text { members.append(("kind", kind == .null ? .quoted("null") : .plain(kind.rawValue))) }
        if absence != .leftOut {
            members.append(("missing", absence == .null ? .quoted("null") : .plain(absence.rawValue)))
        }
        if let standard { members.append(("standard", .quoted(standard))) }
        if isRequired { members.append(("required", .plain("true"))) }
        if let companion { members.append(("with", .plain(companion.rawValue))) }
        return .mapping(field.members(extra: members).withoutRest)
    }
}
