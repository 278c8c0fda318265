/// A message that the profile's reports cannot carry.
public enum EncodingError: Error, Hashable, Sendable {
    case doesNotFit(field: FieldLayout.Value, value: String, limit: String)
    /// The field has no way to say that nothing was given.
    case required(field: FieldLayout.Value)
    /// The text is empty, or ends like the field's padding.
    case looksLikePadding(field: FieldLayout.Value)
    /// The text has what stands between fields, and the profile no way to tell them apart.
    case containsSeparator(field: FieldLayout.Value?)
    /// So many bytes are more than a report or a length can carry.
    case tooLong(Int)
    case tooShort
    /// The profile has no such message.
    case noLayout
}

extension EncodingError: CustomStringConvertible {
    public var description: String {
        switch self {
        case .doesNotFit(let field, let value, let limit):
            "\(field.rawValue) \"\(value)\" does not fit in the profile's field of \(limit)"
        case .required(let field): "the profile's reports need \(field.rawValue)"
        case .looksLikePadding(let field):
            "\(field.rawValue) is empty or ends like the profile's padding: leave it out, or give it without"
        case .containsSeparator(let field):
            "\(field?.rawValue ?? "a field") has a byte that separates fields in the profile, which knows no escape"
        case .tooLong(let count): "\(count) bytes are more than the profile's reports carry"
        case .tooShort: "the message is shorter than what the profile's checksum or length covers"
        case .noLayout: "the profile has no layout for this message"
        }
    }
}
