public import BlueTap
public import Logging
internal import SandboxFaults

/// Alipay+'s API for acquirers, and Antom's for merchants: requests in, answers out.
///
/// Whatever a request is, it gets an answer; one that is refused has changed nothing. Source: the public documents of
/// `pay`, `inquiryPayment`, `cancelPayment` and `refund`.
public struct AcquirerAPI: Sendable {
    public struct Request: Sendable {
        public var method: String
        /// With the query, if there is one.
        public var path: String
        /// By lower-case name.
        public var headers: [String: String]
        public var body: [UInt8]

        public init(method: String = "POST", path: String, headers: [String: String], body: [UInt8]) {
            self.method = method
            self.path = path
            self.headers = headers
            self.body = body
        }
    }

    public struct Response: Sendable {
        public var headers: [(name: String, value: String)]
        public var body: [UInt8]
        public var delivery: Delivery
        /// Whether there may be something to tell now.
        public var mayHaveChanged: Bool
    }

    /// What nobody's documents settle, and what the ids are.
    public struct Settings: Hashable, Sendable {
        public var acquirerID = "1022188000000000001"
        public var pspID = "1022172000000000001"
        public var walletBrandName = "BlueTap wallet"
        /// How long a payment can be paid that does not say it. Source: Alipay+'s cashier, 10 minutes; for payments in a
        /// store none is public.
        public var expiry = Duration.seconds(600)
        /// What the codes for customers begin with.
        public var codeURL = "https://sandbox.invalid/code/"

        public init() {}
    }

    /// Whose requests are believed.
    public enum Clients: Sendable {
        /// Everybody's, whatever the signature.
        case any
        /// Those of the client ids that are here, if a key of theirs vouches for it.
        case known([String: [Int: PublicKey]])
    }

    private let ledger: Ledger
    private let wallets: WalletBook
    private let clients: Clients
    let faults: SandboxFaultBoard
    private let refused: RefusedRequests
    private let key: PrivateKey?
    private let keyVersion: Int
    private let settings: Settings
    private let logger: Logger

    /// - Parameters:
    ///   - faults: what it does wrong.
    ///   - refused: gets what is refused for its signature.
    ///   - key: signs the answers; nil: they are not signed.
    ///   - keyVersion: what the answers call the key.
    public init(
        ledger: Ledger, wallets: WalletBook, clients: Clients, faults: SandboxFaultBoard = SandboxFaultBoard(),
        refused: RefusedRequests = RefusedRequests(), key: PrivateKey?, keyVersion: Int = 1,
        settings: Settings = Settings(), logger: Logger
    ) {
        self.faults = faults
        self.refused = refused
        self.ledger = ledger
        self.wallets = wallets
        self.clients = clients
        self.key = key
        self.keyVersion = keyVersion
        self.settings = settings
        self.logger = logger
    }

    // MARK: The envelope

    public func respond(to request: Request, at now: Instant) -> Response {
        let clientID = request.headers["client-id"] ?? ""
        let verdict = verdict(on: request, from: clientID, at: now)
        let body = verdict.answer.jsonBytes
        let time = now.offsetText
        var headers = [
            ("Content-Type", "application/json; charset=UTF-8"), ("Client-Id", clientID), ("Response-Time", time),
        ]
        if verdict.effect == .noResponseTime { headers.removeAll { $0.0 == "Response-Time" } }
        // Who is not believed gets no signature either.
        if verdict.isBelieved, verdict.effect != .unsigned, let key {
            let path = verdict.effect == .wrongSignature ? request.path + "/" : request.path
            let message = SignedMessage(path: path, clientID: clientID, time: time, body: body)
            do throws(SigningKeyError) {
                headers.append(("Signature", try message.signed(with: key, version: keyVersion).description))
            } catch {
                logger.error("an answer is not signed: \(error)")
            }
        }
        return Response(
            headers: headers, body: body, delivery: verdict.delivery,
            mayHaveChanged: AcquirerOperation(path: request.path).map { $0.kind != .inquire } ?? false)
    }

