internal import BlueTap

/// Who holds a phone to the device, and what they do.
public struct Customer: Hashable, Sendable {
    /// What happens once the link is open.
    public enum Outcome: String, CaseIterable, Codable, Sendable {
        /// Pays at once.
        case pays
        /// Looks at it for a while, and pays if the link still lives then.
        case paysLater = "pays-later"
        /// The wallet asks for a password first.
        case needsPassword = "needs-password"
        /// The wallet or its owner refuses.
        case declines
        /// Opens the wallet and does nothing.
        case walksAway = "walks-away"
        /// Pays, and holds the phone to the device once more.
        case tapsTwice = "taps-twice"
        /// Opens the link with a wallet that it is not for.
        case wrongWallet = "wrong-wallet"
        /// Comes when the link is dead.
        case arrivesLate = "arrives-late"
        /// Pays, but the answer is a long time on its way: meanwhile nobody knows.
        case losesNetwork = "loses-network"

        /// How long that takes where nobody says how long; nil where nothing takes time.
        public var usualTime: Duration? {
            switch self {
            case .pays, .declines, .walksAway, .wrongWallet: nil
            case .paysLater: .seconds(20)
            case .needsPassword: .seconds(8)
            case .tapsTwice: .seconds(2)
            case .arrivesLate: .seconds(1)
            case .losesNetwork: .seconds(30)
            }
        }

        /// What `paymentPending` says of it; nil where the customer is never waited for.
        public var pendingReason: String? {
            switch self {
            case .paysLater: "the customer takes time"
            case .needsPassword: "the wallet asks for a password"
            case .losesNetwork: "paid, and the network is gone"
            case .pays, .declines, .walksAway, .tapsTwice, .wrongWallet, .arrivesLate: nil
            }
        }

        /// Those that take time, as a list for people.
        static var timed: String {
            allCases.filter { $0.usualTime != nil }.map(\.rawValue).joined(separator: ", ")
        }
    }

    /// Why a wallet refuses. Source: Alipay+, the wallet's answer to `inquiryPayment`.
    public enum Reason: String, CaseIterable, Codable, Sendable {
        case balanceNotEnough = "USER_BALANCE_NOT_ENOUGH"
        case riskReject = "RISK_REJECT"
        case userNotExist = "USER_NOT_EXIST"
        case userStatusAbnormal = "USER_STATUS_ABNORMAL"
        case unavailablePaymentMethod = "UNAVAILABLE_PAYMENT_METHOD"
        case verificationFailed = "USER_PAYMENT_VERIFICATION_FAILED"
        case merchantNotRegistered = "MERCHANT_NOT_REGISTERED"
    }

    /// What events call them.
    public var wallet: String
    public var outcome: Outcome
    /// How long what they do takes; nil: as long as usual.
    public var after: Duration?
    /// Why they decline; nil: because they want to.
    public var reason: Reason?

    public init(
        wallet: String = "wallet", outcome: Outcome = .pays, after: Duration? = nil, reason: Reason? = nil
    ) {
        self.wallet = wallet
        self.outcome = outcome
        self.after = after
        self.reason = reason
    }

    /// The one of that name, who does what they always do; anyone else pays.
    ///
    /// - Parameter outcome: what they do this time instead.
    public init(named name: String, outcome: Outcome? = nil, after: Duration? = nil, reason: Reason? = nil) {
        let known = Self.known.first { $0.wallet == name }
        let usual = outcome == nil || outcome == known?.outcome ? known : nil
        self.init(
            wallet: name, outcome: outcome ?? known?.outcome ?? .pays, after: after ?? usual?.after,
            reason: reason ?? usual?.reason)
    }

    /// Customers with habits.
    public static let known: [Customer] = [
        Customer(wallet: "Alice"),
        Customer(wallet: "Nok", outcome: .needsPassword),
        Customer(wallet: "Somchai", outcome: .paysLater),
        Customer(wallet: "Bob", outcome: .declines, reason: .balanceNotEnough),
        Customer(wallet: "Rita", outcome: .declines, reason: .riskReject),
        Customer(wallet: "Ploy", outcome: .walksAway),
        Customer(wallet: "Krit", outcome: .tapsTwice),
        Customer(wallet: "Yuki", outcome: .wrongWallet),
        Customer(wallet: "Lek", outcome: .arrivesLate),
        Customer(wallet: "Mei", outcome: .losesNetwork),
    ]

    /// What is asked of them that nobody with that outcome does; nil: nothing.
    public var contradiction: String? {
        if after != nil, outcome.usualTime == nil {
            return "who \(outcome.rawValue) does so at once: a time goes with \(Outcome.timed)"
        }
        if reason != nil, outcome != .declines {
            return "a reason goes with \(Outcome.declines.rawValue), not with \(outcome.rawValue)"
        }
        return nil
    }

    /// How long what they do takes.
    var time: Duration { after ?? outcome.usualTime ?? .zero }

    /// The same customer, who has no further surprise.
    var onceMore: Customer { Customer(wallet: wallet) }
}

/// What a customer has still to do.
enum CustomerPlan: Hashable, Sendable {
    /// Holds the phone to the device, for that link: who sees another's does not take it.
    case tap(Customer, LinkToken)
    /// The first in the queue does, if that link is live and nobody has opened it.
    case stepUp(LinkToken)
    /// Pays a link, if it lives.
    case pay(Link, Customer)
    /// Hears that the payment was made.
    case answer(Link, Customer)
}
