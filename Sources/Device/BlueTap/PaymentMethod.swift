/// The wallets that a pay command can name. Source: Alipay+ Docs, SendPayCommand.
public enum PaymentMethod: String, CaseIterable, Codable, Hashable, Sendable {
    case trueMoney = "TRUEMONEY"
    case sevenEleven = "SEVEN_11"
    case alipayCN = "ALIPAY_CN"
    case alipayPlus = "ALIPAY_PLUS"

    /// Its place among the cases.
    var ordinal: Int {
        switch self {
        case .trueMoney: 0
        case .sevenEleven: 1
        case .alipayCN: 2
        case .alipayPlus: 3
        }
    }
}