    /// What becomes of a request.
    private struct Verdict {
        var answer: AcquirerAnswer
        var isBelieved = true
        var effect: SandboxFault.Effect?

        var delivery: Delivery { effect?.delivery ?? .atOnce }
    }

    private func verdict(on request: Request, from clientID: String, at now: Instant) -> Verdict {
        func refuse(_ code: AcquirerResult.Code, _ message: String, isBelieved: Bool = true) -> Verdict {
            Verdict(answer: AcquirerAnswer(.failure(code, message)), isBelieved: isBelieved)
        }
        guard !clientID.isEmpty, clientID.utf8.count <= 128, clientID.utf8.allSatisfy({ (0x21...0x7E).contains($0) })
        else {
            return refuse(.invalidClient, "the header Client-Id is missing, or is none", isBelieved: false)
        }
        if case .known(let keys) = clients {
            guard let keys = keys[clientID] else {
                return refuse(.invalidClient, "there is no client of that Client-Id", isBelieved: false)
            }
            let message = SignedMessage(
                path: request.path, clientID: clientID, time: request.headers["request-time"] ?? "", body: request.body)
            do throws(SignedMessage.Fault) {
                try message.verify(request.headers["signature"], keys: keys)
            } catch {
                let reason = diagnose(message, request.headers["signature"], keys, at: now)
                return switch error {
                case .invalidSignature:
                    refuse(
                        .invalidSignature, "the header Signature does not fit the request: \(reason)", isBelieved: false
                    )
                case .keyNotFound:
                    refuse(.keyNotFound, "the client has no key of that keyVersion", isBelieved: false)
                }
            }
        }
        guard let operation = AcquirerOperation(path: request.path) else {
            return refuse(.invalidAPI, "there is no such API")
        }
        guard request.method == "POST" else { return refuse(.methodNotSupported, "only POST is") }
        guard request.headers["content-type"]?.lowercased().hasPrefix("application/json") ?? true else {
            return refuse(.mediaTypeNotAcceptable, "the body must be JSON")
        }
        do {
            let fields = try RequestFields(request.body)
            if let number = fields.firstNumber {
                throw RequestFields.Illegal(reason: "\(number) is a number: write it as a string")
            }
            return try verdict(on: operation, fields, of: clientID, at: now)
        } catch let illegal as RequestFields.Illegal {
            return refuse(.paramIllegal, illegal.reason)
        } catch {
            logger.error("a request of \(clientID) came to nothing: \(error)")
            return Verdict(answer: AcquirerAnswer(.unknownException))
        }
    }

    /// Why a request is not believed, for its developer: told where people look, and in one line here.
    private func diagnose(
        _ message: SignedMessage, _ header: String?, _ keys: [Int: PublicKey], at now: Instant
    ) -> String {
        let others = key.map { [(name: "the gateway's key", key: $0.publicKey)] } ?? []
        let diagnosis = SignatureDiagnosis(of: message, header: header, keys: keys, others: others)
        let fields = try? RequestFields(message.body)
        let requestID = (try? fields?.text("paymentRequestId", limit: 128)).flatMap(\.self)
        refused.add(
            RefusedRequest(
                time: now, target: message.path, client: message.clientID, requestID: requestID, diagnosis))
        logger.notice(
            "a request is refused: \(diagnosis.reason)",
            metadata: [
                "target": "\(message.path)", "verified": "\(diagnosis.verified)",
                "difference": "\(diagnosis.difference ?? "unknown")",
            ])
        return diagnosis.reason
    }

    /// Carries out a request, unless a fault is in the way.
    private func verdict(
        on operation: AcquirerOperation, _ fields: RequestFields, of client: String, at now: Instant
    ) throws -> Verdict {
        let effect = faults.isEmpty ? nil : faults.take(try moment(of: operation.kind, fields, of: client, at: now))
        switch effect {
        case .answer(let code)?: return Verdict(answer: AcquirerAnswer(.of(code)), effect: effect)
        case .lost?, .down?: return Verdict(answer: AcquirerAnswer(.unknownException), effect: effect)
        default: break
        }
        let answer = try carryOut(operation, fields, of: client, effect, at: now)
        return Verdict(answer: effect == .unknown ? AcquirerAnswer(.unknownException) : answer, effect: effect)
    }

