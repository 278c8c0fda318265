internal import Essentials

/// Walks a document and its schema side by side, stops at the first value that does not fit, and writes the document
/// down as JSON on the way, each scalar as what the schema says it is.
struct Validator {
    let schema: Schema
    let document: Document
    private var json = ""

    init(schema: Schema, document: Document) {
        self.schema = schema
        self.document = document
    }

    /// The document as JSON.
    mutating func validate() throws(DocumentError) -> String {
        try validate(document.root, against: schema.root, path: [])
        return json
    }

    private mutating func validate(
        _ node: Node, against rule: Node, path: [DocumentStep]
    ) throws(DocumentError) {
        let rule = schema.resolve(rule)
        switch rule["type"]?.text {
        case "object": try validateMapping(node, rule, path)
        case "array": try validateList(node, rule, path)
        case "string": try validateText(node, rule, path)
        case "integer": try validateInteger(node, rule, path)
        case "number":
            guard let text = node.text, let value = Double(text), value.isFinite else {
                throw document.error(node, path, "must be a number")
            }
            if let minimum = rule["minimum"]?.text.flatMap(Double.init), value < minimum {
                throw document.error(node, path, "must be at least \(minimum)")
            }
            if let maximum = rule["maximum"]?.text.flatMap(Double.init), value > maximum {
                throw document.error(node, path, "must be at most \(maximum)")
            }
            json += "\(value)"
        case "boolean":
            guard let value = node.bool else { throw document.error(node, path, "must be true or false") }
            json += value ? "true" : "false"
        default: preconditionFailure("a rule of a shipped schema has no type that is known: \(path.text)")
        }
    }

    private mutating func validateMapping(_ node: Node, _ rule: Node, _ path: [DocumentStep]) throws(DocumentError) {
        guard let members = node.mapping else {
            throw document.error(node, path, "must be a mapping of keys to values")
        }
        let properties = rule["properties"]
        json += "{"
        for (index, (key, value)) in members.enumerated() {
            let name = key.text ?? ""
            let path = path + [.key(name)]
            let property = properties?[name] ?? rule["additionalProperties"].flatMap { $0.mapping == nil ? nil : $0 }
            guard let property else {
                let known = (properties?.mapping ?? []).compactMap(\.key.text).joined(separator: ", ")
                throw document.error(key, path, "unknown key; known here: \(known)")
            }
            if index > 0 { json += "," }
            write(name)
            json += ":"
            try validate(value, against: property, path: path)
        }
        json += "}"
        for name in texts(rule["required"]) where node[name] == nil {
            throw document.error(node, path + [.key(name)], "is missing")
        }
        for (key, needed) in rule["dependentRequired"]?.mapping ?? [] {
            guard let name = key.text, let value = node[name] else { continue }
            let needed = texts(needed)
            if !needed.contains(where: { node[$0] != nil }) {
                throw document.error(
                    value, path + [.key(name)], "means nothing without \(needed.joined(separator: " or "))")
            }
        }
        if let alternatives = rule["oneOf"]?.list {
            let names = alternatives.compactMap { texts($0["required"]).first }
            let present = names.filter { node[$0] != nil }
            if present.count != 1 {
                let found = present.isEmpty ? "none is there" : "there are \(present.joined(separator: " and "))"
                throw document.error(
                    node, path, "exactly one of \(names.joined(separator: ", ")) is needed; \(found)")
            }
        }
    }

    private mutating func validateList(_ node: Node, _ rule: Node, _ path: [DocumentStep]) throws(DocumentError) {
        guard let items = node.list else { throw document.error(node, path, "must be a list") }
        if let minimum = rule["minItems"]?.integer, items.count < minimum {
            throw document.error(node, path, "must have at least \(minimum) entries")
        }
        if let maximum = rule["maxItems"]?.integer, items.count > maximum {
            throw document.error(node, path, "must have at most \(maximum) entries")
        }
        guard let itemRule = rule["items"] else { preconditionFailure("a list of a shipped schema has no rule") }
        json += "["
        for (index, item) in items.enumerated() {
            if index > 0 { json += "," }
            try validate(item, against: itemRule, path: path + [.index(index)])
        }
        json += "]"
    }

    private mutating func validateText(_ node: Node, _ rule: Node, _ path: [DocumentStep]) throws(DocumentError) {
        // Any scalar will do, so that text that looks like a number needs no quotes: it keeps its spelling.
        guard let text = node.text, !node.isNull else { throw document.error(node, path, "must be text") }
        let allowed = texts(rule["enum"])
        if !allowed.isEmpty && !allowed.contains(text) {
            throw document.error(
                node, path,
                "\"\(shortened(text))\" is not one of \(allowed.joined(separator: ", "))"
                    + NearestName.hint(text, among: allowed))
        }
        if let minimum = rule["minLength"]?.integer, text.unicodeScalars.count < minimum {
            throw document.error(node, path, "must have at least \(minimum) characters")
        }
        if let maximum = rule["maxLength"]?.integer, text.unicodeScalars.count > maximum {
            throw document.error(node, path, "must have at most \(maximum) characters")
        }
        if let pattern = rule["pattern"]?.text {
            guard let regex = try? Regex(pattern) else { preconditionFailure("\(pattern) is no regular expression") }
            if (try? regex.firstMatch(in: text)) == nil {
                let hint = rule["description"]?.text ?? "must match \(pattern)"
                throw document.error(node, path, "\"\(shortened(text))\" does not fit: \(hint)")
            }
        }
        write(text)
    }

    private mutating func validateInteger(_ node: Node, _ rule: Node, _ path: [DocumentStep]) throws(DocumentError) {
        guard let number = node.integer else { throw document.error(node, path, "must be a whole number") }
        if let minimum = rule["minimum"]?.integer, number < minimum {
            throw document.error(node, path, "\(number) is less than \(minimum)")
        }
        if let maximum = rule["maximum"]?.integer, number > maximum {
            throw document.error(node, path, "\(number) is more than \(maximum)")
        }
        json += String(number)
    }

    private mutating func write(_ text: String) { json += text.jsonLiteral }

    private func texts(_ node: Node?) -> [String] {
        node?.list?.compactMap(\.text) ?? []
    }

    private func shortened(_ text: String) -> String {
        text.count > 40 ? text.prefix(40) + "…" : text
    }
}
