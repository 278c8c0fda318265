/// A length of time in a file or a request: a number of seconds, or a text such as `1m30s`.
public struct TextualDuration: Codable, Hashable, Sendable {
    public var duration: Duration

    public init(_ duration: Duration) {
        self.duration = duration
    }

    public init(from decoder: any Decoder) throws {
        let container = try decoder.singleValueContainer()
        let duration =
            if let seconds = try? container.decode(Double.self) {
                Duration(finiteSeconds: seconds)
            } else {
                Duration(text: try container.decode(String.self))
            }
        guard let duration else {
            throw DecodingError.dataCorruptedError(
                in: container, debugDescription: "must be a length of time up to 100 years: 900, 900s, 1h30m, 250ms")
        }
        self.duration = duration
    }

    public func encode(to encoder: any Encoder) throws {
        var container = encoder.singleValueContainer()
        try container.encode(duration.inSeconds)
    }
}
