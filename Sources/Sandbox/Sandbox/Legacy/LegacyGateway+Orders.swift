public import BlueTap
internal import SandboxFaults

// Orders that a customer pays later.

extension LegacyGateway {
    func order(
        _ service: LegacyService, _ request: OrderRequest, of partner: String, _ effect: SandboxFault.Effect?,
        at now: Instant
    ) throws -> [String: String] {
        if settings.forbiddenWords.contains(where: request.terms.subject.contains) {
            return failure("FAIL", .forbiddenWord, "subject has a word that is forbidden")
        }
        let entry = try ledger.make(
            Ledger.Draft(
                gateway: .legacy, client: partner, requestID: request.name, terms: request.terms.text,
                orderID: request.name, amount: request.amount,
                expiresAt: now + (request.life ?? settings.orderExpiry), notifyURL: request.notifyURL), at: now)
        switch entry {
        case .inconsistent:
            return failure("FAIL", .discordantRepeat, "a request of this out_trade_no has asked for something else")
        case .made(let payment):
            if case .failure(let code)? = effect {
                _ = try ledger.fail(id: payment.id, code, at: now)
                return failure("FAIL", LegacyCode.word(forFailure: code), "a fault that was set")
            }
            return made(payment, service)
        case .repeated(let payment):
            switch payment.state {
            case .processing: return made(payment, service)
            case .succeeded where payment.refundable > 0:
                return failure("FAIL", .tradeHasSuccess, "the order was paid")
            case .succeeded, .failed, .closed, .cancelled:
                return failure("FAIL", .tradeHasClose, "the order is closed")
            }
        }
    }

    private func made(_ payment: Payment, _ service: LegacyService) -> [String: String] {
        var fields = ["result_code": "SUCCESS", "out_trade_no": payment.requestID]
        guard service == .precreate else {
            fields["trade_no"] = payment.id
            return fields
        }
        fields["voucher_type"] = "qrcode"
        fields["qr_code"] = settings.orderCodeURL + payment.id
        for (name, size) in [("big_pic_url", "L"), ("pic_url", "M"), ("small_pic_url", "S")] {
            fields[name] = "\(settings.pictureURL)bax\(payment.id)&picSize=\(size)"
        }
        return fields
    }
}

extension PaymentSandbox {
    /// The payment whose code `precreate` has answered; nil: it is none.
    public func payment(ofOrderCode code: String, at now: Instant) throws(LedgerError) -> Payment? {
        let prefix = settings.legacy.orderCodeURL
        guard code.hasPrefix(prefix) else { return nil }
        let payment = try ledger.payment(id: String(code.dropFirst(prefix.count)), at: now)
        return payment.flatMap { $0.gateway == .legacy && LegacyTerms($0.terms)?.code == "precreate" ? $0 : nil }
    }
}
