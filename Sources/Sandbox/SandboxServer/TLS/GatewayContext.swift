internal import Hummingbird
internal import NIOCore
internal import Sandbox
internal import SandboxFaults

/// A request of the gateways, with the connection that it came on.
struct GatewayContext: RequestContext {
    var coreContext: CoreRequestContextStorage
    let channel: any Channel

    init(source: ApplicationRequestContextSource) {
        coreContext = CoreRequestContextStorage(source: source)
        channel = source.channel
    }
}

extension LiveSandbox {
    /// Whether a client that connects by TLS now meets a certificate that does not verify.
    func meetsBadCertificate() -> Bool {
        let moment = SandboxFault.Moment(occasion: .connection, orderID: nil, amount: nil, time: now)
        return sandbox.faults.take(moment) == .badCertificate
    }
}
