/// What the app tells the SDK's `init()`.
public struct NFCWalletOptions: Hashable, Sendable {
    public var isSupportTransit: Bool
    public var isSupportLockScreenPay: Bool

    public init(isSupportTransit: Bool = false, isSupportLockScreenPay: Bool = false) {
        self.isSupportTransit = isSupportTransit
        self.isSupportLockScreenPay = isSupportLockScreenPay
    }
}
