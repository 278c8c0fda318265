/// What of the legacy gateway its documentation leaves open, or tells in more than one way.
public struct LegacySettings: Hashable, Sendable {
    /// Whose pages are followed where they differ.
    public enum Pages: String, CaseIterable, Sendable {
        /// A query takes either name; merchants' names have 64 characters. The notify_url that these pages require is not:
        /// no client that is public sends it with `spot.pay`, and the gateway takes that.
        case global
        /// A query needs `partner_trans_id`.
        case china
        /// As China's; merchants' names have 32 characters.
        case hongKong
    }

    /// What the answer to a repeated `spot.pay` is, once the payment has ended.
    public enum RepeatedPay: String, CaseIterable, Sendable {
        /// What the payment came to, as the barcode pages' table of errors has it.
        case tellsState
        /// A failure, with `TRADE_HAS_SUCCESS` or `TRADE_HAS_CLOSE`.
        case fails
    }

    public var pages = Pages.global
    /// The encoding of requests that do not tell theirs. Source: the Hong Kong pages.
    public var defaultCharset = LegacyCharset.gbk
    /// The encoding of answers; nil: the request's. A public sample has GBK where the request had said UTF-8.
    public var answerCharset: LegacyCharset?
    /// Whether a POST must have `_input_charset` in its URL, as the documentation says, where its body is more than ASCII.
    public var needsCharsetInURL = true
    /// The encoding of notifications; nil: that of the request that asked for the payment.
    public var notificationCharset: LegacyCharset?
    /// Whether amounts decide what an answer is, as ``ServiceMocking`` has it.
    public var mocksByAmount = false

    /// `result_code` of a `spot.pay` that nobody knows the end of. Source: the barcode pages (sic); the fast-food page has
    /// UNKNOWN.
    public var payUnknown = "UNKNOW"
    /// `result_code` of a `spot.pay` that has failed. Source: the fast-food page; other services have FAIL.
    public var payFailed = "FAILED"
    /// `result_code` of a `cancel` that nobody knows the end of. Source: inferred from `alipay.trade.cancel`.
    public var cancelUnknown = "UNKNOWN"
    public var repeatedPay = RepeatedPay.tellsState
    /// What a query of a payment that is not there finds: `TRANS_NOT_FOUND` by the query's page, `TRADE_NOT_EXIST` by the
    /// table of errors.
    public var queryNotFound = "TRANS_NOT_FOUND"
    /// The trade status of a payment that the wallet has refused. Source: the table of states has none for it; the fast-food
    /// page has `TRADE_FAIL`.
    public var failedTradeStatus = "TRADE_CLOSED"
    /// The currencies that `trans_currency` may be of; nil: all. Source: MOP, TWD and CNY "currently".
    public var transactionCurrencies: Set<String>?
    /// What `trans_name` must not contain.
    public var forbiddenWords: [String] = []
    /// `payment_inst` of answers; nil: they have none. Source: a public sample.
    public var paymentInstitution: String? = "ALIPAYCN"

    /// How long a payment waits for the customer. Source: "3 minutes", an example in the table of states.
    public var payExpiry = Duration.seconds(180)
    /// The same of one that `precreate` or `create` made without `it_b_pay`, which is not public.
    public var orderExpiry = Duration.seconds(2 * 3600)
    /// How long a request with a `timestamp` of the merchant codes and orders lives.
    public var requestLife = Duration.seconds(30 * 60)
    /// How far the `timestamp` of OpenAPI may be from now, before and after. SDKs send their machine's local time, whatever
    /// its zone: what the real gateway allows is not public.
    public var openAPITolerance = Duration.seconds(86_400)
    /// How long after an attempt `notify_verify` vouches for a notification. Source: the samples' "one minute".
    public var verifyLife = Duration.seconds(60)
    /// How long after the midnight (UTC+8) that follows its creation a payment can be cancelled that nobody has paid.
    public var cancelGraceUnpaid = Duration.seconds(15 * 60)
    /// The same of one that was paid.
    public var cancelGracePaid = Duration.zero

    /// What merchants' codes begin with. Source: an example of `qrcode.modify`.
    public var codeURL = "https://qr.alipay.com/ocx"
    /// What the codes of orders begin with that `precreate` made; the gateway's name of the payment follows.
    public var orderCodeURL = "https://qr.alipay.com/bax"
    /// Where the pictures of those codes are, which is nowhere: draw `qr_code` yourself.
    public var pictureURL = "https://mobilecodec.alipay.com/show.htm?code="
    /// Whether `qr_code` is taken for `qrcode`, as a public client sends it against the documentation.
    public var acceptsClientSpelling = false

    /// The MD5 key of partners that have none of their own, where everybody is believed.
    public var sharedMD5Key = "bluetap0sandbox0md5key0000000000"

    /// How long an access token lives, and how long it can be renewed. Source: a public sample.
    public var tokenLife = Duration.seconds(1_296_000)
    public var refreshLife = Duration.seconds(2_592_000)

    public init() {}
}
