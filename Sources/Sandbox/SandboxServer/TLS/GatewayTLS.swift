public import Certificates
internal import NIOSSL
internal import Synchronization

/// What a sandbox's gateways show who calls them by TLS.
public final class GatewayTLS: Sendable {
    private let names: [String]
    private let context: NIOSSLContext
    /// Vouched for by nobody's authority; made where a fault asks for it.
    private let forged = Mutex<NIOSSLContext?>(nil)

    /// - Parameters:
    ///   - authority: who vouches for it; clients are to trust it.
    ///   - hosts: under which names and addresses it is called beside the gateways' own and this machine's.
    public init(_ authority: CertificateAuthority, hosts: [String]) throws {
        let known = GatewayHosts.names + GatewayHosts.local
        names = known + Set(hosts).subtracting(known).filter(Self.isName).sorted()
        context = try Self.context(authority.identity(for: names))
    }

    /// What a connection gets.
    ///
    /// - Parameter isForged: whether it is to be one that no client believes.
    func handler(isForged: Bool) throws -> NIOSSLServerHandler {
        guard isForged else { return NIOSSLServerHandler(context: context) }
        let context = try forged.withLock { forged in
            if let forged { return forged }
            let made = try Self.context(CertificateAuthority(named: "nobody's CA").identity(for: names))
            forged = made
            return made
        }
        return NIOSSLServerHandler(context: context)
    }

    private static func context(_ identity: ServerIdentity) throws -> NIOSSLContext {
        let certificates = try NIOSSLCertificate.fromPEMBytes(Array(identity.certificate.utf8))
        let key = try NIOSSLPrivateKey(bytes: Array(identity.key.utf8), format: .pem)
        var configuration = TLSConfiguration.makeServerConfiguration(
            certificateChain: certificates.map { .certificate($0) }, privateKey: .privateKey(key))
        configuration.minimumTLSVersion = .tlsv12
        configuration.applicationProtocols = ["http/1.1"]
        return try NIOSSLContext(configuration: configuration)
    }

    /// Whether a certificate can name it: other names, such as those with a zone, are of no use there.
    private static func isName(_ text: String) -> Bool {
        (1...253).contains(text.utf8.count)
            && text.utf8.allSatisfy { byte in
                (0x30...0x3A).contains(byte) || (0x61...0x7A).contains(byte) || (0x41...0x5A).contains(byte)
                    || byte == UInt8(ascii: "-") || byte == UInt8(ascii: ".") || byte == UInt8(ascii: "_")
            }
    }
}
