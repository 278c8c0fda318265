internal import Certificates
internal import Emulator
internal import Glibc
internal import Logging
internal import SandboxServer
internal import ServiceLifecycle
internal import Synchronization

extension SandboxConfiguration {
    private static let authorityFile = "sandbox-ca"

    /// Where the certificate is that clients are to trust.
    var authorityPath: String { "\(authorityFolder)/\(Self.authorityFile).pem" }

    /// Nil where no TLS is spoken.
    func makeAuthority() throws(CertificateError) -> CertificateAuthority? {
        guard addresses.contains(where: \.isSecure) else { return nil }
        return try CertificateAuthority(folder: authorityFolder, file: Self.authorityFile, named: "bluetap sandbox CA")
    }

    /// Whom it believes of those that it notifies by TLS.
    func notified(_ authority: CertificateAuthority?) -> LiveSandbox.NotifiedTrust {
        var trust = LiveSandbox.NotifiedTrust()
        trust.verifies = verifiesNotified
        trust.roots = {
            let files = getenv("SSL_CERT_FILE").map { [String(cString: $0)] } ?? []
            return [TrustBundle(adding: authority?.certificate ?? "", to: files, system: false).pem]
        }
        return trust
    }

    /// Serves a sandbox until it is told to stop.
    ///
    /// - Parameters:
    ///   - authority: who vouches for it where TLS is spoken.
    ///   - onReady: called with where its gateways are.
    func service(
        _ sandbox: LiveSandbox, authority: CertificateAuthority?, logger: Logger,
        onReady: @escaping @Sendable ([Place]) -> Void
    ) throws -> ClosureService {
        let tls = try authority.map {
            try GatewayTLS($0, hosts: addresses.filter(\.isSecure).map(\.host) + [hostName])
        }
        let arrivals = Arrivals(count: addresses.count, onReady)
        let servers = addresses.enumerated().map { index, address in
            GatewayServer(
                sandbox, host: address.host, port: address.port, tls: address.isSecure ? tls : nil, logger: logger
            ) { place in
                arrivals.note(
                    Place(
                        url: address.url(port: place.port), address: place.address, port: place.port,
                        isSecure: address.isSecure), at: index)
            }
        }
        return ClosureService {
            try await withThrowingDiscardingTaskGroup { group in
                group.addTask { await cancelWhenGracefulShutdown(sandbox.run) }
                try await withThrowingTaskGroup { serving in
                    for server in servers { serving.addTask { try await server.run() } }
                    try await serving.waitForAll()
                }
                group.cancelAll()
            }
        }
    }

    /// Those servers that can be called, until all can.
    private final class Arrivals: Sendable {
        private let places: Mutex<[Place?]>
        private let onReady: @Sendable ([Place]) -> Void

        init(count: Int, _ onReady: @escaping @Sendable ([Place]) -> Void) {
            places = Mutex(Array(repeating: nil, count: count))
            self.onReady = onReady
        }

        func note(_ place: Place, at index: Int) {
            let here = places.withLock { places in
                places[index] = place
                return places
            }
            if here.allSatisfy({ $0 != nil }) { onReady(here.compactMap(\.self)) }
        }
    }

    /// What others call this machine.
    private var hostName: String {
        var name = [CChar](repeating: 0, count: 256)
        guard gethostname(&name, name.count - 1) == 0 else { return "localhost" }
        return String(decoding: name.prefix { $0 != 0 }.map { UInt8(bitPattern: $0) }, as: UTF8.self)
    }
}
