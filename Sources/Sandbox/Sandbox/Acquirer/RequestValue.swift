#if canImport(FoundationEssentials)
    internal import FoundationEssentials
#else
    internal import Foundation
#endif

/// A value of a request's JSON.
indirect enum RequestValue: Codable, Hashable {
    case text(String)
    case object([String: RequestValue])
    case list([RequestValue])
    case null
    /// Wanted as a string; but Alipay+'s own SDKs write truth values so.
    case truth(Bool)
    /// A number, wanted as a string: its digits.
    case number(String)

    /// Most levels that one value lies within another.
    private static let maximumDepth = 16
    /// Most numbers that are named.
    private static let maximumNumbers = 8

    /// The members of the JSON object that a body is.
    static func members(of body: [UInt8]) throws(RequestFields.Illegal) -> [String: RequestValue] {
        guard String(validating: body, as: UTF8.self) != nil else { throw .init(reason: "the body is no UTF-8") }
        guard depth(of: body) <= maximumDepth else { throw .init(reason: "the body is nested too deep") }
        guard let members = try? JSONDecoder().decode([String: RequestValue].self, from: Data(body)) else {
            throw .init(reason: "the body is no JSON object")
        }
        return members
    }

    /// How deep brackets lie within each other, those in strings not counted.
    private static func depth(of body: [UInt8]) -> Int {
        var (depth, deepest, isText, isEscaped) = (0, 0, false, false)
        for byte in body {
            switch byte {
            case _ where isEscaped: isEscaped = false
            case UInt8(ascii: "\\") where isText: isEscaped = true
            case UInt8(ascii: "\""): isText.toggle()
            case UInt8(ascii: "{") where !isText, UInt8(ascii: "[") where !isText:
                depth += 1
                deepest = max(deepest, depth)
            case UInt8(ascii: "}") where !isText, UInt8(ascii: "]") where !isText: depth -= 1
            default: break
            }
        }
        return deepest
    }

    init(from decoder: any Decoder) throws {
        let container = try decoder.singleValueContainer()
        if container.decodeNil() {
            self = .null
        } else if let text = try? container.decode(String.self) {
            self = .text(text)
        } else if let members = try? container.decode([String: RequestValue].self) {
            self = .object(members)
        } else if let items = try? container.decode([RequestValue].self) {
            self = .list(items)
        } else if let truth = try? container.decode(Bool.self) {
            self = .truth(truth)
        } else if let whole = try? container.decode(Int64.self) {
            self = .number(String(whole))
        } else {
            self = .number(String(try container.decode(Double.self)))
        }
    }

    func encode(to encoder: any Encoder) throws {
        var container = encoder.singleValueContainer()
        switch self {
        case .text(let text), .number(let text): try container.encode(text)
        case .object(let members):
            try container.encode(members.filter { if case .null = $0.value { false } else { true } })
        case .list(let items): try container.encode(items)
        case .null: try container.encodeNil()
        case .truth(let truth): try container.encode(truth)
        }
    }

    func findNumbers(at path: String, in names: inout [String]) {
        guard names.count < Self.maximumNumbers else { return }
        switch self {
        case .number: names.append(String(path.dropFirst()))
        case .object(let members):
            for (name, value) in members.sorted(by: { $0.key < $1.key }) {
                value.findNumbers(at: "\(path).\(name)", in: &names)
            }
        case .list(let items): for item in items { item.findNumbers(at: path, in: &names) }
        case .text, .truth, .null: break
        }
    }

    /// The name of a string that is empty; nil where none is.
    func firstEmpty(at path: String) -> String? {
        switch self {
        case .text(let text): text.isEmpty ? path : nil
        case .object(let members):
            members.sorted { $0.key < $1.key }.lazy.compactMap { $1.firstEmpty(at: "\(path).\($0)") }.first
        case .list(let items): items.lazy.compactMap { $0.firstEmpty(at: path) }.first
        case .number, .truth, .null: nil
        }
    }

    var canonical: String {
        switch self {
        // Lengths keep what a text contains from looking like what surrounds it.
        case .text(let text), .number(let text): "\(text.utf8.count):\(text)"
        case .object(let members):
            "{"
                + members.filter { if case .null = $0.value { false } else { true } }.sorted { $0.key < $1.key }
                .map { "\($0.key.utf8.count):\($0.key)=\($0.value.canonical)" }.joined(separator: ",") + "}"
        case .list(let items): "[" + items.map(\.canonical).joined(separator: ",") + "]"
        case .null: "null"
        case .truth(let truth): truth ? "4:true" : "5:false"
        }
    }
}
