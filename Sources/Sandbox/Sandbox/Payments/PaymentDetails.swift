#if canImport(FoundationEssentials)
    internal import FoundationEssentials
#else
    internal import Foundation
#endif

/// What a payment was asked for with, beyond what moves money: later answers say it again.
struct PaymentDetails: Codable, Hashable {
    var scenario: String
    var methodType: String
    /// What the whole order costs, in smallest units, where it is of the payment's currency.
    var orderAmount: Int64?
    var settlementCurrency: String?
    var redirectURL: String?
    var order: RequestValue?
    var factor: RequestValue?

    var text: String { String(decoding: jsonBytes, as: UTF8.self) }
}

extension Payment {
    /// Nil where it was asked for in another way.
    var askedWith: PaymentDetails? {
        details.flatMap { try? JSONDecoder().decode(PaymentDetails.self, from: Data($0.utf8)) }
    }

    /// What the whole order costs, in smallest units of the payment's currency; nil: nobody said.
    public var orderAmount: Int64? { askedWith?.orderAmount }
}
