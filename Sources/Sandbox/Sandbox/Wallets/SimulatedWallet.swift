/// A customer's wallet, which answers every payment in its own way.
public struct SimulatedWallet: Hashable, Sendable {
    public enum Behaviour: Hashable, Sendable {
        case pays
        /// Refuses with a code of Alipay+.
        case declines(String)
        /// Pays after a while; until then nobody knows.
        case paysLater(Duration)
        /// Does nothing.
        case ignores
    }

    public var name: String
    public var behaviour: Behaviour

    public init(name: String, behaviour: Behaviour = .pays) {
        self.name = name
        self.behaviour = behaviour
    }
}

/// The wallets there are. Never empty.
public struct WalletBook: Hashable, Sendable {
    public let wallets: [SimulatedWallet]

    public init(_ wallets: [SimulatedWallet]) {
        self.wallets = wallets.isEmpty ? [SimulatedWallet(name: "wallet")] : wallets
    }

    public subscript(_ name: String) -> SimulatedWallet? { wallets.first { $0.name == name } }

    /// Whose payment code this is: the last two digits count the wallets from 0. All others are the first's.
    public func owner(of code: PaymentCode) -> SimulatedWallet {
        wallets.indices.contains(code.owner) ? wallets[code.owner] : wallets[0]
    }
}
