extension Money {
    /// As people and the legacy gateway write it: whole units, then at most the currency's decimals, without sign or leading
    /// zeros: `12.50`, `12.5`, `12`. Where a currency has fewer decimals than two, zeros may stand for them: `1250.00`.
    ///
    /// Nil where that is no amount of the currency.
    public init?(currency: String, decimal: String) {
        let parts = decimal.split(separator: ".", maxSplits: 1, omittingEmptySubsequences: false)
        guard parts.allSatisfy({ !$0.isEmpty && $0.utf8.allSatisfy { (0x30...0x39).contains($0) } }),
            parts[0] == "0" || parts[0].utf8.first != 0x30, parts[0].utf8.count <= 13, let units = Int64(parts[0])
        else { return nil }
        let decimals = Currency.decimals(of: currency)
        let fraction = parts.count == 2 ? String(parts[1]) : ""
        guard fraction.utf8.count <= max(2, decimals) else { return nil }
        let kept = fraction.prefix(decimals)
        guard fraction.dropFirst(decimals).allSatisfy({ $0 == "0" }),
            let rest = Int64(
                kept + String(repeating: "0", count: decimals - kept.utf8.count) + (decimals == 0 ? "0" : ""))
        else { return nil }
        // Thirteen digits times ten thousand are far from the end of 64 bits.
        self.init(currency: currency, minorUnits: units * Self.scale(decimals) + rest)
        guard isPayable else { return nil }
    }

    /// In whole units: `12.50`, of a currency without a smaller unit `1250`.
    public var decimal: String { Self.decimal(minorUnits, currency) }

    /// So many smallest units of a currency, which may be less than none, in whole units: `-12.50`.
    public static func decimal(_ minorUnits: Int64, _ currency: String) -> String {
        let decimals = Currency.decimals(of: currency)
        if decimals == 0 { return String(minorUnits) }
        let (scale, size) = (UInt64(scale(decimals)), minorUnits.magnitude)
        let rest = String(size % scale)
        return
            "\(minorUnits < 0 ? "-" : "")\(size / scale).\(String(repeating: "0", count: decimals - rest.utf8.count))\(rest)"
    }

    /// Whether the currency has such an amount: of rupiah there are no hundredths.
    public var isPayable: Bool { minorUnits % Currency.step(of: currency) == 0 }

    private static func scale(_ decimals: Int) -> Int64 { (0..<decimals).reduce(1) { scale, _ in scale * 10 } }
}
