internal import BlueTap

#if canImport(FoundationEssentials)
    internal import FoundationEssentials
#else
    internal import Foundation
#endif

/// The call `notifyPayment`, by which Alipay+ tells an acquirer what a payment came to, and Antom a merchant.
///
/// Source: Alipay+, notifyPayment; Antom, asynchronous notification.
struct AcquirerNotification: Encodable {
    let paymentRequestId: String
    let acquirerId: String?
    let paymentResult: AcquirerAnswer.Outcome?
    // Antom's words for it.
    let notifyType: String?
    let result: AcquirerAnswer.Outcome?
    // On success alone.
    let paymentId: String?
    let pspId: String?
    let customerId: String?
    let walletBrandName: String?
    let paymentAmount: AcquirerAnswer.Amount?
    let paymentTime: String?

    init(_ payment: Payment, _ settings: AcquirerAPI.Settings) {
        let outcome = AcquirerAnswer.Outcome(AcquirerAPI.result(of: payment))
        let isAntom = payment.gateway == .antom
        paymentRequestId = payment.requestID
        acquirerId = isAntom ? nil : settings.acquirerID
        paymentResult = isAntom ? nil : outcome
        notifyType = isAntom ? "PAYMENT_RESULT" : nil
        result = isAntom ? outcome : nil
        let isPaid = payment.state == .succeeded
        paymentId = isPaid || isAntom ? payment.id : nil
        pspId = isPaid && !isAntom ? settings.pspID : nil
        customerId = isPaid ? payment.payer : nil
        walletBrandName = isPaid ? settings.walletBrandName : nil
        paymentAmount = isPaid || isAntom ? AcquirerAnswer.Amount(payment.amount) : nil
        paymentTime = payment.paidAt?.offsetText
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
