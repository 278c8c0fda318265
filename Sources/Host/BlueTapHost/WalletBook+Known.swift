internal import Emulator
internal import Sandbox

extension WalletBook {
    /// The device's customers with habits, as a gateway that is given their codes sees them.
    static let known = WalletBook(
        Customer.known.map { customer in
            let delay = customer.after ?? customer.outcome.usualTime ?? .zero
            let behaviour: SimulatedWallet.Behaviour =
                switch customer.outcome {
                case .pays, .tapsTwice: .pays
                case .paysLater, .needsPassword, .losesNetwork: .paysLater(delay)
                case .declines: .declines((customer.reason ?? .verificationFailed).rawValue)
                case .wrongWallet: .declines(Customer.Reason.unavailablePaymentMethod.rawValue)
                case .walksAway, .arrivesLate: .ignores
                }
            return SimulatedWallet(name: customer.wallet, behaviour: behaviour)
        })
}
