internal import BlueTap
public import Documents
internal import HID
public import WireFormat

/// A profile that was read, checked and compiled.
public struct ProfileFile: Sendable {
    public let profile: Profile
    public let codec: Codec
    /// The file as JSON, without its comments.
    public let json: String

    /// The schema that every profile file is checked against.
    private static let schema = Schema(shipped: PackageResources.profile_schema_json)

    /// The schema's text, for editors.
    public static var schemaText: String { String(decoding: PackageResources.profile_schema_json, as: UTF8.self) }

    public init(_ document: Document) throws(DocumentError) {
        let valid = try ValidDocument(document, schema: Self.schema)
        json = valid.json
        profile = try valid.decode()
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
        do throws(ReportDescriptorError) {
            try ReportDescriptor.check(profile.hid.reportDescriptor.bytes)
        } catch {
            throw document.error(
                at: [.key("hid"), .key("reportDescriptor")], "no kernel takes the report descriptor: \(error)")
        }
        try checkSizes(document)
    }

    /// The sizes that the profile says and those that hosts are told must be the same.
    private func checkSizes(_ document: Document) throws(DocumentError) {
        let descriptor = ReportDescriptor(profile.hid.reportDescriptor.bytes)
        let sides: [(String, ReportLayout, ReportDescriptor.ReportType)] = [
            ("outputReport", profile.hid.outputReport, .output), ("inputReport", profile.hid.inputReport, .input),
        ]
        for (key, report, type) in sides {
            let sizes = descriptor.sizes(of: report.isFeature ? .feature : type)
            let own = [report.size] + (report.sizes ?? []).map(\.size)
            guard !sizes.isEmpty, let other = own.first(where: { !sizes.contains($0) }) else { continue }
            let said = sizes.sorted().map(String.init).joined(separator: " or ")
            throw document.error(
                at: [.key("hid"), .key(key), .key(other == report.size ? "size" : "sizes")],
                "the report descriptor says \(said) bytes, not \(other)")
        }
    }

    /// Reads a file.
    public init(path: String) throws(DocumentError) {
        try self.init(Document(path: path))
    }
}
