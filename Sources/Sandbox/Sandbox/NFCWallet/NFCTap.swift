/// A Mastercard terminal that the phone is held to: what it wants to be paid.
public struct NFCTap: Hashable, Sendable {
    /// `richTransactionType`, in the documents' words.
    public enum Kind: String, CaseIterable, Sendable {
        case purchase = "PURCHASE"
        case refund = "REFUND"
        case cash = "CASH"
        case transit = "TRANSIT"
        case purchaseWithCashback = "PURCHASE_WITH_CASHBACK"
    }

    /// The merchant's category.
    public var mcc: String
    /// ISO 4217's number: two bytes of binary coded decimals, as EMV's tag 5F2A.
    public var currencyCode: [UInt8]
    /// In smallest units: six bytes of binary coded decimals, as EMV's tag 9F02.
    public var amount: [UInt8]
    public var range: NFCTransactionInfo.Range
    public var kind: Kind

    /// Of bytes as a terminal may send them; they are handed on, whatever they are.
    public init(
        mcc: String, currencyCode: [UInt8], amount: [UInt8], range: NFCTransactionInfo.Range = .unknown,
        kind: Kind = .purchase
    ) {
        self.mcc = mcc
        self.currencyCode = currencyCode
        self.amount = amount
        self.range = range
        self.kind = kind
    }

    /// Nil where the currency's number is not known here, or the amount has more than twelve digits.
    public init?(
        mcc: String = "5411", _ money: Money, range: NFCTransactionInfo.Range = .lowValue, kind: Kind = .purchase
    ) {
        guard let number = Self.currencyNumbers[money.currency], money.minorUnits < 1_000_000_000_000 else {
            return nil
        }
        self.init(
            mcc: mcc, currencyCode: Self.decimals(number, bytes: 2), amount: Self.decimals(money.minorUnits, bytes: 6),
            range: range, kind: kind)
    }

    /// Of currencies that Alipay+'s wallets and their travellers pay in.
    private static let currencyNumbers: [String: Int64] = [
        "AED": 784, "AUD": 36, "CAD": 124, "CHF": 756, "CNY": 156, "EUR": 978, "GBP": 826, "HKD": 344, "IDR": 360,
        "INR": 356, "JPY": 392, "KRW": 410, "LKR": 144, "MOP": 446, "MYR": 458, "NZD": 554, "PHP": 608, "SGD": 702,
        "THB": 764, "TWD": 901, "USD": 840, "VND": 704,
    ]

    private static func decimals(_ number: Int64, bytes: Int) -> [UInt8] {
        var (bytes, rest) = ([UInt8](repeating: 0, count: bytes), number)
        for index in bytes.indices.reversed() {
            bytes[index] = UInt8(rest / 10 % 10) << 4 | UInt8(rest % 10)
            rest /= 100
        }
        return bytes
    }

    /// What the app is told before it permits.
    var info: NFCTransactionInfo {
        NFCTransactionInfo(
            currencyCode: currencyCode, amount: amount, range: range, type: kind == .transit ? .transit : .purchase)
    }

    /// What the app is told when the tap is complete.
    var context: NFCTransactionContext {
        let range: NFCTransactionContext.Range? =
            switch self.range {
            case .lowValue: .low
            case .highValue: .high
            case .unknown: nil
            }
        return NFCTransactionContext(mcc: mcc, currencyCode: currencyCode, amount: amount, range: range, kind: kind)
    }
}
