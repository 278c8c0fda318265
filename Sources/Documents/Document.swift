internal import SystemPackage
internal import Yams

/// A YAML or JSON file that remembers where each of its keys stands.
///
/// Files are hostile: one that is too long, too deep, or that unfolds to too much is refused before it is walked.
public struct Document {
    /// What errors call it: its path, or a name in angle brackets.
    public let name: String
    let root: Node

    /// Longest file, in bytes.
    public static let maximumSize = 1 << 20
    /// Most nodes that a file may unfold to through its aliases.
    static let maximumNodes = 200_000

    public init(parsing text: String, name: String) throws(DocumentError) {
        self.name = name
        guard text.utf8.count <= Self.maximumSize else {
            throw DocumentError(whole: name, "the file is larger than \(Self.maximumSize) bytes")
        }
        if let line = Self.lineThatNestsTooDeeply(text) {
            throw DocumentError(file: name, line: line, column: nil, key: "", reason: "nested too deeply")
        }
        let node: Node?
        do {
            node = try Yams.compose(yaml: text)
        } catch let error as YamlError {
            throw DocumentError(error, file: name)
        } catch {
            throw DocumentError(whole: name, String(describing: error))
        }
        guard let node else { throw DocumentError(whole: name, "the file is empty") }
        root = node
    }

    public init(bytes: some Collection<UInt8>, name: String) throws(DocumentError) {
        guard let text = String(validating: bytes, as: UTF8.self) else {
            throw DocumentError(whole: name, "the file is not UTF-8 text")
        }
        try self.init(parsing: text, name: name)
    }

    /// Reads a file.
    public init(path: String) throws(DocumentError) {
        do {
            let descriptor = try FileDescriptor.open(FilePath(path), .readOnly)
            let bytes = try descriptor.closeAfter {
                var bytes: [UInt8] = []
                var chunk = [UInt8](repeating: 0, count: 65_536)
                while bytes.count <= Self.maximumSize {
                    let count = try chunk.withUnsafeMutableBytes { try descriptor.read(into: $0) }
                    if count == 0 { break }
                    bytes += chunk[..<count]
                }
                return bytes
            }
            try self.init(bytes: bytes, name: path)
        } catch let error as DocumentError {
            throw error
        } catch {
            throw DocumentError(whole: path, "cannot be read: \(error)")
        }
    }

    /// Checks the document against a schema; what is wrong first is thrown.
    public func validate(against schema: Schema) throws(DocumentError) {
        var validator = Validator(schema: schema, document: self)
        try validator.validate()
    }

    /// Decodes a document that was validated.
    public func decode<Value: Decodable>(_ type: Value.Type = Value.self) throws(DocumentError) -> Value {
        do {
            return try YAMLDecoder().decode(type, from: root)
        } catch let error as DecodingError {
            let (context, missing) = error.contextAndMissingKey
            let path = context.codingPath.map { key in
                key.intValue.map(DocumentStep.index) ?? .key(key.stringValue)
            }
            throw self.error(at: path + missing, context.debugDescription)
        } catch {
            throw DocumentError(whole: name, String(describing: error))
        }
    }

    /// An error about the value at `path`, or about the nearest one that the document has.
    public func error(at path: [DocumentStep], _ reason: String) -> DocumentError {
        var node = root
        for step in path {
            switch (step, node) {
            case (.key(let key), .mapping(let mapping)):
                guard let value = mapping[key] else { return error(node, path, reason) }
                node = value
            case (.index(let index), .sequence(let sequence)) where sequence.indices.contains(index):
                node = sequence[index]
            default: return error(node, path, reason)
            }
        }
        return error(node, path, reason)
    }

    func error(_ node: Node, _ path: [DocumentStep], _ reason: String) -> DocumentError {
        DocumentError(
            file: name, line: node.mark?.line, column: node.mark?.column, key: path.text, reason: reason)
    }

    /// The first line behind which the parser, which is recursive, would need too much stack.
    ///
    /// Counts on the safe side: in block style a level costs at least one leading character of a line, in flow style one
    /// bracket.
    private static func lineThatNestsTooDeeply(_ text: String) -> Int? {
        let limit = 100
        var line = 1
        var flowDepth = 0
        var leading = 0
        var isLeading = true
        for byte in text.utf8 {
            switch byte {
            case UInt8(ascii: "\n"):
                line += 1
                leading = 0
                isLeading = true
                continue
            case UInt8(ascii: "["), UInt8(ascii: "{"): flowDepth += 1
            case UInt8(ascii: "]"), UInt8(ascii: "}"): flowDepth = max(0, flowDepth - 1)
            case UInt8(ascii: " "), UInt8(ascii: "\t"), UInt8(ascii: "-"), UInt8(ascii: "?"), UInt8(ascii: ":"):
                if isLeading { leading += 1 }
                if leading > limit { return line }
                continue
            default: break
            }
            isLeading = false
            if flowDepth > limit { return line }
        }
        return nil
    }
}

extension DocumentError {
    fileprivate init(_ error: YamlError, file: String) {
        switch error {
        case .scanner(let context, let problem, let mark, _), .parser(let context, let problem, let mark, _),
            .composer(let context, let problem, let mark, _):
            let reason = context.map { "\(problem) (\($0.text))" } ?? problem
            self.init(
                file: file, line: mark.line, column: mark.column, key: "",
                reason: reason.split(whereSeparator: \.isNewline).joined(separator: " "))
        case .duplicatedKeysInMapping(let duplicates, let context):
            self.init(
                file: file, line: context.mark.line, column: context.mark.column, key: "",
                reason: "the key is there twice: \(duplicates.map(\.description).sorted().joined(separator: ", "))")
        default:
            let reason = "\(error)".split(whereSeparator: \.isNewline).joined(separator: " ")
            self.init(whole: file, reason)
        }
    }
}

extension DecodingError {
    fileprivate var contextAndMissingKey: (Context, [DocumentStep]) {
        switch self {
        case .typeMismatch(_, let context), .valueNotFound(_, let context), .dataCorrupted(let context):
            return (context, [])
        case .keyNotFound(let key, let context):
            return (context, [.key(key.stringValue)])
        @unknown default:
            return (Context(codingPath: [], debugDescription: "cannot be decoded"), [])
        }
    }
}
