import BlueTap
import Foundation
import TestSupport
import Testing

@testable import Sandbox

@Suite("Requests to the legacy gateway")
struct LegacyRequestTests {
    private static let form = "application/x-www-form-urlencoded"

    /// What a gateway answers that believes everybody.
    private static func respond(
        _ bench: LegacyBench, _ query: String, _ body: String = "", method: String = "POST", type: String? = form
    ) -> LegacyGateway.Response {
        let request = LegacyGateway.Request(method: method, query: query, contentType: type, body: Array(body.utf8))
        return bench.gateway.respond(to: request, at: LegacyBench.start)
    }

    private static func answer(_ response: LegacyGateway.Response) -> String {
        String(decoding: response.body, as: UTF8.self)
    }

    private static func bench(_ change: (inout LegacySettings) -> Void = { _ in }) throws -> LegacyBench {
        var settings = LegacySettings()
        change(&settings)
        return try LegacyBench(settings, .any)
    }

    // MARK: Forms

    @Test("parameters come in the URL, in the body, or in both, in any form of URL encoding")
    func places() throws {
        let bench = try Self.bench()
        let common = "partner=2088000000000001&service=alipay.acquire.overseas.query"
        for (query, body, method, type) in [
            ("_input_charset=UTF-8&\(common)&partner_trans_id=a+b%26%c3%A9", "", "GET", nil),
            ("?".dropFirst() + "_input_charset=utf-8", "\(common)&partner_trans_id=a%20b%26é", "POST", Self.form),
            (
                "_input_charset=utf-8&\(common)", "partner_trans_id=a+b%26%C3%A9", "POST",
                "Application/X-WWW-Form-Urlencoded; charset=x"
            ),
            ("_input_charset=utf-8", "_input_charset=utf-8&&\(common)&partner_trans_id=a+b%26%C3%A9&", "POST", nil),
            ("_input_charset=utf-8", "_input_charset=UTF-8&\(common)&partner_trans_id=a+b%26%C3%A9", "POST", nil),
            ("_input_charset=Utf-8&\(common)", "_input_charset=uTF-8&partner_trans_id=a+b%26%C3%A9", "POST", nil),
        ] as [(String, String, String, String?)] {
            let response = Self.respond(bench, query, body, method: method, type: type)
            let text = Self.answer(response)
            #expect(LegacyBench.result(text) == "FAIL TRANS_NOT_FOUND", "\(query)")
            #expect(text.contains(#"<param name="partner_trans_id">a b&amp;é</param>"#))
        }
        // A GET has no body.
        let get = Self.respond(bench, "_input_charset=utf-8&\(common)", "partner_trans_id=1", method: "GET")
        #expect(LegacyBench.result(Self.answer(get)) == "F ILLEGAL_ARGUMENT")
    }

