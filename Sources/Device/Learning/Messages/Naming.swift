internal import BlueTap
internal import WireFormat

/// A way to write the names of results and methods, by which those that no sample shows are known as well.
enum Naming: CaseIterable {
    case lower, camel, pascal, kebab, upperKebab, spaced, upperSpaced, joined, upperJoined

    /// PARAM_ILLEGAL as `param_illegal`, `paramIllegal`, `ParamIllegal`, …
    private func text(of name: String) -> String {
        let words = name.split(separator: "_").map { $0.lowercased() }
        func capital(_ word: String) -> String { word.prefix(1).uppercased() + word.dropFirst() }
        switch self {
        case .lower: return words.joined(separator: "_")
        case .camel: return (words.first ?? "") + words.dropFirst().map(capital).joined()
        case .pascal: return words.map(capital).joined()
        case .kebab: return words.joined(separator: "-")
        case .upperKebab: return words.joined(separator: "-").uppercased()
        case .spaced: return words.joined(separator: " ")
        case .upperSpaced: return words.joined(separator: " ").uppercased()
        case .joined: return words.joined()
        case .upperJoined: return words.joined().uppercased()
        }
    }

    /// The table with all names, where those in it are told by their names; else nil.
    static func completed(_ table: [String: HexBytes], _ value: FieldLayout.Value) -> [String: HexBytes]? {
        let names = value == .result ? ResultCode.allCases.map(\.rawValue) : PaymentMethod.allCases.map(\.rawValue)
        // Of one word alone no rule is seen.
        guard table.keys.contains(where: { $0.contains("_") }), table.keys.allSatisfy(names.contains) else {
            return nil
        }
        for naming in allCases where table.allSatisfy({ $0.value.bytes == Array(naming.text(of: $0.key).utf8) }) {
            return Dictionary(uniqueKeysWithValues: names.map { ($0, HexBytes(Array(naming.text(of: $0).utf8))) })
        }
        return nil
    }
}
