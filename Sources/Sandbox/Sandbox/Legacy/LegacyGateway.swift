public import BlueTap
public import Logging
internal import SandboxFaults

/// Alipay's legacy gateway, `/gateway.do`: requests in, answers out.
///
/// Whatever a request is, it gets an answer; one that is refused has changed nothing. With the parameter `service` it is
/// of the older gateway, whose answers are XML; with `method` of OpenAPI, whose answers are JSON. Source: the public
/// documents of the services; what they leave open is in ``LegacySettings``.
public struct LegacyGateway: Sendable {
    public static let path = "/gateway.do"
    /// Longest query and longest body that are read, in bytes.
    public static let maximumSize = 65_536

    public struct Request: Sendable {
        public var method: String
        /// As it stands in the URL, after the question mark.
        public var query: String
        public var contentType: String?
        public var body: [UInt8]
        /// The machine's own time, by which clients stamp their requests where the sandbox's stands still; nil: the same.
        public var machineTime: Instant?

        public init(
            method: String = "POST", query: String = "", contentType: String? = nil, body: [UInt8] = [],
            machineTime: Instant? = nil
        ) {
            self.method = method
            self.query = query
            self.contentType = contentType
            self.body = body
            self.machineTime = machineTime
        }
    }

    public struct Response: Sendable {
        public var contentType: String
        public var body: [UInt8]
        /// Why the request was refused, in one line for the developer: the answer itself has but a code. Nil: it was not.
        public var reason: String?
        public var delivery = Delivery.atOnce
    }

    let ledger: Ledger
    let wallets: WalletBook
    let partners: LegacyPartners
    let faults: SandboxFaultBoard
    let refused: RefusedRequests
    let key: PrivateKey?
    let settings: LegacySettings
    let logger: Logger

    /// - Parameters:
    ///   - faults: what it does wrong.
    ///   - refused: gets what is refused for its signature.
    ///   - key: signs answers and notifications by RSA and RSA2; nil: they are signed by MD5 alone.
    public init(
        ledger: Ledger, wallets: WalletBook, partners: LegacyPartners, faults: SandboxFaultBoard = SandboxFaultBoard(),
        refused: RefusedRequests = RefusedRequests(), key: PrivateKey?, settings: LegacySettings = LegacySettings(),
        logger: Logger
    ) {
        self.faults = faults
        self.refused = refused
        self.ledger = ledger
        self.wallets = wallets
        self.partners = partners
        self.key = key
        self.settings = settings
        self.logger = logger
    }

    // MARK: The envelope

    public func respond(to request: Request, at now: Instant) -> Response {
        if Self.isOpenAPI(request) { return openAPI(request, at: now) }
        if Self.isNotifyVerify(request) { return verifyNotification(request, at: now) }
        // An answer to what cannot be read has nothing but ASCII.
        var charset = settings.answerCharset ?? .utf8
        var reason: String?
        var delivery = Delivery.atOnce
        let root: String
        do {
            let parameters = try parameters(of: request, charset: "_input_charset", default: settings.defaultCharset)
            charset = settings.answerCharset ?? parameters.charset
            do {
                (root, delivery) = try answer(parameters, charset, at: now)
            } catch let refusal as LegacyRefusal {
                note(refusal, of: parameters, at: now)
                throw refusal
            }
        } catch let refusal as LegacyRefusal {
            root = LegacyAnswer.refused(refusal.code)
            reason = refusal.reason
        } catch {
            logger.error("a request came to nothing: \(error)")
            root = LegacyAnswer.refused(.systemError)
            reason = "\(error)"
        }
        return Response(
            contentType: "text/xml; charset=\(charset.rawValue)", body: LegacyAnswer.document(root, charset),
            reason: reason, delivery: delivery)
    }

