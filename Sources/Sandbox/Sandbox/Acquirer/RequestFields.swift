#if canImport(FoundationEssentials)
    internal import FoundationEssentials
#else
    internal import Foundation
#endif

/// The members of a JSON object, as Alipay+ wants them: every value that is neither object nor list is a string, and none is
/// empty; what is optional is left out, or null.
struct RequestFields {
    /// What is wrong with a request, in one line without its text.
    struct Illegal: Error {
        let reason: String
    }

    /// Most levels that one value lies within another.
    private static let maximumDepth = 16

    private let members: [String: Value]
    /// The names that lead to it, each with a dot.
    private let path: String

    init(_ body: [UInt8]) throws(Illegal) {
        guard String(validating: body, as: UTF8.self) != nil else { throw Illegal(reason: "the body is no UTF-8") }
        guard Self.depth(of: body) <= Self.maximumDepth else { throw Illegal(reason: "the body is nested too deep") }
        guard let members = try? JSONDecoder().decode([String: Value].self, from: Data(body)) else {
            throw Illegal(reason: "the body is no JSON object")
        }
        self.init(members: members, path: "")
    }

    private init(members: [String: Value], path: String) {
        self.members = members
        self.path = path
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

    private func value(_ name: String) -> Value? {
        if case .null? = members[name] { return nil }
        return members[name]
    }

    /// A string of at most `limit` characters; nil where it is left out.
    func text(_ name: String, limit: Int) throws(Illegal) -> String? {
        switch value(name) {
        case nil: return nil
        case .text(let text)?:
            guard !text.isEmpty else { throw Illegal(reason: "\(path)\(name) is empty: leave it out") }
            guard text.unicodeScalars.count <= limit else {
                throw Illegal(reason: "\(path)\(name) is longer than \(limit) characters")
            }
            return text
        case .object?, .list?, .null?, .truth?, .number?: throw Illegal(reason: "\(path)\(name) is no string")
        }
    }

    func required(_ name: String, limit: Int) throws(Illegal) -> String {
        guard let text = try text(name, limit: limit) else { throw missing(name) }
        return text
    }

    func object(_ name: String) throws(Illegal) -> RequestFields? {
        switch value(name) {
        case nil: return nil
        case .object(let members)?: return RequestFields(members: members, path: "\(path)\(name).")
        case .text?, .list?, .null?, .truth?, .number?: throw Illegal(reason: "\(path)\(name) is no object")
        }
    }

    func required(_ name: String) throws(Illegal) -> RequestFields {
        guard let object = try object(name) else { throw missing(name) }
        return object
    }

    /// The members of an object of strings; nil where it is left out.
    func texts(_ name: String) throws(Illegal) -> [String: String]? {
        guard let object = try object(name) else { return nil }
        var texts: [String: String] = [:]
        for name in object.members.keys { texts[name] = try object.text(name, limit: .max) }
        return texts
    }

    /// `{currency, value}` of more than nothing.
    func money(_ name: String) throws(Illegal) -> Money {
        let object = try required(name)
        let (currency, value) = (
            try object.required("currency", limit: 3), try object.required("value", limit: 16)
        )
        guard let money = Money(currency: currency, value: value), money.minorUnits > 0 else {
            throw Illegal(
                reason:
                    "\(path)\(name) is no amount: a currency of three letters, and a value of digits in its smallest unit"
            )
        }
        return money
    }

    /// Whether nothing of it has members of its own.
    var isFlat: Bool {
        members.values.allSatisfy {
            switch $0 {
            case .text, .null, .truth, .number: true
            case .object, .list: false
            }
        }
    }

    private func missing(_ name: String) -> Illegal { Illegal(reason: "\(path)\(name) is missing") }

    /// The name of a value that is a number; nil where none is.
    var firstNumber: String? { Value.object(members).firstNumber(at: "").map { String($0.dropFirst()) } }

    /// The same text for the same members in any order.
    var canonical: String { Value.object(members).canonical }

    indirect enum Value: Decodable {
        case text(String)
        case object([String: Value])
        case list([Value])
        case null
        /// Wanted as a string; but Alipay+'s own SDKs write truth values so.
        case truth
        /// A number, wanted as a string.
        case number

        init(from decoder: any Decoder) throws {
            let container = try decoder.singleValueContainer()
            if container.decodeNil() {
                self = .null
            } else if let text = try? container.decode(String.self) {
                self = .text(text)
            } else if let members = try? container.decode([String: Value].self) {
                self = .object(members)
            } else if let items = try? container.decode([Value].self) {
                self = .list(items)
            } else {
                self = (try? container.decode(Bool.self)) == nil ? .number : .truth
            }
        }

        func firstNumber(at path: String) -> String? {
            switch self {
            case .number: path
            case .object(let members):
                members.sorted { $0.key < $1.key }.lazy.compactMap { $1.firstNumber(at: "\(path).\($0)") }.first
            case .list(let items): items.lazy.compactMap { $0.firstNumber(at: path) }.first
            case .text, .truth, .null: nil
            }
        }

        var canonical: String {
            switch self {
            // Lengths keep what a text contains from looking like what surrounds it.
            case .text(let text): "\(text.utf8.count):\(text)"
            case .object(let members):
                "{"
                    + members.filter { if case .null = $0.value { false } else { true } }.sorted { $0.key < $1.key }
                    .map { "\($0.key.utf8.count):\($0.key)=\($0.value.canonical)" }.joined(separator: ",") + "}"
            case .list(let items): "[" + items.map(\.canonical).joined(separator: ",") + "]"
            case .null: "null"
            case .truth: "truth"
            case .number: "number"
            }
        }
    }
}
