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
    }

    let requestID: String
    let orderID: String
    let amount: Money
    let scenario: Scenario
    /// Nil in other scenarios.
    let code: PaymentCode?
    let expiresAt: Instant?
    let notifyURL: String?
    /// What a repeated request must say as the first did, beside the amount.
    let terms: String

    init(_ fields: RequestFields) throws(RequestFields.Illegal) {
        requestID = try fields.required("paymentRequestId", limit: 64)
        let order = try fields.required("order")
        orderID = try order.required("referenceOrderId", limit: 64)
        _ = try order.required("orderDescription", limit: 256)
        _ = try order.money("orderAmount")
        amount = try fields.money("paymentAmount")
        let method = try fields.required("paymentMethod")
        let methodType = try method.required("paymentMethodType", limit: 64)
        let factor = try fields.required("paymentFactor")
        let scenarioText = try factor.required("inStorePaymentScenario", limit: 64)
        guard let scenario = Scenario(rawValue: scenarioText) else {
            throw RequestFields.Illegal(
                reason: "paymentFactor.inStorePaymentScenario is none of "
                    + Scenario.allCases.map(\.rawValue).joined(separator: ", "))
        }
        self.scenario = scenario
        switch scenario {
        case .paymentCode:
            // What is no code at all is told apart from what is left out.
            code = PaymentCode(try method.required("paymentMethodId", limit: 512))
        case .orderCode: code = nil
        case .entryCode:
            code = nil
            _ = try order.required("merchant").required("store")
            _ = try order.required("env").required("userAgent", limit: 1024)
        }
        expiresAt = try Self.instant("paymentExpiryTime", fields)
        notifyURL = try Self.address("paymentNotifyUrl", fields)
        let strategy = try fields.object("settlementStrategy")?.canonical ?? ""
        terms = "\(methodType)|\(factor.canonical)|\(strategy)"
    }

    private static func instant(_ name: String, _ fields: RequestFields) throws(RequestFields.Illegal) -> Instant? {
        guard let text = try fields.text(name, limit: 64) else { return nil }
        guard let instant = Instant(offset: text) else {
            throw RequestFields.Illegal(reason: "\(name) is no ISO 8601 time with an offset")
        }
        return instant
    }

    private static func address(_ name: String, _ fields: RequestFields) throws(RequestFields.Illegal) -> String? {
        guard let text = try fields.text(name, limit: 1024) else { return nil }
        guard text.isHTTPAddress else {
            throw RequestFields.Illegal(reason: "\(name) is no HTTP URL")
        }
        return text
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

    init(_ fields: RequestFields) throws(RequestFields.Illegal) {
        payment = try PaymentReference(fields)
        requestID = try fields.required("refundRequestId", limit: 64)
        amount = try fields.money("refundAmount")
        _ = try fields.text("refundReason", limit: 256)
    }
}
