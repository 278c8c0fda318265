/// What the app's `TransactionListener` is called with.
public enum NFCTransactionEvent: Hashable, Sendable {
    /// `onTransactionStart`.
    case started
    /// `onTransactionComplete`: the phone has said all that it says. Nobody has paid yet.
    case completed(NFCTransactionContext?)
    /// `onTransactionFailed`.
    case failed(NFCResultCode, NFCTransactionInfo?)
    /// `onTransactionAuth`; ``failed(_:_:)`` follows.
    case authenticationNeeded
}
