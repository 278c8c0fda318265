internal import Glibc
internal import Logging
internal import Sandbox

/// The payment sandbox beside the devices.
public struct SandboxConfiguration: Sendable {
    /// Where a POS's back end calls it.
    public struct Address: Hashable, Sendable {
        public var host: String
        /// 0 takes a free one.
        public var port: Int
        /// Whether it is TLS that is spoken there.
        public var isSecure: Bool

        public init(host: String, port: Int, isSecure: Bool = false) {
            self.host = host
            self.port = port
            self.isSecure = isSecure
        }

        func url(port: Int) -> String {
            "\(isSecure ? "https" : "http")://\(host.contains(":") ? "[\(host)]" : host):\(port)"
        }
    }

    /// Where it can be called.
    public struct Place: Hashable, Sendable {
        /// The URL at which its gateways are.
        public let url: String
        /// The address in numbers; one of all interfaces where it listens on all.
        public let address: String
        public let port: Int
        public let isSecure: Bool
    }

    /// One at least; the first is the one that clients are told.
    public var addresses: [Address]
    /// The folder of the certificate authority that vouches for it where TLS is spoken. One that is missing is made.
    public var authorityFolder: String
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
    /// Addresses of internal networks at which clients are told all the same.
    public var notifiableHosts: [String] = []
    /// Whether amounts decide what the legacy gateway answers, as ``ServiceMocking`` has it.
    public var mocksByAmount = false
    /// Whether those who are notified by TLS must show a certificate that verifies: by the system's, by its own authority,
    /// or by the file that `SSL_CERT_FILE` names.
    public var verifiesNotified = true
    /// In what currency clients are paid out that do not say it; nil: in the payment's.
    public var settlementCurrency: String?
    /// Where a client says what its own codes stand for; nil: nowhere.
    public var privateCodesURL: String?
    /// Whether requests must be as the documents have them, to the letter.
    public var isStrict = false
    /// Whether a second payment of an order is refused.
    public var ordersArePaidOnce = false

    public init(host: String = "127.0.0.1", port: Int = 0) {
        self.init(addresses: [Address(host: host, port: port)])
    }

    public init(addresses: [Address]) {
        self.addresses = addresses
        authorityFolder = Self.stateFolder
    }

    /// `bluetap` in the user's folder of what programs keep. Source: XDG base directory specification.
    public static var stateFolder: String {
        func folder(_ name: String) -> String? {
            getenv(name).map { String(cString: $0) }.flatMap { $0.hasPrefix("/") ? $0 : nil }
        }
        let user = folder("XDG_STATE_HOME") ?? folder("HOME").map { "\($0)/.local/state" }
        return user.map { "\($0)/bluetap" } ?? "/tmp/bluetap-\(geteuid())-state"
    }

    func makeSandbox(logger: Logger) throws -> PaymentSandbox {
        var settings = PaymentSandbox.Settings()
        settings.wallets = .known
        settings.link = LinkTerms(client: client, currency: currency, notifyURL: notifyURL)
        settings.legacy.mocksByAmount = mocksByAmount
        settings.notifiableHosts = Set(notifiableHosts.map { $0.lowercased() })
        settings.keys = try keys.map { try SandboxKeys(folder: $0) }
        settings.acquirer.settlementCurrency = settlementCurrency
        settings.acquirer.isStrict = isStrict
        settings.privateCodesURL = privateCodesURL
        // Another each time: what a sandbox names is to be told from what one before it has named.
        let ledger = try Ledger(
            path: ledger, identity: Int64.random(in: 1...999_999), ordersArePaidOnce: ordersArePaidOnce)
        return PaymentSandbox(ledger: ledger, settings: settings, logger: logger)
    }
}
