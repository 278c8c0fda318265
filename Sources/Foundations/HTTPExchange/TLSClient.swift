internal import NIOCore
internal import NIOSSL

/// How a client speaks TLS: whom it trusts.
public struct TLSClient: Sendable {
    let context: NIOSSLContext

    /// - Parameters:
    ///   - roots: PEM of certificates that are trusted beside the system's; what is none is left out.
    ///   - verifies: false: whoever answers is believed.
    public init(trusting roots: [String] = [], verifies: Bool = true) throws {
        var configuration = TLSConfiguration.makeClientConfiguration()
        let certificates = roots.flatMap { (try? NIOSSLCertificate.fromPEMBytes(Array($0.utf8))) ?? [] }
        if !certificates.isEmpty { configuration.additionalTrustRoots = [.certificates(certificates)] }
        configuration.certificateVerification = verifies ? .fullVerification : .none
        configuration.applicationProtocols = ["http/1.1"]
        context = try NIOSSLContext(configuration: configuration)
    }

    /// For a connection to a host: a name, or an address in numbers, which the certificate must have.
    private func handler(for host: String) throws -> NIOSSLClientHandler {
        let isNumeric = (try? SocketAddress(ipAddress: host, port: 0)) != nil
        return try NIOSSLClientHandler(context: context, serverHostname: isNumeric ? nil : host)
    }

    /// Adds to a pipeline what speaks TLS with a host.
    func add(to pipeline: ChannelPipeline.SynchronousOperations, for host: String) throws {
        try pipeline.addHandler(handler(for: host))
        try pipeline.addHandler(AbruptEnd())
    }

    /// What kept both from talking, for people; nil where it was not TLS.
    static func explanation(of error: any Error) -> String? {
        switch error {
        case NIOSSLError.handshakeFailed(let reason):
            "\(reason)".contains("CERTIFICATE_VERIFY_FAILED")
                ? "its certificate does not verify" : "TLS fails: \(reason)"
        case let error as NIOSSLExtraError where error == .failedToValidateHostname:
            "its certificate is of another host"
        default: nil
        }
    }
}

/// Takes the end of a connection for one where TLS was not told of it: many servers close so behind an answer whose length
/// they do not say. What is cut off is no whole answer of its own kind.
private final class AbruptEnd: ChannelInboundHandler {
    typealias InboundIn = ByteBuffer

    func errorCaught(context: ChannelHandlerContext, error: any Error) {
        if case NIOSSLError.uncleanShutdown = error { return }
        context.fireErrorCaught(error)
    }
}
