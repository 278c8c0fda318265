/// The control API, described for programs: OpenAPI 3.1, as JSON.
public enum OpenAPIDocument {
    public static let bytes: [UInt8] = PackageResources.openapi_json
}
