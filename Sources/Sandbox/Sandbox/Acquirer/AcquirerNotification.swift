internal import BlueTap

#if canImport(FoundationEssentials)
    internal import FoundationEssentials
#else
    internal import Foundation
#endif

/// The calls by which Alipay+ tells an acquirer what became of something, and Antom a merchant.
///
/// Source: Alipay+, notifyPayment and notifyRefund; Antom, notifyPayment, notifyRefund and notifyRegistrationStatus; what a
/// call has nothing to say of is left out.
struct AcquirerNotification: Encodable {
    // Antom's words for what became of it, then Alipay+'s.
    var notifyType: String?
    var result: AcquirerAnswer.Outcome?
    var paymentResult: AcquirerAnswer.Outcome?
    var refundResult: AcquirerAnswer.Outcome?
    var acquirerId: String?
    var pspId: String?
    // A payment.
    var paymentRequestId: String?
    var paymentId: String?
    var customerId: String?
    var walletBrandName: String?
    var pspCustomerInfo: AcquirerAnswer.Customer?
    var paymentAmount: AcquirerAnswer.Amount?
    var paymentCreateTime: String?
    var paymentTime: String?
    var customsDeclarationAmount: AcquirerAnswer.Amount?
    // A refund.
    var refundStatus: String?
    var refundRequestId: String?
    var refundId: String?
    var refundAmount: AcquirerAnswer.Amount?
    var refundTime: String?
    // Money as the client gets it.
    var settlementAmount: AcquirerAnswer.Amount?
    var grossSettlementAmount: AcquirerAnswer.Amount?
    var settlementQuote: AcquirerQuote?
    // A merchant's registration.
    var registrationRequestId: String?
    var referenceMerchantId: String?
    var referenceStoreId: String?
    var registrationResult: AcquirerAnswer.RegistrationResult?
    var pspRegistrationResultList: [AcquirerAnswer.WalletRegistration]?

    /// What a payment came to.
    init(_ payment: Payment, _ api: AcquirerAPI) {
        let dialect = AcquirerOperation.Dialect(payment.gateway)
        let outcome = AcquirerAnswer.Outcome(AcquirerAPI.result(of: payment, dialect))
        let isPaid = payment.state == .succeeded
        let settlement = isPaid ? api.settlement(of: payment.amount, payment, dialect) : (nil, nil)
        paymentRequestId = payment.requestID
        paymentTime = payment.paidAt?.offsetText
        settlementQuote = settlement.1
        switch dialect {
        case .alipayPlus:
            (acquirerId, paymentResult) = (api.settings.acquirerID, outcome)
            guard isPaid else { return }
            (paymentId, pspId) = (payment.id, api.settings.pspID)
            (customerId, walletBrandName) = (payment.payer, api.settings.walletBrandName)
            paymentAmount = .init(payment.amount)
            settlementAmount = settlement.0
        case .antom:
            (notifyType, result) = ("PAYMENT_RESULT", outcome)
            paymentId = payment.id
            paymentAmount = .init(payment.amount)
            paymentCreateTime = payment.createdAt.offsetText
            guard isPaid else { return }
            pspCustomerInfo = api.customer(of: payment)
            grossSettlementAmount = settlement.0
            customsDeclarationAmount = api.customs(of: payment)
        }
    }

    /// That a payment was given back, or a part of it.
    init(_ refund: Refund, of payment: Payment, _ api: AcquirerAPI) {
        let dialect = AcquirerOperation.Dialect(payment.gateway)
        let settlement = api.settlement(of: refund.amount, payment, dialect)
        (refundRequestId, refundId) = (refund.requestID, refund.id)
        (refundAmount, refundTime) = (.init(refund.amount), refund.createdAt.offsetText)
        settlementQuote = settlement.quote
        switch dialect {
        case .alipayPlus:
            (acquirerId, pspId) = (api.settings.acquirerID, api.settings.pspID)
            (paymentId, paymentRequestId) = (payment.id, payment.requestID)
            refundResult = .init(.success)
            settlementAmount = settlement.amount
        case .antom:
            (notifyType, result, refundStatus) = ("REFUND_RESULT", .init(.success), "SUCCESS")
            grossSettlementAmount = settlement.amount
        }
    }

    /// What became of a merchant's registration.
    init(_ registration: Registration, _ api: AcquirerAPI, at now: Instant) {
        registrationRequestId = registration.requestID
        (referenceMerchantId, referenceStoreId) = (registration.merchant, registration.store)
        let (result, wallets) = AcquirerAPI.outcome(of: registration, api.settings, at: now)
        (registrationResult, pspRegistrationResultList) = (result, wallets)
    }

    /// Whether a client's answer says that it has heard: its `result` has the status S.
    static func isAcknowledged(by answer: [UInt8]) -> Bool {
        struct Answer: Decodable {
            struct Result: Decodable { let resultStatus: String }
            let result: Result
        }
        return (try? JSONDecoder().decode(Answer.self, from: Data(answer)))?.result.resultStatus == "S"
    }
}
