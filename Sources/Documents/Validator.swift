internal import Yams

/// Walks a document and its schema side by side and stops at the first value that does not fit.
struct Validator {
    let schema: Schema
    let document: Document
    private var nodesLeft = Document.maximumNodes

    init(schema: Schema, document: Document) {
        self.schema = schema
        self.document = document
    }

    mutating func validate() throws(DocumentError) {
        try validate(document.root, against: schema.root, path: [])
    }

    private mutating func validate(
        _ node: Node, against rule: Node, path: [DocumentStep]
    ) throws(DocumentError) {
        nodesLeft -= 1
        guard nodesLeft > 0 else { throw document.error(node, path, "the file unfolds to too many values") }
        let rule = schema.resolve(rule)
        switch rule["type"]?.string {
        case "object": try validateMapping(node, rule, path)
        case "array": try validateList(node, rule, path)
        case "string": try validateText(node, rule, path)
        case "integer": try validateInteger(node, rule, path)
        case "boolean":
            guard node.bool != nil else { throw document.error(node, path, "must be true or false") }
        default: break
        }
    }

    private mutating func validateMapping(_ node: Node, _ rule: Node, _ path: [DocumentStep]) throws(DocumentError) {
        guard case .mapping(let mapping) = node else {
            throw document.error(node, path, "must be a mapping of keys to values")
        }
        let properties = rule["properties"]
        for (key, value) in mapping {
            guard let name = key.string else { throw document.error(key, path, "a key must be text") }
            let path = path + [.key(name)]
            if let property = properties?[name] {
                try validate(value, against: property, path: path)
            } else if let additional = rule["additionalProperties"], additional.bool == nil {
                try validate(value, against: additional, path: path)
            } else {
                let known = (properties?.mapping?.keys.compactMap(\.string) ?? []).joined(separator: ", ")
                throw document.error(key, path, "unknown key; known here: \(known)")
            }
        }
        for name in strings(rule["required"]) where mapping[name] == nil {
            throw document.error(node, path + [.key(name)], "is missing")
        }
        for (key, needed) in rule["dependentRequired"]?.mapping ?? [:] {
            guard let key = key.string, let value = mapping[key] else { continue }
            let needed = strings(needed)
            if !needed.contains(where: { mapping[$0] != nil }) {
                throw document.error(
                    value, path + [.key(key)], "means nothing without \(needed.joined(separator: " or "))")
            }
        }
        if let alternatives = rule["oneOf"]?.sequence {
            let names = alternatives.compactMap { strings($0["required"]).first }
            let present = names.filter { mapping[$0] != nil }
            if present.count != 1 {
                let found = present.isEmpty ? "none is there" : "there are \(present.joined(separator: " and "))"
                throw document.error(
                    node, path, "exactly one of \(names.joined(separator: ", ")) is needed; \(found)")
            }
        }
    }

    private mutating func validateList(_ node: Node, _ rule: Node, _ path: [DocumentStep]) throws(DocumentError) {
        guard case .sequence(let list) = node else { throw document.error(node, path, "must be a list") }
        if let minimum = rule["minItems"]?.int, list.count < minimum {
            throw document.error(node, path, "must have at least \(minimum) entries")
        }
        if let maximum = rule["maxItems"]?.int, list.count > maximum {
            throw document.error(node, path, "must have at most \(maximum) entries")
        }
        guard let items = rule["items"] else { return }
        for (index, item) in list.enumerated() {
            try validate(item, against: items, path: path + [.index(index)])
        }
    }

    private func validateText(_ node: Node, _ rule: Node, _ path: [DocumentStep]) throws(DocumentError) {
        // Any scalar will do, so that text that looks like a number needs no quotes: it keeps its spelling.
        guard case .scalar(let scalar) = node, node.null == nil || scalar.style != .plain else {
            throw document.error(node, path, "must be text")
        }
        let text = scalar.string
        let allowed = strings(rule["enum"])
        if !allowed.isEmpty && !allowed.contains(text) {
            throw document.error(
                node, path, "\"\(shortened(text))\" is not one of \(allowed.joined(separator: ", "))")
        }
        if let minimum = rule["minLength"]?.int, text.unicodeScalars.count < minimum {
            throw document.error(node, path, "must have at least \(minimum) characters")
        }
        if let maximum = rule["maxLength"]?.int, text.unicodeScalars.count > maximum {
            throw document.error(node, path, "must have at most \(maximum) characters")
        }
        if let pattern = rule["pattern"]?.string {
            guard let regex = try? Regex(pattern) else { preconditionFailure("\(pattern) is no regular expression") }
            if (try? regex.firstMatch(in: text)) == nil {
                let hint = rule["description"]?.string ?? "must match \(pattern)"
                throw document.error(node, path, "\"\(shortened(text))\" does not fit: \(hint)")
            }
        }
    }

    private func validateInteger(_ node: Node, _ rule: Node, _ path: [DocumentStep]) throws(DocumentError) {
        guard let number = node.int else { throw document.error(node, path, "must be a whole number") }
        if let minimum = rule["minimum"]?.int, number < minimum {
            throw document.error(node, path, "\(number) is less than \(minimum)")
        }
        if let maximum = rule["maximum"]?.int, number > maximum {
            throw document.error(node, path, "\(number) is more than \(maximum)")
        }
    }

    private func strings(_ node: Node?) -> [String] {
        node?.sequence?.compactMap(\.string) ?? []
    }

    private func shortened(_ text: String) -> String {
        let line = text.prefix(40).map { $0.isNewline ? " " : String($0) }.joined()
        return text.count > 40 ? line + "…" : line
    }
}
