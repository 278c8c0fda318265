public import BlueTap

/// What a device says between "received" and its reply: that it is at work, mostly, as often as it likes.
public struct ReplyStep: Hashable, Sendable {
    /// The layout for each command, device to host. A command without has no such step.
    public var messages: [Command.Kind: MessageLayout]
    /// How often this device says it.
    public var count: Int
    /// How often a device may say it.
    public var known: ClosedRange<Int>
    /// The running number of the first.
    public var first: Int

    public init(
        messages: [Command.Kind: MessageLayout], count: Int = 1, known: ClosedRange<Int>? = nil, first: Int = 0
    ) {
        self.messages = messages
        self.count = count
        self.known = known ?? count...count
        self.first = first
    }
}

extension ReplyStep: Decodable {
    private enum Key: String, CodingKey {
        case messages, count, least, most, first
    }

    public init(from decoder: any Decoder) throws {
        let container = try decoder.container(keyedBy: Key.self)
        let count = try container.decodeIfPresent(Int.self, forKey: .count) ?? 1
        let least = try container.decodeIfPresent(Int.self, forKey: .least) ?? count
        let most = try container.decodeIfPresent(Int.self, forKey: .most) ?? count
        guard least <= count, count <= most else {
            throw DecodingError.dataCorruptedError(
                forKey: .count, in: container, debugDescription: "\(count) is not from \(least) to \(most)")
        }
        self.init(
            messages: try container.decodeKeyed(MessageLayout.self, forKey: .messages), count: count,
            known: least...most, first: try container.decodeIfPresent(Int.self, forKey: .first) ?? 0)
    }
}
