/// The NFC link that a pay command makes.
public struct Link: Sendable {
    // One reference to move about, however much a link carries: it goes through the device's actions, its events and its
    // watchers.
    private final class Content: Sendable {
        let token: LinkToken
        let template: LinkTemplate
        let paymentMethod: PaymentMethod
        let amount: String?
        let orderID: String?
        let madeAt: Instant
        let expiresAt: Instant

        init(
            token: LinkToken, template: LinkTemplate, paymentMethod: PaymentMethod, command: PayCommand,
            madeAt: Instant, expiresAt: Instant
        ) {
            self.token = token
            self.template = template
            self.paymentMethod = paymentMethod
            amount = command.amount
            orderID = command.orderID
            self.madeAt = madeAt
            self.expiresAt = expiresAt
        }
    }

    private let content: Content
    /// When a phone first read it.
    public internal(set) var openedAt: Instant?

    init(
        token: LinkToken, template: LinkTemplate, paymentMethod: PaymentMethod, command: PayCommand, madeAt: Instant,
        expiresAt: Instant
    ) {
        content = Content(
            token: token, template: template, paymentMethod: paymentMethod, command: command, madeAt: madeAt,
            expiresAt: expiresAt)
    }

    public var token: LinkToken { content.token }
    public var paymentMethod: PaymentMethod { content.paymentMethod }
    public var amount: String? { content.amount }
    public var orderID: String? { content.orderID }
    public var madeAt: Instant { content.madeAt }
    /// The first instant at which the link is dead.
    public var expiresAt: Instant { content.expiresAt }
    /// The Android application that shall open the link.
    public var androidPackage: String { content.template.androidPackage }

    // Made when it is asked for: the POS waits for its reply, and nobody for the URL.
    public var url: String {
        content.template.url(token: token, paymentMethod: paymentMethod, amount: amount, orderID: orderID)
    }

    /// What a phone reads: a URI record, then an Android application record.
    public var message: NDEFMessage {
        NDEFMessage(records: [.uri(url), .androidApplication(package: androidPackage)])
    }

    public func isLive(at now: Instant) -> Bool { now < expiresAt }
}

extension Link: Hashable {
    public static func == (left: Link, right: Link) -> Bool {
        left.openedAt == right.openedAt
            && (left.content === right.content
                || left.token == right.token && left.content.template == right.content.template
                    && left.paymentMethod == right.paymentMethod && left.amount == right.amount
                    && left.orderID == right.orderID && left.madeAt == right.madeAt
                    && left.expiresAt == right.expiresAt)
    }

    public func hash(into hasher: inout Hasher) {
        hasher.combine(token)
        hasher.combine(openedAt)
    }
}
