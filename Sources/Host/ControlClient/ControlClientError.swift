public import ControlAPI
public import Essentials

/// Why a device did not do what a client of its control API asked.
public struct ControlClientError: ReportableError, Hashable {
    public enum Code: RawRepresentable, Hashable, Sendable {
        /// Nobody listens at the address.
        case noDevice
        /// Somebody does, and gave no whole answer.
        case noAnswer
        case answerTooLarge
        /// The answer is no, and why.
        case refused(ProblemCode)
        /// The answer is no, in words that this client does not know.
        case failed

        public init?(rawValue: String) {
            switch rawValue {
            case "no-device-answers": self = .noDevice
            case "no-answer": self = .noAnswer
            case "answer-too-large": self = .answerTooLarge
            case "refused": self = .failed
            default:
                guard let code = ProblemCode(rawValue: rawValue) else { return nil }
                self = .refused(code)
            }
        }

        public var rawValue: String {
            switch self {
            case .noDevice: "no-device-answers"
            case .noAnswer: "no-answer"
            case .answerTooLarge: "answer-too-large"
            case .refused(let code): code.rawValue
            case .failed: "refused"
            }
        }
    }

    public let code: Code
    public let problem: String
    public let remedy: String?

    init(_ code: Code, _ problem: String, remedy: String? = nil) {
        self.code = code
        self.problem = problem
        self.remedy = remedy
    }
}
