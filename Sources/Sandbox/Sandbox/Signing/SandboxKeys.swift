#if canImport(FoundationEssentials)
    internal import FoundationEssentials
#else
    internal import Foundation
#endif

/// The two pairs of keys of a sandbox: the gateways', and its client's.
public struct SandboxKeys: Sendable {
    public let gateway: PrivateKey
    public let client: PrivateKey
    /// The legacy gateway's shared secret for MD5.
    public let md5: String
    /// What signatures call both.
    public let version: Int

    /// New ones.
    public init(version: Int = 1) throws(SigningKeyError) {
        gateway = try PrivateKey()
        client = try PrivateKey()
        md5 = Self.newSecret()
        self.version = version
    }

    /// Those in a folder, as PEM; what is missing is made, and kept there: `gateway-private.pem`, `client-private.pem`
    /// and the public halves beside them, and `md5.txt`. Beside each stands the same key in the other forms that SDKs want.
    public init(folder: String, version: Int = 1) throws(SigningKeyError) {
        do {
            try FileManager.default.createDirectory(
                atPath: folder, withIntermediateDirectories: true, attributes: [.posixPermissions: 0o700])
        } catch {
            throw SigningKeyError(problem: "the folder for keys \(folder) cannot be made: check its parent")
        }
        gateway = try Self.key("gateway", in: folder)
        client = try Self.key("client", in: folder)
        let path = "\(folder)/md5.txt"
        if FileManager.default.fileExists(atPath: path) {
            let text = (try? String(contentsOfFile: path, encoding: .utf8)) ?? ""
            let secret = text.split(whereSeparator: \.isWhitespace).first
            guard let secret else { throw SigningKeyError(problem: "\(path) has no key: delete it") }
            md5 = String(secret)
        } else {
            md5 = Self.newSecret()
            try Self.write(md5 + "\n", to: path, permissions: 0o600)
        }
        self.version = version
    }

    /// 32 characters, as Alipay's are.
    private static func newSecret() -> String {
        let letters = Array("abcdefghijklmnopqrstuvwxyz0123456789")
        return String((0..<32).map { _ in letters.randomElement() ?? "a" })
    }

    private static func key(_ name: String, in folder: String) throws(SigningKeyError) -> PrivateKey {
        let path = "\(folder)/\(name)-private.pem"
        let key: PrivateKey
        if FileManager.default.fileExists(atPath: path) {
            guard let text = try? String(contentsOfFile: path, encoding: .utf8) else {
                throw SigningKeyError(problem: "\(path) cannot be read: check its permissions")
            }
            do {
                key = try PrivateKey(text)
            } catch {
                throw SigningKeyError(problem: "\(path): \(error)")
            }
        } else {
            key = try PrivateKey()
            try write(key.pem, to: path, permissions: 0o600)
        }
        try write(key.pkcs1PEM, to: "\(folder)/\(name)-private-pkcs1.pem", permissions: 0o600)
        try write(key.pem.pemContent + "\n", to: "\(folder)/\(name)-private.txt", permissions: 0o600)
        try write(key.pkcs1PEM.pemContent + "\n", to: "\(folder)/\(name)-private-pkcs1.txt", permissions: 0o600)
        try write(key.publicKey.pem, to: "\(folder)/\(name)-public.pem", permissions: 0o644)
        try write(key.publicKey.pem.pemContent + "\n", to: "\(folder)/\(name)-public.txt", permissions: 0o644)
        return key
    }

    private static func write(_ text: String, to path: String, permissions: Int) throws(SigningKeyError) {
        let isWritten = FileManager.default.createFile(
            atPath: path, contents: Data(text.utf8), attributes: [.posixPermissions: permissions])
        guard isWritten else {
            throw SigningKeyError(problem: "\(path) cannot be written: check the folder's permissions")
        }
    }
}
