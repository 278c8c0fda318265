import Documents
import Testing

private let schema = """
    {
      "type": "object", "additionalProperties": false, "required": ["name"],
      "properties": {
        "name": {"type": "string", "maxLength": 8},
        "size": {"type": "integer", "minimum": 1, "maximum": 64},
        "active": {"type": "boolean"},
        "colour": {"type": "string", "enum": ["red", "green"]},
        "pairs": {"type": "string", "pattern": "^([0-9a-f]{2})+$", "description": "pairs of digits"},
        "parts": {"type": "array", "maxItems": 2, "items": {"$ref": "#/$defs/part"}}
      },
      "$defs": {
        "part": {
          "type": "object", "additionalProperties": false,
          "properties": {"a": {"type": "integer"}, "b": {"type": "integer"}, "with": {"type": "integer"}},
          "dependentRequired": {"with": ["a"]},
          "oneOf": [{"required": ["a"]}, {"required": ["b"]}]
        }
      }
    }
    """

private func failure(_ text: String) -> String? {
    do {
        _ = try ValidDocument(Document(parsing: text, name: "f.yaml"), schema: Schema(shipped: Array(schema.utf8)))
        return nil
    } catch {
        return error.description
    }
}

@Suite("Documents")
struct DocumentTests {
    @Test(
        "a file that does not fit names line, column and key",
        arguments: [
            ("name: x\nsize: 65\n", "f.yaml:2:7: size: 65 is more than 64"),
            ("name: x\nsize: 0\n", "f.yaml:2:7: size: 0 is less than 1"),
            ("name: x\nsize: big\n", "f.yaml:2:7: size: must be a whole number"),
            ("name: x\nactive: maybe\n", "f.yaml:2:9: active: must be true or false"),
            ("name: x\ncolour: blue\n", "f.yaml:2:9: colour: \"blue\" is not one of red, green"),
            ("name: x\npairs: abc\n", "f.yaml:2:8: pairs: \"abc\" does not fit: pairs of digits"),
            ("name: 123456789\n", "f.yaml:1:7: name: must have at most 8 characters"),
            ("name: ~\n", "f.yaml:1:7: name: must be text"),
            ("size: 1\n", "f.yaml:1:1: name: is missing"),
            (
                "name: x\nnmae: y\n",
                "f.yaml:2:1: nmae: unknown key; known here: name, size, active, colour, pairs, parts"
            ),
            (
                "name: x\nparts:\n  - a: 1\n  - a: 1\n    c: 2\n",
                "f.yaml:5:5: parts[1].c: unknown key; known here: a, b, with"
            ),
            ("name: x\nparts: [{a: 1}, {b: 1}, {a: 2}]\n", "f.yaml:2:8: parts: must have at most 2 entries"),
            (
                "name: x\n\"a\\nb\\e[1m\": 1\n",
                "f.yaml:2:1: a\\nb\\u{1B}[1m: unknown key; known here: name, size, active, colour, pairs, parts"
            ),
            ("name: x\nparts: {a: 1}\n", "f.yaml:2:8: parts: must be a list"),
            ("name: x\nparts: [{}]\n", "f.yaml:2:9: parts[0]: exactly one of a, b is needed; none is there"),
            (
                "name: x\nparts: [{a: 1, b: 2}]\n",
                "f.yaml:2:9: parts[0]: exactly one of a, b is needed; there are a and b"
            ),
            ("name: x\nparts: [{b: 1, with: 2}]\n", "f.yaml:2:22: parts[0].with: means nothing without a"),
            ("- 1\n", "f.yaml:1:1: must be a mapping of keys to values"),
            ("? [1]\n: 2\n", "f.yaml:1:3: a key must be text"),
            ("", "f.yaml: the file is empty"),
        ])
    func errors(text: String, message: String) {
        #expect(failure(text) == message)
    }

    @Test("a good file passes, and JSON is YAML")
    func good() {
        #expect(failure("name: 12.50\nsize: 0x10\nactive: True\ncolour: red\nparts: [{a: 1, with: 3}]\n") == nil)
        #expect(failure(#"{"name": "x", "parts": []}"#) == nil)
    }

    @Test(
        "what is no YAML is an error with its line",
        arguments: [
            "name: [1, 2\n", "name: \"x\n", "\tname: x\n", "name: x\n  y: z\n: :\n", "a: b: c\n", "%YAML 9\n---\n",
        ])
    func syntax(text: String) {
        let message = failure(text)
        #expect(message?.hasPrefix("f.yaml:") == true)
        #expect(message?.contains("\n") == false)
    }

    @Test("a key that is there twice is an error")
    func duplicate() {
        #expect(failure("name: x\nname: y\n")?.contains("twice") == true)
    }

    @Test("a bomb of aliases is refused before it is walked")
    func aliasBomb() {
        var text = "a0: &a0 [1, 1, 1, 1, 1, 1, 1, 1, 1, 1]\n"
        for level in 1...9 {
            let aliases = Array(repeating: "*a\(level - 1)", count: 10).joined(separator: ", ")
            text += "a\(level): &a\(level) [\(aliases)]\n"
        }
        #expect(throws: DocumentError.self) {
            try Document(parsing: text, name: "bomb")
        }
    }

    @Test(
        "deep nesting is refused, not a stack overflow",
        arguments: [
            String(repeating: "[", count: 200_000), String(repeating: "- ", count: 200_000),
            String(repeating: "{a: ", count: 100_000), String(repeating: "? ", count: 200_000),
            (0..<200).map { String(repeating: " ", count: $0) + "a:\n" }.joined(),
        ])
    func depth(text: String) {
        #expect(failure(text)?.contains("nested too deeply") == true)
    }

    @Test("a file that is too large, missing, or not text says so")
    func unreadable() {
        #expect(failure(String(repeating: "#", count: Document.maximumSize + 1))?.contains("larger than") == true)
        #expect(throws: DocumentError.self) { try Document(path: "/nonexistent/file") }
        #expect(throws: DocumentError.self) { try Document(path: "/") }
        #expect(throws: DocumentError.self) { try Document(bytes: [0xFF, 0xFE], name: "x") }
    }
}