    /// What a fault is asked about.
    private func moment(
        of kind: AcquirerOperation.Kind, _ fields: RequestFields, of client: String, at now: Instant
    ) throws -> SandboxFault.Moment {
        if kind == .pay {
            let request = try PayRequest(fields)
            return SandboxFault.Moment(
                occasion: .pay, orderID: request.orderID, amount: request.amount.minorUnits, time: now)
        }
        let payment = try payment(of: PaymentReference(fields), of: client, at: now)
        return SandboxFault.Moment(
            occasion: kind.occasion, orderID: payment?.orderID, amount: payment?.amount.minorUnits, time: now)
    }

    // MARK: The operations

    private func carryOut(
        _ operation: AcquirerOperation, _ fields: RequestFields, of client: String, _ effect: SandboxFault.Effect?,
        at now: Instant
    ) throws -> AcquirerAnswer {
        switch operation.kind {
        case .pay: try pay(PayRequest(fields), of: client, operation.dialect, effect, at: now)
        case .inquire:
            try with(PaymentReference(fields), of: client, at: now) { try inquire($0, operation.dialect) }
        case .cancel:
            try with(PaymentReference(fields), of: client, at: now) {
                try cancel($0, operation.dialect, effect, at: now)
            }
        case .refund:
            try refund(RefundRequest(fields), of: client, at: now)
        }
    }

    private func pay(
        _ request: PayRequest, of client: String, _ dialect: AcquirerOperation.Dialect, _ effect: SandboxFault.Effect?,
        at now: Instant
    ) throws -> AcquirerAnswer {
        if request.scenario == .paymentCode, request.code == nil {
            return AcquirerAnswer(.failure(.invalidCode, "paymentMethod.paymentMethodId is no payment code"))
        }
        let expiresAt = request.expiresAt ?? now + settings.expiry
        let entry = try ledger.make(
            Ledger.Draft(
                gateway: dialect.gateway, client: client, requestID: request.requestID, terms: request.terms,
                orderID: request.orderID,
                amount: request.amount, expiresAt: expiresAt, notifyURL: request.notifyURL), at: now)
        var payment: Payment
        switch entry {
        case .inconsistent:
            return AcquirerAnswer(
                .failure(
                    .repeatRequestInconsistent, "a request of this paymentRequestId has asked for something else"))
        case .repeated(let old):
            payment = old
            // A crash may have come before the wallet was asked.
            if old.state == .processing, let code = request.code {
                payment = try ledger.answer(old, by: wallets.owner(of: code), at: now)
            }
        case .made(let made):
            payment = made
            if case .failure(let code)? = effect {
                payment = try ledger.fail(id: made.id, code, at: now)
            } else if let code = request.code {
                payment = try ledger.answer(made, by: wallets.owner(of: code), at: now)
            }
        }
        var answer = AcquirerAnswer(Self.result(of: payment))
        tell(payment, in: &answer)
        if payment.state == .processing { show(payment, request.scenario, dialect, in: &answer) }
        return answer
    }

    private func with(
        _ reference: PaymentReference, of client: String, at now: Instant,
        _ body: (Payment) throws -> AcquirerAnswer
    ) throws -> AcquirerAnswer {
        guard let payment = try payment(of: reference, of: client, at: now) else {
            return AcquirerAnswer(.failure(.orderNotExist, "there is no such payment"))
        }
        return try body(payment)
    }

    /// Nil where there is none, or it is somebody else's.
    private func payment(of reference: PaymentReference, of client: String, at now: Instant) throws -> Payment? {
        let payment =
            if let id = reference.paymentID {
                try ledger.payment(id: id, at: now)
            } else {
                try ledger.payment(client: client, requestID: reference.requestID ?? "", at: now)
            }
        return payment?.client == client ? payment : nil
    }

