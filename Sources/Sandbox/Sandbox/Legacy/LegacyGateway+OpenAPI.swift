internal import BlueTap
internal import Logging
internal import SandboxFaults

// `alipay.system.oauth.token`, the one method of OpenAPI that there is.

extension LegacyGateway {
    private static let method = "alipay.system.oauth.token"

    /// Whether a parameter `method` stands in a request, and none `service`.
    static func isOpenAPI(_ request: Request) -> Bool {
        func has(_ name: String) -> Bool {
            let start = Array("\(name)=".utf8)
            return [Array(request.query.utf8.prefix(maximumSize)), request.body].contains { form in
                form.count <= maximumSize
                    && form.split(separator: UInt8(ascii: "&")).contains { $0.starts(with: start) }
            }
        }
        return has("method") && !has("service")
    }

    func openAPI(_ request: Request, at now: Instant) -> Response {
        var type: LegacySignType?
        var reason: String?
        var name = "alipay_system_oauth_token_response"
        var effect: SandboxFault.Effect?
        let member: String
        do {
            let parameters = try parameters(of: request, charset: "charset", default: .utf8)
            type = answerType(parameters)
            let app = try believe(parameters, at: now)
            try checkCommon(parameters, at: now, request.machineTime ?? now)
            if !faults.isEmpty {
                effect = faults.take(SandboxFault.Moment(occasion: .any, orderID: nil, amount: nil, time: now))
            }
            member = OpenAPIAnswer.text(try token(parameters, of: app, effect, at: now))
        } catch {
            let refusal: OpenAPIAnswer.Refusal
            switch error {
            case let error as OpenAPIAnswer.Refusal: refusal = error
            case let error as LegacyRefusal: refusal = .invalid("invalid-parameter", error.reason)
            default:
                logger.error("a request came to nothing: \(error)")
                refusal = .unavailable
            }
            reason = refusal.reason
            name = "error_response"
            member = OpenAPIAnswer.text(refusal)
        }
        // As the real one's, a refusal is signed too, so that an SDK can tell why; but not for an app that is unknown.
        let spoil = effect == .wrongSignature ? "&" : ""
        let signature =
            effect == .unsigned ? nil : type.flatMap { sign(Array("\(member)\(spoil)".utf8), $0, LegacyPartner()) }
        return Response(
            contentType: "application/json; charset=UTF-8", body: OpenAPIAnswer.document(name, member, sign: signature),
            reason: reason, delivery: effect?.delivery ?? .atOnce)
    }

    /// How the answer is signed; nil: not at all.
    private func answerType(_ parameters: LegacyParameters) -> LegacySignType? {
        let type = parameters["sign_type"].flatMap(LegacySignType.init)
        if case .known(let apps) = partners, parameters["app_id"].flatMap({ apps[$0] }) == nil { return nil }
        return type == .md5 ? nil : type
    }

    /// The app that vouches for a request. Other than the older gateway's, its `sign_type` is signed.
    private func believe(_ parameters: LegacyParameters, at now: Instant) throws -> String {
        let app = try required("app_id", limit: 32, parameters)
        let type = parameters["sign_type"].flatMap(LegacySignType.init)
        switch partners {
        case .any: return app
        case .known(let apps):
            guard let partner = apps[app] else {
                throw OpenAPIAnswer.Refusal.invalid("invalid-app-id", "there is no such app")
            }
            guard let type, type != .md5 else {
                throw OpenAPIAnswer.Refusal.invalid("invalid-signature-type", "sign_type is neither RSA nor RSA2")
            }
            guard try required("sign", limit: LegacySignType.maximumSize, parameters) != "",
                type.isValid(parameters["sign"] ?? "", of: parameters.signedText(without: ["sign"]), from: partner)
            else {
                let diagnosis = SignatureDiagnosis(of: parameters, without: ["sign"], type, partner)
                note(LegacyRefusal(.illegalSign, diagnosis.reason, diagnosis), of: parameters, at: now)
                // As the real one, which has the string behind a colon too.
                throw OpenAPIAnswer.Refusal.invalid(
                    "invalid-signature",
                    "sign does not fit the request: \(diagnosis.reason); the string to sign is: \(diagnosis.verified)")
            }
            return app
        }
    }

