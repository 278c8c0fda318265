internal import BlueTap

#if canImport(FoundationEssentials)
    internal import FoundationEssentials
#else
    internal import Foundation
#endif

// Registering merchants, before they take payments. Source: Antom, registration, inquiryRegistrationStatus,
// inquiryRegistrationInfo, notifyRegistrationStatus.

extension AcquirerAPI {
    /// Merchants of these categories are rejected, so that a rejection can be seen: betting. A rule of this sandbox alone.
    static let rejectedCategories: Set<String> = ["7995"]

    func register(
        _ fields: RequestFields, of client: String, _ dialect: AcquirerOperation.Dialect, at now: Instant
    ) throws -> AcquirerAnswer {
        let requestID = try fields.requiredName("registrationRequestId")
        let products = try fields.list("productCodes")
        guard let products, !products.isEmpty else { throw fields.missing("productCodes") }
        let known: Set<String> = ["IN_STORE_PAYMENT", "CASHIER_PAYMENT", "AGREEMENT_PAYMENT"]
        if let other = products.first(where: { !known.contains($0) }) {
            throw RequestFields.Illegal(reason: "productCodes has \(other.prefix(64)), which is none")
        }
        let merchant = try fields.required("merchantInfo")
        let merchantID = try merchant.requiredName("referenceMerchantId")
        let category = try merchant.text("merchantMCC", limit: 32)
        // Source: "An error of PARAM_ILLEGAL is returned if storeInfo is not passed in".
        let store =
            products.contains("IN_STORE_PAYMENT") ? try fields.required("storeInfo") : try fields.object("storeInfo")
        let storeID = try store?.requiredName("referenceStoreId", limit: 32)
        let passThrough = try fields.text("passThroughInfo", limit: 2048)
        let isRejected = category.map(Self.rejectedCategories.contains) ?? false
        let entry = try ledger.register(
            Ledger.RegistrationDraft(
                client: client, requestID: requestID, terms: fields.canonical, merchant: merchantID, store: storeID,
                body: String(decoding: fields.value.jsonBytes, as: UTF8.self), dueAt: now + settings.registrationTime,
                rejectReason: isRejected ? "merchants of the category \(category ?? "") are not taken" : nil,
                notifyURL: try fields.address("registrationNotifyURL") ?? fields.address("registrationNotifyUrl")),
            at: now)
        if case .inconsistent = entry {
            return AcquirerAnswer(
                .failure(
                    .requestDiffers, "a request of this registrationRequestId has asked for something else", dialect))
        }
        var answer = AcquirerAnswer(.success)
        answer.passThroughInfo = passThrough
        return answer
    }

    func inquireRegistration(
        _ fields: RequestFields, of client: String, _ dialect: AcquirerOperation.Dialect, at now: Instant
    ) throws -> AcquirerAnswer {
        let requestID = try fields.text("registrationRequestId", limit: 64)
        let merchant = try fields.text("referenceMerchantId", limit: 64)
        let store = try fields.text("referenceStoreId", limit: 32)
        guard requestID != nil || merchant != nil || store != nil else {
            throw RequestFields.Illegal(
                reason: "registrationRequestId, referenceMerchantId and referenceStoreId are missing: one is needed")
        }
        let found = try ledger.registration(client: client, requestID: requestID, merchant: merchant, store: store)
        guard let found else {
            return AcquirerAnswer(.failure(.recordNotFound, "nobody of these names was registered", dialect))
        }
        var answer = AcquirerAnswer(.success)
        let (result, wallets) = Self.outcome(of: found, settings, at: now)
        (answer.registrationResult, answer.pspRegistrationResultList) = (result, wallets)
        return answer
    }

    /// The newest information that was approved; before that the answer says nothing more than that it was heard.
    func inquireRegistrationInfo(
        _ fields: RequestFields, of client: String, _ dialect: AcquirerOperation.Dialect, at now: Instant
    ) throws -> AcquirerAnswer {
        let merchant = try fields.required("referenceMerchantId", limit: 64)
        let store = try fields.text("referenceStoreId", limit: 32)
        let found = try ledger.registration(client: client, requestID: nil, merchant: merchant, store: store)
        guard let found else {
            return AcquirerAnswer(.failure(.recordNotFound, "nobody of these names was registered", dialect))
        }
        var answer = AcquirerAnswer(.success)
        guard found.dueAt <= now, found.rejectReason == nil,
            let body = try? RequestFields(Array(found.body.utf8), takesNumbers: true)
        else { return answer }
        answer.merchantInfo = try body.object("merchantInfo")?.value
        answer.storeInfo = try body.object("storeInfo")?.value
        answer.productCodes = try body.list("productCodes")
        return answer
    }

    /// What became of a registration: of itself, and with each wallet.
    static func outcome(
        of registration: Registration, _ settings: Settings, at now: Instant
    ) -> (AcquirerAnswer.RegistrationResult, [AcquirerAnswer.WalletRegistration]?) {
        guard registration.dueAt <= now else { return (.init(registrationStatus: "PENDING"), nil) }
        let result = AcquirerAnswer.RegistrationResult(
            registrationStatus: registration.rejectReason == nil ? "APPROVED" : "REJECTED",
            rejectReasons: registration.rejectReason)
        return (
            .init(registrationStatus: "COMPLETED"),
            [.init(pspName: settings.walletBrandName, registrationResult: result)]
        )
    }
}
