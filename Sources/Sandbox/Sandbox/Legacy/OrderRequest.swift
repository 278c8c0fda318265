internal import BlueTap

/// The requests `alipay.acquire.precreate` and `alipay.acquire.create`: an order that a customer pays later, by its code
/// or in an app.
///
/// Source: Antom's pages of both, and public clients: those of the first gateway in China send no currency, or 156, which
/// is ISO 4217's number of CNY.
struct OrderRequest: Hashable {
    let name: String
    let amount: Money
    let notifyURL: String?
    let terms: LegacyTerms
    /// How long it waits for the customer; nil: as the gateway has it.
    let life: Duration?

    init(
        _ service: LegacyService, _ parameters: LegacyParameters, _ settings: LegacySettings, at now: Instant
    ) throws(LegacyRefusal) {
        // The pages of Hong Kong have milliseconds; some clients send none.
        try parameters.checkTimestamp(settings, takesMilliseconds: true, at: now)
        notifyURL = try parameters.address("notify_url")
        name = try parameters.required("out_trade_no", limit: 64)
        let subject = try parameters.required("subject", limit: 256)
        _ = try parameters.text("product_code", limit: 32)
        _ = try parameters.text("body", limit: 400)
        _ = try parameters.object("extend_params", limit: 2048)
        let currency = try Self.currency("currency", parameters)
        let priced = try Self.currency("trans_currency", parameters) ?? currency ?? "CNY"
        amount = try parameters.money("total_fee", priced, digits: 11, most: 100_000_000)
        life = try Self.life(parameters, at: now)
        terms = LegacyTerms(
            currency: currency ?? priced, code: service == .precreate ? "precreate" : "create", subject: subject,
            charset: parameters.charset, signType: parameters["sign_type"].flatMap(LegacySignType.init),
            passback: try parameters.text("passback_parameters", limit: 512))
    }

    private static func currency(_ name: String, _ parameters: LegacyParameters) throws(LegacyRefusal) -> String? {
        parameters[name] == "156" ? "CNY" : try parameters.currency(name, limit: 8)
    }

    /// `it_b_pay`: from `1m` to `15d`, or `1c`, to the end of the day in UTC+8.
    private static func life(_ parameters: LegacyParameters, at now: Instant) throws(LegacyRefusal) -> Duration? {
        guard let text = try parameters.text("it_b_pay", limit: 8) else { return nil }
        if text == "1c" { return PaymentWindows(cancelGrace: .zero).cancelEnd(of: now) - now }
        let units: [Character: Int64] = ["m": 60, "h": 3600, "d": 86_400]
        guard let unit = text.last.flatMap({ units[$0] }), let count = Int64(text.dropLast()),
            (1...21_600).contains(count),
            count * unit <= 15 * 86_400, text.utf8.allSatisfy({ $0 != UInt8(ascii: "+") })
        else { throw .illegal("it_b_pay is none of 1m to 15d, and not 1c") }
        return .seconds(count * unit)
    }
}

extension LegacyParameters {
    /// Refuses a request whose `timestamp` is too long ago; one that is left out is not.
    func checkTimestamp(
        _ settings: LegacySettings, takesMilliseconds: Bool = false, at now: Instant
    ) throws(LegacyRefusal) {
        guard let text = try text("timestamp", limit: 19) else { return }
        let isNumber = takesMilliseconds && text.utf8.allSatisfy { (0x30...0x39).contains($0) }
        let milliseconds = isNumber ? Int64(text) : nil
        let stamp = Instant(chinese: text) ?? milliseconds.map { Instant(secondsSinceEpoch: $0 / 1000) }
        guard let stamp else { throw .illegal("timestamp is no time of the form yyyy-MM-dd HH:mm:ss") }
        guard now < stamp + settings.requestLife else {
            throw LegacyRefusal(
                .sessionTimeout,
                "timestamp, which is in GMT+8, is more than \(settings.requestLife.components.seconds / 60)"
                    + " minutes ago: the sandbox's time is \(now.chineseText)")
        }
    }
}
