public import BlueTap

// Codes that a client makes itself: a wallet that reads one has Alipay+ ask the client what it stands for. Source: Alipay+,
// private order codes, and `userInitiatedPay` of its SDKs.

extension PaymentSandbox {
    private struct Question: Encodable {
        let acquirerId: String
        let pspId: String
        let codeValue: String
        let customerId: String
    }

    /// What the client is asked of a code that a wallet has read; nil: it has not said where.
    public func question(about code: String, by wallet: String, at now: Instant) -> NotificationMessage? {
        settings.privateCodesURL.map { url in
            signed(
                Question(
                    acquirerId: settings.acquirer.acquirerID, pspId: settings.acquirer.pspID, codeValue: code,
                    customerId: wallet), to: url, settings.link.client, .alipayPlus, at: now)
        }
    }

    /// The wallet pays what the client's answer says that the code stands for.
    ///
    /// - Throws: ``SandboxError`` where the answer is none.
    public func pay(
        privateCode code: String, answer: [UInt8], by wallet: String, at now: Instant
    ) throws -> Ledger.Settlement {
        do {
            let fields = try RequestFields(answer, takesNumbers: true)
            let order = try fields.object("order")
            let amount = try fields.money(try fields.object("amount") == nil ? "paymentAmount" : "amount")
            let expiry = try fields.text("paymentExpiryTime", limit: 64).flatMap(Instant.init(offset:))
            let strategy = try fields.object("settlementStrategy")
            var draft = Ledger.Draft(
                gateway: .alipayPlus, client: settings.link.client,
                requestID: try fields.requiredName("paymentRequestId"), terms: "private|\(code)",
                orderID: try order?.text("referenceOrderId", limit: 64), amount: amount,
                expiresAt: expiry ?? now + settings.acquirer.expiry,
                notifyURL: try fields.address("paymentNotifyUrl") ?? settings.link.notifyURL)
            draft.details =
                PaymentDetails(
                    scenario: PayRequest.Scenario.orderCode.rawValue, methodType: "CONNECT_WALLET",
                    settlementCurrency: try strategy?.text("settlementCurrency", limit: 3),
                    redirectURL: try fields.text("paymentRedirectUrl", limit: 2048), order: order?.value,
                    factor: try fields.object("paymentFactor")?.value
                ).text
            switch try ledger.make(draft, at: now) {
            case .made(let payment), .repeated(let payment): return try ledger.pay(id: payment.id, by: wallet, at: now)
            case .inconsistent:
                throw SandboxError(
                    .requestDiffers, "the client's answer names a payment that was asked for with something else")
            }
        } catch let illegal as RequestFields.Illegal {
            throw SandboxError(.paymentRefuses, "the client's answer to userInitiatedPay: \(illegal.reason)")
        }
    }
}
