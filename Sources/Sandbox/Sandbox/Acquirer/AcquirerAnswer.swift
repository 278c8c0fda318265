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
        let method: String
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

    /// Antom's word for who paid.
    struct Customer: Encodable, Hashable {
        let pspName: String
        let pspCustomerId: String
        let displayCustomerId: String
    }

    var result: Outcome
    var acquirerId: String?
    var pspId: String?
    var paymentRequestId: String?
    var paymentId: String?
    var customerId: String?
    var walletBrandName: String?
    var pspCustomerInfo: Customer?
    var paymentAmount: Amount?
    var paymentCreateTime: String?
    var paymentTime: String?
    // What the payment came to: of Alipay+'s dialect, then of Antom's.
    var paymentResult: Outcome?
    var paymentStatus: String?
    var paymentResultCode: String?
    var paymentResultMessage: String?
    // What the client gets in its own currency: Alipay+'s word, then Antom's.
    var settlementAmount: Amount?
    var grossSettlementAmount: Amount?
    var settlementQuote: AcquirerQuote?
    var customsDeclarationAmount: Amount?
    // How a customer comes to it.
    var orderCodeForm: OrderCode?
    var paymentUrl: String?
    var normalUrl: String?
    var redirectActionForm: Redirection?
    var paymentSessionId: String?
    var paymentSessionData: String?
    var paymentSessionExpiryTime: String?
    var cancelTime: String?
    var refundId: String?
    var refundRequestId: String?
    var refundTime: String?
    var refundAmount: Amount?
    var refundStatus: String?
    var transactions: [Transaction]?
    // What a code stands for.
    var codeType: String?
    var order: RequestValue?
    var paymentFactor: RequestValue?
    var settlementStrategy: RequestValue?
    var amount: Amount?
    var paymentNotifyUrl: String?
    var paymentRedirectUrl: String?
    var paymentExpiryTime: String?
    var paymentOptions: [PaymentOption]?
    // Customs: Alipay+'s words, then Antom's.
    var pspPaymentId: String?
    var pspDeclarationRequestId: String?
    var pspCustomsCode: String?
    var pspOrderAmount: Amount?
    var customsPaymentId: String?
    var customsOrderId: String?
    var customsProviderRegistrationId: String?
    var clearingChannel: String?
    var clearingTransactionId: String?
    var identityCheckResult: String?
    var declarationRequestsNotFound: [String]?
    var declarationRecords: [RequestValue]?
    // Merchants.
    var passThroughInfo: String?
    var registrationResult: RegistrationResult?
    var pspRegistrationResultList: [WalletRegistration]?
    var merchantInfo: RequestValue?
    var storeInfo: RequestValue?
    var productCodes: [String]?

    init(_ result: AcquirerResult) {
        self.result = Outcome(result)
    }
}

extension AcquirerAnswer {
    /// What became of a merchant's registration.
    struct RegistrationResult: Encodable, Hashable {
        let registrationStatus: String
        var rejectReasons: String?
    }

    struct WalletRegistration: Encodable, Hashable {
        let pspName: String
        let registrationResult: RegistrationResult
    }

    /// A way to pay that there is.
    struct PaymentOption: Encodable, Hashable {
        struct Wallet: Encodable, Hashable {
            struct Feature: Encodable, Hashable {
                let supportCodeScan: String
                let supportCashierRedirection: String
            }

            let walletName: String
            let walletBrandName: String
            let walletRegion: String
            let walletFeature: Feature
        }

        struct Detail: Encodable, Hashable {
            struct Wallets: Encodable, Hashable {
                let supportWallets: [Wallet]
            }

            let paymentOptionDetailType: String
            let connectWallet: Wallets
        }

        let paymentMethodType: String
        let paymentMethodCategory: String
        let enabled: String
        let preferred: String
        let paymentOptionDetail: Detail
    }
}
