internal import Synchronization

/// A proxy that keeps what went through it, and answers as it is told.
public final class RecordingProxy: NFCRequestProxy {
    private let recorded = Mutex<[NFCRequest]>([])
    private let reply: @Sendable (NFCRequest) -> NFCProxyReply

    public init(_ reply: @escaping @Sendable (NFCRequest) -> NFCProxyReply = { _ in NFCProxyReply() }) {
        self.reply = reply
    }

    /// Oldest first.
    public var requests: [NFCRequest] { recorded.withLock { $0 } }

    public func forward(_ request: NFCRequest) -> NFCProxyReply {
        recorded.withLock { $0.append(request) }
        return reply(request)
    }
}
