import BlueTap
import Foundation
import TestSupport
import Testing

@testable import Sandbox

@Suite("Signatures of the legacy gateway")
struct LegacySigningTests {
    @Test(
        "the two public vectors, which the Ruby client has too",
        arguments: [
            (
                [
                    "service": "alipay.acquire.overseas.query", "_input_charset": "utf-8",
                    "partner": "1000000000000000",
                    "partner_trans_id": "2010121000000002", "sign": "x", "sign_type": "MD5", "alipay_trans_id": "",
                ], "2a7f598bbb13d02f7de819ae689f80ba"
            ),
            (
                [
                    "service": "alipay.acquire.overseas.spot.refund", "_input_charset": "utf-8",
                    "partner": "1000000000000000", "partner_trans_id": "2010121000000002",
                    "partner_refund_id": "301012133000002", "currency": "USD", "refund_amount": "0.01",
                    "is_sync": "Y",
                ], "397685a0c6b2d71d0d1f374ddba331a0"
            ),
        ])
    func vectors(_ parameters: [String: String], _ sign: String) throws {
        let text = LegacySignType.text(
            of: parameters.map { ($0, Array($1.utf8)) }, without: ["sign", "sign_type"])
        let key = "10000000000000000000000000000000"
        #expect(try LegacySignType.md5.signature(of: text, md5Key: key, key: LegacyBench.key) == sign)
        // And through the gateway.
        let gateway = LegacyGateway(
            ledger: try Ledger(path: nil), wallets: WalletBook([]),
            partners: .known(["1000000000000000": LegacyPartner(md5Key: key)]), key: LegacyBench.gatewayKey,
            settings: {
                var settings = LegacySettings()
                settings.pages = .china
                return settings
            }(), logger: .silent)
        let all = parameters.merging(["sign": sign, "sign_type": "MD5"]) { $1 }
        let request = LegacyGateway.Request(method: "GET", query: LegacyBench.form(all))
        let answer = String(decoding: gateway.respond(to: request, at: LegacyBench.start).body, as: UTF8.self)
        #expect(LegacyBench.field("is_success", answer) == "T")
    }

    // MARK: Python

    /// Python's hashlib and cryptography.
    static func python(_ what: String, _ type: LegacySignType, _ key: String, _ rest: [String]) throws -> String {
        let folder = try TemporaryFolder()
        try key.write(toFile: "\(folder.path)/key", atomically: false, encoding: .utf8)
        let programs = "\(#filePath.dropLast("LegacySigningTests.swift".count))Programs"
        let process = Process()
        process.executableURL = URL(filePath: "/usr/bin/python3")
        process.arguments = ["\(programs)/legacy.py", what, type.rawValue, "\(folder.path)/key"] + rest
        let pipe = Pipe()
        process.standardOutput = pipe
        try process.run()
        let output = try pipe.fileHandleForReading.readToEnd() ?? Data()
        process.waitUntilExit()
        try #require(process.terminationStatus == 0)
        return String(decoding: output, as: UTF8.self).trimmingCharacters(in: .newlines)
    }

    static func python(
        _ what: String, _ type: LegacySignType, _ key: String, file bytes: [UInt8], _ more: [String] = []
    ) throws -> String {
        let folder = try TemporaryFolder()
        try Data(bytes).write(to: URL(filePath: "\(folder.path)/file"))
        return try python(what, type, key, ["\(folder.path)/file"] + more)
    }

