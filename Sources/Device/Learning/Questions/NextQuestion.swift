public import BlueTap

/// What to send next, so that the samples tell more.
public struct NextQuestion: Hashable, Sendable, CustomStringConvertible {
    /// What to do: "send a pay with the method SEVEN_11 and without an amount".
    public var request: String
    /// What the answer would tell.
    public var reason: String
    /// What is certain so far, where not all is explained: "bytes 5–8 change with every message: a clock, a nonce, …".
    public internal(set) var known: [String] = []
    /// The commands to send, in their order; none where no single one would tell more.
    public var commands: [Command]
    /// What the device should answer, where that matters.
    public var result: ResultCode?

    /// Whether no single command would tell more.
    public var isLast: Bool { commands.isEmpty }

    /// "send the same pay twice: bytes 5–8 change with every pay"
    public var description: String { "\(request): \(reason)" }
}
