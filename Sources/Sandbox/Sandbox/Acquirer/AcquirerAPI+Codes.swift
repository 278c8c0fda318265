internal import BlueTap

// What a wallet asks before anybody pays: which ways there are, and what a code stands for.

extension AcquirerAPI {
    /// `consultPayment`. Source: Alipay+, and its SDKs' `PaymentOption`.
    func consult(_ fields: RequestFields) throws -> AcquirerAnswer {
        _ = try fields.moneyOrNothing("paymentAmount")
        _ = try fields.required("paymentFactor")
        _ = try fields.text("userRegion", limit: 2)
        let regions = try fields.list("allowedPspRegions")
        var answer = AcquirerAnswer(.success)
        let region = "TH"
        let isAllowed = regions?.contains(region) ?? true
        let wallet = AcquirerAnswer.PaymentOption.Wallet(
            walletName: "BLUETAP", walletBrandName: settings.walletBrandName, walletRegion: region,
            walletFeature: .init(supportCodeScan: "true", supportCashierRedirection: "true"))
        answer.paymentOptions = [
            .init(
                paymentMethodType: "CONNECT_WALLET", paymentMethodCategory: "WALLET", enabled: String(isAllowed),
                preferred: "true",
                paymentOptionDetail: .init(
                    paymentOptionDetailType: "CONNECT_WALLET",
                    connectWallet: .init(supportWallets: isAllowed ? [wallet] : [])))
        ]
        return answer
    }

    /// `userInitiatedPay`: what the code of an order stands for, which a wallet has read. Source: Alipay+'s SDKs.
    func resolve(
        _ fields: RequestFields, _ dialect: AcquirerOperation.Dialect, at now: Instant
    ) throws -> AcquirerAnswer {
        let code = try fields.required("codeValue", limit: 512)
        guard code.hasPrefix(settings.codeURL),
            let payment = try ledger.payment(id: String(code.dropFirst(settings.codeURL.count)), at: now)
        else { return AcquirerAnswer(.failure(.wrongCode, "codeValue is no code of an order here", dialect)) }
        switch payment.state {
        case .processing: break
        case .closed:
            return AcquirerAnswer(.failure(.usedCode, "nobody paid before the code expired", dialect))
        case .succeeded, .failed, .cancelled:
            return AcquirerAnswer(.failure(.orderClosed, "the order can be paid no more", dialect))
        }
        let details = payment.askedWith
        var answer = AcquirerAnswer(.success)
        answer.codeType = "ORDER_CODE"
        answer.paymentRequestId = payment.requestID
        (answer.order, answer.paymentFactor) = (details?.order, details?.factor)
        answer.amount = .init(payment.amount)
        (answer.paymentNotifyUrl, answer.paymentRedirectUrl) = (payment.notifyURL, details?.redirectURL)
        answer.paymentExpiryTime = payment.expiresAt.offsetText
        answer.settlementStrategy = details?.settlementCurrency.map { .object(["settlementCurrency": .text($0)]) }
        return answer
    }
}