    @Test(
        "what is no form, or has what XML has not, is an ILLEGAL_ARGUMENT with a reason",
        arguments: [
            ("_input_charset=utf-8", "partner_trans_id=%"), ("_input_charset=utf-8", "partner_trans_id=%4"),
            ("_input_charset=utf-8", "partner_trans_id=%4g"), ("_input_charset=utf-8", "partner_trans_id=%+1"),
            ("_input_charset=utf-8", "partner_trans_id=%FF"), ("_input_charset=utf-8", "partner_trans_id=%C3"),
            ("_input_charset=utf-8", "partner_trans_id=%ED%A0%80"), ("_input_charset=utf-8", "partner_trans_id=%00"),
            ("_input_charset=utf-8", "partner_trans_id=%1B"), ("_input_charset=utf-8", "partner_trans_id=%EF%BF%BF"),
            ("_input_charset=gbk", "partner_trans_id=%C3"), ("_input_charset=gbk", "partner_trans_id=%FF%FF"),
            ("_input_charset=utf-8", "partner_trans_id=1&partner_trans_id=1"), ("_input_charset=utf-8&a=1", "a=1"),
            ("_input_charset=utf-8", "_input_charset=gbk"), ("_input_charset=utf-8&_input_charset=utf-8", ""),
            ("_input_charset=utf-16", "a=1"), ("_input_charset=%FF", "a=1"),
            ("", "_input_charset=utf-8&a=%C3%A9"), ("", "a=%B0%A1"), ("_input_charset=utf-8", "=1"),
            ("_input_charset=utf-8", "a%20b=1"),
            ("_input_charset=utf-8", "%3Cscript%3E=1"), ("_input_charset=utf-8", "é=1"),
            ("_input_charset=utf-8", String(repeating: "n", count: 65)),
            ("_input_charset=utf-8", (0..<100).map { "n\($0)=" }.joined(separator: "&")),
            ("_input_charset=utf-8", String(repeating: "x", count: 65_537)),
            (String(repeating: "x", count: 65_537), ""),
            ("_input_charset=utf-8", String(repeating: "a&", count: 30_000)),
        ])
    func forms(_ query: String, _ body: String) throws {
        let response = Self.respond(try Self.bench(), query, body)
        #expect(LegacyBench.result(Self.answer(response)) == "F ILLEGAL_ARGUMENT")
        let reason = try #require(response.reason)
        #expect(reason.utf8.count < 200 && !reason.contains("\n"))
    }

    @Test("the encoding's name is signed as it stands in the body, whatever the URL says beside it")
    func signedCharset() throws {
        let bench = try LegacyBench()
        let signed = LegacyBench.form(try LegacyBench.signed(LegacyBench.pay(changes: ["trans_name": "é"])))
        for (query, expected) in [("_input_charset=utf-8", "SUCCESS"), ("_input_charset=gbk", "F ILLEGAL_ARGUMENT")] {
            #expect(LegacyBench.result(Self.answer(Self.respond(bench, query, signed))) == expected)
        }
    }

    @Test(
        "what public clients leave out is not needed",
        arguments: [
            (LegacyBench.pay(), ["notify_url", "alipay_seller_id", "trans_create_time", "sign_type"]),
            (LegacyBench.refund(), ["notify_url"]), (LegacyBench.cancel(), ["timestamp"]),
            (LegacyBench.order(), ["timestamp", "notify_url", "product_code", "trans_currency"]),
            (LegacyBench.order("create"), ["timestamp", "notify_url", "currency"]),
        ])
    func leftOut(_ parameters: LegacyBench.Parameters, _ names: [String]) throws {
        for left in names.map({ [$0] }) + [names] {
            let bench = try LegacyBench()
            _ = try bench.send(LegacyBench.pay())
            var signed = try LegacyBench.signed(
                parameters.filter { !left.contains($0.key) }.merging(
                    parameters["trans_name"] == nil ? [:] : ["partner_trans_id": "T2"]
                ) { $1 })
            if left.contains("sign_type") { signed["sign_type"] = nil }
            // None has the encoding in the URL of a POST, either.
            let answer = Self.answer(Self.respond(bench, "", LegacyBench.form(signed)))
            #expect(LegacyBench.result(answer) == "SUCCESS", "without \(left)")
        }
    }

    @Test("another method or media type is refused")
    func envelope() throws {
        let bench = try Self.bench()
        for method in ["PUT", "get", ""] {
            #expect(LegacyBench.result(Self.answer(Self.respond(bench, "a=1", method: method))) == "F ILLEGAL_ARGUMENT")
        }
        let json = Self.respond(bench, "_input_charset=utf-8", "{}", type: "application/json")
        #expect(LegacyBench.result(Self.answer(json)) == "F ILLEGAL_ARGUMENT")
        #expect(json.reason == "the body must be application/x-www-form-urlencoded")
    }

    // MARK: Encodings

