#if canImport(FoundationEssentials)
    internal import FoundationEssentials
#else
    internal import Foundation
#endif

/// A document that was found to fit a schema.
public struct ValidDocument: Sendable {
    public let document: Document
    /// The document with each scalar as what the schema says it is.
    public let json: String

    /// Checks a document; what is wrong first is thrown.
    public init(_ document: Document, schema: Schema) throws(DocumentError) {
        self.document = document
        var validator = Validator(schema: schema, document: document)
        json = try validator.validate()
    }

    /// Decodes a value. What a schema cannot say may still fail, and is then named by line and key as well.
    ///
    /// - Parameter userInfo: what the value's decoding finds in its decoder.
    public func decode<Value: Decodable>(
        _ type: Value.Type = Value.self, userInfo: [CodingUserInfoKey: any Sendable] = [:]
    ) throws(DocumentError) -> Value {
        do {
            let decoder = JSONDecoder()
            decoder.userInfo = userInfo
            return try decoder.decode(type, from: Data(json.utf8))
        } catch let error as DecodingError {
            let (context, missing) = error.contextAndMissingKey
            let path = context.codingPath.map { key in
                key.intValue.map(DocumentStep.index) ?? .key(key.stringValue)
            }
            throw document.error(at: path + missing, context.debugDescription)
        } catch {
            throw DocumentError(whole: document.name, String(describing: error))
        }
    }
}

extension DecodingError {
    fileprivate var contextAndMissingKey: (Context, [DocumentStep]) {
        switch self {
        case .typeMismatch(_, let context), .valueNotFound(_, let context), .dataCorrupted(let context):
            return (context, [])
        case .keyNotFound(let key, let context):
            return (context, [.key(key.stringValue)])
        @unknown default:
            return (Context(codingPath: [], debugDescription: "cannot be decoded"), [])
        }
    }
}
