/// How often a fault happens, as people write it: `always`, or a number.
public enum FaultCount: Hashable, Sendable {
    case always
    case times(Int)
}

extension FaultCount: Codable {
    public init(from decoder: any Decoder) throws {
        let container = try decoder.singleValueContainer()
        if let times = try? container.decode(Int.self) {
            self = .times(times)
            return
        }
        let text = try container.decode(String.self)
        if text == "always" {
            self = .always
        } else if let times = Int(text) {
            self = .times(times)
        } else {
            throw DecodingError.dataCorruptedError(in: container, debugDescription: "must be a number or `always`")
        }
    }

    public func encode(to encoder: any Encoder) throws {
        var container = encoder.singleValueContainer()
        switch self {
        case .always: try container.encode("always")
        case .times(let times): try container.encode(times)
        }
    }
}
