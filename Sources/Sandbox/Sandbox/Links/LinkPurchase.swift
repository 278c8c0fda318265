public import BlueTap

/// What a customer did with a device's link, whom USB tells nothing of it.
public struct LinkPurchase: Hashable, Sendable {
    public enum Deed: Hashable, Sendable {
        case paid
        /// The wallet refused, with a code of Alipay+ or in other words.
        case refused(String)
    }

    /// Names the link among all.
    public var link: String
    /// The POS's name of what is sold; nil: it gave none.
    public var orderID: String?
    /// As the POS gave it, in currency units; nil: it gave none, and the customer typed it.
    public var amount: String?
    public var wallet: String
    public var deed: Deed
    public var time: Instant

    public init(
        link: String, orderID: String?, amount: String?, wallet: String, deed: Deed, time: Instant
    ) {
        self.link = link
        self.orderID = orderID
        self.amount = amount
        self.wallet = wallet
        self.deed = deed
        self.time = time
    }
}

/// Whose payments come by a device's link, and of what currency they are: the link says neither.
///
/// Source: none; BlueTap's commands have no merchant and no currency, and must be bound to both elsewhere.
public struct LinkTerms: Hashable, Sendable {
    /// Who gets the money where nobody has asked for a payment of that order. The payment's name is the order's id, or
    /// where there is none the link's.
    public var client: String
    public var gateway: Gateway
    public var currency: String
    /// What a customer types where the POS gave no amount, in smallest units.
    public var typedAmount: Int64
    public var notifyURL: String?

    public init(
        client: String, gateway: Gateway = .alipayPlus, currency: String = "THB", typedAmount: Int64 = 100,
        notifyURL: String? = nil
    ) {
        self.client = client
        self.gateway = gateway
        self.currency = currency
        self.typedAmount = typedAmount
        self.notifyURL = notifyURL
    }
}

extension Ledger {
    /// What became of a purchase.
    public enum LinkSettlement: Hashable, Sendable {
        case settled(Settlement)
        /// It was refused, and nobody had asked for a payment of that order.
        case nothing
        /// The amount is none that can be paid.
        case noAmount
    }

    /// A wallet that opened a device's link has paid or refused.
    ///
    /// Whatever client has asked for a payment of the link's order, is paid: the newest that waits, else the newest of all,
    /// whose money goes back. Where none has, a payment is made. A refusal that is no code of Alipay+ fails nothing: the
    /// customer may tap again.
    public func conclude(_ purchase: LinkPurchase, _ terms: LinkTerms) throws(LedgerError) -> LinkSettlement {
        try write(at: purchase.time) { transaction in
            func refused() throws -> LinkSettlement {
                try transaction.record(
                    .linkRefused, of: nil,
                    "\(purchase.orderID.map { "order \($0)" } ?? purchase.link): \(purchase.amount ?? "nothing") is no amount in \(terms.currency)",
                    at: purchase.time)
                return .noAmount
            }
            var payment = try purchase.orderID.flatMap(transaction.newestPayment(ofOrder:))
            if payment == nil, purchase.deed == .paid {
                let typed = Money(currency: terms.currency, minorUnits: terms.typedAmount)
                let amount = purchase.amount.map { Money(currency: terms.currency, decimal: $0) } ?? typed
                guard let amount, amount.minorUnits > 0 else { return try refused() }
                let draft = Draft(
                    gateway: terms.gateway, client: terms.client, requestID: purchase.orderID ?? purchase.link,
                    terms: "link", orderID: purchase.orderID, amount: amount, expiresAt: purchase.time + .seconds(1),
                    notifyURL: terms.notifyURL)
                switch try transaction.make(draft, at: purchase.time) {
                case .made(let made), .repeated(let made): payment = made
                case .inconsistent: payment = nil
                }
            }
            guard let payment else { return .nothing }
            switch purchase.deed {
            case .paid: return .settled(try transaction.pay(payment, by: purchase.wallet, at: purchase.time))
            case .refused(let reason):
                guard Self.isCode(reason) else { return .nothing }
                return .settled(.failed(try transaction.fail(payment, reason, at: purchase.time) ?? payment))
            }
        }
    }

    /// Whether a reason is a code, and not words for people.
    private static func isCode(_ reason: String) -> Bool {
        reason.contains("_") && reason.utf8.allSatisfy { (0x41...0x5A).contains($0) || $0 == UInt8(ascii: "_") }
    }
}
