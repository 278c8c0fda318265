/// What the SDK's `isPaymentAvailable()` answers.
///
/// Source: Alipay+, "Token deletion". The numbers are documented, the names are not.
public enum NFCTokenStatus: Int, CaseIterable, Sendable {
    case whiteBoxCrashed = -3
    case disconnected = -2
    case queryFailed = -1
    case absent = 0
    /// There is a card, but nothing left to pay with.
    case withoutCredentials = 1
    case payable = 2
    case locked = 3
    case activating = 11
    /// Activated silently: the user has yet to agree.
    case unconfirmed = 21

    /// Whether `deleteToken` is allowed.
    public var isDeletable: Bool {
        switch self {
        case .withoutCredentials, .payable, .locked: true
        case .whiteBoxCrashed, .disconnected, .queryFailed, .absent, .activating, .unconfirmed: false
        }
    }
}
