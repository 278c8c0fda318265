/// A refusal of the control API, as RFC 9457 has it: `application/problem+json`.
public struct ProblemDetails: Codable, Hashable, Sendable {
    public var status: Int
    /// The status in words.
    public var title: String
    /// One line that says what to do.
    public var detail: String
    /// A ``ProblemCode``, for programs.
    public var code: String

    public init(status: Int, title: String, detail: String, code: String) {
        self.status = status
        self.title = title
        self.detail = detail
        self.code = code
    }
}
