internal import Documents
internal import WireFormat

extension FramingEnd {
    /// As profile files have it.
    var flowText: FlowText {
        switch self {
        case .short: return .mapping([("short", .plain("true"))])
        case .object: return .mapping([("object", .plain("true"))])
        case .mark(let mark):
            var members: [(String, FlowText)] = [("mark", .quoted(mark.bytes.description.uppercased()))]
            if mark.isKept { members.append(("kept", .plain("true"))) }
            if mark.trailing > 0 { members.append(("trailing", .number(mark.trailing))) }
            return .mapping(members)
        case .length(let length):
            var members: [(String, FlowText)] = [("at", .number(length.at)), ("size", .number(length.size))]
            members.append(("order", .plain(length.format.order.rawValue)))
            if length.format.form != .binary { members.append(("as", .plain(length.format.form.rawValue))) }
            if length.format.plus != 0 { members.append(("plus", .number(Int(length.format.plus)))) }
            return .mapping([("length", .mapping(members))])
        }
    }
}
