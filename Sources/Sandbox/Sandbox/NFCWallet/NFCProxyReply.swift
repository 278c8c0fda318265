/// What a proxy brings back, and how long it takes.
public struct NFCProxyReply: Hashable, Sendable {
    /// ``NFCResultCode/success``, or what the SDK's call fails with.
    public var code: NFCResultCode
    /// How long the proxy takes there and back, of virtual time; the server's time is added to it.
    public var delay: Duration

    public init(_ code: NFCResultCode = .success, after delay: Duration = .zero) {
        self.code = code
        self.delay = delay
    }

    /// The wallet's server, or what is behind it, cannot be reached.
    public static let unreachable = NFCProxyReply(.networkException)
    /// The server refuses.
    public static let refused = NFCProxyReply(.provisionFailed)
}
