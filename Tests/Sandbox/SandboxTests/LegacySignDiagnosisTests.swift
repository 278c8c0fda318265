import Testing

@testable import Sandbox

@Suite("Why a sign of the legacy gateway does not fit")
struct LegacySignDiagnosisTests {
    private static let parameters: LegacyBench.Parameters = LegacyBench.query("T 1&").merging([
        "partner": LegacyBench.partner, "_input_charset": "UTF-8",
    ]) { $1 }
    /// As they are signed.
    private static let right =
        "_input_charset=UTF-8&partner=\(LegacyBench.partner)&partner_trans_id=T 1&&service=alipay.acquire.overseas.query"

    /// What is told of a request that is signed so; the gateway's reason, and what it has kept.
    private func refusal(
        signing text: String, _ type: LegacySignType, as told: LegacySignType? = nil, key: PrivateKey = LegacyBench.key
    ) throws -> (reason: String?, kept: RefusedRequest?) {
        let bench = try LegacyBench()
        var all = Self.parameters
        all["sign"] = try type.signature(of: Array(text.utf8), md5Key: LegacyBench.md5Key, key: key)
        all["sign_type"] = (told ?? type).rawValue
        let request = LegacyGateway.Request(method: "GET", query: LegacyBench.form(all))
        let answer = bench.gateway.respond(to: request, at: LegacyBench.start)
        return (answer.reason, bench.gateway.refused.all.last)
    }

    private static let texts: [(text: String, reason: String)] = [
        (right + "&sign_type=MD5", "sign_type was signed, which this gateway leaves out"),
        (right.replacing("T 1&", with: "T%201%26"), "values were signed percent-encoded"),
        (right.replacing("_input_charset=UTF-8&", with: ""), "the encoding's name was not signed"),
        ("x", "another key was used, or another string signed"),
    ]

    @Test("what was signed in its place is found", arguments: texts)
    func found(text: String, reason: String) throws {
        let (told, kept) = try refusal(signing: text, .md5)
        #expect(kept?.diagnosis.reason == reason && kept?.diagnosis.verified == Self.right)
        #expect(kept?.client == LegacyBench.partner && kept?.requestID == "T 1&")
        #expect(told?.hasSuffix("\(reason); the string to sign is \(Self.right)") == true, "\(told ?? "-")")
    }

    @Test("another sign_type and another key are told apart")
    func others() throws {
        #expect(
            try refusal(signing: Self.right, .rsa, as: .rsa2).kept?.diagnosis.reason
                == "it was signed by RSA, and sign_type is RSA2")
        #expect(
            try refusal(signing: Self.right, .rsa2, key: LegacyBench.gatewayKey).kept?.diagnosis.reason
                == "it was made with another private key than the partner's")
        #expect(
            try refusal(signing: "x", .rsa2).kept?.diagnosis.reason.hasPrefix("the key is right, and another string")
                == true)
        #expect(try refusal(signing: Self.right, .rsa2).kept == nil)
    }
}
