/// How often the SDK asks whether a server is done: one pair of `nfc_issue_config`.
///
/// Source: Alipay+, "Environment configurations": 0 times and 25 ms unless configured. What 0 means is not public: see
/// ``NFCWalletSettings/isUnpolledAnswerHeld``.
public struct NFCPolling: Hashable, Sendable {
    public var times: Int
    /// In milliseconds.
    public var interval: Int

    public init(times: Int = 0, interval: Int = 25) {
        self.times = times
        self.interval = interval
    }

    /// Bounds are chosen: none are public.
    var isValid: Bool { (0...1000).contains(times) && (1...600_000).contains(interval) }
}
