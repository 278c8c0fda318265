/// A JSON Schema, of which the part that the project's schemas use is understood: `type`, `properties`, `required`,
/// `additionalProperties`, `dependentRequired`, `oneOf` over `required`, `items`, `minItems`, `maxItems`, `enum`,
/// `pattern`, `type: number` with bounds, `minimum`, `maximum`, `minLength`, `maxLength` and `$ref` to `#/$defs/…`.
/// Source: JSON Schema 2020-12.
public struct Schema: Sendable {
    let root: Node

    /// Reads a schema that ships with the program; one that cannot be read is a bug of ours.
    public init(shipped bytes: some Collection<UInt8>) {
        root = Self.parse(bytes)
    }

    /// A schema that ships with the program, some of whose mappings have further alternatives: of each mapping named in
    /// `definitions` (below `$defs`) each member of `alternatives` is one more property, and one more that may be the one
    /// which `oneOf` asks for.
    public init(
        shipped bytes: some Collection<UInt8>, adding alternatives: some Collection<UInt8>, to definitions: [String]
    ) {
        let added = Self.parse(alternatives).mapping ?? []
        root = Self.parse(bytes).replacing("$defs") { defs in
            definitions.reduce(defs) { defs, definition in
                defs.replacing(definition) { rule in
                    rule.replacing("properties") { $0.appending(added) }
                        .replacing("oneOf") { choices in
                            choices.appending(
                                added.map { .mapping([(.text("required"), .list([$0.key]))]) })
                        }
                }
            }
        }
    }

    private static func parse(_ bytes: some Collection<UInt8>) -> Node {
        guard let document = try? Document(bytes: bytes, name: "schema") else {
            preconditionFailure("a schema that ships with the program is not JSON")
        }
        return document.root
    }

    /// The schema as JSON, for editors.
    public var text: String { root.jsonText() + "\n" }

    func resolve(_ node: Node) -> Node {
        guard let reference = node["$ref"]?.text, reference.hasPrefix("#/$defs/") else { return node }
        guard let target = root["$defs"]?[String(reference.dropFirst("#/$defs/".count))] else {
            preconditionFailure("\(reference) is not in the schema")
        }
        return target
    }
}

// What a schema is put together with. Where its values stand does not matter.
extension Node {
    fileprivate static func text(_ text: String) -> Node { Node(.scalar(text, isPlain: false), line: 0, column: 0) }

    fileprivate static func list(_ items: [Node]) -> Node { Node(.list(items), line: 0, column: 0) }

    fileprivate static func mapping(_ members: [(key: Node, value: Node)]) -> Node {
        Node(.mapping(members), line: 0, column: 0)
    }

    /// With another value for a key that it has.
    fileprivate func replacing(_ key: String, _ change: (Node) -> Node) -> Node {
        .mapping((mapping ?? []).map { $0.key.text == key ? ($0.key, change($0.value)) : $0 })
    }

    fileprivate func appending(_ members: [(key: Node, value: Node)]) -> Node { .mapping((mapping ?? []) + members) }

    fileprivate func appending(_ items: [Node]) -> Node { .list((list ?? []) + items) }

    fileprivate func jsonText(indent: String = "") -> String {
        let inner = indent + "  "
        switch content {
        case .scalar(let text, isPlain: true): return text
        case .scalar(let text, isPlain: false): return text.jsonLiteral
        case .list(let items) where items.isEmpty: return "[]"
        case .mapping(let members) where members.isEmpty: return "{}"
        case .list(let items):
            return "[\n" + items.map { inner + $0.jsonText(indent: inner) }.joined(separator: ",\n") + "\n\(indent)]"
        case .mapping(let members):
            let lines = members.map { key, value in
                inner + key.jsonText(indent: inner) + ": " + value.jsonText(indent: inner)
            }
            return "{\n" + lines.joined(separator: ",\n") + "\n\(indent)}"
        }
    }
}
