internal import BlueTap
internal import SandboxFaults

// Paying, and what becomes of a payment.

extension AcquirerAPI {
    func pay(
        _ request: PayRequest, of client: String, _ dialect: AcquirerOperation.Dialect, isSession: Bool,
        _ effect: SandboxFault.Effect?, at now: Instant
    ) throws -> AcquirerAnswer {
        func refuse(_ refusal: AcquirerRefusal, _ message: String) -> AcquirerAnswer {
            AcquirerAnswer(.failure(refusal, message, dialect))
        }
        if request.scenario == .paymentCode, request.code == nil {
            return refuse(.wrongCode, "paymentMethod.paymentMethodId is no payment code")
        }
        // A repeated request is answered whatever the time.
        if let wrong = expiryProblem(request, dialect, at: now),
            try ledger.payment(client: client, requestID: request.requestID, at: now) == nil
        {
            return refuse(.illegalParameter, wrong)
        }
        var draft = Ledger.Draft(
            gateway: dialect.gateway, client: client, requestID: request.requestID, terms: request.terms,
            orderID: request.orderID, amount: request.amount, expiresAt: request.expiresAt ?? now + settings.expiry,
            notifyURL: request.notifyURL, code: request.code?.digits)
        draft.details = request.details.text
        var payment: Payment
        switch try ledger.makeByCode(draft, at: now) {
        case .used: return refuse(.usedCode, "the payment code was used by another payment: ask for a new one")
        case .expired: return refuse(.usedCode, "the payment code is too old: ask for a new one")
        case .entry(.inconsistent):
            return refuse(.requestDiffers, "a request of this paymentRequestId has asked for something else")
        case .entry(.repeated(let old)):
            payment = old
            // A crash may have come before the wallet was asked: that of the first request's code.
            if old.state == .processing, let code = old.code.flatMap(PaymentCode.init) {
                payment = try ledger.answer(old, by: wallets.owner(of: code), at: now)
            }
        case .entry(.made(let made)):
            payment = made
            if case .failure(let code)? = effect {
                payment = try ledger.fail(id: made.id, code, at: now)
            } else if let code = request.code {
                payment = try ledger.answer(made, by: wallets.owner(of: code), at: now)
            }
        }
        return isSession ? session(payment, dialect) : paid(payment, request.scenario, dialect)
    }

    /// Why a payment cannot be asked for until then; nil: it can.
    private func expiryProblem(
        _ request: PayRequest, _ dialect: AcquirerOperation.Dialect, at now: Instant
    ) -> String? {
        guard let expiresAt = request.expiresAt else { return nil }
        if expiresAt <= now { return "paymentExpiryTime is past: it is \(now.offsetText)" }
        if dialect == .antom, request.scenario != .cashier, expiresAt > now + settings.longestExpiry {
            return "paymentExpiryTime is more than \(settings.longestExpiry.components.seconds / 60) minutes away"
        }
        return nil
    }

    /// The answer to `pay`. Antom's order and entry codes are a success as soon as there is a code: U would mean "ask again".
    private func paid(
        _ payment: Payment, _ scenario: PayRequest.Scenario, _ dialect: AcquirerOperation.Dialect
    ) -> AcquirerAnswer {
        let isShown = payment.state == .processing && (scenario == .orderCode || scenario == .entryCode)
        var answer = AcquirerAnswer(
            dialect == .antom && isShown ? .success : Self.result(of: payment, dialect))
        tell(payment, dialect, in: &answer)
        if dialect == .antom { answer.paymentRequestId = payment.requestID }
        if payment.state == .processing { show(payment, scenario, dialect, in: &answer) }
        return answer
    }

