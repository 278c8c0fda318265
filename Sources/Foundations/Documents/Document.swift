internal import SystemPackage

/// A YAML or JSON file that remembers where each of its values stands.
public struct Document: Sendable {
    /// What errors call it: its path, or a name in angle brackets.
    public let name: String
    let root: Node

    /// Longest file, in bytes.
    public static let maximumSize = 1 << 20

    public init(bytes: some Collection<UInt8>, name: String) throws(DocumentError) {
        self.name = name
        guard bytes.count <= Self.maximumSize else {
            throw DocumentError(whole: name, "the file is larger than \(Self.maximumSize) bytes")
        }
        guard String(validating: bytes, as: UTF8.self) != nil else {
            // Lines are good or not by themselves: no character has a line feed's byte in it.
            let lines = bytes.split(separator: UInt8(ascii: "\n"), omittingEmptySubsequences: false)
            let line = lines.firstIndex { String(validating: $0, as: UTF8.self) == nil }
            throw DocumentError(
                file: name, line: line.map { $0 + 1 }, column: nil, key: "", reason: "the line is not UTF-8 text")
        }
        var parser = try NodeParser(Array(bytes), file: name)
        root = try parser.parse()
    }

    public init(parsing text: String, name: String) throws(DocumentError) {
        try self.init(bytes: text.utf8, name: name)
    }

    /// Reads a file.
    public init(path: String) throws(DocumentError) {
        let bytes: [UInt8]
        do {
            bytes = try WholeFile.read(path, atMost: Self.maximumSize)
        } catch {
            throw DocumentError(whole: path, "cannot be read: \(error)")
        }
        try self.init(bytes: bytes, name: path)
    }

    /// An error about the value at `path`, or about the nearest one above it that the document has.
    public func error(at path: [DocumentStep], _ reason: String) -> DocumentError {
        var node = root
        search: for step in path {
            switch step {
            case .key(let key):
                guard let value = node[key] else { break search }
                node = value
            case .index(let index):
                guard let items = node.list, items.indices.contains(index) else { break search }
                node = items[index]
            }
        }
        return error(node, path, reason)
    }

    func error(_ node: Node, _ path: [DocumentStep], _ reason: String) -> DocumentError {
        DocumentError(file: name, line: node.line, column: node.column, key: path.text, reason: reason)
    }
}
