extension Money {
    /// The currencies of ISO 4217 without a smaller unit. All others count as having hundredths.
    private static let whole: Set<String> = [
        "BIF", "CLP", "DJF", "GNF", "ISK", "JPY", "KMF", "KRW", "PYG", "RWF", "UGX", "UYI", "VND", "VUV", "XAF", "XOF",
        "XPF",
    ]

    /// As the legacy gateway has it: whole units, then at most two decimals, without sign or leading zeros: `12.50`, `12.5`,
    /// `12`. Of a currency without a smaller unit the decimals must be zeros.
    public init?(currency: String, decimal: String) {
        let parts = decimal.split(separator: ".", maxSplits: 1, omittingEmptySubsequences: false)
        guard parts.allSatisfy({ !$0.isEmpty && $0.utf8.allSatisfy { (0x30...0x39).contains($0) } }),
            parts[0] == "0" || parts[0].utf8.first != 0x30, parts[0].utf8.count <= 13, let units = Int64(parts[0])
        else { return nil }
        let fraction = parts.count == 2 ? parts[1] : "0"
        guard fraction.utf8.count <= 2, let hundredths = Int64(fraction.utf8.count == 1 ? "\(fraction)0" : fraction)
        else { return nil }
        if Self.whole.contains(currency) {
            guard hundredths == 0 else { return nil }
            self.init(currency: currency, minorUnits: units)
        } else {
            // Thirteen digits times a hundred are far from the end of 64 bits.
            self.init(currency: currency, minorUnits: units * 100 + hundredths)
        }
    }

    /// In whole units: `12.50`, of a currency without a smaller unit `1250`.
    public var decimal: String {
        if Self.whole.contains(currency) { return String(minorUnits) }
        let hundredths = String(minorUnits % 100)
        return "\(minorUnits / 100).\(hundredths.utf8.count == 1 ? "0" : "")\(hundredths)"
    }
}
