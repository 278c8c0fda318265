import BlueTap
import Foundation
import SandboxFaults
import TestSupport
import Testing

@testable import Sandbox

@Suite("alipay.system.oauth.token")
struct LegacyTokenTests {
    private static let app = "2021000000000001"

    static func request(code: String) -> LegacyBench.Parameters {
        [
            "app_id": app, "method": "alipay.system.oauth.token", "format": "JSON", "charset": "utf-8",
            "sign_type": "RSA2", "timestamp": "2026-01-01 20:00:00", "version": "1.0",
            "grant_type": "authorization_code", "code": code,
        ]
    }

    private static func refresh(_ token: String) -> LegacyBench.Parameters {
        LegacyBench.with(
            request(code: ""), ["code": nil, "grant_type": "refresh_token", "refresh_token": token])
    }

    private static func bench() throws -> LegacyBench {
        try LegacyBench(LegacySettings(), .known([app: LegacyPartner(publicKey: LegacyBench.key.publicKey)]))
    }

    private static func respond(
        _ bench: LegacyBench, _ parameters: LegacyBench.Parameters, after: Duration = .zero
    ) throws -> [UInt8] {
        var all = parameters
        // Sent when it is asked, where nothing else is said.
        if all["timestamp"] == "2026-01-01 20:00:00" { all["timestamp"] = (LegacyBench.start + after).chineseText }
        let text = LegacySignType.text(of: all.map { ($0, Array($1.utf8)) }, without: [])
        let type = all["sign_type"].flatMap(LegacySignType.init) ?? .rsa2
        all["sign"] = try type.signature(of: text, md5Key: "k", key: LegacyBench.key)
        // The SDKs send what is common in the URL.
        let (inBody, inURL) = (
            all.filter { ["code", "grant_type", "refresh_token"].contains($0.key) },
            all.filter { !["code", "grant_type", "refresh_token"].contains($0.key) }
        )
        let request = LegacyGateway.Request(
            query: LegacyBench.form(inURL), contentType: "application/x-www-form-urlencoded;charset=utf-8",
            body: Array(LegacyBench.form(inBody).utf8))
        let response = bench.gateway.respond(to: request, at: LegacyBench.start + after)
        #expect(response.contentType == "application/json; charset=UTF-8")
        return response.body
    }

    /// The members of an answer's one object.
    private static func members(_ body: [UInt8], _ name: String) throws -> [String: Any] {
        let object = try JSONSerialization.jsonObject(with: Data(body)) as? [String: Any]
        return try #require(object?[name] as? [String: Any], "\(String(decoding: body, as: UTF8.self))")
    }

    private static func token(_ body: [UInt8]) throws -> [String: Any] {
        try members(body, "alipay_system_oauth_token_response")
    }

    private static func refusal(_ body: [UInt8]) throws -> String {
        let members = try members(body, "error_response")
        return "\(members["code"] ?? "") \(members["sub_code"] ?? "")"
    }