    @Test("the answer is in the request's encoding, or in the one that is set")
    func charsets() throws {
        // "牛" is E7 89 9B, in GBK C5 A3.
        let query = "partner=2088000000000001&service=alipay.acquire.overseas.query&partner_trans_id="
        for (charset, encoded, set, expected) in [
            ("utf-8", "%E7%89%9B", nil, [0xE7, 0x89, 0x9B]), ("GBK", "%C5%A3", nil, [0xC5, 0xA3]),
            ("gb2312", "%C5%A3", nil, [0xC5, 0xA3]), ("utf-8", "%E7%89%9B", .gbk, [0xC5, 0xA3]),
            ("gbk", "%C5%A3", .utf8, [0xE7, 0x89, 0x9B]),
            // What GB2312 does not have: 牜.
            ("utf-8", "%E7%89%9C", .gb2312, [UInt8(ascii: "?")]),
        ] as [(String, String, LegacyCharset?, [UInt8])] {
            let bench = try Self.bench { $0.answerCharset = set }
            let response = Self.respond(bench, "_input_charset=\(charset)&\(query)\(encoded)", method: "GET")
            let declared = (set?.rawValue ?? charset.uppercased())
            #expect(response.contentType == "text/xml; charset=\(declared)")
            let wanted = Data(#"<param name="partner_trans_id">"#.utf8 + expected + "</param>".utf8)
            #expect(Data(response.body).range(of: wanted) != nil, "\(charset) \(encoded)")
        }
    }

    @Test("where no encoding is told it is the one that is set, and the URL need not have one if so set")
    func defaults() throws {
        let query = "partner=2088000000000001&service=alipay.acquire.overseas.query&partner_trans_id=%B0%A1"
        let gbk = Self.respond(try Self.bench(), query, method: "GET")
        #expect(gbk.contentType == "text/xml; charset=GBK" && gbk.reason == nil)
        let utf8 = Self.respond(try Self.bench { $0.defaultCharset = .utf8 }, query, method: "GET")
        #expect(utf8.reason == "partner_trans_id is not of the encoding UTF-8")
        let body = Self.respond(
            try Self.bench { $0.needsCharsetInURL = false }, "", "_input_charset=gbk&\(query)")
        #expect(LegacyBench.result(Self.answer(body)) == "FAIL TRANS_NOT_FOUND")
    }

    // MARK: Parameters

    struct Bad: CustomTestStringConvertible {
        let testDescription: String
        let parameters: LegacyBench.Parameters

        init(_ what: String, _ parameters: LegacyBench.Parameters) {
            testDescription = what
            self.parameters = parameters
        }

        /// Each required parameter left out.
        static func without(_ names: [String], _ parameters: LegacyBench.Parameters) -> [Bad] {
            names.map { name in
                Bad("\(parameters["service"] ?? "") without \(name)", LegacyBench.with(parameters, [name: nil]))
            }
        }

        static func with(_ parameters: LegacyBench.Parameters, _ values: [(String, String)]) -> [Bad] {
            values.map { name, value in
                Bad(
                    "\(parameters["service"] ?? ""): \(name) \(value.prefix(40))",
                    LegacyBench.with(parameters, [name: value]))
            }
        }
    }

    private static func long(_ count: Int) -> String { String(repeating: "é", count: count) }

    static let bad: [Bad] =
        Bad.without(
            [
                "trans_name", "partner_trans_id", "currency", "trans_amount", "buyer_identity_code",
                "identity_code_type", "biz_product",
            ], LegacyBench.pay())
        + Bad.with(
            LegacyBench.pay(),
            [
                ("notify_url", "file:///etc/passwd"), ("notify_url", "http://"), ("notify_url", "http://a b"),
                ("notify_url", "http://till/" + long(1)), ("notify_url", "http://u:p@till/"),
                ("notify_url", "http://u@127.0.0.1/"), ("notify_url", "http://169.254.169.254/latest"),
                ("notify_url", "http://[fe80::1]/"), ("notify_url", "http://0.0.0.0:1/"),
                ("notify_url", "http://2852039166/"), ("notify_url", "https://[::ffff:169.254.169.254]/"),
                ("notify_url", "http://224.0.0.1/"), ("notify_url", "http://[::]/"), ("notify_url", "http://?x"),
                ("notify_url", "http://till\\@evil/"),
                ("notify_url", "http://" + String(repeating: "a", count: 194)),
                ("alipay_seller_id", "2088000000000002"), ("trans_name", long(257)), ("partner_trans_id", long(65)),
                ("quantity", "1.5"), ("quantity", "-1"), ("currency", "HKDOLLARS"), ("currency", "Hk$"),
                ("trans_currency", "cny"), ("buyer_identity_code", String(repeating: "2", count: 33)),
                ("identity_code_type", "Barcode"), ("trans_create_time", "2026-01-01"),
                ("trans_create_time", "20260230000000"), ("trans_create_time", "20260101246060"),
                ("trans_create_time", "00000000000000"), ("biz_product", "OVERSEAS_MBARCODE"), ("memo", long(257)),
                ("extend_info", "[]"), ("extend_info", "{"), ("extend_info", String(repeating: #"{"a":"#, count: 300)),
            ])
        + Bad.without(["partner_trans_id"], LegacyBench.query())
        + Bad.with(LegacyBench.query(), [("partner_trans_id", long(65)), ("alipay_trans_id", long(65))])
        + Bad.without(["out_trade_no"], LegacyBench.cancel())
        + Bad.with(
            LegacyBench.cancel(),
            [
                ("timestamp", "2026-01-01 20:00:00"), ("timestamp", String(repeating: "9", count: 17)),
                ("terminal_timestamp", "now"), ("out_trade_no", long(65)), ("trade_no", "123456789012345"),
                ("trade_no", long(65)),
            ])
        + Bad.without(
            ["partner_trans_id", "partner_refund_id", "refund_amount", "currency"], LegacyBench.refund())
        + Bad.with(
            LegacyBench.refund(),
            [
                ("partner_refund_id", "T1"), ("partner_refund_id", long(65)), ("refund_amount", "10000000.00"),
                ("refund_amount", "0"), ("currency", "HKDHKDHKDHK"), ("refund_reason", long(129)), ("is_sync", "X"),
                ("is_sync", "YES"),
            ])
        + Bad.without(["timestamp", "biz_type", "biz_data"], LegacyBench.code())
        + Bad.without(["out_trade_no", "subject", "total_fee"], LegacyBench.order())
        + Bad.with(
            LegacyBench.order("create"),
            [
                ("timestamp", "now"), ("total_fee", "0"), ("total_fee", "12.505"), ("currency", "344"),
                ("trans_currency", "hkd"), ("out_trade_no", long(65)), ("subject", long(257)), ("it_b_pay", "0m"),
                ("it_b_pay", "16d"), ("it_b_pay", "1.5h"), ("it_b_pay", "+1m"), ("it_b_pay", "2c"), ("it_b_pay", "m"),
                ("it_b_pay", "99999d"), ("notify_url", "ftp://x"), ("extend_params", "[]"),
                ("passback_parameters", long(513)),
            ])
        + Bad.without(["qrcode"], LegacyBench.code("modify"))
        + Bad.without(["qrcode", "status"], LegacyBench.code("modifyStatus", ["qrcode": "x", "status": "STOP"]))
        + Bad.with(
            LegacyBench.code("modifyStatus", ["qrcode": "x"]), [("status", "stop"), ("status", "DELETE")])
        + Bad.with(
            LegacyBench.code(),
            [
                ("timestamp", "2026-01-01T20:00:00"), ("timestamp", "1767268800000"), ("biz_type", "SHOP"),
                ("notify_url", "ftp://x"), ("biz_data", "{}"), ("biz_data", "null"),
                ("biz_data", #"{"a":"# + long(2000)),
                ("biz_data", LegacyBench.bizData.replacing(#""5812""#, with: "5812")),
                ("biz_data", LegacyBench.bizData.replacing("5812", with: "4121")),
                ("biz_data", LegacyBench.bizData.replacing("5812", with: "58120")),
                ("biz_data", LegacyBench.bizData.replacing("Drinks", with: long(65))),
                ("biz_data", LegacyBench.bizData.replacing("store_id", with: "id")),
                ("biz_data", LegacyBench.bizData.replacing("store_name", with: "name")),
                ("biz_data", LegacyBench.bizData.replacing("HKD", with: "hkd")),
                ("biz_data", LegacyBench.bizData.replacing(#""7""#, with: "7")),
                ("biz_data", LegacyBench.bizData.replacing(#""7""#, with: "{}")),
                ("biz_data", LegacyBench.bizData.replacing(#"{"machine":"7"}"#, with: #""seven""#)),
                ("biz_data", LegacyBench.bizData.replacing(#"{"machine":"7"}"#, with: #""{\"a\":{}}""#)),
            ])

    @Test("a parameter that is missing or malformed is an ILLEGAL_ARGUMENT, and changes nothing", arguments: bad)
    func parameters(_ bad: Bad) throws {
        let bench = try LegacyBench()
        let signed = LegacyBench.form(try LegacyBench.signed(bad.parameters))
        let response = bench.gateway.respond(
            to: LegacyGateway.Request(method: "GET", query: signed), at: LegacyBench.start)
        #expect(LegacyBench.result(Self.answer(response)) == "F ILLEGAL_ARGUMENT")
        let reason = try #require(response.reason)
        #expect(reason.utf8.count < 200 && !reason.contains("\n"))
        #expect(try bench.kinds() == [] && bench.ledger.merchantCodes(limit: 1).isEmpty)
    }

    @Test("random and mutated requests end in an answer, and the money adds up")
    func mutated() async throws {
        let bench = try Self.bench()
        let seed = UInt64.random(in: 0...UInt64.max)
        var generator = SeededGenerator(seed: seed)
        let code = try bench.ledger.authorize(wallet: "Alice", client: "A", at: LegacyBench.start).code
        let more = ["partner": LegacyBench.partner, "sign_type": "MD5", "sign": "x"]
        let goods = [
            LegacyBench.pay(), LegacyBench.query(), LegacyBench.cancel(), LegacyBench.refund(), LegacyBench.code(),
            LegacyBench.code("modifyStatus", ["qrcode": "https://qr.alipay.com/ocx1", "status": "STOP"]),
            LegacyTokenTests.request(code: code),
        ].map { Array(LegacyBench.form(more.merging($0) { $1 }).utf8) }
        for await round in Rounds(2000, soak: 100_000) {
            var body = goods[round % goods.count]
            for _ in 0..<Int.random(in: 0...4, using: &generator) {
                let at = Int.random(in: 0..<body.count, using: &generator)
                switch Int.random(in: 0..<4, using: &generator) {
                case 0: body[at] = UInt8.random(in: 0...255, using: &generator)
                case 1: body.remove(at: at)
                case 2: body.insert(contentsOf: [UInt8](#"%FF"#.utf8), at: at)
                default: body.insert(UInt8.random(in: 0x20...0x7E, using: &generator), at: at)
                }
            }
            let charset = ["utf-8", "gbk", "GB2312", ""][round / goods.count % 4]
            let request = LegacyGateway.Request(
                query: "_input_charset=\(charset)", contentType: Self.form, body: body)
            let response = bench.gateway.respond(to: request, at: LegacyBench.start + .seconds(round))
            let answer = Self.answer(response)
            if answer.hasPrefix("{") {
                #expect((try? JSONSerialization.jsonObject(with: Data(response.body))) != nil, "seed \(seed)")
            } else {
                #expect(LegacyBench.result(answer).utf8.count > 5, "seed \(seed)")
                #expect(!answer.contains("SYSTEM_ERROR"), "seed \(seed)")
            }
        }
        // Some of them are good still.
        #expect(try Set(bench.kinds()).isSuperset(of: [.created, .paid]), "seed \(seed)")
        #expect(try bench.ledger.audit() == [])
    }
}
