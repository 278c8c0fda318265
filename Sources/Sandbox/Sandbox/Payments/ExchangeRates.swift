/// What one currency is worth in another: data, moved a little by a seed, and the same in each run of one.
public struct ExchangeRates: Hashable, Sendable {
    public let seed: UInt64

    public init(seed: UInt64 = 1) {
        self.seed = seed
    }

    /// So many of a currency for one US dollar: round figures of no particular day.
    private static let perDollar: [String: Double] = [
        "AED": 3.6725, "AUD": 1.52, "BDT": 119.5, "BRL": 5.6, "CAD": 1.37, "CHF": 0.88, "CLP": 945, "CNY": 7.18,
        "DKK": 6.9, "EUR": 0.925, "GBP": 0.785, "HKD": 7.79, "IDR": 15_800, "INR": 83.9, "JPY": 150, "KRW": 1365,
        "KWD": 0.307, "KZT": 485, "LKR": 299, "MOP": 8.02, "MXN": 19.2, "MYR": 4.42, "NOK": 10.8, "NPR": 134,
        "NZD": 1.65,
        "OMR": 0.3845, "BHD": 0.376, "PHP": 57.6, "PKR": 278, "PLN": 3.98, "QAR": 3.64, "SAR": 3.75, "SEK": 10.5,
        "SGD": 1.33, "THB": 34.8, "TRY": 34.1, "TWD": 32.1, "USD": 1, "VND": 25_200, "ZAR": 17.9,
    ]

    /// Whether there is a rate of it.
    public static func knows(_ currency: String) -> Bool { perDollar[currency] != nil }

    /// What an amount is worth in another currency, and at what rate.
    public struct Quote: Hashable, Sendable {
        public let id: String
        /// The currency of which one unit has the price.
        public let base: String
        public let other: String
        /// In `other`, 1 or more, with six decimals at most.
        public let price: Double

        public var pair: String { "\(base)/\(other)" }

        var priceText: String {
            let millionths = String(Int64((price * 1_000_000).rounded()))
            let padded = String(repeating: "0", count: max(0, 7 - millionths.utf8.count)) + millionths
            var decimals = padded.suffix(6)
            while decimals.hasSuffix("0") { decimals.removeLast() }
            return padded.dropLast(6) + (decimals.isEmpty ? "" : ".\(decimals)")
        }

        /// An amount of either currency in the other, to the nearest of its smallest units.
        public func converted(_ money: Money) -> Money? {
            let target = money.currency == base ? other : base
            let units = Double(money.minorUnits) / Self.scale(money.currency)
            let worth = (money.currency == base ? units * price : units / price) * Self.scale(target)
            let step = Double(Currency.step(of: target))
            let rounded = (worth / step).rounded(.toNearestOrEven) * step
            guard rounded.isFinite, rounded >= 0, rounded <= Double(Money.maximum) else { return nil }
            return Money(currency: target, minorUnits: Int64(rounded))
        }

        private static func scale(_ currency: String) -> Double {
            (0..<Currency.decimals(of: currency)).reduce(1) { scale, _ in scale * 10 }
        }
    }

    /// The rate between two currencies; nil where they are one, or where there is none. The price is of the dearer one, so
    /// that it is 1 or more.
    public func quote(_ currency: String, in other: String) -> Quote? {
        guard currency != other, let one = rate(currency), let two = rate(other) else { return nil }
        let (base, second, price) = one <= two ? (currency, other, two / one) : (other, currency, one / two)
        return Quote(
            id: "Q\(seed)\(base)\(second)", base: base, other: second,
            price: (price * 1_000_000).rounded() / 1_000_000)
    }

    /// Half a percent more or less than the table, by the seed.
    private func rate(_ currency: String) -> Double? {
        guard let rate = Self.perDollar[currency] else { return nil }
        guard currency != "USD" else { return rate }
        // SplitMix64 of the seed and the currency's letters.
        var state = currency.utf8.reduce(seed) { $0 &* 31 &+ UInt64($1) } &+ 0x9E37_79B9_7F4A_7C15
        state = (state ^ (state >> 30)) &* 0xBF58_476D_1CE4_E5B9
        state = (state ^ (state >> 27)) &* 0x94D0_49BB_1331_11EB
        let part = Double((state ^ (state >> 31)) % 10_001) / 1_000_000
        return rate * (0.995 + part)
    }
}
