public import Essentials

/// A message that the profile's reports cannot carry.
public enum EncodingError: ReportableError, Hashable {
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
    /// Bytes that are repeated are more, or fewer, than their field has.
    case opaqueDoesNotFit(name: String, size: Int)
    /// The profile has no such message.
    case noLayout
}

extension EncodingError {
    public enum Code: String, Sendable {
        case doesNotFit = "does-not-fit"
        case required = "field-required"
        case looksLikePadding = "looks-like-padding"
        case containsSeparator = "contains-separator"
        case tooLong = "message-too-long"
        case tooShort = "message-too-short"
        case noLayout = "no-layout"
    }

    public var code: Code {
        switch self {
        case .doesNotFit, .opaqueDoesNotFit: .doesNotFit
        case .required: .required
        case .looksLikePadding: .looksLikePadding
        case .containsSeparator: .containsSeparator
        case .tooLong: .tooLong
        case .tooShort: .tooShort
        case .noLayout: .noLayout
        }
    }

    public var problem: String {
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
        case .opaqueDoesNotFit(let name, let size): "\(name) has other than the \(size) bytes of its field"
        case .noLayout: "the profile has no layout for this message"
        }
    }
}
