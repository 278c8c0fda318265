public import BlueTap
public import Logging
internal import SandboxFaults

/// What is beside a till and knows whether a customer paid: wallets, ledger and gateways.
///
/// It has no clock, no socket and no thread of its own: whoever holds it passes time in, hands it requests and purchases,
/// and sends what it has to tell.
public final class PaymentSandbox: Sendable {
    /// What it is made of.
    public struct Settings: Sendable {
        public var wallets = WalletBook([])
        public var link = LinkTerms(client: "SANDBOX_BLUETAP")
        public var acquirer = AcquirerAPI.Settings()
        public var legacy = LegacySettings()
        /// How long a payment code can be used that a wallet has shown. A choice: none is public.
        public var codeLife = Duration.seconds(300)
        /// Where a client says what its own codes stand for, by `userInitiatedPay`; nil: nowhere.
        public var privateCodesURL: String?
        /// The partner of the legacy gateway whose the keys are: 16 digits; and the app of its OpenAPI, which customers
        /// authorise where no other is named.
        public var partner = "2088000000000001"
        /// Addresses of internal networks at which clients are told all the same, in lower case.
        public var notifiableHosts: Set<String> = []
        /// Whose requests are believed, and with what is signed; nil: everybody's, and nothing is.
        public var keys: SandboxKeys?

        public init() {}
    }

    public let ledger: Ledger
    public let faults = SandboxFaultBoard()
    /// Requests that were refused for their signatures.
    public let refused = RefusedRequests()
    public let settings: Settings
    public let acquirer: AcquirerAPI
    public let legacy: LegacyGateway
    /// Mastercard, for wallets that pay by NFC.
    public let nfc: NFCAuthorization
    private let logger: Logger

    public init(ledger: Ledger, settings: Settings = Settings(), logger: Logger) {
        self.ledger = ledger
        self.settings = settings
        self.logger = logger
        nfc = NFCAuthorization(ledger: ledger)
        let keys = settings.keys
        var acquirerSettings = settings.acquirer
        acquirerSettings.notifyURL = acquirerSettings.notifyURL ?? settings.link.notifyURL
        acquirer = AcquirerAPI(
            ledger: ledger, wallets: settings.wallets,
            clients: keys.map { .known([settings.link.client: [$0.version: $0.client.publicKey]]) } ?? .any,
            faults: faults, refused: refused, key: keys?.gateway, keyVersion: keys?.version ?? 1,
            settings: acquirerSettings,
            logger: logger)
        legacy = LegacyGateway(
            ledger: ledger, wallets: settings.wallets,
            partners: keys.map {
                .known([settings.partner: LegacyPartner(md5Key: $0.md5, publicKey: $0.client.publicKey)])
            } ?? .any, faults: faults, refused: refused, key: keys?.gateway, settings: settings.legacy, logger: logger)
    }

    // MARK: Links

    /// A customer did something with a device's link.
    public func conclude(_ purchase: LinkPurchase) {
        do throws(LedgerError) {
            if case .noAmount = try ledger.conclude(purchase, settings.link) {
                logger.error(
                    """
                    a device's link is not paid: \(purchase.amount ?? "nothing") is no amount in \(settings.link.currency): \
                    let the POS send another, or start with another --sandbox-currency
                    """)
            }
        } catch {
            logger.error("what \(purchase.wallet) did is not in the ledger: \(error)")
        }
    }

    /// A wallet has so many smallest units from now on; nil: of the links' currency.
    public func setBalance(_ minorUnits: Int64, currency: String?, of wallet: String, at now: Instant) {
        guard let sum = Money(currency: currency ?? settings.link.currency, minorUnits: minorUnits) else {
            return logger.warning("\(minorUnits) \(currency ?? "") is no amount: \(wallet) has what it had")
        }
        do throws(LedgerError) {
            try ledger.setBalance(sum, of: wallet, at: now)
        } catch {
            logger.error("what \(wallet) has is not in the ledger: \(error)")
        }
    }

    /// A wallet's owner allows an app to ask who that is: the code is worth a token. Nil: the sandbox's app.
    public func authorize(_ code: String, app: String?, wallet: String, life: Duration, at now: Instant) {
        do throws(LedgerError) {
            _ = try ledger.authorize(
                wallet: wallet, client: app ?? settings.partner, code: code, life: life, at: now)
        } catch {
            logger.error("what \(wallet) allows is not in the ledger: \(error)")
        }
    }

    // MARK: Notifications

    /// What is to be sent at an instant, and of what; the ledger is told by ``sent(_:isAcknowledged:at:)``.
    public struct Outgoing: Sendable {
        public let notification: PaymentNotification
        public let message: NotificationMessage
        /// When this attempt is due, in the sandbox's time.
        public let due: Instant
    }