    /// The answer to `createPaymentSession`. Source: Antom, and its official clients.
    private func session(_ payment: Payment, _ dialect: AcquirerOperation.Dialect) -> AcquirerAnswer {
        var answer = AcquirerAnswer(.success)
        answer.paymentSessionId = payment.id
        answer.paymentSessionData = "bluetap&&session&&\(payment.id)"
        answer.paymentSessionExpiryTime = payment.expiresAt.offsetText
        answer.normalUrl = settings.codeURL + payment.id
        return answer
    }

    func with(
        _ reference: PaymentReference, of client: String, _ dialect: AcquirerOperation.Dialect, at now: Instant,
        _ body: (Payment) throws -> AcquirerAnswer
    ) throws -> AcquirerAnswer {
        guard let payment = try payment(of: reference, of: client, at: now) else {
            return AcquirerAnswer(.failure(.orderNotExist, "there is no such payment", dialect))
        }
        return try body(payment)
    }

    /// Nil where there is none, or it is somebody else's.
    func payment(of reference: PaymentReference, of client: String, at now: Instant) throws -> Payment? {
        let payment =
            if let id = reference.paymentID {
                try ledger.payment(id: id, at: now)
            } else {
                try ledger.payment(client: client, requestID: reference.requestID ?? "", at: now)
            }
        return payment?.client == client ? payment : nil
    }

    func inquire(_ payment: Payment, _ dialect: AcquirerOperation.Dialect) throws -> AcquirerAnswer {
        var answer = AcquirerAnswer(.success)
        tell(payment, dialect, in: &answer)
        answer.paymentRequestId = payment.requestID
        let result = Self.result(of: payment, dialect)
        switch dialect {
        case .alipayPlus: answer.paymentResult = .init(result)
        case .antom:
            answer.paymentStatus = Self.status(of: payment)
            answer.paymentResultCode = result.code
            answer.paymentResultMessage = result.message
        }
        let refunds = payment.refunded == 0 ? [] : try ledger.refunds(ofPayment: payment.id)
        if !refunds.isEmpty {
            answer.transactions = refunds.map { refund in
                AcquirerAnswer.Transaction(
                    transactionId: refund.id, transactionRequestId: refund.requestID, transactionType: "REFUND",
                    transactionStatus: "SUCCESS", transactionAmount: .init(refund.amount),
                    transactionTime: refund.createdAt.offsetText, transactionResult: .init(.success))
            }
        }
        return answer
    }

    func cancel(
        _ payment: Payment, _ dialect: AcquirerOperation.Dialect, _ effect: SandboxFault.Effect?, at now: Instant
    ) throws -> AcquirerAnswer {
        let cancellation = try ledger.cancel(id: payment.id, at: now)
        if case .paysAfterCancel(let delay)? = effect, case .closed = cancellation {
            try ledger.plan(id: payment.id, by: wallets.wallets[0].name, due: now + delay, at: now)
        }
        switch cancellation {
        case .refused(.tooLate, _):
            return AcquirerAnswer(
                .failure(.cancelTooLate, "the payment can be cancelled no more: refund it", dialect))
        case .refused:
            return AcquirerAnswer(
                .failure(.cancelPartlyRefunded, "a part of the payment was refunded: refund the rest", dialect))
        case .closed(let payment), .reversed(let payment), .alreadyCancelled(let payment):
            var answer = AcquirerAnswer(.success)
            switch dialect {
            case .alipayPlus: (answer.acquirerId, answer.pspId) = (settings.acquirerID, settings.pspID)
            case .antom:
                (answer.paymentId, answer.paymentRequestId) = (payment.id, payment.requestID)
                answer.cancelTime = payment.endedAt?.offsetText
            }
            return answer
        }
    }

    // MARK: Words

    static func result(of payment: Payment, _ dialect: AcquirerOperation.Dialect) -> AcquirerResult {
        switch payment.state {
        case .succeeded: .success
        case .processing: .inProcess
        case .failed:
            AcquirerResult(code: payment.failure ?? "PROCESS_FAIL", status: .failure, message: "the payment has failed")
        case .closed: .failure(.orderClosed, "nobody paid before the payment expired", dialect)
        case .cancelled: .failure(.orderCancelled, "the payment was cancelled", dialect)
        }
    }

