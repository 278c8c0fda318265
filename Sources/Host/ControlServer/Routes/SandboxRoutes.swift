internal import BlueTap
internal import ControlAPI
internal import HTTPTypes
internal import Hummingbird
internal import Sandbox
internal import SandboxServer

/// `/v1/sandbox`: what is in the ledger, what customers and clerks do there, and what the gateways do wrong.
struct SandboxRoutes: Sendable {
    /// Nil: there is no sandbox.
    let live: LiveSandbox?

    /// Most payments in one answer.
    private static let maximumLimit = 1000

    func add(to group: RouterGroup<BasicRequestContext>) {
        group.get("") { _, _ in try Response.json(SandboxView(try caughtUpSandbox())) }
        group.get("payments") { request, _ in try list(request) }
        group.get("payments/:payment") { _, context in
            let live = try caughtUpSandbox()
            return try answer(try payment(context), live)
        }
        group.post("payments/:payment/pay") { request, context in
            let live = try caughtUpSandbox()
            let id = try payment(context).id
            let body: SandboxPayRequest = try await RequestBody.decode(request, keys: ["wallet"])
            let wallet = body.wallet ?? "Alice"
            guard (1...64).contains(wallet.unicodeScalars.count) else {
                throw Problem(.notValid, "wallet must have 1 to 64 characters")
            }
            let settlement = try live.sandbox.ledger.pay(id: id, by: wallet, at: live.now)
            live.announceChange()
            await live.flush()
            return try Response.json(
                SandboxSettlementView(settlement, details: details(of: try payment(context), live)))
        }
        group.post("payments/:payment/refund") { request, context in
            let payment = try payment(context)
            let body: SandboxRefundRequest = try await RequestBody.decode(request, keys: ["value", "requestId"])
            return try await refund(body, payment, context)
        }
        group.post("payments/:payment/cancel") { request, context in
            let live = try caughtUpSandbox()
            let id = try payment(context).id
            let _: [String: String] = try await RequestBody.decode(request, keys: [])
            if case .refused(let refusal, _) = try live.sandbox.ledger.cancel(id: id, at: live.now) {
                throw Problem(.paymentRefuses, "the payment is not cancelled: \(refusal.explanation)")
            }
            await live.flush()
            return try answer(try payment(context), live)
        }
        group.post("payments/:payment/notify") { request, context in
            let live = try caughtUpSandbox()
            let payment = try payment(context)
            let _: [String: String] = try await RequestBody.decode(request, keys: [])
            guard try live.sandbox.ledger.sendAgain(ofPayment: payment.id, at: live.now) else {
                throw Problem(
                    .nothingToTell,
                    payment.notifyURL == nil
                        ? "nobody is told of the payment: it was asked for without a notification URL"
                        : "there is nothing to tell of the payment yet")
            }
            await live.flush()
            return try answer(payment, live)
        }
        group.post("codes/pay") { request, _ in
            let live = try caughtUpSandbox()
            let body: SandboxScanRequest = try await RequestBody.decode(request, keys: ["code", "value", "wallet"])
            return try await scan(body, live)
        }
        group.get("code") { request, _ in
            let live = try caughtUpSandbox()
            let name = request.uri.queryParameters["wallet"].map(String.init) ?? ""
            let wallets = live.sandbox.settings.wallets.wallets
            guard let place = wallets.firstIndex(where: { $0.name == name }) else {
                throw Problem(
                    .noSuchWallet, "there is no wallet of that name: \(wallets.map(\.name).joined(separator: ", "))")
            }
            let code = PaymentCode(owner: place, number: UInt64.random(in: 0..<10_000_000_000_000))
            return try Response.json(["wallet": name, "code": code.digits])
        }
        group.post("wallets/:wallet") { request, context in
            let live = try caughtUpSandbox()
            let body: SandboxAmountRequest = try await RequestBody.decode(request, keys: ["currency", "value"])
            let name = context.parameters.get("wallet")?.urlDecoded ?? ""
            guard (1...64).contains(name.unicodeScalars.count) else {
                throw Problem(.notValid, "wallet must have 1 to 64 characters")
            }
            guard let amount = Money(currency: body.currency, value: body.value) else {
                throw Problem(
                    .notValid,
                    "currency is three capitals, value digits in its smallest unit: THB, \"1250\"")
            }
            try live.sandbox.ledger.deposit(amount, in: name, at: live.now)
            let balance = try live.sandbox.ledger.balance(ofWallet: name, currency: body.currency)
            return try Response.json(
                SandboxBalanceView(wallet: name, currency: body.currency, value: String(balance)))
        }
        group.post("wallets/:wallet/authorize") { request, context in
            let body: SandboxAuthorizeRequest = try await RequestBody.decode(request, keys: ["app", "code", "life"])
            return try authorize(body, by: context.parameters.get("wallet")?.urlDecoded ?? "")
        }
        for name in NetworkRequest.Name.allCases {
            group.post("payments/:payment/\(name.rawValue)") { request, context in
                let payment = try payment(context)
                return try await tell(
                    name, of: payment, try await RequestBody.decode(request, keys: ["value", "requestId"]), context)
            }
        }
        group.get("refusals") { _, _ in
            let refused = try caughtUpSandbox().sandbox.refused.all
            return try Response.json(["refusals": refused.map(RefusedRequestView.init)])
        }
        SandboxFaultRoutes(live: caughtUpSandbox).add(to: group.group("faults"))
        NFCPhoneRoutes(live: caughtUpSandbox).add(to: group.group("phones"))
    }