    private func inquire(_ payment: Payment, _ dialect: AcquirerOperation.Dialect) throws -> AcquirerAnswer {
        var answer = AcquirerAnswer(.success)
        tell(payment, in: &answer)
        answer.paymentRequestId = payment.requestID
        let result = Self.result(of: payment)
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

    private func cancel(
        _ payment: Payment, _ dialect: AcquirerOperation.Dialect, _ effect: SandboxFault.Effect?, at now: Instant
    ) throws -> AcquirerAnswer {
        let cancellation = try ledger.cancel(id: payment.id, at: now)
        if case .paysAfterCancel(let delay)? = effect, case .closed = cancellation {
            try ledger.plan(id: payment.id, by: wallets.wallets[0].name, due: now + delay, at: now)
        }
        switch cancellation {
        case .refused(.tooLate, _):
            return AcquirerAnswer(.failure(.cancelWindowExceed, "the payment can be cancelled no more: refund it"))
        case .refused:
            return AcquirerAnswer(.failure(.processFail, "a part of the payment was refunded: refund the rest"))
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

    private func refund(_ request: RefundRequest, of client: String, at now: Instant) throws -> AcquirerAnswer {
        try with(request.payment, of: client, at: now) { payment in
            switch try ledger.refund(id: payment.id, requestID: request.requestID, request.amount, at: now) {
            case .entry(.made(let refund)), .entry(.repeated(let refund)):
                var answer = AcquirerAnswer(.success)
                (answer.acquirerId, answer.pspId) = (settings.acquirerID, settings.pspID)
                (answer.refundId, answer.refundTime) = (refund.id, refund.createdAt.offsetText)
                answer.refundAmount = .init(refund.amount)
                return answer
            case .entry(.inconsistent):
                return AcquirerAnswer(
                    .failure(
                        .repeatRequestInconsistent, "a request of this refundRequestId has asked for something else"))
            case .refused(let refusal, _): return AcquirerAnswer(Self.result(of: refusal))
            }
        }
    }

    // MARK: Words

    static func result(of payment: Payment) -> AcquirerResult {
        switch payment.state {
        case .succeeded: .success
        case .processing: .inProcess
        case .failed:
            AcquirerResult(code: payment.failure ?? "PROCESS_FAIL", status: .failure, message: "the payment has failed")
        case .closed: .failure(.orderIsClosed, "nobody paid before the payment expired")
        case .cancelled: .failure(.orderIsClosed, "the payment was cancelled")
        }
    }

    private static func result(of refusal: Payment.Refusal) -> AcquirerResult {
        switch refusal {
        case .processing: .inProcess
        case .notPaid: .failure(.orderIsClosed, "nothing was paid")
        case .amount: .failure(.refundAmountExceed, "more than is left of the payment")
        case .currency: .failure(.paramIllegal, "refundAmount is of another currency than the payment")
        case .tooLate: .failure(.refundWindowExceed, "the payment can be refunded no more")
        case .partlyRefunded: .failure(.processFail, "a part of the payment was refunded")
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

    private func tell(_ payment: Payment, in answer: inout AcquirerAnswer) {
        (answer.acquirerId, answer.pspId) = (settings.acquirerID, settings.pspID)
        answer.paymentId = payment.id
        answer.paymentAmount = .init(payment.amount)
        guard payment.state == .succeeded else { return }
        (answer.customerId, answer.walletBrandName) = (payment.payer, settings.walletBrandName)
        answer.paymentTime = payment.paidAt?.offsetText
    }

    /// How the customer comes to a payment that waits.
    private func show(
        _ payment: Payment, _ scenario: PayRequest.Scenario, _ dialect: AcquirerOperation.Dialect,
        in answer: inout AcquirerAnswer
    ) {
        let address = settings.codeURL + payment.id
        switch (scenario, dialect) {
        case (.paymentCode, _): break
        case (.entryCode, .alipayPlus): answer.paymentUrl = address
        case (.entryCode, .antom): answer.redirectActionForm = .init(redirectUrl: address)
        case (.orderCode, _):
            answer.orderCodeForm = .init(
                paymentMethodType: "CONNECT_WALLET", expireTime: payment.expiresAt.offsetText,
                codeDetails: [.init(codeValueType: "QRCODE", codeValue: address, displayType: "TEXT")])
        }
    }
}
