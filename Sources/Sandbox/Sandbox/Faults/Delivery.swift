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
    /// A proxy's HTML and HTTP's 502 in its place.
    case badGateway
    /// The connection is reset in its place.
    case reset
}

extension SandboxFault.Effect {
    var delivery: Delivery {
        switch self {
        case .timeout, .lost: .never
        case .slow(let delay): .late(delay)
        case .down: .unavailable
        case .badGateway: .badGateway
        case .reset: .reset
        default: .atOnce
        }
    }
}