    /// The sandbox, once all is in its ledger that customers have done at devices.
    @Sendable private func caughtUpSandbox() throws -> LiveSandbox {
        guard let live else {
            throw Problem(.noSandbox, "there is no payment sandbox here: start `bluetap serve --sandbox HOST:PORT`")
        }
        live.takeIn()
        return live
    }

    /// A customer allows an app to ask who they are.
    private func authorize(_ body: SandboxAuthorizeRequest, by wallet: String) throws -> Response {
        let live = try caughtUpSandbox()
        let app = body.app ?? live.sandbox.settings.partner
        guard (1...64).contains(wallet.unicodeScalars.count), (1...32).contains(app.unicodeScalars.count) else {
            throw Problem(.notValid, "wallet must have 1 to 64 characters, app 1 to 32")
        }
        guard body.code.map(Authorization.isCode) ?? true else {
            throw Problem(.notValid, "code must have 1 to 40 letters, digits, and _ - .")
        }
        let made = try live.sandbox.ledger.authorize(
            wallet: wallet, client: app, code: body.code, life: body.life?.duration ?? Authorization.life.lowerBound,
            at: live.now)
        return try Response.json(
            SandboxAuthorizationView(
                code: made.code, app: app, wallet: wallet, expiresAt: made.expiresAt.description))
    }

    /// Mastercard tells something of a payment that a phone has made.
    private func tell(
        _ name: NetworkRequest.Name, of payment: Payment, _ body: NetworkRequest, _ context: BasicRequestContext
    ) async throws -> Response {
        let live = try caughtUpSandbox()
        let sum = body.value.map { Money(currency: payment.amount.currency, value: $0) }
        if case .some(nil) = sum {
            throw Problem(
                .notValid, "value must be digits in the currency's smallest unit, such as \"250\"")
        }
        let message: LiveSandbox.NetworkMessage
        switch (name, sum.flatMap(\.self)) {
        case (.reverse, let sum): message = .reversal(sum)
        case (.clear, let sum): message = .clearing(sum ?? payment.amount)
        case (.refundByMerchant, let sum?): message = .refund(sum)
        case (.refundByMerchant, nil):
            throw Problem(.notValid, "a merchant's refund needs value, in smallest units")
        }
        let requestID = try body.requestId ?? newName(name == .refundByMerchant ? "refund" : name.rawValue, payment)
        guard (1...64).contains(requestID.unicodeScalars.count) else {
            throw Problem(.notValid, "requestId must have 1 to 64 characters")
        }
        let outcome = try live.tell(message, ofPayment: payment.id, requestID: requestID)
        await live.flush()
        return try Response.json(
            NetworkOutcomeView(outcome: outcome, payment: details(of: try self.payment(context), live)))
    }

    private func list(_ request: Request) throws -> Response {
        let live = try caughtUpSandbox()
        let after = try number(request.uri.queryParameters["after"], named: "after", 0...Int64.max) ?? 0
        let limit =
            try number(request.uri.queryParameters["limit"], named: "limit", 1...Int64(Self.maximumLimit)) ?? 100
        let newest = try number(request.uri.queryParameters["newest"], named: "newest", 1...Int64(Self.maximumLimit))
        let ledger = live.sandbox.ledger
        try ledger.catchUp(to: live.now)
        let payments =
            try newest.map { count throws(LedgerError) in try ledger.newestPayments(limit: Int(count)) }
            ?? ledger.payments(after: after, limit: Int(limit))
        return try Response.json(
            SandboxPaymentsView(
                payments: payments.map { SandboxPaymentView($0.payment, place: $0.place) }, now: live.now.description))
    }

    private func number(_ text: Substring?, named name: String, _ range: ClosedRange<Int64>) throws -> Int64? {
        guard let text else { return nil }
        guard let number = Int64(text), range.contains(number) else {
            throw Problem(
                .notValid,
                "\(name) must be a whole number, \(range.lowerBound)"
                    + (range.upperBound == .max ? " or more" : " to \(range.upperBound)"))
        }
        return number
    }