    /// What all methods of OpenAPI have in common.
    ///
    /// - Parameter machine: the time by which the client may have stamped its request, beside the sandbox's.
    private func checkCommon(_ parameters: LegacyParameters, at now: Instant, _ machine: Instant) throws {
        func refuse(_ what: String, _ reason: String) -> OpenAPIAnswer.Refusal { .invalid(what, reason) }
        guard try required("method", limit: 128, parameters) == Self.method else {
            throw refuse("invalid-method", "there is no such method")
        }
        guard try parameters.text("format", limit: 40)?.uppercased() ?? "JSON" == "JSON" else {
            throw refuse("invalid-format", "format is not JSON")
        }
        guard try required("version", limit: 3, parameters) == "1.0" else {
            throw refuse("invalid-version", "version is not 1.0")
        }
        guard let stamp = Instant(chinese: try required("timestamp", limit: 19, parameters)) else {
            throw refuse("invalid-timestamp", "timestamp is no time of the form yyyy-MM-dd HH:mm:ss")
        }
        let tolerance = settings.openAPITolerance
        guard [now, machine].contains(where: { (.zero - tolerance...tolerance).contains(stamp - $0) }) else {
            throw refuse(
                "invalid-timestamp",
                "timestamp is more than \(tolerance.components.seconds / 3600) hours from now, \(now.chineseText)")
        }
    }

    private func token(
        _ parameters: LegacyParameters, of app: String, _ effect: SandboxFault.Effect?, at now: Instant
    ) throws -> OpenAPIAnswer.Token {
        func refuse(_ what: String, _ reason: String) -> OpenAPIAnswer.Refusal { .invalid(what, reason) }
        switch effect {
        case .answer(let code)?, .failure(let code)?:
            throw OpenAPIAnswer.Refusal(
                code: "40004", message: "Business Failed", subCode: code, reason: "a fault that was set")
        case .lost?, .down?: throw OpenAPIAnswer.Refusal.unavailable
        default: break
        }
        _ = try parameters.text("app_auth_token", limit: 40)
        let token: AccessToken
        switch try required("grant_type", limit: 20, parameters) {
        case "authorization_code":
            let code = try required("code", limit: 40, parameters)
            guard
                let made = try ledger.token(
                    forCode: code, client: app, life: settings.tokenLife, refreshLife: settings.refreshLife, at: now)
            else { throw refuse("code-invalid", "code is unknown, used or expired") }
            token = made
        case "refresh_token":
            let refresh = try required("refresh_token", limit: 40, parameters)
            guard
                let made = try ledger.token(
                    renewing: refresh, client: app, life: settings.tokenLife, refreshLife: settings.refreshLife, at: now
                )
            else { throw refuse("refresh-token-invalid", "refresh_token is unknown, used or expired") }
            token = made
        default: throw refuse("grant-type-invalid", "grant_type is neither authorization_code nor refresh_token")
        }
        if effect == .unknown { throw OpenAPIAnswer.Refusal.unavailable }
        let user = LegacyBuyer.userID(of: token.wallet)
        return OpenAPIAnswer.Token(
            user: user, alipayUser: user, access: token.access, expiry: (token.expiresAt - now).components.seconds,
            refresh: token.refresh, refreshExpiry: (token.refreshExpiresAt - now).components.seconds)
    }

    private func required(_ name: String, limit: Int, _ parameters: LegacyParameters) throws -> String {
        guard let text = try parameters.text(name, limit: limit) else { throw OpenAPIAnswer.Refusal.missing(name) }
        return text
    }
}
