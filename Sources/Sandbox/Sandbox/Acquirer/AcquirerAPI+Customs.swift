internal import BlueTap

// Declaring payments to Chinese customs. Source: the official clients' `customs` requests and answers.

extension AcquirerAPI {
    func declare(
        _ fields: RequestFields, of client: String, _ dialect: AcquirerOperation.Dialect, at now: Instant
    ) throws -> AcquirerAnswer {
        let requestID = try fields.requiredName(
            dialect == .antom ? "declarationRequestId" : "customsDeclarationRequestId")
        let amount = try fields.money("declarationAmount")
        guard amount.currency == "CNY" else {
            throw RequestFields.Illegal(reason: "declarationAmount.currency is not CNY")
        }
        _ = try fields.required("customs").required("customsCode", limit: 128)
        _ = try fields.required("merchantCustomsInfo").required("merchantCustomsCode", limit: 128)
        return try with(PaymentReference(fields), of: client, dialect, at: now) { payment in
            guard payment.state == .succeeded else {
                return AcquirerAnswer(.failure(.refundOfUnpaid, "nobody has paid it", dialect))
            }
            let entry = try ledger.declare(
                Declaration(
                    client: client, requestID: requestID, paymentID: payment.id, terms: fields.canonical,
                    body: String(decoding: fields.value.jsonBytes, as: UTF8.self), createdAt: now), at: now)
            if case .inconsistent = entry {
                return AcquirerAnswer(
                    .failure(.requestDiffers, "a declaration of this name has asked for something else", dialect))
            }
            var answer = AcquirerAnswer(.success)
            answer.clearingChannel = "UNIONPAY"
            answer.clearingTransactionId = payment.id
            answer.identityCheckResult = "CHECK_PASSED"
            switch dialect {
            case .alipayPlus:
                (answer.pspPaymentId, answer.pspDeclarationRequestId) = (payment.id, requestID)
                answer.pspCustomsCode = "BLUETAP"
                answer.pspOrderAmount = customs(of: payment)
            case .antom:
                (answer.customsPaymentId, answer.customsOrderId) = (payment.id, payment.orderID)
                answer.customsProviderRegistrationId = "BLUETAP"
            }
            return answer
        }
    }

    func inquireDeclarations(
        _ fields: RequestFields, of client: String, _ dialect: AcquirerOperation.Dialect, at now: Instant
    ) throws -> AcquirerAnswer {
        guard let names = try fields.list("declarationRequestIds"), (1...10).contains(names.count) else {
            throw RequestFields.Illegal(reason: "declarationRequestIds is no list of 1 to 10 names")
        }
        var answer = AcquirerAnswer(.success)
        var (missing, records): ([String], [RequestValue]) = ([], [])
        for name in names {
            guard let declaration = try ledger.declaration(client: client, requestID: name) else {
                missing.append(name)
                continue
            }
            records.append(record(of: declaration, dialect, at: now))
        }
        answer.declarationRequestsNotFound = missing
        answer.declarationRecords = records
        return answer
    }

    /// A declaration as it is inquired: what was asked for, and what customs say.
    private func record(
        of declaration: Declaration, _ dialect: AcquirerOperation.Dialect, at now: Instant
    ) -> RequestValue {
        guard case .object(var members)? = try? RequestFields(Array(declaration.body.utf8), takesNumbers: true).value
        else { return .null }
        let end = declaration.createdAt + settings.registrationTime
        let isDone = end <= now
        let status = RequestValue.text(isDone ? "SUCCESS" : "PROCESSING")
        let time = RequestValue.text((isDone ? end : declaration.createdAt).offsetText)
        members["declarationRequestStatus"] = status
        switch dialect {
        case .alipayPlus:
            members["pspDeclarationRequestId"] = .text(declaration.requestID)
            members["pspPaymentId"] = .text(declaration.paymentID)
            members["modifiedTime"] = time
            if isDone {
                members["customsResultCode"] = .text("SUCCESS")
                members["customsResultReturnedTime"] = time
            }
            members["paymentRequestId"] = nil
        case .antom:
            members["customsPaymentId"] = .text(declaration.paymentID)
            members["lastModifiedTime"] = time
            if isDone {
                members["customsDeclarationResultCode"] = .text("SUCCESS")
                members["customsDeclarationReturnTime"] = time
            }
            members["paymentId"] = nil
        }
        return .object(members)
    }
}