    @Test("a code is taken once for a token, to the byte, and the token is renewed once")
    func token() throws {
        let bench = try Self.bench()
        let code = try bench.ledger.authorize(wallet: "Alice", client: Self.app, at: LegacyBench.start).code
        let body = try Self.respond(bench, Self.request(code: code), after: .seconds(60))
        let token = try Self.token(body)
        let (access, refresh) = (
            try #require(token["access_token"] as? String), try #require(token["refresh_token"] as? String)
        )
        #expect(access.utf8.count == 40 && refresh.utf8.count == 40 && access != refresh && code.utf8.count == 32)
        let text =
            #"{"access_token":"\#(access)","alipay_user_id":"2088536507228519","expires_in":1296000,"#
            + #""re_expires_in":2592000,"refresh_token":"\#(refresh)","user_id":"2088536507228519"}"#
        let start = #"{"alipay_system_oauth_token_response":\#(text),"sign":""#
        #expect(String(decoding: body, as: UTF8.self).hasPrefix(start))
        let key = LegacyBench.gatewayKey.publicKey.pem
        #expect(try LegacySigningTests.python("json", .rsa2, key, file: body) == "good")
        var tampered = body
        tampered[start.utf8.count - 20] ^= 1
        #expect(try LegacySigningTests.python("json", .rsa2, key, file: tampered) == "bad")

        #expect(try Self.refusal(Self.respond(bench, Self.request(code: code))) == "40002 isv.code-invalid")
        let renewed = try Self.token(Self.respond(bench, Self.refresh(refresh), after: .seconds(70)))
        #expect(renewed["user_id"] as? String == "2088536507228519")
        #expect(renewed["access_token"] as? String != access)
        #expect(
            try Self.refusal(Self.respond(bench, Self.refresh(refresh))) == "40002 isv.refresh-token-invalid")
    }

    @Test("a code is worth something for 3 minutes to 24 hours, for its app alone; a token is renewed for 30 days")
    func times() throws {
        for (life, seconds) in [(Duration.seconds(1), 180), (.seconds(600), 600), (.seconds(999_999), 86_400)] {
            for (isLate, expected) in [(false, nil), (true, "40002 isv.code-invalid")] as [(Bool, String?)] {
                let bench = try Self.bench()
                let code = try bench.ledger.authorize(
                    wallet: "Bob", client: Self.app, life: life, at: LegacyBench.start
                ).code
                let after = Duration.seconds(seconds) - (isLate ? .zero : .nanoseconds(1))
                let body = try Self.respond(bench, Self.request(code: code), after: after)
                if let expected {
                    #expect(try Self.refusal(body) == expected)
                } else {
                    let refresh = try #require(try Self.token(body)["refresh_token"] as? String)
                    let end = after + .seconds(2_592_000)
                    #expect(
                        try Self.refusal(Self.respond(bench, Self.refresh(refresh), after: end))
                            == "40002 isv.refresh-token-invalid")
                    _ = try Self.token(Self.respond(bench, Self.refresh(refresh), after: end - .nanoseconds(1)))
                }
            }
        }
        let bench = try Self.bench()
        let code = try bench.ledger.authorize(wallet: "Bob", client: "another", at: LegacyBench.start).code
        #expect(try Self.refusal(Self.respond(bench, Self.request(code: code))) == "40002 isv.code-invalid")
    }

    @Test(
        "what is wrong has a sub-code",
        arguments: [
            (["app_id": nil], "40001 isv.missing-app-id"), (["app_id": "2021000000000002"], "40002 isv.invalid-app-id"),
            (["method": "alipay.user.info.share"], "40002 isv.invalid-method"),
            (["sign_type": nil], "40002 isv.invalid-signature-type"),
            (["sign_type": "MD5"], "40002 isv.invalid-signature-type"), (["format": "XML"], "40002 isv.invalid-format"),
            (["version": nil], "40001 isv.missing-version"), (["version": "2.0"], "40002 isv.invalid-version"),
            (["timestamp": nil], "40001 isv.missing-timestamp"), (["timestamp": "now"], "40002 isv.invalid-timestamp"),
            (["grant_type": nil], "40001 isv.missing-grant-type"),
            (["grant_type": "x"], "40002 isv.grant-type-invalid"),
            (["code": nil], "40001 isv.missing-code"), (["code": "x"], "40002 isv.code-invalid"),
            (["code": String(repeating: "x", count: 41)], "40002 isv.invalid-parameter"),
            (["grant_type": "refresh_token"], "40001 isv.missing-refresh-token"),
        ] as [([String: String?], String)])
    func refused(_ changes: [String: String?], _ expected: String) throws {
        let bench = try Self.bench()
        let code = try bench.ledger.authorize(wallet: "Alice", client: Self.app, at: LegacyBench.start).code
        let body = try Self.respond(bench, LegacyBench.with(Self.request(code: code), changes))
        #expect(try Self.refusal(body) == expected)
        _ = try Self.token(Self.respond(bench, Self.request(code: code)))
    }

    @Test(
        "a timestamp is of a day around now at most, by the sandbox's time or by the machine's",
        arguments: [
            ("2001-01-01 00:00:00", false), ("2099-01-01 00:00:00", false), ("2025-12-31 20:00:00", true),
            ("2025-12-31 19:59:59", false), ("2026-01-02 20:00:00", true), ("2026-01-02 20:00:01", false),
            ("2026-06-01 12:00:00", true), ("2026-06-02 20:00:01", false),
        ])
    func timestamps(_ stamp: String, _ isGood: Bool) throws {
        let bench = try Self.bench()
        let code = try bench.ledger.authorize(wallet: "Alice", client: Self.app, at: LegacyBench.start).code
        let form = try LegacySigningTests.python(
            "vouch", .rsa2, LegacyBench.key.pem,
            ["utf-8"] + LegacyBench.with(Self.request(code: code), ["timestamp": stamp]).map { "\($0)=\($1)" })
        let machine = try #require(Instant(iso8601: "2026-06-01T12:00:00Z"))
        let body = bench.gateway.respond(
            to: LegacyGateway.Request(method: "GET", query: form, machineTime: machine), at: LegacyBench.start
        ).body
        if isGood { _ = try Self.token(body) } else { #expect(try Self.refusal(body) == "40002 isv.invalid-timestamp") }
    }

    @Test("faults hold: what is lost or refused leaves the code good, what is unknown does not")
    func faults() throws {
        for (effect, expected, delivery, isUsed) in [
            (SandboxFault.Effect.answer(code: "isv.code-invalid"), "40004 isv.code-invalid", Delivery.atOnce, false),
            (.lost, "20000 isp.unknow-error", .never, false), (.down, "20000 isp.unknow-error", .unavailable, false),
            (.unknown, "20000 isp.unknow-error", .atOnce, true), (.timeout, nil, .never, true),
            (.slow(.seconds(9)), nil, .late(.seconds(9)), true), (.wrongSignature, nil, .atOnce, true),
        ] as [(SandboxFault.Effect, String?, Delivery, Bool)] {
            let faults = SandboxFaultBoard([SandboxFault(effect, on: .any)])
            let gateway = LegacyGateway(
                ledger: try Ledger(path: nil), wallets: AcquirerBench.wallets,
                partners: .known([Self.app: LegacyPartner(publicKey: LegacyBench.key.publicKey)]), faults: faults,
                key: LegacyBench.gatewayKey, logger: .silent)
            let code = try gateway.ledger.authorize(
                wallet: "Alice", client: Self.app, code: "c-1", at: LegacyBench.start
            ).code
            #expect(code == "c-1")
            let form = try LegacySigningTests.python(
                "vouch", .rsa2, LegacyBench.key.pem, ["utf-8"] + Self.request(code: code).map { "\($0)=\($1)" })
            func respond() -> LegacyGateway.Response {
                gateway.respond(to: LegacyGateway.Request(method: "GET", query: form), at: LegacyBench.start)
            }
            let first = respond()
            #expect(first.delivery == delivery)
            if let expected {
                #expect(try Self.refusal(first.body) == expected)
            } else {
                _ = try Self.token(first.body)
                let verdict = try LegacySigningTests.python(
                    "json", .rsa2, LegacyBench.gatewayKey.publicKey.pem, file: first.body)
                #expect(verdict == (effect == .wrongSignature ? "bad" : "good"))
            }
            let second = respond().body
            if isUsed {
                #expect(try Self.refusal(second) == "40002 isv.code-invalid")
            } else {
                _ = try Self.token(second)
            }
        }
    }

    @Test(
        "Python's requests are believed, and with anything changed they are not",
        arguments: [
            LegacySignType.rsa, .rsa2,
        ])
    func python(_ type: LegacySignType) throws {
        let bench = try Self.bench()
        let code = try bench.ledger.authorize(wallet: "Alice", client: Self.app, at: LegacyBench.start).code
        let pairs = Self.request(code: code).map { "\($0)=\($1)" }
        let form = try LegacySigningTests.python("vouch", type, LegacyBench.key.pem, ["utf-8"] + pairs)
        func respond(_ form: String) -> [UInt8] {
            let request = LegacyGateway.Request(method: "GET", query: form)
            return bench.gateway.respond(to: request, at: LegacyBench.start).body
        }
        for (what, other) in [
            ("version=1.0", "version=1.1"), (code, "x"), ("sign_type=\(type.rawValue)&", "sign_type=X&"),
        ] {
            let code = try Self.refusal(respond(form.replacing(what, with: other)))
            #expect(code.hasPrefix("40002 isv.invalid-signature"))
        }
        let other = type == .rsa ? "RSA2" : "RSA"
        #expect(
            try Self.refusal(respond(form.replacing("sign_type=\(type.rawValue)&", with: "sign_type=\(other)&")))
                == "40002 isv.invalid-signature")
        let body = respond(form)
        _ = try Self.token(body)
        #expect(
            try LegacySigningTests.python("json", type, LegacyBench.gatewayKey.publicKey.pem, file: body) == "good")
    }
}