    /// Tells where people look of a request that is refused for its signature.
    func note(_ refusal: LegacyRefusal, of parameters: LegacyParameters, at now: Instant) {
        guard let diagnosis = refusal.diagnosis else { return }
        refused.add(
            RefusedRequest(
                time: now, target: parameters["service"] ?? parameters["method"] ?? Self.path,
                client: parameters["partner"] ?? parameters["app_id"] ?? "",
                requestID: parameters["partner_trans_id"] ?? parameters["out_trade_no"], diagnosis))
    }

    func parameters(
        of request: Request, charset name: String, default charset: LegacyCharset
    ) throws(LegacyRefusal) -> LegacyParameters {
        guard ["GET", "POST"].contains(request.method) else { throw .illegal("only GET and POST are") }
        let isForm = request.contentType?.lowercased().hasPrefix("application/x-www-form-urlencoded") ?? true
        guard isForm || request.body.isEmpty else {
            throw .illegal("the body must be application/x-www-form-urlencoded")
        }
        return try LegacyParameters(
            query: request.query, body: request.method == "POST" ? request.body : [], charset: name, default: charset,
            needsCharsetInURL: settings.needsCharsetInURL && name == "_input_charset")
    }

    private func answer(
        _ parameters: LegacyParameters, _ charset: LegacyCharset, at now: Instant
    ) throws -> (root: String, delivery: Delivery) {
        let (id, partner, type) = try sender(of: parameters)
        guard let service = parameters["service"].flatMap(LegacyService.init) else {
            throw LegacyRefusal(.illegalService, "there is no such service")
        }
        guard partner.services?.contains(service) ?? true else {
            throw LegacyRefusal(.illegalPartnerExterface, "the partner has no contract for the service")
        }
        let effect = try effect(on: service, parameters, of: id, at: now)
        switch effect {
        case .answer(let code)? where LegacyCode.ofRequests.contains(code):
            return (LegacyAnswer.refused(code: code), .atOnce)
        case .lost?, .down?: return (LegacyAnswer.refused(.systemError), effect?.delivery ?? .atOnce)
        default: break
        }
        guard let fields = try fields(service, parameters, of: id, effect, at: now) else {
            return (LegacyAnswer.refused(.systemError), .atOnce)
        }
        let signed = fields.map { (name: $0.key, bytes: charset.bytes(of: $0.value)) }
        var text = LegacySignType.text(of: signed, without: [])
        if effect == .wrongSignature { text.append(UInt8(ascii: "&")) }
        let signature =
            effect == .unsigned
            ? nil : type.flatMap { type in sign(text, type, partner).map { (sign: $0, type: type) } }
        return (LegacyAnswer.accepted(parameters, fields, signature: signature), effect?.delivery ?? .atOnce)
    }

    /// The fault that a request meets; nil: none.
    private func effect(
        on service: LegacyService, _ parameters: LegacyParameters, of partner: String, at now: Instant
    ) throws -> SandboxFault.Effect? {
        if settings.mocksByAmount, let effect = ServiceMocking.effect(of: parameters) { return effect }
        guard !faults.isEmpty else { return nil }
        let name = parameters["partner_trans_id"] ?? parameters["out_trade_no"]
        let payment = try name.flatMap { try ledger.payment(client: partner, requestID: $0, at: now) }
        let asked = (parameters["trans_amount"] ?? parameters["total_fee"]).flatMap {
            Money(currency: parameters["trans_currency"] ?? parameters["currency"] ?? "CNY", decimal: $0)
        }
        return faults.take(
            SandboxFault.Moment(
                occasion: service.occasion, orderID: name, amount: (payment?.amount ?? asked)?.minorUnits, time: now))
    }

