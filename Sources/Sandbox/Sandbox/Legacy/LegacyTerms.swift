/// What a payment of the legacy gateway was asked for, beside its amount: a repeated request must say the same, and what
/// later answers tell is read from it.
struct LegacyTerms: Hashable {
    /// In which the partner is paid out.
    let currency: String
    /// The payment code, or the merchant's.
    let code: String
    /// What is sold.
    let subject: String

    init(currency: String, code: String, subject: String) {
        (self.currency, self.code, self.subject) = (currency, code, subject)
    }

    /// Nil where a payment's terms are not of this gateway.
    init?(_ text: String) {
        let parts = text.split(separator: "|", maxSplits: 3, omittingEmptySubsequences: false).map(String.init)
        guard parts.count == 4, parts[0] == "legacy" else { return nil }
        (currency, code, subject) = (parts[1], parts[2], parts[3])
    }

    /// Neither currencies nor codes have the bar.
    var text: String { "legacy|\(currency)|\(code)|\(subject)" }
}
