internal import BlueTap

/// The body of an answer: what an answer has nothing to say of is left out.
struct AcquirerAnswer: Encodable, Hashable {
    struct Outcome: Encodable, Hashable {
        let resultCode: String
        let resultStatus: String
        let resultMessage: String

        init(_ result: AcquirerResult) {
            resultCode = result.code
            resultStatus = result.status.rawValue
            resultMessage = result.message
        }
    }

    struct Amount: Encodable, Hashable {
        let currency: String
        let value: String

        init(_ money: Money) {
            currency = money.currency
            value = String(money.minorUnits)
        }
    }

    struct OrderCode: Encodable, Hashable {
        struct Detail: Encodable, Hashable {
            let codeValueType: String
            let codeValue: String
            let displayType: String
        }

        let paymentMethodType: String
        let expireTime: String
        let codeDetails: [Detail]
    }

    struct Redirection: Encodable, Hashable {
        let redirectUrl: String
    }

    struct Transaction: Encodable, Hashable {
        let transactionId: String
        let transactionRequestId: String
        let transactionType: String
        let transactionStatus: String
        let transactionAmount: Amount
        let transactionTime: String
        let transactionResult: Outcome
    }

    var result: Outcome
    var acquirerId: String?
    var pspId: String?
    var paymentRequestId: String?
    var paymentId: String?
    var customerId: String?
    var walletBrandName: String?
    var paymentAmount: Amount?
    var paymentTime: String?
    // What the payment came to: of Alipay+'s dialect, then of Antom's.
    var paymentResult: Outcome?
    var paymentStatus: String?
    var paymentResultCode: String?
    var paymentResultMessage: String?
    // How a customer comes to it.
    var orderCodeForm: OrderCode?
    var paymentUrl: String?
    var redirectActionForm: Redirection?
    var cancelTime: String?
    var refundId: String?
    var refundTime: String?
    var refundAmount: Amount?
    var transactions: [Transaction]?

    init(_ result: AcquirerResult) {
        self.result = Outcome(result)
    }
}
