internal import BlueTap

// Giving money back, and asking whether it went.

extension AcquirerAPI {
    func refund(
        _ request: RefundRequest, of client: String, _ dialect: AcquirerOperation.Dialect, at now: Instant
    ) throws -> AcquirerAnswer {
        try with(request.payment, of: client, dialect, at: now) { payment in
            let repayment = try ledger.refund(
                id: payment.id, requestID: request.requestID, request.amount, notifyURL: request.notifyURL, at: now)
            switch repayment {
            case .entry(.made(let refund)), .entry(.repeated(let refund)):
                var answer = AcquirerAnswer(.success)
                if dialect == .alipayPlus {
                    (answer.acquirerId, answer.pspId) = (settings.acquirerID, settings.pspID)
                } else {
                    (answer.paymentId, answer.refundRequestId) = (payment.id, refund.requestID)
                }
                tell(refund, of: payment, dialect, in: &answer)
                return answer
            case .entry(.inconsistent):
                return AcquirerAnswer(
                    .failure(
                        .requestDiffers, "a request of this refundRequestId has asked for something else", dialect))
            case .refused(let refusal, let payment):
                return AcquirerAnswer(Self.result(of: refusal, payment, dialect))
            }
        }
    }

    func inquireRefund(
        _ reference: RefundReference, of client: String, _ dialect: AcquirerOperation.Dialect
    ) throws -> AcquirerAnswer {
        guard let refund = try ledger.refund(client: client, id: reference.refundID, requestID: reference.requestID),
            let payment = try ledger.payment(id: refund.paymentID, at: refund.createdAt)
        else { return AcquirerAnswer(.failure(.refundNotExist, "there is no such refund", dialect)) }
        var answer = AcquirerAnswer(.success)
        answer.refundRequestId = refund.requestID
        answer.refundStatus = "SUCCESS"
        tell(refund, of: payment, dialect, in: &answer)
        return answer
    }

    private func tell(
        _ refund: Refund, of payment: Payment, _ dialect: AcquirerOperation.Dialect, in answer: inout AcquirerAnswer
    ) {
        (answer.refundId, answer.refundTime) = (refund.id, refund.createdAt.offsetText)
        answer.refundAmount = .init(refund.amount)
        let settlement = settlement(of: refund.amount, payment, dialect)
        switch dialect {
        case .alipayPlus: answer.settlementAmount = settlement.amount
        case .antom: answer.grossSettlementAmount = settlement.amount
        }
        answer.settlementQuote = settlement.quote
    }

    private static func result(
        of refusal: Payment.Refusal, _ payment: Payment, _ dialect: AcquirerOperation.Dialect
    ) -> AcquirerResult {
        switch refusal {
        case .processing: .failure(.refundOfUnpaid, "nobody has paid yet", dialect)
        case .notPaid where dialect == .alipayPlus: .failure(.orderClosed, "nothing was paid", dialect)
        case .notPaid: .failure(.refundOfUnpaid, "nothing was paid", dialect)
        case .amount where payment.isFullyRefunded:
            .failure(.refundTooMuch, "all of the payment was refunded", dialect)
        case .amount: .failure(.refundTooMuch, "more than is left of the payment", dialect)
        case .currency: .failure(.illegalParameter, "refundAmount is of another currency than the payment", dialect)
        case .tooLate: .failure(.refundTooLate, "the payment can be refunded no more", dialect)
        case .partlyRefunded: .failure(.cancelPartlyRefunded, "a part of the payment was refunded", dialect)
        }
    }
}

extension Ledger {
    /// A client's refund by the gateway's name, or else by the client's; nil: none.
    func refund(client: String, id: String?, requestID: String?) throws(LedgerError) -> Refund? {
        try read { transaction in
            if let id { return try transaction.refund(client: client, id: id) }
            return try transaction.refund(client: client, requestID: requestID ?? "")
        }
    }
}
