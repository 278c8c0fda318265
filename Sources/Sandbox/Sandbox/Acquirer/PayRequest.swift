internal import BlueTap

/// The request `pay`: what of it the gateway acts on.
struct PayRequest: Hashable {
    /// How the customer comes to the payment. Source: `paymentFactor.inStorePaymentScenario`.
    enum Scenario: String, CaseIterable {
        /// The till has scanned the customer's code.
        case paymentCode = "PaymentCode"
        /// The customer scans the code of this order.
        case orderCode = "OrderCode"
        /// The customer has scanned the store's code, and the store's page asks.
        case entryCode = "EntryCode"
        /// The customer pays in a browser: no payment in a store.
        case cashier = "Cashier"

        /// Those in a store.
        static let inStore: [Scenario] = [.paymentCode, .orderCode, .entryCode]
    }

    let requestID: String
    let orderID: String
    let amount: Money
    let scenario: Scenario
    /// Nil in other scenarios, and where what was scanned is none.
    let code: PaymentCode?
    let expiresAt: Instant?
    let notifyURL: String?
    /// What a repeated request must say as the first did, beside the amount.
    let terms: String
    let details: PaymentDetails

    /// - Parameter notifyURL: where payments are told that name no address; nil: nowhere.
    init(
        _ fields: RequestFields, _ dialect: AcquirerOperation.Dialect, notifyURL standard: String? = nil,
        isSession: Bool = false
    ) throws(RequestFields.Illegal) {
        requestID = try fields.requiredName("paymentRequestId")
        let order = try fields.required("order")
        let factor = try fields.object("paymentFactor")
        let scenario = isSession ? .cashier : try Self.scenario(fields, factor, dialect)
        self.scenario = scenario
        // The official clients of cashier pages leave the order's name out.
        orderID =
            scenario == .cashier
            ? try order.name("referenceOrderId") ?? requestID : try order.requiredName("referenceOrderId")
        _ = try order.required("orderDescription", limit: 256)
        let orderAmount = try order.money("orderAmount")
        amount = try fields.money("paymentAmount")
        let method = isSession ? try fields.object("paymentMethod") : try fields.required("paymentMethod")
        let methodType =
            isSession
            ? try method?.text("paymentMethodType", limit: 64) ?? ""
            : try method?.required("paymentMethodType", limit: 64) ?? ""
        // What is no code at all is told apart from what is left out.
        let scanned = scenario == .paymentCode ? try method?.required("paymentMethodId", limit: 512) : nil
        code = scanned.flatMap(PaymentCode.init)
        notifyURL = try fields.address("paymentNotifyUrl") ?? standard
        if scenario == .entryCode {
            _ = try order.required("merchant").required("store")
            _ = try order.required("env").required("userAgent", limit: 1024)
        }
        if dialect == .antom, scenario != .cashier {
            try Self.checkStore(order, scenario)
            guard notifyURL != nil else { throw fields.missing("paymentNotifyUrl") }
        }
        expiresAt = try Self.instant("paymentExpiryTime", fields)
        let strategy = try fields.object("settlementStrategy")
        details = PaymentDetails(
            scenario: scenario.rawValue, methodType: methodType,
            orderAmount: orderAmount.currency == amount.currency ? orderAmount.minorUnits : nil,
            settlementCurrency: try Self.currency("settlementCurrency", strategy),
            redirectURL: try fields.text("paymentRedirectUrl", limit: 2048), order: order.value, factor: factor?.value)
        let terms = "\(methodType)|\(factor?.canonical ?? "")|\(strategy?.canonical ?? "")"
        // Source: Antom, idempotency: of another `paymentMethodId` a repeated request is another one. Alipay+ does not say so.
        self.terms = dialect == .antom ? "\(terms)|\(scanned ?? "")" : terms
    }

