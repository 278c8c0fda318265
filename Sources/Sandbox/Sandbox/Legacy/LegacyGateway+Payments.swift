internal import BlueTap
internal import SandboxFaults

// Paying by a scanned code, and what follows.

extension LegacyGateway {
    func pay(
        _ request: SpotPayRequest, of partner: String, _ effect: SandboxFault.Effect?, at now: Instant
    ) throws -> [String: String] {
        if settings.forbiddenWords.contains(where: request.terms.subject.contains) {
            return failure(settings.payFailed, .forbiddenWord, "trans_name has a word that is forbidden")
        }
        guard let code = request.code else {
            return failure(settings.payFailed, .codeNotParsed, "buyer_identity_code is no payment code")
        }
        let entry = try ledger.make(
            Ledger.Draft(
                gateway: .legacy, client: partner, requestID: request.transactionID, terms: request.terms.text,
                amount: request.amount, expiresAt: now + settings.payExpiry, notifyURL: request.notifyURL), at: now)
        switch entry {
        case .inconsistent:
            return failure(
                settings.payFailed, .discordantRepeat, "a request of this partner_trans_id has asked for something else"
            )
        case .made(let payment):
            if case .failure(let code)? = effect {
                return outcome(try ledger.fail(id: payment.id, code, at: now), at: now)
            }
            return outcome(try ledger.answer(payment, by: wallets.owner(of: code), at: now), at: now)
        case .repeated(let payment) where payment.state == .processing:
            // A crash may have come before the wallet was asked.
            return outcome(try ledger.answer(payment, by: wallets.owner(of: code), at: now), at: now)
        case .repeated(let payment):
            switch (settings.repeatedPay, payment.state) {
            case (.tellsState, _), (_, .processing), (_, .failed): return outcome(payment, at: now)
            case (.fails, .succeeded):
                return failure(settings.payFailed, .tradeHasSuccess, "the payment was paid")
            case (.fails, .closed), (.fails, .cancelled):
                return failure(settings.payFailed, .tradeHasClose, "the payment is closed")
            }
        }
    }

    /// What a `spot.pay` came to.
    private func outcome(_ payment: Payment, at now: Instant) -> [String: String] {
        var fields = description(of: payment, at: now)
        switch payment.state {
        case .processing: fields["result_code"] = settings.payUnknown
        case .succeeded where payment.refundable > 0: fields["result_code"] = "SUCCESS"
        case .failed:
            fields.merge(
                failure(
                    settings.payFailed, LegacyCode.word(forFailure: payment.failure ?? ""), "the wallet has refused"),
                uniquingKeysWith: { $1 })
        case .succeeded, .closed, .cancelled:
            fields.merge(
                failure(settings.payFailed, .tradeHasClose, "the payment is closed"), uniquingKeysWith: { $1 })
        }
        return fields
    }

    func query(_ request: TradeReference, of partner: String, at now: Instant) throws -> [String: String] {
        guard let payment = try payment(request, of: partner, at: now) else {
            return failure("FAIL", settings.queryNotFound, "there is no such payment")
        }
        var fields = description(of: payment, at: now)
        fields["result_code"] = "SUCCESS"
        fields["out_trade_no"] = payment.requestID
        return fields
    }

    func cancel(
        _ request: TradeReference, of partner: String, _ effect: SandboxFault.Effect?, at now: Instant
    ) throws -> [String: String] {
        guard let payment = try payment(request, of: partner, at: now) else {
            var fields = failure("FAIL", .tradeNotExist, "there is no such payment")
            fields["retry_flag"] = "N"
            return fields
        }
        let windows = (
            paid: PaymentWindows(cancelGrace: settings.cancelGracePaid),
            unpaid: PaymentWindows(cancelGrace: settings.cancelGraceUnpaid)
        )
        let cancellation = try ledger.cancel(
            id: payment.id,
            until: { ($0.state == .succeeded ? windows.paid : windows.unpaid).cancelEnd(of: $0.createdAt) }, at: now)
        if case .paysAfterCancel(let delay)? = effect, case .closed = cancellation {
            try ledger.plan(id: payment.id, by: wallets.wallets[0].name, due: now + delay, at: now)
        }
        var fields: [String: String]
        switch cancellation {
        // What was done, at this request or at an earlier one.
        case .closed(let payment), .reversed(let payment), .alreadyCancelled(let payment):
            fields = ["result_code": "SUCCESS", "action": payment.paidAt == nil ? "close" : "refund"]
        case .refused(.partlyRefunded, let payment) where payment.refundable == 0:
            fields = failure("FAIL", .tradeHasClose, "all of the payment was refunded")
        case .refused(.partlyRefunded, _):
            fields = failure("FAIL", .tradeStatusError, "a part of the payment was refunded: refund the rest")
        case .refused:
            fields = failure("FAIL", .illegalStatus, "the payment can be cancelled no more: refund it")
        }
        fields["retry_flag"] = "N"
        (fields["out_trade_no"], fields["trade_no"]) = (payment.requestID, payment.id)
        return fields
    }

