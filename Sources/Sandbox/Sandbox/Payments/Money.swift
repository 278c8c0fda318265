/// An amount of one currency, in its smallest unit: HKD 5.00 is 500, JPY 100 is 100.
public struct Money: Hashable, Sendable {
    /// ISO 4217's three letters.
    public let currency: String
    /// Whole smallest units.
    public let minorUnits: Int64

    /// Most that one payment is of, so that no sum of what a ledger holds overflows.
    public static let maximum: Int64 = 1_000_000_000_000

    /// Nil where the currency has not three upper-case letters, or where the amount is negative or above ``maximum``.
    public init?(currency: String, minorUnits: Int64) {
        guard currency.utf8.count == 3, currency.utf8.allSatisfy({ (0x41...0x5A).contains($0) }),
            (0...Self.maximum).contains(minorUnits)
        else { return nil }
        self.currency = currency
        self.minorUnits = minorUnits
    }

    /// As Alipay+ has it in `value`: decimal digits of the smallest unit, without sign, point or leading zeros.
    public init?(currency: String, value: String) {
        guard (1...13).contains(value.utf8.count), value.utf8.allSatisfy({ (0x30...0x39).contains($0) }),
            value == "0" || value.utf8.first != 0x30, let minorUnits = Int64(value)
        else { return nil }
        self.init(currency: currency, minorUnits: minorUnits)
    }
}

extension Money: CustomStringConvertible {
    /// For people: "5.00 HKD".
    public var description: String { "\(decimal) \(currency)" }
}
