internal import BlueTap
public import Documents
public import WireFormat

/// A profile that was read, checked and compiled.
public struct ProfileFile: Sendable {
    public let profile: Profile
    public let codec: Codec

    /// The schema that every profile file is checked against.
    private static let schema = Schema(shipped: PackageResources.profile_schema_json)

    /// The schema's text, for editors.
    public static var schemaText: String { String(decoding: PackageResources.profile_schema_json, as: UTF8.self) }

    public init(_ document: Document) throws(DocumentError) {
        profile = try ValidDocument(document, schema: Self.schema).decode()
        do {
            codec = try Codec(profile)
        } catch {
            let path = error.path.map { step in
                switch step {
                case .key(let name): DocumentStep.key(name)
                case .index(let index): DocumentStep.index(index)
                }
            }
            throw document.error(at: path, error.reason)
        }
    }

    /// Reads a file.
    public init(path: String) throws(DocumentError) {
        try self.init(Document(path: path))
    }
}