    /// Antom's word for a payment's state.
    private static func status(of payment: Payment) -> String {
        switch payment.state {
        case .succeeded: "SUCCESS"
        case .processing: "PROCESSING"
        case .failed, .closed: "FAIL"
        case .cancelled: "CANCELLED"
        }
    }

    private func tell(_ payment: Payment, _ dialect: AcquirerOperation.Dialect, in answer: inout AcquirerAnswer) {
        answer.paymentId = payment.id
        answer.paymentAmount = .init(payment.amount)
        let settlement = settlement(of: payment.amount, payment, dialect)
        switch dialect {
        case .alipayPlus:
            (answer.acquirerId, answer.pspId) = (settings.acquirerID, settings.pspID)
            guard payment.state == .succeeded else { return }
            (answer.customerId, answer.walletBrandName) = (payment.payer, settings.walletBrandName)
            answer.settlementAmount = settlement.amount
        case .antom:
            answer.paymentCreateTime = payment.createdAt.offsetText
            guard payment.state == .succeeded else { return }
            answer.pspCustomerInfo = customer(of: payment)
            answer.grossSettlementAmount = settlement.amount
            answer.customsDeclarationAmount = customs(of: payment)
        }
        answer.paymentTime = payment.paidAt?.offsetText
        answer.settlementQuote = settlement.quote
    }

    func customer(of payment: Payment) -> AcquirerAnswer.Customer? {
        payment.payer.map { .init(pspName: settings.walletBrandName, pspCustomerId: $0, displayCustomerId: $0) }
    }

    /// What a payment is worth for Chinese customs; nil where there is no rate. Source: Antom, `customsDeclarationAmount`.
    func customs(of payment: Payment) -> AcquirerAnswer.Amount? {
        if payment.amount.currency == "CNY" { return .init(payment.amount) }
        return settings.rates.quote(payment.amount.currency, in: "CNY")?.converted(payment.amount).map { .init($0) }
    }

    /// What a client gets of an amount in its own currency, and at what rate; nothing where it does not want another one.
    func settlement(
        of money: Money, _ payment: Payment, _ dialect: AcquirerOperation.Dialect
    ) -> (amount: AcquirerAnswer.Amount?, quote: AcquirerQuote?) {
        guard let currency = payment.askedWith?.settlementCurrency ?? settings.settlementCurrency else {
            return (nil, nil)
        }
        if currency == money.currency { return (.init(money), nil) }
        guard let quote = settings.rates.quote(money.currency, in: currency), let worth = quote.converted(money) else {
            return (nil, nil)
        }
        return (.init(worth), AcquirerQuote(quote: quote, time: payment.createdAt, dialect: dialect))
    }

    /// How the customer comes to a payment that waits.
    private func show(
        _ payment: Payment, _ scenario: PayRequest.Scenario, _ dialect: AcquirerOperation.Dialect,
        in answer: inout AcquirerAnswer
    ) {
        let address = settings.codeURL + payment.id
        switch (scenario, dialect) {
        case (.paymentCode, _): break
        case (.entryCode, .alipayPlus), (.cashier, .alipayPlus): answer.paymentUrl = address
        case (.entryCode, .antom): answer.redirectActionForm = .init(method: "GET", redirectUrl: address)
        case (.cashier, .antom):
            answer.redirectActionForm = .init(method: "GET", redirectUrl: address)
            answer.normalUrl = address
        case (.orderCode, _):
            answer.orderCodeForm = .init(
                paymentMethodType: payment.askedWith?.methodType ?? "CONNECT_WALLET",
                expireTime: payment.expiresAt.offsetText,
                codeDetails: [.init(codeValueType: "QRCODE", codeValue: address, displayType: "TEXT")])
        }
    }
}