    /// Who sent it and vouches for it, and how.
    private func sender(
        of parameters: LegacyParameters
    ) throws(LegacyRefusal) -> (id: String, partner: LegacyPartner, type: LegacySignType?) {
        guard let id = parameters["partner"], id.utf8.count == 16, id.utf8.allSatisfy({ (0x30...0x39).contains($0) })
        else { throw LegacyRefusal(.illegalPartner, "partner is missing, or has not 16 digits") }
        // Some clients sign by MD5 and do not say so.
        let type =
            if let name = parameters["sign_type"] {
                LegacySignType(rawValue: name)
            } else {
                parameters["sign"]?.utf8.count == 32 ? LegacySignType.md5 : nil
            }
        switch partners {
        case .any:
            if type == nil, parameters["sign_type"] != nil { throw Self.unknownSignType }
            return (id, LegacyPartner(md5Key: settings.sharedMD5Key), type)
        case .known(let partners):
            guard let partner = partners[id] else {
                throw LegacyRefusal(.illegalPartner, "there is no such partner")
            }
            guard let type else { throw Self.unknownSignType }
            let text = parameters.signedText(without: ["sign", "sign_type"])
            guard let sign = parameters["sign"], type.isValid(sign, of: text, from: partner) else {
                let diagnosis = SignatureDiagnosis(of: parameters, without: ["sign", "sign_type"], type, partner)
                throw LegacyRefusal(
                    .illegalSign,
                    "sign is missing, or does not fit the request: \(diagnosis.reason); the string to sign is"
                        + " \(diagnosis.verified)", diagnosis)
            }
            return (id, partner, type)
        }
    }

    private static let unknownSignType = LegacyRefusal(
        .illegalSignType,
        "sign_type is none of " + LegacySignType.allCases.map(\.rawValue).joined(separator: ", "))

    /// Nil where there is no key for it.
    func sign(_ text: [UInt8], _ type: LegacySignType, _ partner: LegacyPartner) -> String? {
        do throws(SigningKeyError) {
            return try type.signature(of: text, md5Key: partner.md5Key, key: key)
        } catch {
            logger.error("an answer is not signed: \(error)")
            return nil
        }
    }

    /// What is answered where the request itself is well-formed; nil: that nobody knows.
    private func fields(
        _ service: LegacyService, _ parameters: LegacyParameters, of partner: String, _ effect: SandboxFault.Effect?,
        at now: Instant
    ) throws -> [String: String]? {
        if case .answer(let code)? = effect {
            return failure(service == .spotPay ? settings.payFailed : "FAIL", code, "a fault that was set")
        }
        let fields = try carryOut(service, parameters, of: partner, effect, at: now)
        guard effect == .unknown else { return fields }
        switch service {
        case .spotPay:
            return ["result_code": settings.payUnknown].merging(
                fields.filter { ["partner_trans_id", "trans_amount", "currency"].contains($0.key) }
            ) { first, _ in first }
        case .cancel:
            // Whoever asks again learns more.
            return ["result_code": settings.cancelUnknown, "retry_flag": "Y"].merging(
                fields.filter { $0.key == "out_trade_no" }
            ) { first, _ in first }
        case .precreate, .create: return ["result_code": "UNKNOWN", "out_trade_no": fields["out_trade_no"] ?? ""]
        case .query, .spotRefund, .createCode, .modifyCode, .modifyCodeStatus: return nil
        }
    }

    private func carryOut(
        _ service: LegacyService, _ parameters: LegacyParameters, of partner: String, _ effect: SandboxFault.Effect?,
        at now: Instant
    ) throws -> [String: String] {
        switch service {
        case .spotPay: try pay(SpotPayRequest(parameters, partner: partner, settings), of: partner, effect, at: now)
        case .query: try query(TradeReference(query: parameters, settings), of: partner, at: now)
        case .spotRefund: try refund(SpotRefundRequest(parameters, settings), of: partner, at: now)
        case .cancel: try cancel(TradeReference(cancel: parameters), of: partner, effect, at: now)
        case .createCode, .modifyCode, .modifyCodeStatus:
            try carryOut(MerchantCodeRequest(service, parameters, settings, at: now), of: partner, at: now)
        case .precreate, .create:
            try order(service, OrderRequest(service, parameters, settings, at: now), of: partner, effect, at: now)
        }
    }
}
