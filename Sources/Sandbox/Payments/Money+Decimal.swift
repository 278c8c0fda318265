extension Money {
    /// How many decimals a currency has. Source: ISO 4217; all that are not named have two.
    static func decimals(of currency: String) -> Int {
        switch currency {
        case "BIF", "CLP", "DJF", "GNF", "ISK", "JPY", "KMF", "KRW", "PYG", "RWF", "UGX", "VND", "VUV", "XAF", "XOF",
            "XPF":
            0
        case "BHD", "IQD", "JOD", "KWD", "LYD", "OMR", "TND": 3
        default: 2
        }
    }

    /// Currency units as people and the legacy gateway write them, such as "12.50"; nil where it is no amount, or has more
    /// decimals than the currency.
    public init?(currency: String, decimal text: String) {
        let parts = text.split(separator: ".", maxSplits: 1, omittingEmptySubsequences: false)
        let decimals = Self.decimals(of: currency)
        let fraction = parts.count == 2 ? parts[1] : ""
        let kept = fraction.prefix(decimals)
        guard (1...13).contains(parts[0].utf8.count), parts.count == 1 || !fraction.isEmpty,
            (Array(parts[0].utf8) + Array(kept.utf8)).allSatisfy({ (0x30...0x39).contains($0) }),
            // Zeros beyond what the currency has are no more than that.
            fraction.dropFirst(decimals).allSatisfy({ $0 == "0" }), fraction.utf8.count <= 6,
            let minorUnits = Int64(parts[0] + kept + String(repeating: "0", count: decimals - kept.count))
        else { return nil }
        self.init(currency: currency, minorUnits: minorUnits)
    }

    /// "12.50", or "100" where the currency has no decimals.
    public var decimal: String {
        let decimals = Self.decimals(of: currency)
        let digits = String(minorUnits)
        guard decimals > 0 else { return digits }
        let padded = String(repeating: "0", count: max(0, decimals + 1 - digits.utf8.count)) + digits
        return "\(padded.dropLast(decimals)).\(padded.suffix(decimals))"
    }
}
