internal import BlueTap
internal import SandboxFaults

/// Amounts that decide what an answer is, as the "Mock service" of Alipay's own sandbox has it by default.
///
/// Source: Antom, "Service mocking": a `spot.pay` of 9901. The page shows its other rules, and what 9901 answers, in
/// pictures alone: these are chosen.
public enum ServiceMocking {
    /// What an amount does, in whole units of any currency: `trans_amount` of `spot.pay`, `total_fee` of orders,
    /// `refund_amount` of `spot.refund`.
    static let rules: [Int64: SandboxFault.Effect] = [
        9901: .unknown, 9902: .answer(code: "SYSTEM_ERROR"), 9903: .failure(code: "BUYER_BALANCE_NOT_ENOUGH"),
        9904: .answer(code: "SOUNDWAVE_PARSER_FAIL"), 9905: .failure(code: "BEYOND_PAY_RESTRICTION"), 9906: .timeout,
        9907: .failure(code: "BUYER_PAYMENT_AMOUNT_DAY_LIMIT_ERROR"), 9908: .answer(code: "ILLEGAL_SIGN"),
        9909: .wrongSignature,
    ]

    /// Nil where the amounts of a request are of no rule.
    static func effect(of parameters: LegacyParameters) -> SandboxFault.Effect? {
        let amounts = ["trans_amount", "total_fee", "refund_amount"].compactMap { parameters[$0] }
        return amounts.compactMap { text -> SandboxFault.Effect? in
            let parts = text.split(separator: ".", maxSplits: 1, omittingEmptySubsequences: false)
            guard parts.count == 1 || parts[1].utf8.allSatisfy({ $0 == UInt8(ascii: "0") }) else { return nil }
            return Int64(parts[0]).flatMap { rules[$0] }
        }.first
    }
}
