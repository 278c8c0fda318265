/// Which API a payment was asked for by, and with it what its client is told, and in which words.
public enum Gateway: String, CaseIterable, Sendable {
    /// Alipay+'s API for acquirers.
    case alipayPlus
    /// Antom's API for merchants.
    case antom
    /// The legacy gateway, `gateway.do`.
    case legacy

    /// Whether a client is told of such a change.
    ///
    /// Source: Alipay+ tells what a payment came to, success or failure, and not what the client did itself; the legacy
    /// gateway's `notify_action_type` has a word for closing, reversing and refunding as well.
    func tells(_ kind: Change.Kind) -> Bool {
        switch kind {
        case .paid, .failed, .closed: true
        case .cancelled, .reversed, .refunded, .finished: self == .legacy
        case .created, .returned, .notificationSent, .notificationFailed, .notificationAcknowledged,
            .notificationGivenUp, .deposited,
            .adjusted:
            false
        }
    }
}
