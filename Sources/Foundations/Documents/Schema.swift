/// A JSON Schema, of which the part that the project's schemas use is understood: `type`, `properties`, `required`,
/// `additionalProperties`, `dependentRequired`, `oneOf` over `required`, `items`, `minItems`, `maxItems`, `enum`,
/// `pattern`, `type: number` with bounds, `minimum`, `maximum`, `minLength`, `maxLength` and `$ref` to `#/$defs/…`.
/// Source: JSON Schema 2020-12.
public struct Schema: Sendable {
    let root: Node

    /// Reads a schema that ships with the program; one that cannot be read is a bug of ours.
    public init(shipped bytes: some Collection<UInt8>) {
        guard let document = try? Document(bytes: bytes, name: "schema") else {
            preconditionFailure("a schema that ships with the program is not JSON")
        }
        root = document.root
    }

    func resolve(_ node: Node) -> Node {
        guard let reference = node["$ref"]?.text, reference.hasPrefix("#/$defs/") else { return node }
        guard let target = root["$defs"]?[String(reference.dropFirst("#/$defs/".count))] else {
            preconditionFailure("\(reference) is not in the schema")
        }
        return target
    }
}
