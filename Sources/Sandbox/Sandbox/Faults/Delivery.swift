internal import SandboxFaults

/// How an answer goes out.
public enum Delivery: Hashable, Sendable {
    case atOnce
    /// So much later, in the sandbox's time.
    case late(Duration)
    /// Not at all: whoever waits for it gives up.
    case never
    /// HTTP's 503 in its place.
    case unavailable
}

extension SandboxFault.Effect {
    var delivery: Delivery {
        switch self {
        case .timeout, .lost: .never
        case .slow(let delay): .late(delay)
        case .down: .unavailable
        default: .atOnce
        }
    }
}
