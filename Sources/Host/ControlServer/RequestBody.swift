internal import ControlAPI
internal import Hummingbird
internal import NIOCore

#if canImport(FoundationEssentials)
    internal import FoundationEssentials
#else
    internal import Foundation
#endif

/// What a request carries, within bounds.
enum RequestBody {
    /// Largest request body, in bytes.
    static let maximumSize = 65_536

    static func bytes(of request: Request, upTo maximum: Int = maximumSize) async throws -> Data {
        do {
            return Data(try await request.body.collect(upTo: maximum).readableBytesView)
        } catch is NIOTooManyBytesError {
            throw Problem(.tooLarge, "the body is larger than \(maximum) bytes")
        }
    }

    /// Reads a JSON object; an empty body counts as `{}`, and an unknown key is an error.
    static func decode<Body: Decodable>(_ request: Request, keys: Set<String>) async throws -> Body {
        var bytes = try await bytes(of: request)
        if bytes.isEmpty { bytes = Data("{}".utf8) }
        do {
            let decoder = JSONDecoder()
            let present = try decoder.decode([String: AnyValue].self, from: bytes)
            if let unknown = present.keys.sorted().first(where: { !keys.contains($0) }) {
                throw Problem(
                    .notValid,
                    "the key \"\(unknown.prefix(40))\" is unknown; known: \(keys.sorted().joined(separator: ", "))")
            }
            if let absent = present.keys.sorted().first(where: { present[$0]?.isNull == true }) {
                throw Problem(.notValid, "\(absent) is null: give it a value, or leave it out")
            }
            return try decoder.decode(Body.self, from: bytes)
        } catch let error as DecodingError {
            throw Problem(.notValid, "the body does not fit: \(error.briefly)")
        }
    }

    /// Any JSON value, of which only the presence matters.
    private struct AnyValue: Decodable {
        let isNull: Bool

        init(from decoder: any Decoder) throws {
            isNull = (try? decoder.singleValueContainer().decodeNil()) ?? false
        }
    }
}

extension DecodingError {
    /// One line without the body's own text.
    fileprivate var briefly: String {
        switch self {
        case .typeMismatch(_, let context), .valueNotFound(_, let context):
            let key = context.codingPath.map(\.stringValue).joined(separator: ".")
            return key.isEmpty ? "it must be a JSON object" : "\(key) has the wrong type"
        case .keyNotFound(let key, _): return "\(key.stringValue) is missing"
        case .dataCorrupted(let context):
            let key = context.codingPath.map(\.stringValue).joined(separator: ".")
            if key.isEmpty { return "it is not JSON" }
            // Our own types say what they take.
            let said = context.debugDescription
            return said.hasPrefix("must ") ? "\(key) \(said)" : "\(key) has a value that is not known"
        @unknown default: return "it cannot be decoded"
        }
    }
}