    func refund(_ request: SpotRefundRequest, of partner: String, at now: Instant) throws -> [String: String] {
        guard let payment = try payment(request.trade, of: partner, at: now) else {
            return failure("FAIL", .tradeNotExist, "there is no such payment")
        }
        var fields: [String: String]
        switch try ledger.refund(
            id: payment.id, requestID: request.refundID, request.amount, notifyURL: request.notifyURL, at: now)
        {
        case .entry(.made(let refund)), .entry(.repeated(let refund)):
            fields = [
                "result_code": "SUCCESS", "refund_amount": refund.amount.decimal, "currency": refund.amount.currency,
            ]
        case .entry(.inconsistent):
            fields = failure(
                "FAIL", .discordantRepeat, "a request of this partner_refund_id has asked for something else")
        case .refused(let refusal, let payment): fields = Self.failure(of: refusal, payment, self)
        }
        (fields["partner_trans_id"], fields["alipay_trans_id"]) = (payment.requestID, payment.id)
        fields["partner_refund_id"] = request.refundID
        return fields
    }

    private static func failure(
        of refusal: Payment.Refusal, _ payment: Payment, _ gateway: LegacyGateway
    ) -> [String: String] {
        switch refusal {
        case .processing: gateway.failure("FAIL", .tradeStatusError, "nobody has paid yet")
        case .notPaid: gateway.failure("FAIL", .tradeHasClose, "the payment is closed")
        case .amount where payment.refundable == 0:
            gateway.failure("FAIL", .tradeHasClose, "all of the payment was refunded")
        case .amount: gateway.failure("FAIL", .returnAmountExceed, "more than is left of the payment")
        case .currency: gateway.failure("FAIL", .invalidParameter, "currency is not the payment's")
        case .tooLate: gateway.failure("FAIL", .tradeHasFinished, "the payment can be refunded no more")
        case .partlyRefunded: gateway.failure("FAIL", .tradeStatusError, "a part of the payment was refunded")
        }
    }

    // MARK: Words

    private func payment(_ reference: TradeReference, of partner: String, at now: Instant) throws -> Payment? {
        let payment =
            if let id = reference.tradeID {
                try ledger.payment(id: id, at: now)
            } else {
                try ledger.payment(client: partner, requestID: reference.transactionID ?? "", at: now)
            }
        guard let payment, payment.client == partner, payment.gateway == .legacy else { return nil }
        return payment
    }

    func failure(_ result: String, _ code: LegacyCode, _ reason: String) -> [String: String] {
        failure(result, code.rawValue, reason)
    }

    /// A failure of the business: the request itself was well-formed.
    func failure(_ result: String, _ code: String, _ reason: String) -> [String: String] {
        ["result_code": result, "error": code, "detail_error_code": code, "detail_error_des": reason]
    }

    private func description(of payment: Payment, at now: Instant) -> [String: String] {
        var fields = [
            "partner_trans_id": payment.requestID, "alipay_trans_id": payment.id,
            "alipay_trans_status": status(of: payment, at: now), "trans_amount": payment.amount.decimal,
            "currency": payment.amount.currency,
        ]
        guard let payer = payment.payer, let paidAt = payment.paidAt else { return fields }
        fields["alipay_buyer_login_id"] = LegacyBuyer.loginID(of: payer)
        fields["alipay_buyer_user_id"] = LegacyBuyer.userID(of: payer)
        fields["alipay_pay_time"] = paidAt.compactText
        fields["payment_inst"] = settings.paymentInstitution
        fields["exchange_rate"] = RenminbiRates.text(payment.amount.currency)
        fields["trans_amount_cny"] = RenminbiRates.renminbi(payment.amount)
        return fields
    }

    /// A payment's state in the gateway's words. Source: Antom, "Trade status".
    private func status(of payment: Payment, at now: Instant) -> String {
        switch payment.state {
        case .processing: return "WAIT_BUYER_PAY"
        case .failed: return settings.failedTradeStatus
        case .closed, .cancelled: return "TRADE_CLOSED"
        case .succeeded:
            if payment.refundable == 0 { return "TRADE_CLOSED" }
            guard let paidAt = payment.paidAt, now >= ledger.windows.refundEnd(of: paidAt) else {
                return "TRADE_SUCCESS"
            }
            return "TRADE_FINISHED"
        }
    }
}
