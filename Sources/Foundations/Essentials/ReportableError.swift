/// An error that reaches users: programs match its code, people read the rest.
public protocol ReportableError: Error, Sendable, CustomStringConvertible {
    associatedtype Code: RawRepresentable<String>, Hashable, Sendable

    /// What kind of failure it is, in kebab case; the same text means the same in every version.
    var code: Code { get }
    /// What failed, and which thing: a clause.
    var problem: String { get }
    /// What to do about it: a clause; nil where the problem says so already.
    var remedy: String? { get }
}

extension ReportableError {
    public var remedy: String? { nil }

    /// One line.
    public var description: String { remedy.map { "\(problem): \($0)" } ?? problem }

    /// The code as programs outside read it.
    public var codeText: String { code.rawValue }
}
