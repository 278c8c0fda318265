/// What a partner is told of who has paid. The same name is always told the same.
enum LegacyBuyer {
    /// Sixteen digits that begin with 2088, as Alipay's users have: the rest is a hash of the name (FNV-1a).
    static func userID(of wallet: String) -> String {
        let hash = wallet.utf8.reduce(0xCBF2_9CE4_8422_2325 as UInt64) { ($0 ^ UInt64($1)) &* 0x100_0000_01B3 }
        let digits = String(hash % 1_000_000_000_000)
        return "2088" + String(repeating: "0", count: 12 - digits.utf8.count) + digits
    }

    /// The beginning of the name, and asterisks.
    static func loginID(of wallet: String) -> String { String(wallet.unicodeScalars.prefix(3)) + "***" }
}
