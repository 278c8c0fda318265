public import Essentials

/// What is wrong with a file, and where.
public struct DocumentError: ReportableError, Hashable {
    public enum Code: String, Sendable {
        case notValid = "document-not-valid"
    }

    public let code = Code.notValid
    public let file: String
    /// From 1; nil where the whole file is meant.
    public let line: Int?
    public let column: Int?
    /// The key at fault, `commands.pay[3].size`; empty for the whole file.
    public let key: String
    /// One line.
    public let reason: String

    init(file: String, line: Int?, column: Int?, key: String, reason: String) {
        self.file = file
        self.line = line
        self.column = column
        self.key = key.printable
        self.reason = reason.printable
    }

    /// The whole file is at fault.
    public init(whole file: String, _ reason: String) {
        self.init(file: file, line: nil, column: nil, key: "", reason: reason)
    }
}

extension DocumentError {
    /// `FILE:LINE:COLUMN: KEY: REASON`, which editors and terminals make a link of.
    public var problem: String {
        var text = file
        if let line { text += ":\(line)" }
        if line != nil, let column { text += ":\(column)" }
        if !key.isEmpty { text += ": \(key)" }
        return "\(text): \(reason)"
    }

    public var description: String { problem }
}

/// A step from a document's root: a mapping's key, or a position in a list from 0.
public enum DocumentStep: Hashable, Sendable {
    case key(String)
    case index(Int)
}

extension [DocumentStep] {
    /// `commands.pay[3].size`
    var text: String {
        reduce(into: "") { text, step in
            switch step {
            case .key(let name):
                let name = name.isEmpty ? "\"\"" : name.count > 60 ? name.prefix(60) + "…" : name
                text += text.isEmpty ? name : ".\(name)"
            case .index(let index): text += "[\(index)]"
            }
        }
    }
}
