/// A value in YAML's flow style: `{ size: 8, text: amount }`.
indirect enum FlowText: CustomStringConvertible {
    /// As it is.
    case plain(String)
    case quoted(String)
    case list([FlowText])
    case mapping([(String, FlowText)])

    static func number(_ number: some BinaryInteger) -> FlowText { .plain(String(number)) }

    var description: String {
        switch self {
        case .plain(let text): text
        case .quoted(let text): Self.quote(text)
        case .list(let items): "[" + items.map(\.description).joined(separator: ", ") + "]"
        case .mapping(let members): "{ " + members.map { "\($0.0): \($0.1)" }.joined(separator: ", ") + " }"
        }
    }

    private static func quote(_ text: String) -> String {
        "\""
            + text.unicodeScalars.reduce(into: "") { result, scalar in
                switch scalar {
                case "\"", "\\": result += "\\\(scalar)"
                case " "..."~": result.unicodeScalars.append(scalar)
                default:
                    let digits = String(scalar.value, radix: 16)
                    result += "\\U" + String(repeating: "0", count: 8 - digits.count) + digits
                }
            } + "\""
    }
}
