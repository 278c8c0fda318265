internal import Emulator
internal import Logging
internal import Sandbox
internal import SandboxServer
internal import ServiceLifecycle

/// The payment sandbox beside the devices.
public struct SandboxConfiguration: Sendable {
    /// Where a POS's back end calls it. Port 0 takes a free one.
    public var host: String
    public var port: Int
    /// The SQLite file of its payments; nil: they are gone at the end.
    public var ledger: String?
    /// The folder of the keys with which both sides sign. Missing ones are made. Nil: nothing is signed or verified.
    public var keys: String?
    /// The Client-Id whose keys those are, and which gets the money of links that nobody asked a payment for.
    public var client = "SANDBOX_BLUETAP"
    /// Of what currency a device's amounts are, which do not say it.
    public var currency = "THB"
    /// Where payments by a link are told that nobody asked for with another address.
    public var notifyURL: String?
    /// In what currency clients are paid out that do not say it; nil: in the payment's.
    public var settlementCurrency: String?
    /// Where a client says what its own codes stand for; nil: nowhere.
    public var privateCodesURL: String?
    /// Whether requests must be as the documents have them, to the letter.
    public var isStrict = false
    /// Whether a second payment of an order is refused.
    public var ordersArePaidOnce = false

    public init(host: String = "127.0.0.1", port: Int = 0) {
        self.host = host
        self.port = port
    }

    func makeSandbox(logger: Logger) throws -> PaymentSandbox {
        var settings = PaymentSandbox.Settings()
        settings.wallets = .known
        settings.link = LinkTerms(client: client, currency: currency, notifyURL: notifyURL)
        settings.keys = try keys.map { try SandboxKeys(folder: $0) }
        settings.acquirer.settlementCurrency = settlementCurrency
        settings.acquirer.isStrict = isStrict
        settings.privateCodesURL = privateCodesURL
        // Another each time: what a sandbox names is to be told from what one before it has named.
        let ledger = try Ledger(
            path: ledger, identity: Int64.random(in: 1...999_999), ordersArePaidOnce: ordersArePaidOnce)
        return PaymentSandbox(ledger: ledger, settings: settings, logger: logger)
    }

    /// Serves a sandbox until it is told to stop.
    ///
    /// - Parameter onReady: called with the URL at which its gateways are.
    func service(_ sandbox: LiveSandbox, logger: Logger, onReady: @escaping @Sendable (String) -> Void)
        -> ClosureService
    {
        ClosureService { [host, port] in
            let server = GatewayServer(sandbox, host: host, port: port, logger: logger) { port in
                onReady("http://\(host.contains(":") ? "[\(host)]" : host):\(port)")
            }
            try await withThrowingDiscardingTaskGroup { group in
                group.addTask { await cancelWhenGracefulShutdown(sandbox.run) }
                try await server.run()
                group.cancelAll()
            }
        }
    }
}