    private static func scenario(
        _ fields: RequestFields, _ factor: RequestFields?, _ dialect: AcquirerOperation.Dialect
    ) throws(RequestFields.Illegal) -> Scenario {
        if dialect == .antom {
            let product = try fields.required("productCode", limit: 64)
            if product == "CASHIER_PAYMENT" { return .cashier }
            guard product == "IN_STORE_PAYMENT" else {
                throw RequestFields.Illegal(reason: "productCode is neither IN_STORE_PAYMENT nor CASHIER_PAYMENT")
            }
        }
        guard let factor else { throw fields.missing("paymentFactor") }
        let name = try factor.text("inStorePaymentScenario", limit: 64)
        if name == nil, dialect == .alipayPlus, try factor.text("isCashierPayment", limit: 8) == "true" {
            return .cashier
        }
        guard let name else { throw factor.missing("inStorePaymentScenario") }
        guard let scenario = Scenario.inStore.first(where: { $0.rawValue == name }) else {
            throw RequestFields.Illegal(
                reason: "paymentFactor.inStorePaymentScenario is none of "
                    + Scenario.inStore.map(\.rawValue).joined(separator: ", "))
        }
        return scenario
    }

    /// Source: what Antom's in-store clients insist on before they send a request.
    private static func checkStore(_ order: RequestFields, _ scenario: Scenario) throws(RequestFields.Illegal) {
        let merchant = try order.required("merchant")
        _ = try merchant.required("referenceMerchantId", limit: 64)
        _ = try merchant.required("merchantName", limit: 256)
        if try merchant.text("merchantMCC", limit: 32) == nil { _ = try merchant.required("merchantMcc", limit: 32) }
        let store = try merchant.required("store")
        _ = try store.required("referenceStoreId", limit: 64)
        _ = try store.required("storeName", limit: 256)
        if try store.text("storeMCC", limit: 32) == nil { _ = try store.required("storeMcc", limit: 32) }
        // For a code that the till shows itself they insist on no surroundings.
        if scenario == .orderCode { return }
        let env = try order.required("env")
        if scenario == .paymentCode {
            _ = try env.required("storeTerminalId", limit: 64)
            _ = try env.required("storeTerminalRequestTime", limit: 64)
            _ = try instant("storeTerminalRequestTime", env)
        }
    }

    private static func currency(_ name: String, _ fields: RequestFields?) throws(RequestFields.Illegal) -> String? {
        guard let currency = try fields?.text(name, limit: 3) else { return nil }
        guard Currency.isKnown(currency) else {
            throw RequestFields.Illegal(
                reason: "settlementStrategy.\(name) is none of ISO 4217", refusal: .currencyNotSupported)
        }
        return currency
    }

    private static func instant(_ name: String, _ fields: RequestFields) throws(RequestFields.Illegal) -> Instant? {
        guard let text = try fields.text(name, limit: 64) else { return nil }
        guard let instant = Instant(offset: text) else {
            throw RequestFields.Illegal(reason: "\(name) is no ISO 8601 time with an offset")
        }
        return instant
    }
}

/// How later requests name a payment: by either of its names, of which the gateway's wins.
struct PaymentReference: Hashable {
    let paymentID: String?
    let requestID: String?

    init(_ fields: RequestFields) throws(RequestFields.Illegal) {
        paymentID = try fields.text("paymentId", limit: 64)
        requestID = try fields.text("paymentRequestId", limit: 64)
        if paymentID == nil && requestID == nil {
            throw RequestFields.Illegal(reason: "paymentRequestId and paymentId are missing: one of them is needed")
        }
    }
}

/// The request `refund`.
struct RefundRequest: Hashable {
    let payment: PaymentReference
    let requestID: String
    let amount: Money
    let notifyURL: String?

    init(_ fields: RequestFields) throws(RequestFields.Illegal) {
        payment = try PaymentReference(fields)
        requestID = try fields.requiredName("refundRequestId")
        amount = try fields.money("refundAmount")
        _ = try fields.text("refundReason", limit: 256)
        notifyURL = try fields.address("refundNotifyUrl")
    }
}

/// The request `inquiryRefund`: by either of its names, of which the gateway's wins.
struct RefundReference: Hashable {
    let refundID: String?
    let requestID: String?

    init(_ fields: RequestFields) throws(RequestFields.Illegal) {
        refundID = try fields.text("refundId", limit: 64)
        requestID = try fields.text("refundRequestId", limit: 64)
        if refundID == nil && requestID == nil {
            throw RequestFields.Illegal(reason: "refundRequestId and refundId are missing: one of them is needed")
        }
    }
}
