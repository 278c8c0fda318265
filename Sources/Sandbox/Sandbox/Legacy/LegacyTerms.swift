/// What a payment of the legacy gateway was asked for, beside its amount: a repeated request must say the same, and what
/// later answers tell is read from it.
struct LegacyTerms: Hashable {
    /// In which the partner is paid out.
    let currency: String
    /// The payment code, or the merchant's.
    let code: String
    /// What is sold.
    let subject: String
    /// In which the partner is told of it.
    let charset: LegacyCharset
    /// How the request was signed; nil: not by RSA.
    let signType: LegacySignType?
    /// What the partner is told with it.
    let passback: String?

    init(
        currency: String, code: String, subject: String, charset: LegacyCharset = .utf8,
        signType: LegacySignType? = nil, passback: String? = nil
    ) {
        (self.currency, self.code, self.subject) = (currency, code, subject)
        (self.charset, self.passback) = (charset, passback)
        self.signType = signType == .md5 ? nil : signType
    }

    /// Nil where a payment's terms are not of this gateway.
    init?(_ text: String) {
        let parts = text.split(separator: "|", maxSplits: 3, omittingEmptySubsequences: false).map(String.init)
        guard parts.count == 4 else { return nil }
        let marks = parts[0].split(separator: ";", omittingEmptySubsequences: false).map(String.init)
        guard marks[0] == "legacy" else { return nil }
        (currency, code, subject) = (parts[1], parts[2], parts[3])
        charset = marks.dropFirst().first.flatMap(LegacyCharset.init(rawValue:)) ?? .utf8
        signType = marks.dropFirst(2).first.flatMap(LegacySignType.init(rawValue:))
        passback = marks.dropFirst(3).first.flatMap(Self.decoded)
    }

    /// Neither currencies nor codes have the bar. What is as it mostly is, is not said.
    var text: String {
        var start = "legacy"
        if charset != .utf8 || signType != nil || passback != nil {
            start += ";\(charset.rawValue);\(signType?.rawValue ?? "")"
        }
        if let passback { start += ";\(LegacySignType.hexadecimal(passback.utf8))" }
        return "\(start)|\(currency)|\(code)|\(subject)"
    }

    private static func decoded(_ digits: String) -> String? {
        let digits = Array(digits.utf8)
        guard digits.count.isMultiple(of: 2) else { return nil }
        let bytes = stride(from: 0, to: digits.count, by: 2).map { start in
            UInt8(String(decoding: digits[start..<(start + 2)], as: UTF8.self), radix: 16) ?? UInt8(ascii: "?")
        }
        return String(validating: bytes, as: UTF8.self)
    }
}
