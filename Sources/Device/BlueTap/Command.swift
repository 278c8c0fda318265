/// What a host asks of the device.
public enum Command: Hashable, Sendable {
    case pay(PayCommand)
    case cancel(CancelCommand)

    public enum Kind: String, CaseIterable, Codable, Hashable, Sendable {
        case pay
        case cancel
    }

    public var kind: Kind {
        switch self {
        case .pay: .pay
        case .cancel: .cancel
        }
    }
}

/// A pay command as the host sent it: nothing in it is checked yet.
///
/// Every field is what the documentation says it is: `paymentMethod` up to 12 characters, `amount` up to 8, `orderID` up
/// to 16, `expiryTime` in seconds. Source: Alipay+ Docs, SendPayCommand.
public struct PayCommand: Hashable, Sendable {
    public var paymentMethod: String
    public var amount: String?
    public var orderID: String?
    public var expiryTime: Int64?

    public init(paymentMethod: String, amount: String? = nil, orderID: String? = nil, expiryTime: Int64? = nil) {
        self.paymentMethod = paymentMethod
        self.amount = amount
        self.orderID = orderID
        self.expiryTime = expiryTime
    }

    public init(_ method: PaymentMethod, amount: String? = nil, orderID: String? = nil, expiryTime: Int64? = nil) {
        self.init(paymentMethod: method.rawValue, amount: amount, orderID: orderID, expiryTime: expiryTime)
    }
}

/// A cancel command. Both documented samples leave the order id out: then it means whatever is pending.
public struct CancelCommand: Hashable, Sendable {
    public var orderID: String?

    public init(orderID: String? = nil) {
        self.orderID = orderID
    }
}
