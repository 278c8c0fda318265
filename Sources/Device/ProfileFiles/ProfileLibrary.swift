public import Documents

/// The profiles that ship with the program.
public enum ProfileLibrary {
    /// The profile that is used where none is named.
    public static let standardName = "reference"

    private static let texts: [(name: String, bytes: [UInt8])] = [
        (standardName, PackageResources.reference_yaml), ("any", PackageResources.any_yaml),
    ]

    public static var names: [String] { texts.map(\.name) }

    /// The profile file as it ships, comments and all.
    public static func text(of name: String) -> String? {
        texts.first { $0.name == name }.map { String(decoding: $0.bytes, as: UTF8.self) }
    }

    /// The built-in profile of that name, else the file at that path.
    public static func profile(_ nameOrPath: String) throws(DocumentError) -> ProfileFile {
        try ProfileFile(document(nameOrPath))
    }

    /// The text of a profile, which need not be a good one.
    public static func document(_ nameOrPath: String) throws(DocumentError) -> Document {
        if let text = text(of: nameOrPath) {
            return try Document(parsing: text, name: "<built-in profile \(nameOrPath)>")
        }
        do {
            return try Document(path: nameOrPath)
        } catch  where !nameOrPath.contains("/") && !nameOrPath.contains(".") {
            throw DocumentError(
                whole: nameOrPath,
                "no built-in profile has that name (there is \(names.joined(separator: ", "))), and no file either")
        } catch {
            throw error
        }
    }
}
