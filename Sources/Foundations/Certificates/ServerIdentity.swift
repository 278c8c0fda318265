/// What a TLS server shows its clients, and the key that proves it is its own.
public struct ServerIdentity: Sendable {
    /// PEM of the certificate.
    public let certificate: String
    /// PEM of its key, PKCS#8.
    public let key: String
}
