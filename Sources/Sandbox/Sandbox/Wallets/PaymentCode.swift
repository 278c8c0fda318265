/// What a wallet shows and a till scans: digits.
///
/// Source: Alipay+, "Code format": 24 digits, of which the first six tell the issuer, the next two are 02, the rest names the
/// user; 17 to 32 digits may come. The legacy gateway takes 16 to 24 that start with 25 to 30.
public struct PaymentCode: Hashable, Sendable {
    public let digits: String

    /// Nil where it is none.
    public init?(_ text: String) {
        guard (16...32).contains(text.utf8.count), text.utf8.allSatisfy({ (0x30...0x39).contains($0) }),
            let start = Int(text.prefix(2)), (25...30).contains(start)
        else { return nil }
        digits = text
    }

    /// The code that a wallet shows.
    ///
    /// - Parameters:
    ///   - owner: the place of the wallet, from 0 to 99.
    ///   - number: tells its codes apart.
    public init(owner: Int, number: UInt64) {
        let user = String(number % 100_000_000_000_000)
        let place = String(owner % 100)
        digits =
            "28100102" + String(repeating: "0", count: 14 - user.utf8.count) + user
            + String(repeating: "0", count: 2 - place.utf8.count) + place
    }

    var owner: Int { Int(digits.suffix(2)) ?? 0 }
}
