internal import BlueTap
internal import Sandbox
internal import SandboxServer

/// A sandbox, as `GET /v1/sandbox` tells it.
struct SandboxView: Encodable {
    let client: String
    let currency: String
    let isSigned: Bool
    let wallets: [String]
    let now: String

    init(_ live: LiveSandbox) {
        let settings = live.sandbox.settings
        client = settings.link.client
        currency = settings.link.currency
        isSigned = settings.keys != nil
        wallets = settings.wallets.wallets.map(\.name)
        now = live.now.description
    }
}

/// A payment of a list.
struct SandboxPaymentView: Encodable {
    /// Where the list goes on after it.
    let place: Int64?
    let id: String
    let gateway: String
    let client: String
    let requestId: String
    let orderId: String?
    let currency: String
    /// In smallest units.
    let value: String
    /// For people, in currency units.
    let amount: String
    let state: String
    let failure: String?
    let wallet: String?
    let refunded: String
    /// For people, in currency units.
    let refundedAmount: String
    /// What can be given back still, in currency units.
    let refundable: String
    let isFullyRefunded: Bool
    /// What a developer must see: an order that is paid twice, a code that was refused, requests not as documented.
    let marks: [String]?
    let createdAt: String
    let expiresAt: String
    let paidAt: String?
    let endedAt: String?

    init(_ payment: Payment, place: Int64? = nil, remarks: [Change], in ledger: Ledger) throws {
        self.place = place
        id = payment.id
        gateway = payment.gateway.rawValue
        client = payment.client
        requestId = payment.requestID
        orderId = payment.orderID
        currency = payment.amount.currency
        value = String(payment.amount.minorUnits)
        amount = payment.amount.decimal
        state = payment.state.rawValue
        failure = payment.failure
        wallet = payment.payer
        refunded = String(payment.refunded)
        refundedAmount = Money.decimal(payment.refunded, payment.amount.currency)
        refundable = Money.decimal(payment.refundable, payment.amount.currency)
        isFullyRefunded = payment.isFullyRefunded
        marks = remarks.isEmpty ? nil : try Self.marks(payment, remarks, in: ledger)
        createdAt = payment.createdAt.description
        expiresAt = payment.expiresAt.description
        paidAt = payment.paidAt?.description
        endedAt = payment.endedAt?.description
    }

    private static func marks(_ payment: Payment, _ remarks: [Change], in ledger: Ledger) throws -> [String] {
        try remarks.map { remark in
            let detail = remark.detail ?? ""
            switch remark.kind {
            case .orderPaidAgain:
                let (count, total) = try ledger.orderTotal(of: payment)
                let sum = Money.decimal(total, payment.amount.currency)
                let whole = payment.orderAmount.map { " of \(Money.decimal($0, payment.amount.currency))" } ?? ""
                let isTooMuch = payment.orderAmount.map { total > $0 } ?? false
                return
                    "\(isTooMuch ? "order charged too much" : "order paid again"): by \(detail) before, \(count) payments, "
                    + "\(sum)\(whole)"
            case .codeRefused: return "its code was scanned again: \(detail)"
            default: return "warning: \(detail)"
            }
        }
    }
}

struct SandboxPaymentsView: Encodable {
    struct ProblemView: Encodable {
        let time: String
        let text: String
    }

    let payments: [SandboxPaymentView]
    /// Links that could not be paid.
    let problems: [ProblemView]
    let now: String
}

/// A payment with all that became of it.
struct SandboxPaymentDetails: Encodable {
    struct RefundView: Encodable {
        let id: String
        let requestId: String
        let value: String
        let amount: String
        let time: String
    }

    struct NotificationView: Encodable {
        let kind: String
        let url: String
        let attempts: Int
        let dueAt: String?
        let acknowledgedAt: String?
        /// Why the last attempt was in vain.
        let problem: String?
    }

    struct ChangeView: Encodable {
        let time: String
        let kind: String
        let detail: String?
    }

    let payment: SandboxPaymentView
    let refunds: [RefundView]
    let notifications: [NotificationView]
    let changes: [ChangeView]

    init(payment: SandboxPaymentView, refunds: [Refund], notifications: [PaymentNotification], changes: [Change]) {
        self.payment = payment
        self.refunds = refunds.map {
            RefundView(
                id: $0.id, requestId: $0.requestID, value: String($0.amount.minorUnits), amount: $0.amount.decimal,
                time: $0.createdAt.description)
        }
        self.notifications = notifications.map {
            NotificationView(
                kind: $0.kind.rawValue, url: $0.url, attempts: $0.attempts, dueAt: $0.dueAt?.description,
                acknowledgedAt: $0.acknowledgedAt?.description, problem: $0.problem)
        }
        self.changes = changes.map {
            ChangeView(time: $0.time.description, kind: $0.kind.rawValue, detail: $0.detail)
        }
    }
}

/// What became of a customer's payment.
struct SandboxSettlementView: Encodable {
    let settlement: String
    let payment: SandboxPaymentDetails

    init(_ settlement: Ledger.Settlement, details: SandboxPaymentDetails) {
        self.settlement =
            switch settlement {
            case .paid: "paid"
            case .alreadyPaid: "alreadyPaid"
            case .returned: "returned"
            case .failed: "failed"
            }
        payment = details
    }
}

/// What became of a message of the card network.
struct NetworkOutcomeView: Encodable {
    let outcome: String
    let payment: SandboxPaymentDetails
}

/// A customer's leave for an app.
struct SandboxAuthorizationView: Encodable {
    let code: String
    let app: String
    let wallet: String
    let expiresAt: String
}

struct SandboxBalanceView: Encodable {
    let wallet: String
    let currency: String
    let value: String
    /// In currency units.
    let amount: String
}

/// A request that was refused for its signature.
struct RefusedRequestView: Encodable {
    let number: Int
    let time: String
    let target: String
    let client: String
    let requestId: String?
    let reason: String
    let verified: String
    let signed: String?
    let difference: String?

    init(_ request: RefusedRequest) {
        (number, time, target) = (request.number, request.time.description, request.target)
        (client, requestId) = (request.client, request.requestID)
        let diagnosis = request.diagnosis
        (reason, verified, signed) = (diagnosis.reason, diagnosis.verified, diagnosis.signed)
        difference = diagnosis.difference
    }
}
