public import BlueTap
public import Logging
internal import SandboxFaults

/// Alipay+'s API for acquirers, and Antom's for merchants: requests in, answers out.
///
/// Whatever a request is, it gets an answer; one that is refused has changed nothing. Source: the public documents of the
/// APIs that ``AcquirerOperation`` names, and the official clients.
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
        /// Their names in lower case: official clients look for no others.
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
        /// The longest that a payment in a store may say. Source: Antom, pay (Order Code Payment).
        public var longestExpiry = Duration.seconds(30 * 60)
        /// What the codes for customers begin with.
        public var codeURL = "https://sandbox.invalid/code/"
        /// Where payments are told whose requests name no address; nil: nowhere.
        public var notifyURL: String?
        /// In which clients are paid out that do not say it; nil: in the payment's currency.
        public var settlementCurrency: String?
        public var rates = ExchangeRates()
        /// How long a merchant's registration is looked at.
        public var registrationTime = Duration.seconds(10)
        /// Whether requests must be as the documents have them, to the letter.
        public var isStrict = false

        public init() {}
    }

    /// Whose requests are believed.
    public enum Clients: Sendable {
        /// Everybody's, whatever the signature.
        case any
        /// Those of the client ids that are here, if a key of theirs vouches for it.
        case known([String: [Int: PublicKey]])
    }

    let ledger: Ledger
    let wallets: WalletBook
    private let clients: Clients
    let faults: SandboxFaultBoard
    private let refused: RefusedRequests
    private let key: PrivateKey?
    private let keyVersion: Int
    let settings: Settings
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
            ("content-type", "application/json; charset=UTF-8"), ("client-id", clientID), ("response-time", time),
        ]
        if verdict.effect == .noResponseTime { headers.removeAll { $0.0 == "response-time" } }
        // Who is not believed gets no signature either.
        if verdict.isBelieved, verdict.effect != .unsigned, let key {
            let path = verdict.effect == .wrongSignature ? request.path + "/" : request.path
            let message = SignedMessage(path: path, clientID: clientID, time: time, body: body)
            do throws(SigningKeyError) {
                headers.append(("signature", try message.signed(with: key, version: keyVersion).description))
            } catch {
                logger.error("an answer is not signed: \(error)")
            }
        }
        if let warning = verdict.warning { headers.append(("bluetap-warning", warning)) }
        return Response(
            headers: headers, body: body, delivery: verdict.delivery,
            mayHaveChanged: AcquirerOperation(path: request.path)?.kind.mayChange ?? false)
    }

    /// What becomes of a request.
    private struct Verdict {
        var answer: AcquirerAnswer
        var isBelieved = true
        var effect: SandboxFault.Effect?
        /// For people: what of the request is not as documented.
        var warning: String?

        var delivery: Delivery { effect?.delivery ?? .atOnce }
    }

    private func verdict(on request: Request, from clientID: String, at now: Instant) -> Verdict {
        let dialect = AcquirerOperation.Dialect(path: request.path)
        func refuse(_ refusal: AcquirerRefusal, _ message: String, isBelieved: Bool = true) -> Verdict {
            // Of merchants both dialects speak alike.
            let isMerchants = refusal == .invalidClient && request.path.contains("/api/v1/merchants/")
            let result = AcquirerResult.failure(refusal, message, isMerchants ? .alipayPlus : dialect)
            return Verdict(answer: AcquirerAnswer(result), isBelieved: isBelieved)
        }
        if let (refusal, message) = distrust(in: request, from: clientID, at: now) {
            return refuse(refusal, message, isBelieved: false)
        }
        guard let operation = AcquirerOperation(path: request.path) else {
            return refuse(.noSuchAPI, "there is no such API")
        }
        guard request.method == "POST" else { return refuse(.methodNotSupported, "only POST is") }
        guard request.headers["content-type"]?.lowercased().hasPrefix("application/json") ?? true else {
            return refuse(.mediaTypeNotAcceptable, "the body must be JSON")
        }
        do {
            let fields = try RequestFields(request.body, takesNumbers: true)
            if let name = fields.firstEmpty { throw RequestFields.Illegal(reason: "\(name) is empty: leave it out") }
            let numbers = fields.numbers
            if settings.isStrict, let number = numbers.first {
                throw RequestFields.Illegal(reason: "\(number) is a number: write it as a string")
            }
            var verdict = try verdict(on: operation, fields, of: clientID, at: now)
            if !numbers.isEmpty {
                verdict.warning = Self.warning(of: numbers)
                try warn(Self.warning(of: numbers), operation, fields, of: clientID, at: now)
            }
            return verdict
        } catch let illegal as RequestFields.Illegal {
            return refuse(illegal.refusal, illegal.reason)
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

    /// Why who has sent a request is not believed; nil: they are.
    private func distrust(
        in request: Request, from clientID: String, at now: Instant
    ) -> (AcquirerRefusal, String)? {
        guard !clientID.isEmpty, clientID.utf8.count <= 128, clientID.utf8.allSatisfy({ (0x21...0x7E).contains($0) })
        else { return (.invalidClient, "the header Client-Id is missing, or is none") }
        guard case .known(let keys) = clients else { return nil }
        guard let keys = keys[clientID] else { return (.invalidClient, "there is no client of that Client-Id") }
        let message = SignedMessage(
            path: request.path, clientID: clientID, time: request.headers["request-time"] ?? "", body: request.body)
        do throws(SignedMessage.Fault) {
            try message.verify(request.headers["signature"], keys: keys)
            return nil
        } catch {
            let reason = diagnose(message, request.headers["signature"], keys, at: now)
            return switch error {
            case .invalidSignature: (.invalidSignature, "the header Signature does not fit the request: \(reason)")
            case .keyNotFound: (.keyNotFound, "the client has no key of that keyVersion")
            }
        }
    }

    /// One line of ASCII, whatever the names are.
    private static func warning(of numbers: [String]) -> String {
        let names = numbers.map { name in
            String(
                String.UnicodeScalarView(
                    name.unicodeScalars.prefix(64).map { (0x21...0x7E).contains($0.value) ? $0 : "?" }))
        }
        return "numbers where the documents have strings: \(names.joined(separator: ", "))"
    }

    /// Notes with a request's payment what of it is not as documented.
    private func warn(
        _ warning: String, _ operation: AcquirerOperation, _ fields: RequestFields, of client: String, at now: Instant
    ) throws {
        guard let reference = try? PaymentReference(fields),
            let payment = try payment(of: reference, of: client, at: now)
        else { return }
        try ledger.remark(.warned, ofPayment: payment.id, "\(operation.kind.rawValue): \(warning)", at: now)
    }

    /// Carries out a request, unless a fault is in the way.
    private func verdict(
        on operation: AcquirerOperation, _ fields: RequestFields, of client: String, at now: Instant
    ) throws -> Verdict {
        let effect = faults.isEmpty ? nil : faults.take(try moment(of: operation, fields, of: client, at: now))
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
        of operation: AcquirerOperation, _ fields: RequestFields, of client: String, at now: Instant
    ) throws -> SandboxFault.Moment {
        switch operation.kind {
        case .pay, .createSession:
            let request = try payRequest(operation, fields)
            return SandboxFault.Moment(
                occasion: .pay, orderID: request.orderID, amount: request.amount.minorUnits, time: now)
        case .inquire, .cancel, .refund:
            let payment = try payment(of: PaymentReference(fields), of: client, at: now)
            return SandboxFault.Moment(
                occasion: operation.kind.occasion, orderID: payment?.orderID, amount: payment?.amount.minorUnits,
                time: now)
        default:
            return SandboxFault.Moment(occasion: operation.kind.occasion, orderID: nil, amount: nil, time: now)
        }
    }

    func payRequest(_ operation: AcquirerOperation, _ fields: RequestFields) throws(RequestFields.Illegal) -> PayRequest
    {
        try PayRequest(
            fields, operation.dialect, notifyURL: settings.notifyURL, isSession: operation.kind == .createSession)
    }

    private func carryOut(
        _ operation: AcquirerOperation, _ fields: RequestFields, of client: String, _ effect: SandboxFault.Effect?,
        at now: Instant
    ) throws -> AcquirerAnswer {
        let dialect = operation.dialect
        return switch operation.kind {
        case .pay, .createSession:
            try pay(
                payRequest(operation, fields), of: client, dialect, isSession: operation.kind == .createSession, effect,
                at: now)
        case .inquire:
            try with(PaymentReference(fields), of: client, dialect, at: now) { try inquire($0, dialect) }
        case .cancel:
            try with(PaymentReference(fields), of: client, dialect, at: now) {
                try cancel($0, dialect, effect, at: now)
            }
        case .refund: try refund(RefundRequest(fields), of: client, dialect, at: now)
        case .inquireRefund: try inquireRefund(RefundReference(fields), of: client, dialect)
        case .consult: try consult(fields)
        case .userInitiatedPay: try resolve(fields, dialect, at: now)
        case .register: try register(fields, of: client, dialect, at: now)
        case .inquireRegistration: try inquireRegistration(fields, of: client, dialect, at: now)
        case .inquireRegistrationInfo: try inquireRegistrationInfo(fields, of: client, dialect, at: now)
        case .declare: try declare(fields, of: client, dialect, at: now)
        case .inquireDeclarations: try inquireDeclarations(fields, of: client, dialect, at: now)
        }
    }
}
