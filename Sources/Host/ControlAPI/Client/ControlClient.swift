public import Emulator
internal import HTTPExchange
internal import NIOCore
internal import NIOHTTP1
public import SandboxFaults
public import SandboxServer

#if canImport(FoundationEssentials)
    internal import FoundationEssentials
#else
    internal import Foundation
#endif

/// A client of the control API.
public struct ControlClient: Sendable {
    public let address: ControlAddress
    private let token: String?
    /// Which device is meant; nil: the first.
    private let device: String?

    /// Largest answer, in bytes.
    private static let maximumAnswer = 64 << 20

    public init(address: ControlAddress, device: String? = nil, token: String? = nil) {
        self.address = address
        self.device = device
        self.token = token
    }

    /// The device's state, as JSON.
    public func device() async throws -> String { try await request(.GET, "/v1/device") }

    /// The events after a number, as JSON: `events`, `missed`, `lastSequence`.
    public func events(after sequence: UInt64) async throws -> String {
        try await request(.GET, "/v1/events?after=\(sequence)")
    }

    /// A customer taps. The answer has the `device` and the `events` that this caused.
    public func tap(_ tap: TapRequest) async throws -> String { try await request(.POST, "/v1/tap", body: tap) }

    /// Steers time. The answer has the `device` and the `events` that this caused.
    public func clock(_ clock: ClockRequest) async throws -> String {
        try await request(.POST, "/v1/clock", body: clock)
    }

    /// Pulls the cable, and puts it back after a while, if so asked.
    public func unplug(_ unplug: UnplugRequest) async throws -> String {
        try await request(.POST, "/v1/unplug", body: unplug)
    }

    public func plug() async throws -> String { try await request(.POST, "/v1/plug", body: [String: String]()) }

    public func reset() async throws -> String { try await request(.POST, "/v1/reset", body: [String: String]()) }

    /// The faults that are set, as JSON: `faults`.
    public func faults() async throws -> String { try await request(.GET, "/v1/faults") }

    /// Sets a fault. The answer is the fault with its `id`.
    public func add(_ fault: FaultDescription) async throws -> String {
        try await request(.POST, "/v1/faults", body: fault)
    }

    /// Ends all faults, or the one of that number.
    public func clearFaults(_ id: Int?) async throws -> String {
        try await request(.DELETE, id.map { "/v1/faults/\($0)" } ?? "/v1/faults")
    }

    /// Who waits and who comes by themselves, as JSON: `queue`, `rate`.
    public func customers() async throws -> String { try await request(.GET, "/v1/customers") }

    public func addCustomers(_ customers: CustomersRequest) async throws -> String {
        try await request(.POST, "/v1/customers", body: customers)
    }

    public func clearCustomers() async throws -> String { try await request(.DELETE, "/v1/customers") }

    // MARK: The payment sandbox

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

    public func sandboxFaults() async throws -> String { try await request(.GET, "/v1/sandbox/faults") }

    public func add(_ fault: SandboxFaultDescription) async throws -> String {
        try await request(.POST, "/v1/sandbox/faults", body: fault)
    }

    public func clearSandboxFaults(_ id: Int?) async throws -> String {
        try await request(.DELETE, id.map { "/v1/sandbox/faults/\($0)" } ?? "/v1/sandbox/faults")
    }

    // MARK: Waiting

    /// Waits for a state or an event. The answer has `state`, `lastSequence`, and the `event`, where one was waited for.
    public func wait(_ wait: WaitRequest) async throws -> String {
        let what = wait.what.percentEncoded
        let after = wait.after.map { "&after=\($0)" } ?? ""
        return try await request(.GET, "/v1/events?wait=\(what)&timeout=\(wait.timeout)\(after)")
    }

    private func request(_ method: HTTPMethod, _ path: String, body: (some Encodable)? = String?.none) async throws
        -> String
    {
        var content: [UInt8] = []
        if let body { content = Array(try JSONEncoder.control.encode(body)) }
        var answer = ""
        var bytes: [UInt8] = []
        try await exchange(method, path, accept: "application/json", content: content) { part in
            bytes += part.readableBytesView
            guard bytes.count <= Self.maximumAnswer else { throw ControlError("the answer of \(address) is too large") }
            return true
        }
        answer = String(decoding: bytes, as: UTF8.self)
        return answer
    }

    /// Follows the events after a number until the server ends the stream or `body` returns false. Each call has one
    /// event as JSON.
    public func followEvents(after sequence: UInt64, _ body: (String) async throws -> Bool) async throws {
        var line: [UInt8] = []
        try await exchange(.GET, "/v1/events?after=\(sequence)", accept: "text/event-stream", content: []) { part in
            for byte in part.readableBytesView {
                if byte != UInt8(ascii: "\n") {
                    line.append(byte)
                    continue
                }
                let text = String(decoding: line, as: UTF8.self)
                line.removeAll(keepingCapacity: true)
                if text.hasPrefix("data: "), try await !body(String(text.dropFirst("data: ".count))) { return false }
            }
            return true
        }
    }

    /// One request on a connection of its own. `receive` gets the body of a good answer piece by piece, until it
    /// returns false; a problem is thrown.
    private func exchange(
        _ method: HTTPMethod, _ path: String, accept: String, content: [UInt8],
        receive: (ByteBuffer) async throws -> Bool
    ) async throws {
        var headers: HTTPHeaders = ["Host": "localhost", "Accept": accept]
        if let token { headers.add(name: "Authorization", value: "Bearer \(token)") }
        if method == .POST { headers.add(name: "Content-Type", value: "application/json") }
        var failure: (status: HTTPResponseStatus, body: [UInt8])?
        do {
            try await HTTPExchange.perform(method, uri(path), at: address.place, headers: headers, content: content) {
                part in
                switch part {
                case .head(let head) where head.status.code >= 400: failure = (head.status, [])
                case .head, .end: break
                case .body(let bytes):
                    guard failure == nil else {
                        failure?.body += bytes.readableBytesView.prefix(4096)
                        break
                    }
                    return try await receive(bytes)
                }
                return true
            }
        } catch let error as HTTPExchangeError where error.code == .noConnection {
            throw ControlError(
                "no device answers at \(address): start `bluetap serve`, or name its address with --control")
        } catch let error as HTTPExchangeError {
            throw ControlError("the device at \(address) did not answer: \(error)")
        }
        if let failure { throw problem(failure.status, failure.body) }
    }

    /// The path of a route of the device that is meant.
    private func uri(_ path: String) -> String {
        guard let device, !path.hasPrefix("/v1/sandbox") else { return path }
        let id = device.percentEncoded
        return "/v1/devices/\(id)" + path.dropFirst("/v1".count)
    }

    private func problem(_ status: HTTPResponseStatus, _ body: [UInt8]) -> ControlError {
        struct Body: Decodable {
            var detail: String
        }
        let detail = try? JSONDecoder().decode(Body.self, from: Data(body)).detail
        return ControlError("the device refused: \(detail ?? "\(status.code) \(status.reasonPhrase)")")
    }
}

extension String {
    /// As a part of a URL's path or query. Source: RFC 3986, 2.1.
    fileprivate var percentEncoded: String {
        utf8.reduce(into: "") { result, byte in
            let scalar = Unicode.Scalar(byte)
            if byte < 0x80,
                scalar.properties.isAlphabetic || scalar.properties.numericType != nil
                    || "-._~".unicodeScalars.contains(scalar)
            {
                result.unicodeScalars.append(scalar)
            } else {
                result +=
                    "%" + String(byte >> 4, radix: 16, uppercase: true) + String(byte & 15, radix: 16, uppercase: true)
            }
        }
    }
}
