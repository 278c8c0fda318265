import BlueTap
import Foundation
import Testing

@testable import Sandbox

/// A partner in front of the legacy gateway: signs what it sends, and verifies what it gets.
struct LegacyBench {
    static let partner = "2088000000000001"
    static let md5Key = "k0123456789abcdefghijklmnopqrstu"
    static let start = PaymentTests.start

    let ledger: Ledger
    let gateway: LegacyGateway

    // Of all tests: making a key takes long.
    static let (key, gatewayKey) = (try! PrivateKey(), try! PrivateKey())

    static let known = LegacyPartners.known([
        partner: LegacyPartner(md5Key: md5Key, publicKey: key.publicKey)
    ])

    init(_ settings: LegacySettings = LegacySettings(), _ partners: LegacyPartners = known) throws {
        ledger = try Ledger(path: nil)
        gateway = LegacyGateway(
            ledger: ledger, wallets: AcquirerBench.wallets, partners: partners, key: Self.gatewayKey,
            settings: settings, logger: .silent)
    }

    // MARK: Parameters

    typealias Parameters = [String: String]

    /// Of all requests; those with the value nil are left out.
    static func with(_ parameters: Parameters, _ changes: [String: String?]) -> Parameters {
        changes.reduce(into: parameters) { $0[$1.key] = $1.value }
    }

    /// HKD 12.50 by a scanned code.
    static func pay(_ name: String = "T1", wallet: String = "Alice", changes: [String: String?] = [:]) -> Parameters {
        with(
            [
                "service": "alipay.acquire.overseas.spot.pay", "notify_url": "http://till/notify",
                "alipay_seller_id": partner, "trans_name": "Noodles", "partner_trans_id": name, "currency": "HKD",
                "trans_amount": "12.50", "buyer_identity_code": AcquirerBench.code(wallet),
                "identity_code_type": "barcode", "trans_create_time": "20260101200000",
                "biz_product": "OVERSEAS_MBARCODE_PAY",
            ], changes)
    }

    static func query(_ name: String = "T1", _ changes: [String: String?] = [:]) -> Parameters {
        with(["service": "alipay.acquire.overseas.query", "partner_trans_id": name], changes)
    }

    static func cancel(_ name: String = "T1", _ changes: [String: String?] = [:]) -> Parameters {
        with(
            ["service": "alipay.acquire.cancel", "timestamp": "1767268800000", "out_trade_no": name], changes)
    }

    static func refund(_ name: String = "F1", _ amount: String = "2.50", _ changes: [String: String?] = [:])
        -> Parameters
    {
        with(
            [
                "service": "alipay.acquire.overseas.spot.refund", "notify_url": "http://till/refunds",
                "partner_trans_id": "T1", "partner_refund_id": name, "refund_amount": amount, "currency": "HKD",
            ], changes)
    }

    static let bizData = #"""
        {"secondary_merchant_industry":"5812","secondary_merchant_id":"M1","secondary_merchant_name":"Drinks",\#
        "store_id":"S1","store_name":"Machine 1","trans_currency":"HKD","currency":"USD",\#
        "passback_parameters":{"machine":"7"}}
        """#

    static func code(_ action: String = "create", _ changes: [String: String?] = [:]) -> Parameters {
        with(
            [
                "service": "alipay.commerce.qrcode.\(action)", "timestamp": "2026-01-01 20:00:00",
                "notify_url": "http://machine/notify", "biz_type": "OVERSEASHOPQRCODE", "biz_data": bizData,
            ], changes)
    }

    /// HKD 12.50 for an order that a customer pays later.
    static func order(_ action: String = "precreate", _ changes: [String: String?] = [:]) -> Parameters {
        with(
            [
                "service": "alipay.acquire.\(action)", "timestamp": "2026-01-01 20:00:00",
                "notify_url": "http://till/notify", "out_trade_no": "O1", "subject": "Noodles",
                "product_code": "OVERSEAS_MBARCODE_PAY", "total_fee": "12.50", "currency": "USD",
                "trans_currency": "HKD",
            ], changes)
    }

    // MARK: Requests

    static func encoded(_ bytes: some Sequence<UInt8>) -> String {
        bytes.map { (0x30...0x39).contains($0) || (0x41...0x5A).contains($0) ? String(UnicodeScalar($0)) : hex($0) }
            .joined()
    }

    private static func hex(_ byte: UInt8) -> String { "%" + (byte < 16 ? "0" : "") + String(byte, radix: 16) }

    /// A form, sorted.
    static func form(_ parameters: Parameters, _ charset: LegacyCharset = .utf8) -> String {
        parameters.sorted { $0.key < $1.key }.map { "\($0)=\(encoded(charset.bytes(of: $1)))" }
            .joined(separator: "&")
    }

    static func signed(
        _ parameters: Parameters, _ type: LegacySignType = .md5, _ charset: LegacyCharset = .utf8
    ) throws -> Parameters {
        var all = parameters.merging(["partner": partner, "_input_charset": charset.rawValue]) { own, _ in own }
        let text = LegacySignType.text(of: all.map { ($0, charset.bytes(of: $1)) }, without: ["sign", "sign_type"])
        all["sign"] = try type.signature(of: text, md5Key: md5Key, key: key)
        all["sign_type"] = type.rawValue
        return all
    }

    /// A GET.
    func get(_ parameters: Parameters, after: Duration = .zero, _ charset: LegacyCharset = .utf8) -> String {
        let request = LegacyGateway.Request(method: "GET", query: Self.form(parameters, charset))
        return String(decoding: gateway.respond(to: request, at: Self.start + after).body, as: UTF8.self)
    }

    /// Sends a request, signed, and returns the answer.
    func send(_ parameters: Parameters, after: Duration = .zero) throws -> String {
        get(try Self.signed(parameters), after: after)
    }

    // MARK: Answers

    /// The text of an answer's first element of that name; nil: it has none.
    static func field(_ name: String, _ answer: String) -> String? {
        guard let start = answer.range(of: "<\(name)>"), let end = answer.range(of: "</\(name)>") else { return nil }
        return String(answer[start.upperBound..<end.lowerBound])
    }

    /// "F ILLEGAL_SIGN", or "SUCCESS", or "FAIL TRADE_NOT_EXIST".
    static func result(_ answer: String) -> String {
        let result = field("is_success", answer) == "F" ? "F" : field("result_code", answer)
        return [result, field("error", answer)].compactMap { $0 }.joined(separator: " ")
    }

    static func status(_ answer: String) -> String? { field("alipay_trans_status", answer) }

    func kinds() throws -> [Change.Kind] { try ledger.changes().map(\.kind) }
}
