/// What a unit of a currency costs the customer in CNY, so that answers can tell both.
///
/// Fixed, and chosen: a sandbox's runs are to be alike.
enum RenminbiRates {
    /// In millionths of a CNY for a whole unit.
    private static let millionths: [String: Int64] = [
        "CNY": 1_000_000, "AED": 1_960_000, "AUD": 4_720_000, "BHD": 19_090_000, "CAD": 5_260_000, "CHF": 8_150_000,
        "DKK": 1_050_000, "EUR": 7_820_000, "GBP": 9_150_000, "HKD": 922_000, "IDR": 443, "INR": 86_200, "JPY": 48_100,
        "KRW": 5_180, "KWD": 23_440_000, "LKR": 23_900, "MMK": 3_420, "MNT": 2_090, "MOP": 895_000, "MYR": 1_620_000,
        "NOK": 670_000, "NPR": 53_900, "NZD": 4_310_000, "OMR": 18_700_000, "PHP": 126_000, "PKR": 25_800,
        "QAR": 1_977_000, "RUB": 79_100, "SAR": 1_919_000, "SEK": 690_000, "SGD": 5_370_000, "THB": 213_000,
        "TRY": 207_000, "TWD": 223_000, "USD": 7_198_000, "VND": 283, "ZAR": 394_000,
    ]

    /// For 1 unit, with six decimals: `0.213000`. Nil where there is none.
    static func text(_ currency: String) -> String? {
        millionths[currency].map { decimal($0, decimals: 6) }
    }

    /// An amount in CNY with two decimals, half a fen rounded up; nil where there is no rate.
    static func renminbi(_ amount: Money) -> String? {
        guard let rate = millionths[amount.currency] else { return nil }
        let parts = amount.decimal.split(separator: ".", omittingEmptySubsequences: false)
        let decimals = parts.count == 2 ? parts[1].utf8.count : 0
        guard let units = Int64(parts.joined()) else { return nil }
        // 10 to the power of 6 for the rate, less 2 for the fen.
        let divisor = (0..<(4 + decimals)).reduce(1 as Int64) { power, _ in power * 10 }
        let (high, low) = units.multipliedFullWidth(by: rate)
        // Money.maximum times the highest rate, in fen, is far below 64 bits.
        guard abs(high) < divisor / 2 else { return nil }
        let (quotient, remainder) = divisor.dividingFullWidth((high, low))
        return decimal(quotient + (remainder * 2 >= divisor ? 1 : 0), decimals: 2)
    }

    private static func decimal(_ number: Int64, decimals: Int) -> String {
        let digits = String(number)
        let padded = String(repeating: "0", count: max(0, decimals + 1 - digits.utf8.count)) + digits
        return "\(padded.dropLast(decimals)).\(padded.suffix(decimals))"
    }
}
