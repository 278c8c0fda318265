public import SandboxFaults

/// What a scenario asks of the payment sandbox beside its device.
public enum SandboxRequest: Hashable, Sendable {
    /// The gateways do this wrong from now on.
    case fault(SandboxFault)
    case clearFaults
    /// A wallet has so many smallest units from now on, and spends no more; nil: of the sandbox's currency.
    case deposit(Int64, currency: String?, wallet: String)
    /// A wallet's owner allows an app to ask who that is: this code is worth a token. Nil: the sandbox's app.
    case authorize(code: String, app: String?, wallet: String, life: Duration)
}