    @Test(
        "we find Python's good, in each encoding, and bad with anything changed",
        arguments: LegacySignType.allCases, LegacyCharset.allCases)
    func pythonsForUs(_ type: LegacySignType, _ charset: LegacyCharset) throws {
        let bench = try LegacyBench()
        let key = type == .md5 ? LegacyBench.md5Key : LegacyBench.key.pem
        let parameters = LegacyBench.pay(changes: ["trans_name": "牛肉面 & a=b %", "memo": ""]).merging([
            "partner": LegacyBench.partner, "_input_charset": charset.rawValue,
        ]) { $1 }
        let form = try Self.python("sign", type, key, [charset.rawValue] + parameters.map { "\($0)=\($1)" })
        func result(_ form: String) -> String {
            let request = LegacyGateway.Request(
                query: "_input_charset=\(charset.rawValue)", contentType: "application/x-www-form-urlencoded",
                body: Array(form.utf8))
            return LegacyBench.result(
                String(decoding: bench.gateway.respond(to: request, at: LegacyBench.start).body, as: UTF8.self))
        }
        for (what, other) in [
            ("12.50", "12.51"), (AcquirerBench.code("Alice"), AcquirerBench.code("Bob")),
            ("partner_trans_id=T1", "partner_trans_id=T2"), ("currency=HKD", "currency=USD"),
            ("&sign=", "&extra=x&sign="), ("%25", "%26"),
        ] {
            try #require(form.contains(what), "\(what) is not in \(form)")
            #expect(result(form.replacing(what, with: other)) == "F ILLEGAL_SIGN", "\(what)")
        }
        try #require(form.contains("sign_type=\(type.rawValue)&"))
        for other in LegacySignType.allCases where other != type {
            #expect(
                result(form.replacing("sign_type=\(type.rawValue)&", with: "sign_type=\(other.rawValue)&"))
                    == "F ILLEGAL_SIGN")
        }
        #expect(try bench.kinds() == [])
        #expect(result(form) == "SUCCESS")
    }

    @Test(
        "Python finds our answers good, in each encoding, and bad with anything changed",
        arguments: LegacySignType.allCases, LegacyCharset.allCases)
    func oursForPython(_ type: LegacySignType, _ charset: LegacyCharset) throws {
        let bench = try LegacyBench()
        let key = type == .md5 ? LegacyBench.md5Key : LegacyBench.gatewayKey.publicKey.pem
        // The name goes into the answer: 牛 is in all three, and XML has its own signs for the others.
        let parameters = LegacyBench.pay("牛<&>\"'\r\t")
        let query = LegacyBench.form(try LegacyBench.signed(parameters, type, charset), charset)
        let response = bench.gateway.respond(
            to: LegacyGateway.Request(method: "GET", query: query), at: LegacyBench.start)
        #expect(response.contentType == "text/xml; charset=\(charset.rawValue)" && response.reason == nil)
        let beginning = "<?xml version=\"1.0\" encoding=\"\(charset.rawValue)\"?>\n<alipay><is_success>T</is_success>"
        #expect(response.body.starts(with: beginning.utf8))
        #expect(try Self.python("answer", type, key, file: response.body) == "good")
        let body = Data(response.body)
        let end = try #require(body.range(of: Data("<trans_amount>".utf8))).upperBound
        var tampered = response.body
        tampered[end] ^= 1
        #expect(try Self.python("answer", type, key, file: tampered) == "bad")
    }

    @Test("a client that is not believed is refused, unsigned, and changes nothing")
    func unbelieved() throws {
        let bench = try LegacyBench()
        let good = try LegacyBench.signed(LegacyBench.pay())
        for (changes, expected) in [
            (["partner": nil], "F ILLEGAL_PARTNER"), (["partner": "2088000000000002"], "F ILLEGAL_PARTNER"),
            (["partner": "208800000000000x"], "F ILLEGAL_PARTNER"), (["partner": "20880000"], "F ILLEGAL_PARTNER"),
            (["sign": nil], "F ILLEGAL_SIGN"), (["sign": ""], "F ILLEGAL_SIGN"),
            (["sign": good["sign"]!.uppercased()], "F ILLEGAL_SIGN"),
            (["sign_type": nil, "sign": "x"], "F ILLEGAL_SIGN_TYPE"),
            (["sign_type": "md5"], "F ILLEGAL_SIGN_TYPE"), (["sign_type": "DSA"], "F ILLEGAL_SIGN_TYPE"),
            (["sign_type": "RSA"], "F ILLEGAL_SIGN"), (["trans_amount": "1.00"], "F ILLEGAL_SIGN"),
            (["sign": String(repeating: "A", count: 5000), "sign_type": "RSA2"], "F ILLEGAL_SIGN"),
        ] as [([String: String?], String)] {
            let answer = bench.get(LegacyBench.with(good, changes))
            #expect(LegacyBench.result(answer) == expected, "\(changes)")
            #expect(!answer.contains("<sign>") && !answer.contains("<request>"))
        }
        #expect(try bench.kinds() == [])
        #expect(LegacyBench.result(bench.get(good)) == "SUCCESS")
    }

    @Test("where everybody is believed no signature is needed, and answers are signed with the shared key")
    func anybody() throws {
        let bench = try LegacyBench(LegacySettings(), .any)
        let bare = LegacyBench.with(LegacyBench.pay(), ["partner": LegacyBench.partner, "_input_charset": "utf-8"])
        let unsigned = bench.get(bare)
        #expect(LegacyBench.result(unsigned) == "SUCCESS" && !unsigned.contains("<sign>"))
        let signed = bench.get(LegacyBench.with(bare, ["sign_type": "MD5", "sign": "whatever"]))
        #expect(
            try Self.python(
                "answer", .md5, LegacySettings().sharedMD5Key, file: Array(signed.utf8)) == "good")
        #expect(LegacyBench.result(bench.get(LegacyBench.with(bare, ["sign_type": "DSA"]))) == "F ILLEGAL_SIGN_TYPE")
        #expect(LegacyBench.result(bench.get(LegacyBench.with(bare, ["partner": "me"]))) == "F ILLEGAL_PARTNER")
    }

    @Test("a partner without a key of that type, or without a contract, is refused")
    func keys() throws {
        let partners = LegacyPartners.known([
            LegacyBench.partner: LegacyPartner(md5Key: LegacyBench.md5Key, services: [.query])
        ])
        let bench = try LegacyBench(LegacySettings(), partners)
        #expect(
            LegacyBench.result(bench.get(try LegacyBench.signed(LegacyBench.query(), .rsa2))) == "F ILLEGAL_SIGN")
        #expect(try LegacyBench.result(bench.send(LegacyBench.pay())) == "F ILLEGAL_PARTNER_EXTERFACE")
        #expect(try LegacyBench.result(bench.send(LegacyBench.query())) == "FAIL TRANS_NOT_FOUND")
        #expect(
            try LegacyBench.result(bench.send(["service": "alipay.acquire.closetrade"])) == "F ILLEGAL_SERVICE")
        #expect(try LegacyBench.result(bench.send([:])) == "F ILLEGAL_SERVICE")
    }
}