    /// A customer scans a merchant's code, types an amount in the code's currency, and pays; or an order's code, which has
    /// its amount.
    private func scan(_ body: SandboxScanRequest, _ live: LiveSandbox) async throws -> Response {
        let wallet = body.wallet ?? "Alice"
        guard (1...64).contains(wallet.unicodeScalars.count) else {
            throw Problem(.notValid, "wallet must have 1 to 64 characters")
        }
        let ledger = live.sandbox.ledger
        if let payment = try live.sandbox.payment(ofOrderCode: body.code, at: live.now) {
            guard body.value.map({ $0 == String(payment.amount.minorUnits) }) ?? true else {
                throw Problem(
                    .notValid, "the order's code has its own amount, \(payment.amount.minorUnits): leave value out")
            }
            let settlement = try ledger.pay(id: payment.id, by: wallet, at: live.now)
            live.announceChange()
            await live.flush()
            return try Response.json(
                SandboxSettlementView(settlement, details: try details(of: settlement.payment, live)))
        }
        guard let code = try ledger.merchantCode(body.code) else {
            throw Problem(.noSuchMerchantCode, "there is no merchant's code \(body.code.prefix(64))")
        }
        guard let amount = Money(currency: code.details.currency, value: body.value ?? ""), amount.minorUnits > 0 else {
            throw Problem(
                .notValid,
                "value must be digits in the smallest unit of \(code.details.currency), such as \"1250\"")
        }
        let paid = try ledger.pay(merchantCode: code.code, amount: amount, by: wallet, at: live.now)
        guard case .settled(let settlement) = paid else {
            throw Problem(.merchantCodeStopped, "nobody can pay by the code: it is stopped")
        }
        live.announceChange()
        await live.flush()
        return try Response.json(
            SandboxSettlementView(settlement, details: try details(of: settlement.payment, live)))
    }

    /// What a message is called that nobody has named: another with each thing that happens to the payment.
    private func newName(_ prefix: String, _ payment: Payment) throws -> String {
        let ledger = try caughtUpSandbox().sandbox.ledger
        let count = try ledger.changes(ofPayment: payment.id, limit: .max).count
        return "\(prefix)-\(payment.id)-\(count)"
    }

    /// The payment that the path names: by the gateway's id, the client's, or the order's.
    private func payment(_ context: BasicRequestContext) throws -> Payment {
        let live = try caughtUpSandbox()
        let name = context.parameters.get("payment")?.urlDecoded ?? ""
        guard let found = try live.sandbox.ledger.payment(named: name, at: live.now) else {
            throw Problem(.noSuchPayment, "there is no payment \(name.prefix(64)): GET payments lists them")
        }
        return found
    }

    private func details(of payment: Payment, _ live: LiveSandbox) throws -> SandboxPaymentDetails {
        let ledger = live.sandbox.ledger
        return SandboxPaymentDetails(
            payment: SandboxPaymentView(payment), refunds: try ledger.refunds(ofPayment: payment.id),
            notifications: try ledger.notifications(ofPayment: payment.id),
            changes: try ledger.changes(ofPayment: payment.id, limit: 1000))
    }

    private func answer(_ payment: Payment, _ live: LiveSandbox) throws -> Response {
        try Response.json(details(of: payment, live))
    }

    private func refund(
        _ body: SandboxRefundRequest, _ payment: Payment, _ context: BasicRequestContext
    ) async throws -> Response {
        let live = try caughtUpSandbox()
        let amount =
            body.value.map { Money(currency: payment.amount.currency, value: $0) }
            ?? Money(currency: payment.amount.currency, minorUnits: payment.refundable)
        guard let amount, body.value == nil || amount.minorUnits > 0 else {
            throw Problem(
                .notValid, "value must be digits in the currency's smallest unit, more than 0, such as \"250\"")
        }
        if let requestID = body.requestId, !(1...64).contains(requestID.unicodeScalars.count) {
            throw Problem(.notValid, "requestId must have 1 to 64 characters")
        }
        let requestID = try body.requestId ?? newName("clerk", payment)
        let ledger = live.sandbox.ledger
        switch try ledger.refund(id: payment.id, requestID: requestID, amount, at: live.now) {
        case .entry(.inconsistent):
            throw Problem(.requestDiffers, "a refund of that requestId has asked for something else")
        case .refused(let refusal, _): throw Problem(.paymentRefuses, "nothing is refunded: \(refusal.explanation)")
        case .entry: break
        }
        await live.flush()
        return try answer(try self.payment(context), live)
    }
}
