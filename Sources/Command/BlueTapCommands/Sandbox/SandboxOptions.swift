internal import ArgumentParser
internal import BlueTapHost
internal import ControlAPI
internal import Sandbox

/// The payment sandbox that a device has beside it, or that runs alone.
struct SandboxOptions: ParsableArguments {
    @Option(
        name: .customLong("sandbox"),
        help: ArgumentHelp(
            "Serve a payment sandbox here: what the POS's back end calls in the place of Alipay+. Port 0 takes a free one."
                + " With https:// it speaks TLS; given twice it listens at both.",
            valueName: "[https://]host:port"), transform: SandboxConfiguration.Address.init(parsing:))
    var addresses: [SandboxConfiguration.Address] = []

    @Option(
        help: ArgumentHelp(
            "Keep the sandbox's payments in this SQLite file; else they are gone at the end.", valueName: "file"))
    var ledger: String?

    @Option(
        name: .customLong("sandbox-keys"),
        help: ArgumentHelp(
            "Sign, and believe only who signs, with the keys in this folder: gateway-public.pem and client-private.pem are"
                + " the POS's. Missing ones are made. Without it nothing is signed or verified.", valueName: "folder"))
    var keys: String?

    @Option(
        name: .customLong("sandbox-client"),
        help: ArgumentHelp(
            "The Client-Id whose keys those are, and which gets the money of links that nobody asked a payment for.",
            valueName: "id"))
    var client = "SANDBOX_BLUETAP"

    @Option(
        name: .customLong("sandbox-currency"),
        help: ArgumentHelp("Of what currency a device's amounts are, which do not say it.", valueName: "code"))
    var currency = "THB"

    @Option(
        name: .customLong("sandbox-notify"),
        help: ArgumentHelp(
            "Where payments by a link are told that nobody asked for with another address.", valueName: "url"))
    var notifyURL: String?

    @Option(
        name: .customLong("sandbox-notify-allow"),
        help: ArgumentHelp(
            "An address of an internal network, such as 192.168.1.5, at which payments are told all the same. May be"
                + " given several times.", valueName: "address"))
    var notifiableHosts: [String] = []

    @Flag(
        name: .customLong("sandbox-mocking"),
        help: ArgumentHelp(
            "Let amounts of the legacy gateway decide what it answers, as its Mock service does: 9901 to 9909."))
    var mocksByAmount = false

    @Flag(
        name: .customLong("sandbox-notify-insecure"),
        help: "Notify https:// URLs whatever certificate they show; else it must verify.")
    var notifiesInsecurely = false

    @Option(
        name: .customLong("sandbox-settlement"),
        help: ArgumentHelp(
            "In what currency clients are paid out, so that answers have settlement amounts and quotes.",
            valueName: "code"))
    var settlementCurrency: String?

    @Option(
        name: .customLong("sandbox-private-codes"),
        help: ArgumentHelp(
            "Where a client says what its own codes stand for, by userInitiatedPay: `bluetap sandbox scan` asks there.",
            valueName: "url"))
    var privateCodesURL: String?

    @Flag(
        name: .customLong("sandbox-strict"),
        help: "Refuse what the documents do not allow, though the real gateways take it: numbers for strings.")
    var isStrict = false

    @Flag(
        name: .customLong("sandbox-pay-once"),
        help: "Refuse a second payment of an order that was paid, by another request. Else it is paid, and marked.")
    var ordersArePaidOnce = false

    func validate() throws {
        guard Money(currency: currency, minorUnits: 1) != nil else {
            throw ValidationError("--sandbox-currency is three upper-case letters, such as THB")
        }
        guard Currency.isKnown(currency) else {
            throw ValidationError("--sandbox-currency \(currency) is none of ISO 4217: give one such as THB")
        }
        if let settlementCurrency, !ExchangeRates.knows(settlementCurrency) {
            throw ValidationError("--sandbox-settlement: there is no rate of that currency: give one such as USD")
        }
        guard (1...128).contains(client.utf8.count), client.utf8.allSatisfy({ (0x21...0x7E).contains($0) }) else {
            throw ValidationError("--sandbox-client is 1 to 128 printable ASCII characters without spaces")
        }
    }

    /// Those that say something where there is no sandbox; nil: none.
    var withoutAddress: String? {
        guard addresses.isEmpty else { return nil }
        let flags = [
            ("--sandbox-notify-insecure", notifiesInsecurely), ("--sandbox-strict", isStrict),
            ("--sandbox-pay-once", ordersArePaidOnce), ("--sandbox-mocking", mocksByAmount),
            ("--sandbox-notify-allow", !notifiableHosts.isEmpty),
        ]
        let named = [
            ("--ledger", ledger), ("--sandbox-keys", keys), ("--sandbox-notify", notifyURL),
            ("--sandbox-settlement", settlementCurrency), ("--sandbox-private-codes", privateCodesURL),
        ]
        return flags.first { $0.1 }?.0 ?? named.first { $0.1 != nil }?.0
    }

    /// The sandbox beside the device; nil where none is asked for.
    var configuration: SandboxConfiguration? { addresses.isEmpty ? nil : configuration(at: addresses) }

    func configuration(at addresses: [SandboxConfiguration.Address]) -> SandboxConfiguration {
        var configuration = SandboxConfiguration(addresses: addresses)
        configuration.ledger = ledger
        configuration.keys = keys
        configuration.client = client
        configuration.currency = currency
        configuration.notifyURL = notifyURL
        configuration.mocksByAmount = mocksByAmount
        configuration.notifiableHosts = notifiableHosts
        configuration.verifiesNotified = !notifiesInsecurely
        configuration.settlementCurrency = settlementCurrency
        configuration.privateCodesURL = privateCodesURL
        configuration.isStrict = isStrict
        configuration.ordersArePaidOnce = ordersArePaidOnce
        return configuration
    }
}

extension SandboxConfiguration.Address {
    /// HOST:PORT, https://HOST:PORT or http://HOST:PORT.
    @Sendable init(parsing argument: String) throws {
        let isSecure = argument.hasPrefix("https://")
        var rest = Substring(argument)
        if isSecure { rest = rest.dropFirst("https://".count) }
        if argument.hasPrefix("http://") { rest = rest.dropFirst("http://".count) }
        if rest.hasSuffix("/") { rest.removeLast() }
        guard let place = try? NetworkAddress(parsing: String(rest)), !place.host.contains("/") else {
            throw ValidationError("give HOST:PORT or https://HOST:PORT, as 127.0.0.1:0 or https://127.0.0.1:8443")
        }
        self.init(host: place.host, port: place.port, isSecure: isSecure)
    }
}
