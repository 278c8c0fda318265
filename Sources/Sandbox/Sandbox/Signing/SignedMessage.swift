/// A request or a response of Alipay+'s APIs, as it is signed.
///
/// Source: Alipay+, "Sign a request and verify the signature": `POST <path>`, a line feed, then
/// `<Client-Id>.<time>.<body>`. A response is signed with its request's path and client, and its own time and body.
public struct SignedMessage: Sendable {
    /// The path of the URI with its query, if it has one, without the host.
    public var path: String
    public var clientID: String
    /// Request-Time or Response-Time as it is sent: text of any form.
    public var time: String
    /// Exactly the bytes that are sent.
    public var body: [UInt8]

    public init(path: String, clientID: String, time: String, body: [UInt8]) {
        self.path = path
        self.clientID = clientID
        self.time = time
        self.body = body
    }

    /// The bytes that are signed.
    public var bytes: [UInt8] { Array("POST \(path)\n\(clientID).\(time).".utf8) + body }

    /// The header that vouches for it.
    public func signed(with key: PrivateKey, version: Int) throws(SigningKeyError) -> SignatureHeader {
        SignatureHeader(keyVersion: version, signature: try key.signature(of: bytes, .sha256))
    }

    /// Why a header does not vouch for it.
    public enum Fault: String, Error, Hashable, Sendable {
        /// No header, one that cannot be read, another algorithm, or the signature of something else.
        case invalidSignature = "INVALID_SIGNATURE"
        /// There is no key of that version.
        case keyNotFound = "KEY_NOT_FOUND"
    }

    /// Throws unless the header vouches for it.
    ///
    /// - Parameter keys: the sender's, by version.
    public func verify(_ header: String?, keys: [Int: PublicKey]) throws(Fault) {
        guard let header = header.flatMap(SignatureHeader.init), header.isRSA256 else {
            throw .invalidSignature
        }
        // A version of 0, or none, is the newest: so the documentation has it.
        let version = header.keyVersion == 0 && keys[0] == nil ? keys.keys.max() ?? 0 : header.keyVersion
        guard let key = keys[version] else { throw .keyNotFound }
        guard key.isValid(header.signature, of: bytes, .sha256) else { throw .invalidSignature }
    }
}
