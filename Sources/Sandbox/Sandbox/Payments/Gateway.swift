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
    /// Source: Alipay+ tells what a payment came to, success or failure, and what a refund did that names an address; the
    /// legacy gateway's `notify_action_type` has a word for closing and reversing as well.
    func tells(_ kind: Change.Kind) -> Bool {
        switch kind {
        case .paid, .failed, .closed, .refunded: true
        case .cancelled, .reversed, .finished: self == .legacy
        case .created, .returned, .notificationSent, .notificationFailed, .notificationAcknowledged,
            .notificationGivenUp, .deposited, .adjusted, .orderPaidAgain, .codeRefused, .warned, .linkRefused,
            .registered:
            false
        }
    }
}
