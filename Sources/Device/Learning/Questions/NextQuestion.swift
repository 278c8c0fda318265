public import BlueTap

/// What to send next, so that the samples tell more.
public struct NextQuestion: Hashable, Sendable, CustomStringConvertible {
    /// What to do: "send a pay with the method SEVEN_11 and without an amount".
    public var request: String
    /// What is known, and what the answer would tell.
    public var reason: String
    /// The commands to send, in their order; none where nothing that is sent would tell more.
    public var commands: [Command]
    /// What the device should answer, where that matters.
    public var result: ResultCode?

    /// Whether nothing that is sent would tell more.
    public var isLast: Bool { commands.isEmpty }

    /// "send the same pay twice: bytes 5–8 change with every pay"
    public var description: String { "\(request): \(reason)" }
}
