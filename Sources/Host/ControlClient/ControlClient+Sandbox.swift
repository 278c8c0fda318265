public import ControlAPI
internal import NIOHTTP1
public import Sandbox
public import SandboxFaults

extension ControlClient {
    /// At most `limit` payments after the one of that place, as JSON: `payments`, `now`.
    public func payments(after place: Int64, limit: Int) async throws -> String {
        try await request(.GET, "/v1/sandbox/payments?after=\(place)&limit=\(limit)")
    }

    /// A payment with all that became of it, as JSON.
    ///
    /// - Parameter name: the gateway's, the client's or the order's.
    public func payment(_ name: String) async throws -> String {
        try await request(.GET, "/v1/sandbox/payments/\(name.percentEncoded)")
    }

    public func pay(_ payment: String, _ body: SandboxPayRequest) async throws -> String {
        try await request(.POST, "/v1/sandbox/payments/\(payment.percentEncoded)/pay", body: body)
    }

    public func refund(_ payment: String, _ body: SandboxRefundRequest) async throws -> String {
        try await request(.POST, "/v1/sandbox/payments/\(payment.percentEncoded)/refund", body: body)
    }

    public func cancelPayment(_ payment: String) async throws -> String {
        try await request(
            .POST, "/v1/sandbox/payments/\(payment.percentEncoded)/cancel", body: [String: String]())
    }

    /// Its newest notification is sent again.
    public func notify(_ payment: String) async throws -> String {
        try await request(
            .POST, "/v1/sandbox/payments/\(payment.percentEncoded)/notify", body: [String: String]())
    }

    /// A customer scans a merchant's code and pays. The answer has the `settlement` and the `payment`.
    public func scan(_ body: SandboxScanRequest) async throws -> String {
        try await request(.POST, "/v1/sandbox/codes/pay", body: body)
    }

    /// A code that a wallet shows, as JSON: `wallet`, `code`.
    public func paymentCode(of wallet: String) async throws -> String {
        try await request(.GET, "/v1/sandbox/code?wallet=\(wallet.percentEncoded)")
    }

    /// A wallet's owner allows an app to ask who that is, as JSON: `code`, `app`, `wallet`, `expiresAt`.
    public func authorize(_ body: SandboxAuthorizeRequest, by wallet: String) async throws -> String {
        try await request(.POST, "/v1/sandbox/wallets/\(wallet.percentEncoded)/authorize", body: body)
    }

    public func deposit(_ body: SandboxAmountRequest, in wallet: String) async throws -> String {
        try await request(.POST, "/v1/sandbox/wallets/\(wallet.percentEncoded)", body: body)
    }

    public func phones() async throws -> String { try await request(.GET, "/v1/sandbox/phones") }

    public func phone(_ name: String) async throws -> String {
        try await request(.GET, "/v1/sandbox/phones/\(name.percentEncoded)")
    }

    /// Somebody does something with a phone. The answer has the `phone`, what was `seen`, and a tap's `paymentId`.
    public func perform(_ call: NFCPhoneCall, onPhone name: String) async throws -> String {
        try await request(.POST, "/v1/sandbox/phones/\(name.percentEncoded)", body: call)
    }

    public func change(_ conditions: NFCPhoneConditions, ofPhone name: String) async throws -> String {
        try await request(.PATCH, "/v1/sandbox/phones/\(name.percentEncoded)", body: conditions)
    }

    /// The card network tells something of a payment. The answer has the `outcome` and the `payment`.
    public func tell(_ name: NetworkRequest.Name, _ payment: String, _ body: NetworkRequest) async throws -> String {
        try await request(.POST, "/v1/sandbox/payments/\(payment.percentEncoded)/\(name.rawValue)", body: body)
    }

    /// Requests that were refused for their signatures, as JSON: `refusals`.
    public func refusals() async throws -> String { try await request(.GET, "/v1/sandbox/refusals") }

    public func sandboxFaults() async throws -> String { try await request(.GET, "/v1/sandbox/faults") }

    public func add(_ fault: SandboxFaultDescription) async throws -> String {
        try await request(.POST, "/v1/sandbox/faults", body: fault)
    }

    public func clearSandboxFaults(_ id: Int?) async throws -> String {
        try await request(.DELETE, id.map { "/v1/sandbox/faults/\($0)" } ?? "/v1/sandbox/faults")
    }
}
