internal import BlueTap
internal import Emulator
internal import HTTPTypes
internal import Hummingbird
internal import NIOCore

#if canImport(FoundationEssentials)
    internal import FoundationEssentials
#else
    internal import Foundation
#endif

/// The routes of the control API.
struct ControlRouter {
    let emulator: Emulator
    let transport: String
    /// Whether browsers can reach it, and with them pages of others.
    let isOnNetwork: Bool

    private var device: EmulatedDevice { emulator.devices[0] }

    /// Largest request body, in bytes.
    private static let maximumBody = 65_536
    /// Most events in one answer; the caller asks again from `lastSequence`.
    private static let eventPage = 1000

    var responder: some HTTPResponder<BasicRequestContext> {
        let router = Router()
        router.add(middleware: ProblemMiddleware())
        if isOnNetwork { router.add(middleware: SameOriginMiddleware()) }
        router.get("v1/device") { _, _ in try json(DeviceView(device, transport: transport, clock: emulator.clock)) }
        router.get("v1/events") { request, _ in try events(request) }
        router.post("v1/tap") { request, _ in try await tap(request) }
        router.post("v1/clock") { request, _ in try await clock(request) }
        return router.buildResponder()
    }

    // MARK: Events

    private func events(_ request: Request) throws -> Response {
        let after = try sequence(request.uri.queryParameters["after"].map(String.init), name: "after") ?? 0
        if request.headers[.accept]?.contains("text/event-stream") == true {
            let last = try sequence(request.headers[.lastEventID], name: "Last-Event-ID")
            return EventStream(device: device, after: last ?? after).response
        }
        let newest = device.status.lastSequence
        guard after <= newest else {
            throw Problem(.conflict, "there is no event \(after) yet: the newest is \(newest)")
        }
        let events = device.events(after: after, limit: Self.eventPage)
        var body = "{\"events\":["
        body += events.lazy.map(\.json).joined(separator: ",")
        body += "],\"missed\":\(missed(events, after: after)),\"lastSequence\":\(events.last?.sequence ?? after)}"
        return Response(
            status: .ok, headers: [.contentType: "application/json"],
            body: ResponseBody(byteBuffer: ByteBuffer(string: body)))
    }

    private func sequence(_ text: String?, name: String) throws -> UInt64? {
        guard let text else { return nil }
        guard let number = UInt64(text) else {
            throw Problem(.badRequest, "\(name) must be the number of an event, from 0")
        }
        return number
    }

    // MARK: Customers

    private func tap(_ request: Request) async throws -> Response {
        let body: TapRequest = try await decode(request, keys: TapRequest.keys)
        if let wallet = body.wallet, !(1...64).contains(wallet.count) {
            throw Problem(.unprocessableContent, "wallet must have 1 to 64 characters")
        }
        return try caused(device.tap(body.customer))
    }

    // MARK: Time

    private func clock(_ request: Request) async throws -> Response {
        let body: ClockRequest = try await decode(request, keys: ClockRequest.keys)
        guard body.mode != nil || body.advance != nil else {
            throw Problem(.unprocessableContent, "give advance (seconds) or mode (frozen, running)")
        }
        let mode = try body.mode.map { name in
            guard let mode = EmulatorClock.Mode(rawValue: name) else {
                throw Problem(.unprocessableContent, "mode must be frozen or running")
            }
            return mode
        }
        if let seconds = body.advance, !(0...ClockRequest.longestAdvance).contains(seconds) {
            throw Problem(
                .unprocessableContent, "advance must be between 0 and \(Int(ClockRequest.longestAdvance)) seconds")
        }
        let before = device.status.lastSequence
        if let mode { emulator.clock.mode = mode }
        if let seconds = body.advance { emulator.advance(by: .seconds(seconds)) }
        return try caused(device.events(after: before))
    }

    // MARK: Bodies

    /// The device, and the events that the request caused.
    private func caused(_ events: [Event]) throws -> Response {
        let view = DeviceView(device, transport: transport, clock: emulator.clock)
        var body = "{\"device\":"
        body += String(decoding: try JSONEncoder.control.encode(view), as: UTF8.self)
        body += ",\"events\":["
        body += events.lazy.map(\.json).joined(separator: ",")
        body += "]}"
        return Response(
            status: .ok, headers: [.contentType: "application/json"],
            body: ResponseBody(byteBuffer: ByteBuffer(string: body)))
    }

    private func json(_ value: some Encodable) throws -> Response {
        Response(
            status: .ok, headers: [.contentType: "application/json"],
            body: ResponseBody(byteBuffer: ByteBuffer(bytes: try JSONEncoder.control.encode(value))))
    }

    /// Reads a JSON object; an empty body counts as `{}`, and an unknown key is an error.
    private func decode<Body: Decodable>(_ request: Request, keys: Set<String>) async throws -> Body {
        let buffer: ByteBuffer
        do {
            buffer = try await request.body.collect(upTo: Self.maximumBody)
        } catch is NIOTooManyBytesError {
            throw Problem(.contentTooLarge, "the body is larger than \(Self.maximumBody) bytes")
        }
        let bytes = buffer.readableBytes == 0 ? Data("{}".utf8) : Data(buffer.readableBytesView)
        do {
            let decoder = JSONDecoder()
            let present = try decoder.decode([String: AnyValue].self, from: bytes).keys
            if let unknown = present.sorted().first(where: { !keys.contains($0) }) {
                throw Problem(
                    .unprocessableContent,
                    "the key \"\(unknown.prefix(40))\" is unknown; known: \(keys.sorted().joined(separator: ", "))")
            }
            return try decoder.decode(Body.self, from: bytes)
        } catch let error as DecodingError {
            throw Problem(.unprocessableContent, "the body does not fit: \(error.briefly)")
        }
    }
}

/// How many events after `sequence` are forgotten already.
func missed(_ events: [Event], after sequence: UInt64) -> UInt64 {
    guard let first = events.first else { return 0 }
    return first.sequence - sequence - 1
}

/// Any JSON value, of which only the presence matters.
private struct AnyValue: Decodable {
    init(from decoder: any Decoder) throws {}
}

extension DecodingError {
    /// One line without the body's own text.
    fileprivate var briefly: String {
        switch self {
        case .typeMismatch(_, let context), .valueNotFound(_, let context), .keyNotFound(_, let context):
            let key = context.codingPath.map(\.stringValue).joined(separator: ".")
            return key.isEmpty ? "it must be a JSON object" : "\(key) has the wrong type"
        case .dataCorrupted(let context):
            let key = context.codingPath.map(\.stringValue).joined(separator: ".")
            return key.isEmpty ? "it is not JSON" : "\(key) has a value that is not known"
        @unknown default: return "it cannot be decoded"
        }
    }
}

extension HTTPField.Name {
    static let lastEventID = Self("Last-Event-ID")!
}