    /// The next that is due; nil: nothing is. Faults are asked once for each attempt.
    public func nextOutgoing(at now: Instant) throws(LedgerError) -> Outgoing? {
        while true {
            let due = try ledger.dueNotifications(at: now, limit: 2)
            guard let first = due.first, let dueAt = first.dueAt else { return nil }
            let payment = try ledger.payment(id: first.paymentID, at: now)
            let registration = try first.registrationID.flatMap { id throws(LedgerError) in
                try ledger.registration(id: id)
            }
            guard payment != nil || registration != nil else { return nil }
            if first.kind == .finished, first.attempts == 0, payment?.refundable == 0 {
                try ledger.forgetNotification(first.number, at: now)
                continue
            }
            let moment = SandboxFault.Moment(
                occasion: .notification, orderID: payment?.orderID ?? payment?.requestID ?? registration?.requestID,
                amount: payment?.amount.minorUnits, time: dueAt)
            // One that is late already is late enough: else it would be put off for ever.
            let effect = faults.isEmpty || first.isPostponed ? nil : faults.take(moment)
            switch effect {
            case .late(let delay)?:
                try ledger.postpone(first.number, to: dueAt + delay, at: now)
            case .reordered?:
                // Behind the next one, or alone a second later.
                let next = due.dropFirst().first?.dueAt ?? dueAt + .seconds(1)
                try ledger.postpone(first.number, to: next.advanced(byNanoseconds: 1), at: now)
            case .unsent?, .lost?, .timeout?:
                try ledger.notificationSent(first.number, isAcknowledged: false, at: dueAt)
            default:
                let message =
                    if let registration {
                        signed(
                            AcquirerNotification(registration, acquirer, at: dueAt), first, to: registration.client,
                            .antom, effect, at: dueAt)
                    } else if let payment {
                        try legacy.message(for: first, effect, at: dueAt)
                            ?? message(of: first, payment, effect, at: dueAt)
                    } else {
                        nil as NotificationMessage?
                    }
                return message.map { Outgoing(notification: first, message: $0, due: dueAt) }
            }
        }
    }

    /// An attempt was made.
    ///
    /// - Parameter problem: why nobody has heard it; nil: somebody has.
    public func sent(_ outgoing: Outgoing, problem: String?) throws(LedgerError) {
        let notification = outgoing.notification
        if notification.kind == .paid, notification.attempts == 0 {
            try ledger.planFinish(of: notification, at: outgoing.due)
        }
        try ledger.notificationSent(
            notification.number, isAcknowledged: problem == nil, problem: problem, at: outgoing.due)
    }

    private func message(
        of notification: PaymentNotification, _ payment: Payment, _ effect: SandboxFault.Effect?, at now: Instant
    ) -> NotificationMessage {
        let refund = notification.refundID.flatMap { id in
            try? ledger.refunds(ofPayment: payment.id).first { $0.id == id }
        }
        let content =
            refund.map { AcquirerNotification($0, of: payment, acquirer) } ?? AcquirerNotification(payment, acquirer)
        return signed(content, notification, to: payment.client, payment.gateway, effect, at: now)
    }

    private func signed(
        _ content: AcquirerNotification, _ notification: PaymentNotification, to client: String, _ gateway: Gateway,
        _ effect: SandboxFault.Effect?, at now: Instant
    ) -> NotificationMessage {
        signed(content, to: notification.url, client, gateway, effect, at: now)
    }

    func signed(
        _ content: some Encodable, to url: String, _ client: String, _ gateway: Gateway,
        _ effect: SandboxFault.Effect? = nil, at now: Instant
    ) -> NotificationMessage {
        let body = content.jsonBytes
        let time = now.offsetText
        var headers = [
            ("content-type", "application/json; charset=UTF-8"), ("client-id", client), ("request-time", time),
        ]
        let path = Self.path(of: url)
        var signature: NotificationMessage.AnswerSignature?
        if let keys = settings.keys, effect != .unsigned {
            let message = SignedMessage(
                path: path + (effect == .wrongSignature ? "/" : ""), clientID: client, time: time, body: body)
            do throws(SigningKeyError) {
                headers.append(
                    ("signature", try message.signed(with: keys.gateway, version: keys.version).description))
            } catch {
                logger.error("a notification is not signed: \(error)")
            }
            // Antom's answers need no signature.
            if gateway == .alipayPlus {
                signature = .init(path: path, clientID: client, keys: [keys.version: keys.client.publicKey])
            }
        }
        return NotificationMessage(
            url: url, headers: headers, body: body, copies: effect == .doubled ? 2 : 1, gateway: gateway,
            signature: signature)
    }

    /// What is signed of an address: its path with the query.
    static func path(of url: String) -> String {
        guard let scheme = url.firstRange(of: "://") else { return "/" }
        let rest = url[scheme.upperBound...]
        guard let slash = rest.firstIndex(where: { $0 == "/" || $0 == "?" }) else { return "/" }
        let path = rest[slash...].prefix { $0 != "#" }
        return path.hasPrefix("/") ? String(path) : "/" + path
    }
}
