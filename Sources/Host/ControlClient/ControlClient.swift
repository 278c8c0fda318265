public import ControlAPI
public import Emulator
internal import HTTPExchange
internal import NIOCore
internal import NIOHTTP1

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

    func request(_ method: HTTPMethod, _ path: String, body: (some Encodable)? = String?.none) async throws
        -> String
    {
        var content: [UInt8] = []
        if let body { content = Array(try JSONEncoder.control.encode(body)) }
        var answer = ""
        var bytes: [UInt8] = []
        try await exchange(method, path, accept: "application/json", content: content) { part in
            bytes += part.readableBytesView
            guard bytes.count <= Self.maximumAnswer else {
                throw ControlClientError(.answerTooLarge, "the answer of \(address) is too large")
            }
            return true
        }
        answer = String(decoding: bytes, as: UTF8.self)
        return answer
    }

    /// One request on a connection of its own. `receive` gets the body of a good answer piece by piece, until it
    /// returns false; a problem is thrown.
    func exchange(
        _ method: HTTPMethod, _ path: String, accept: String, content: [UInt8],
        receive: (ByteBuffer) async throws -> Bool
    ) async throws {
        var headers: HTTPHeaders = ["Host": "localhost", "Accept": accept]
        if let token { headers.add(name: "Authorization", value: "Bearer \(token)") }
        if !content.isEmpty { headers.add(name: "Content-Type", value: "application/json") }
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
            throw ControlClientError(
                .noDevice, "no device answers at \(address)",
                remedy: "start `bluetap serve`, or name its address with --control")
        } catch let error as HTTPExchangeError {
            throw ControlClientError(.noAnswer, "the device at \(address) did not answer: \(error)")
        }
        if let failure { throw refusal(failure.status, failure.body) }
    }

    /// The path of a route of the device that is meant.
    private func uri(_ path: String) -> String {
        guard let device, !path.hasPrefix("/v1/sandbox") else { return path }
        let id = device.percentEncoded
        return "/v1/devices/\(id)" + path.dropFirst("/v1".count)
    }

    private func refusal(_ status: HTTPResponseStatus, _ body: [UInt8]) -> ControlClientError {
        let problem = try? JSONDecoder().decode(ProblemDetails.self, from: Data(body))
        return ControlClientError(
            problem.flatMap { ProblemCode(rawValue: $0.code) }.map(ControlClientError.Code.refused) ?? .failed,
            "the device refused: \(problem?.detail ?? "\(status.code) \(status.reasonPhrase)")")
    }
}
