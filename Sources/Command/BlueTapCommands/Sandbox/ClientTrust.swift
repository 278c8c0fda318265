internal import Certificates
internal import Glibc

/// What CMD's TLS clients read, so that they trust the sandbox beside all that they trusted before.
struct ClientTrust {
    /// By name.
    let variables: [(String, String)]

    /// Files that whoever started us wants trusted.
    private static let bundles = ["SSL_CERT_FILE", "REQUESTS_CA_BUNDLE", "CURL_CA_BUNDLE"]

    /// - Parameters:
    ///   - authority: the PEM file of the sandbox's certificate authority.
    ///   - directory: where the bundles are written.
    init(authority: String, directory: String) throws(CommandError) {
        guard let own = Self.text(of: authority) else { throw CommandError("\(authority) cannot be read") }
        let bundle = TrustBundle(adding: own, to: Self.bundles.compactMap { Environment[$0] })
        let (all, java) = ("\(directory)/ca-bundle.pem", "\(directory)/ca-bundle.jks")
        try Self.write(Array(bundle.pem.utf8), to: all)
        try Self.write(bundle.javaKeyStore, to: java)
        var variables = [("BLUETAP_SANDBOX_CA", authority)] + Self.bundles.map { ($0, all) }
        // Node.js adds these to its own.
        if let extra = Environment["NODE_EXTRA_CA_CERTS"] {
            let both = "\(directory)/ca-extra.pem"
            try Self.write(Array(TrustBundle(adding: own, to: [extra], system: false).pem.utf8), to: both)
            variables.append(("NODE_EXTRA_CA_CERTS", both))
        } else {
            variables.append(("NODE_EXTRA_CA_CERTS", authority))
        }
        let options = [
            "-Djavax.net.ssl.trustStore=\(java)", "-Djavax.net.ssl.trustStorePassword=\(TrustBundle.javaPassword)",
        ]
        // Java's own say the last word, where somebody has said it already.
        let others = Environment["JAVA_TOOL_OPTIONS"]
        if others?.contains("-Djavax.net.ssl.trustStore=") != true {
            variables.append(("JAVA_TOOL_OPTIONS", ([others].compactMap(\.self) + options).joined(separator: " ")))
        }
        variables.append(("PHP_INI_SCAN_DIR", try Self.phpSettings(trusting: all, in: "\(directory)/php")))
        self.variables = variables
    }

    /// PHP's libcurl has the place of its bundle in it: a settings file beside all others names another.
    private static func phpSettings(trusting bundle: String, in directory: String) throws(CommandError) -> String {
        guard mkdir(directory, 0o700) == 0 else {
            throw CommandError("\(directory) cannot be made: \(String(cString: strerror(errno)))")
        }
        try write(
            Array("curl.cainfo = \"\(bundle)\"\nopenssl.cafile = \"\(bundle)\"\n".utf8), to: "\(directory)/bluetap.ini")
        // What is empty there stands for PHP's own folder.
        return "\(Environment["PHP_INI_SCAN_DIR"] ?? ""):\(directory)"
    }

    private static func text(of path: String) -> String? {
        guard let file = fopen(path, "re") else { return nil }
        defer { fclose(file) }
        var bytes = [UInt8](repeating: 0, count: 65_536)
        let count = fread(&bytes, 1, bytes.count, file)
        return String(validating: bytes[..<count], as: UTF8.self)
    }

    private static func write(_ bytes: [UInt8], to path: String) throws(CommandError) {
        let file = fopen(path, "we")
        guard let file, fwrite(bytes, 1, bytes.count, file) == bytes.count, fclose(file) == 0 else {
            throw CommandError("\(path) cannot be written: \(String(cString: strerror(errno)))")
        }
    }
}
