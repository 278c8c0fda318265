import BlueTap
import Foundation
import Logging
import Testing

@testable import Sandbox

/// An acquirer in front of Alipay+'s API: signs what it sends, and verifies what it gets.
struct AcquirerBench {
    static let client = "SANDBOX_5Y0001"
    static let start = PaymentTests.start

    let ledger: Ledger
    let api: AcquirerAPI
    let key: PrivateKey
    let gatewayKey: PrivateKey

    static let wallets = WalletBook([
        SimulatedWallet(name: "Alice"), SimulatedWallet(name: "Bob", behaviour: .declines("USER_BALANCE_NOT_ENOUGH")),
        SimulatedWallet(name: "Somchai", behaviour: .paysLater(.seconds(20))),
        SimulatedWallet(name: "Ploy", behaviour: .ignores),
    ])

    // Of all tests: making a key takes long.
    private static let keys = (try! PrivateKey(), try! PrivateKey())

    init(
        ordersArePaidOnce: Bool = false, keys: [Int] = [1], _ change: (inout AcquirerAPI.Settings) -> Void = { _ in }
    ) throws {
        let (key, gatewayKey) = Self.keys
        (self.key, self.gatewayKey) = (key, gatewayKey)
        ledger = try Ledger(path: nil, ordersArePaidOnce: ordersArePaidOnce)
        var settings = AcquirerAPI.Settings()
        change(&settings)
        let (publicKey, other) = (key.publicKey, gatewayKey.publicKey)
        api = AcquirerAPI(
            ledger: ledger, wallets: Self.wallets,
            clients: .known([
                Self.client: Dictionary(
                    uniqueKeysWithValues: keys.map { ($0, $0 == keys.max() ? publicKey : other) })
            ]), key: gatewayKey, keyVersion: 3, settings: settings, logger: .silent)
    }

    /// A code of a wallet, of which each request has another.
    static func code(_ wallet: String, _ request: String = "R1") -> String {
        let number = request.utf8.reduce(0 as UInt64) { $0 &* 257 &+ UInt64($1) }
        return PaymentCode(owner: wallets.wallets.firstIndex { $0.name == wallet }!, number: number).digits
    }

    /// What Antom wants to know of where a payment is.
    static let store = """
        "merchant":{"referenceMerchantId":"M1","merchantName":"Noodle House","merchantMCC":"5812",\
        "store":{"referenceStoreId":"S1","storeName":"S","storeMCC":"5812"}},\
        "env":{"userAgent":"U","storeTerminalId":"T1","storeTerminalRequestTime":"2026-01-01T20:00:00+08:00"}
        """

    /// A pay of HKD 12.50 by a scanned code.
    static func pay(
        _ request: String = "R1", order: String = "A1", wallet: String = "Alice", value: String = "1250",
        scenario: String = "PaymentCode", more: String = ""
    ) -> String {
        """
        {"paymentRequestId":"\(request)","order":{"referenceOrderId":"\(order)","orderDescription":"Noodles",\
        "orderAmount":{"currency":"HKD","value":"\(value)"},\(store)},"paymentAmount":{"currency":"HKD","value":"\(value)"},\
        "paymentMethod":{"paymentMethodType":"CONNECT_WALLET","paymentMethodId":"\(code(wallet, request))"},\
        "paymentFactor":{"isInStorePayment":"true","inStorePaymentScenario":"\(scenario)"}\(more)}
        """
    }

    /// The same of Antom.
    static func antom(
        _ request: String = "R1", order: String = "A1", wallet: String = "Alice", value: String = "1250",
        scenario: String = "PaymentCode", more: String = ""
    ) -> String {
        pay(
            request, order: order, wallet: wallet, value: value, scenario: scenario,
            more: #","productCode":"IN_STORE_PAYMENT","paymentNotifyUrl":"http://127.0.0.1:1/told"\#(more)"#)
    }

    func request(_ path: String, _ body: some Collection<UInt8>) throws -> AcquirerAPI.Request {
        let time = "2026-01-01T20:00:00+08:00"
        let message = SignedMessage(path: path, clientID: Self.client, time: time, body: Array(body))
        return AcquirerAPI.Request(
            path: path,
            headers: [
                "client-id": Self.client, "request-time": time, "content-type": "application/json; charset=UTF-8",
                "signature": try message.signed(with: key, version: 1).description,
            ], body: Array(body))
    }

    /// Sends a request, verifies the answer's signature, and returns the answer's text.
    func send(
        _ api: String, _ body: String, after: Duration = .zero, dialect: String = "aps", of room: String = "payments"
    ) throws -> String {
        let path = "/\(dialect)/api/v1/\(room)/\(api)"
        let response = self.api.respond(to: try request(path, body.utf8), at: Self.start + after)
        let headers = Dictionary(uniqueKeysWithValues: response.headers.map { ($0.name, $0.value) })
        let message = SignedMessage(
            path: path, clientID: try #require(headers["client-id"]), time: try #require(headers["response-time"]),
            body: response.body)
        try message.verify(headers["signature"], keys: [3: gatewayKey.publicKey])
        return String(decoding: response.body, as: UTF8.self)
    }

    /// The member `result` of an answer, as "S SUCCESS", or another of its kind.
    static func result(_ answer: String, _ member: String = "result") throws -> String {
        let object = try JSONSerialization.jsonObject(with: Data(answer.utf8)) as? [String: Any]
        let result = try #require(object?[member] as? [String: String], "\(answer)")
        return "\(result["resultStatus"] ?? "") \(result["resultCode"] ?? "")"
    }

    /// What has happened in the ledger.
    func kinds() throws -> [Change.Kind] { try ledger.changes().map(\.kind) }
}

extension Logger {
    static let silent = Logger(label: "test") { _ in SwiftLogNoOpLogHandler() }
}
