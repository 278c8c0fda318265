/// A value in YAML's flow style: `{ size: 8, text: amount }`.
public indirect enum FlowText: CustomStringConvertible {
    /// As it is.
    case plain(String)
    case quoted(String)
    case list([FlowText])
    case mapping([(String, FlowText)])

    public static func number(_ number: some BinaryInteger) -> FlowText { .plain(String(number)) }

    public var description: String {
        switch self {
        case .plain(let text): text
        case .quoted(let text): Self.quote(text)
        case .list(let items): "[" + items.map(\.description).joined(separator: ", ") + "]"
        case .mapping(let members): "{ " + members.map { "\(Self.key($0.0)): \($0.1)" }.joined(separator: ", ") + " }"
        }
    }

    /// Keys that could be anything else are quoted as well.
    private static func key(_ text: String) -> String {
        let isPlain =
            !text.isEmpty && text != "null" && text != "true" && text != "false"
            && text.utf8.allSatisfy { 0x41...0x5A ~= $0 || 0x61...0x7A ~= $0 || 0x30...0x39 ~= $0 || $0 == 0x5F }
            && !(0x30...0x39 ~= text.utf8.first!)
        return isPlain ? text : quote(text)
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
