internal import BlueTap

/// The request `alipay.acquire.overseas.spot.pay`: what of it the gateway acts on.
struct SpotPayRequest: Hashable {
    let transactionID: String
    let amount: Money
    /// Nil where it is no payment code.
    let code: PaymentCode?
    let notifyURL: String?
    let terms: LegacyTerms

    init(_ parameters: LegacyParameters, partner: String, _ settings: LegacySettings) throws(LegacyRefusal) {
        notifyURL = try parameters.address("notify_url")
        // The partner again, which many clients leave out.
        if parameters["alipay_seller_id"] != nil { try parameters.fixed("alipay_seller_id", partner) }
        try parameters.number("quantity", limit: 16, isRequired: false)
        let name = try parameters.required("trans_name", limit: 256)
        transactionID = try parameters.required("partner_trans_id", limit: 64)
        let currency = try parameters.requiredCurrency("currency", limit: 8)
        let transactionCurrency = try parameters.currency("trans_currency", limit: 8)
        if let transactionCurrency, let currencies = settings.transactionCurrencies,
            !currencies.contains(transactionCurrency)
        {
            throw .illegal("trans_currency is none of " + currencies.sorted().joined(separator: ", "))
        }
        amount = try parameters.money(
            "trans_amount", transactionCurrency ?? currency, digits: 11, most: 100_000_000)
        let codeText = try parameters.required("buyer_identity_code", limit: 32)
        code = codeText.utf8.count <= 24 ? PaymentCode(codeText) : nil
        try parameters.fixed("identity_code_type", "barcode")
        if let time = try parameters.text("trans_create_time", limit: 16), Instant(compact: time) == nil {
            throw .illegal("trans_create_time is no time of the form YYYYMMDDHHMMSS")
        }
        _ = try parameters.text("memo", limit: 256)
        try parameters.fixed("biz_product", "OVERSEAS_MBARCODE_PAY")
        _ = try parameters.object("extend_info", limit: 2048)
        terms = LegacyTerms(
            currency: currency, code: code?.digits ?? "", subject: name, charset: parameters.charset,
            signType: parameters["sign_type"].flatMap(LegacySignType.init))
    }
}

/// How later requests name a payment: by either of its names, of which the gateway's wins.
struct TradeReference: Hashable {
    let tradeID: String?
    let transactionID: String?

    /// `alipay.acquire.overseas.query`.
    init(query parameters: LegacyParameters, _ settings: LegacySettings) throws(LegacyRefusal) {
        tradeID = try parameters.text("alipay_trans_id", limit: 64)
        transactionID =
            settings.pages == .global
            ? try parameters.text("partner_trans_id", limit: 64)
            : try parameters.required("partner_trans_id", limit: 64)
        if tradeID == nil, transactionID == nil {
            throw .illegal("partner_trans_id and alipay_trans_id are missing: one of them is needed")
        }
    }

    /// `alipay.acquire.cancel`, which has other names for the same.
    init(cancel parameters: LegacyParameters) throws(LegacyRefusal) {
        // Which of the two is needed, or whether both are, the pages tell in different ways; clients leave both out.
        try parameters.number("timestamp", limit: 16, isRequired: false)
        try parameters.number("terminal_timestamp", limit: 16, isRequired: false)
        tradeID = try parameters.text("trade_no", limit: 64)
        if let tradeID, tradeID.unicodeScalars.count < 16 { throw .illegal("trade_no has less than 16 characters") }
        transactionID =
            tradeID == nil
            ? try parameters.required("out_trade_no", limit: 64) : try parameters.text("out_trade_no", limit: 64)
    }

    init(refund parameters: LegacyParameters) throws(LegacyRefusal) {
        transactionID = try parameters.required("partner_trans_id", limit: 64)
        tradeID = try parameters.text("alipay_trans_id", limit: 64)
    }
}

/// The request `alipay.acquire.overseas.spot.refund`.
struct SpotRefundRequest: Hashable {
    let trade: TradeReference
    let refundID: String
    let amount: Money
    /// Nil where the partner is not told: the answer is all.
    let notifyURL: String?

    init(_ parameters: LegacyParameters, _ settings: LegacySettings) throws(LegacyRefusal) {
        let url = try parameters.address("notify_url")
        trade = try TradeReference(refund: parameters)
        refundID = try parameters.required("partner_refund_id", limit: 64)
        guard refundID != trade.transactionID else { throw .illegal("partner_refund_id is the payment's name") }
        let currency = try parameters.requiredCurrency("currency", limit: 10)
        amount = try parameters.money("refund_amount", currency, digits: 9, most: 10_000_000)
        _ = try parameters.text(settings.pages == .hongKong ? "refund_reson" : "refund_reason", limit: 128)
        switch try parameters.text("is_sync", limit: 1) {
        case "Y": notifyURL = nil
        case "N", nil: notifyURL = url
        default: throw .illegal("is_sync is neither Y nor N")
        }
    }
}
