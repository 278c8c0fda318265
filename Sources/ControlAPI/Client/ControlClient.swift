public import Emulator
internal import NIOCore
internal import NIOHTTP1
internal import NIOPosix

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
        let channel: NIOAsyncChannel<HTTPClientResponsePart, HTTPClientRequestPart>
        do {
            channel = try await connect()
        } catch {
            throw ControlError(
                "no device answers at \(address): start `bluetap serve`, or name its address with --control")
        }
        try await channel.executeThenClose { inbound, outbound in
            var head = HTTPRequestHead(version: .http1_1, method: method, uri: uri(path))
            head.headers = ["Host": "localhost", "Accept": accept, "Connection": "close"]
            if let token { head.headers.add(name: "Authorization", value: "Bearer \(token)") }
            if method == .POST {
                head.headers.add(name: "Content-Type", value: "application/json")
                head.headers.add(name: "Content-Length", value: String(content.count))
            }
            try await outbound.write(.head(head))
            if !content.isEmpty { try await outbound.write(.body(.byteBuffer(ByteBuffer(bytes: content)))) }
            try await outbound.write(.end(nil))

            var failure: (status: HTTPResponseStatus, body: [UInt8])?
            for try await part in inbound {
                switch part {
                case .head(let head) where head.status.code >= 400: failure = (head.status, [])
                case .head: break
                case .body(let bytes):
                    if failure != nil {
                        failure?.body += bytes.readableBytesView.prefix(4096)
                    } else if try await !receive(bytes) {
                        return
                    }
                case .end:
                    if let failure { throw problem(failure.status, failure.body) }
                    return
                }
            }
            throw ControlError("the device at \(address) ended the connection")
        }
    }

    /// The path of a route of the device that is meant.
    private func uri(_ path: String) -> String {
        guard let device else { return path }
        let id = device.percentEncoded
        return "/v1/devices/\(id)" + path.dropFirst("/v1".count)
    }

    private func connect() async throws -> NIOAsyncChannel<HTTPClientResponsePart, HTTPClientRequestPart> {
        let bootstrap = ClientBootstrap(group: NIOSingletons.posixEventLoopGroup).connectTimeout(.seconds(5))
        let initialize:
            @Sendable (any Channel) -> EventLoopFuture<NIOAsyncChannel<HTTPClientResponsePart, HTTPClientRequestPart>> =
                {
                    channel in
                    channel.eventLoop.makeCompletedFuture {
                        try channel.pipeline.syncOperations.addHTTPClientHandlers()
                        return try NIOAsyncChannel(wrappingChannelSynchronously: channel)
                    }
                }
        switch address {
        case .unix(let path):
            return try await bootstrap.connect(unixDomainSocketPath: path, channelInitializer: initialize)
        case .tcp(let host, let port):
            return try await bootstrap.connect(host: host, port: port, channelInitializer: initialize)
        }
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
