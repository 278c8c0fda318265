/// Why a report is no command.
public enum Malformation: Error, Hashable, Sendable {
    case wrongSize(actual: Int, expected: Int)
    /// The fixed bytes are no command's.
    case unknownCommand
    /// A reply that answers nothing that was asked, or whose result code the profile does not know.
    case unknownReply
    case wrongChecksum(actual: UInt64, expected: UInt64)
    /// Something does not stand as the profile says.
    case unreadable(String)
    /// A report does not go on where its message stopped.
    case brokenOff(String)
}

extension Malformation: CustomStringConvertible {
    public var description: String {
        switch self {
        case .wrongSize(let actual, let expected): "the report has \(actual) bytes, the profile says \(expected)"
        case .unknownCommand: "the fixed bytes of the report are no command's in the profile"
        case .unknownReply: "the fixed bytes or the result code of the report are no reply's in the profile"
        case .wrongChecksum(let actual, let expected):
            "the checksum is \(String(actual, radix: 16)), but the bytes give \(String(expected, radix: 16))"
        case .unreadable(let what), .brokenOff(let what): what
        }
    }
}
