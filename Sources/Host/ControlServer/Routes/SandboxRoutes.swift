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
            let body: SandboxRefundRequest = try await RequestBody.decode(
                request, keys: ["value", "amount", "requestId"])
            return try await refund(body, payment, context)
        }
        group.post("payments/:payment/cancel") { request, context in
            let live = try caughtUpSandbox()
            let id = try payment(context).id
            let _: [String: String] = try await RequestBody.decode(request, keys: [])
            if case .refused(let refusal, _) = try live.sandbox.ledger.cancel(id: id, at: live.now) {
                throw Problem(
                    .paymentRefuses, "the payment is not cancelled: \(try payment(context).explanation(of: refusal))")
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
            let body: SandboxScanRequest = try await RequestBody.decode(
                request, keys: ["code", "value", "amount", "wallet"])
            return try await scan(body, live)
        }
        addWallets(to: group)
        for name in NetworkRequest.Name.allCases {
            group.post("payments/:payment/\(name.rawValue)") { request, context in
                let payment = try payment(context)
                return try await tell(
                    name, of: payment,
                    try await RequestBody.decode(request, keys: ["value", "amount", "requestId"]), context)
            }
        }
        group.get("refusals") { _, _ in
            let refused = try caughtUpSandbox().sandbox.refused.all
            return try Response.json(["refusals": refused.map(RefusedRequestView.init)])
        }
        SandboxFaultRoutes(live: caughtUpSandbox).add(to: group.group("faults"))
        NFCPhoneRoutes(live: caughtUpSandbox).add(to: group.group("phones"))
    }

    /// The codes that wallets show, and the money in them.
    private func addWallets(to group: RouterGroup<BasicRequestContext>) {
        group.get("code") { request, _ in
            let live = try caughtUpSandbox()
            let name = request.uri.queryParameters["wallet"].map(String.init) ?? ""
            let wallets = live.sandbox.settings.wallets.wallets
            guard let place = wallets.firstIndex(where: { $0.name == name }) else {
                throw Problem(
                    .noSuchWallet, "there is no wallet of that name: \(wallets.map(\.name).joined(separator: ", "))")
            }
            let code = PaymentCode(owner: place, number: UInt64.random(in: 0..<10_000_000_000_000))
            try live.sandbox.ledger.show(code, for: live.sandbox.settings.codeLife, at: live.now)
            return try Response.json(["wallet": name, "code": code.digits])
        }
        group.post("wallets/:wallet") { request, context in
            let live = try caughtUpSandbox()
            let body: SandboxAmountRequest = try await RequestBody.decode(
                request, keys: ["currency", "value", "amount"])
            let name = context.parameters.get("wallet")?.urlDecoded ?? ""
            guard (1...64).contains(name.unicodeScalars.count) else {
                throw Problem(.notValid, "wallet must have 1 to 64 characters")
            }
            let currency = body.currency ?? live.sandbox.settings.link.currency
            guard let amount = try Self.money(body.value, body.amount, currency) else {
                throw Problem(.notValid, "a deposit needs amount, such as \"12.50\"")
            }
            try live.sandbox.ledger.deposit(amount, in: name, at: live.now)
            let balance = try live.sandbox.ledger.balance(ofWallet: name, currency: currency)
            return try Response.json(
                SandboxBalanceView(
                    wallet: name, currency: currency, value: String(balance), amount: Money.decimal(balance, currency)))
        }
        group.post("wallets/:wallet/authorize") { request, context in
            let body: SandboxAuthorizeRequest = try await RequestBody.decode(request, keys: ["app", "code", "life"])
            return try authorize(body, by: context.parameters.get("wallet")?.urlDecoded ?? "")
        }
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
        let message: LiveSandbox.NetworkMessage
        switch (name, try Self.money(body.value, body.amount, payment.amount.currency)) {
        case (.reverse, let sum): message = .reversal(sum)
        case (.clear, let sum): message = .clearing(sum ?? payment.amount)
        case (.refundByMerchant, let sum?): message = .refund(sum)
        case (.refundByMerchant, nil):
            throw Problem(.notValid, "a merchant's refund needs amount, such as \"12.50\"")
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
        let remarks = try ledger.remarks(ofPayments: payments.map(\.payment.id))
        return try Response.json(
            SandboxPaymentsView(
                payments: payments.map { place, payment in
                    try SandboxPaymentView(
                        payment, place: place, remarks: remarks[payment.id] ?? [], in: ledger)
                }, problems: ledger.refusedLinks().map { .init(time: $0.time.description, text: $0.detail ?? "") },
                now: live.now.description))
    }

    /// A sum that was given in either way; nil: in none.
    static func money(_ value: String?, _ amount: String?, _ currency: String) throws -> Money? {
        guard Currency.isKnown(currency) else {
            throw Problem(.notValid, "currency is none of ISO 4217: give one such as THB")
        }
        switch (value, amount) {
        case (nil, nil): return nil
        case (_?, _?): throw Problem(.notValid, "give amount or value, not both")
        case (let value?, nil):
            guard let money = Money(currency: currency, value: value), money.isPayable else {
                throw Problem(
                    .notValid, "value must be digits in the smallest unit of \(currency), such as \"1250\"")
            }
            return money
        case (nil, let amount?):
            guard let money = Money(currency: currency, decimal: amount) else {
                let decimals = Currency.step(of: currency) == 1 ? Currency.decimals(of: currency) : 0
                let rule = decimals == 0 ? "without decimals" : "with at most \(decimals) decimals"
                throw Problem(.notValid, "\(amount.prefix(32)) is no amount in \(currency): write it \(rule)")
            }
            return money
        }
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
            let given = try Self.money(body.value, body.amount, payment.amount.currency)
            guard given == nil || given == payment.amount else {
                throw Problem(.notValid, "the order's code has its own amount, \(payment.amount): leave amount out")
            }
            let settlement = try ledger.pay(id: payment.id, by: wallet, at: live.now)
            live.announceChange()
            await live.flush()
            return try Response.json(
                SandboxSettlementView(settlement, details: try details(of: settlement.payment, live)))
        }
        guard let code = try ledger.merchantCode(body.code) else {
            if let settlement = try await live.pay(privateCode: body.code, by: wallet) {
                await live.flush()
                return try Response.json(
                    SandboxSettlementView(settlement, details: try details(of: settlement.payment, live)))
            }
            throw Problem(.noSuchMerchantCode, "there is no merchant's code \(body.code.prefix(64))")
        }
        guard let amount = try Self.money(body.value, body.amount, code.details.currency), amount.minorUnits > 0 else {
            throw Problem(.notValid, "a scan needs amount, more than 0, such as \"12.50\"")
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
        let remarks = try ledger.remarks(ofPayments: [payment.id])[payment.id] ?? []
        return SandboxPaymentDetails(
            payment: try SandboxPaymentView(payment, remarks: remarks, in: ledger),
            refunds: try ledger.refunds(ofPayment: payment.id),
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
        let asked = try Self.money(body.value, body.amount, payment.amount.currency)
        if let asked, asked.minorUnits == 0 { throw Problem(.notValid, "amount must be more than 0, such as \"2.50\"") }
        guard let amount = asked ?? Money(currency: payment.amount.currency, minorUnits: payment.refundable) else {
            throw Problem(.notValid, "amount must be more than 0, such as \"2.50\"")
        }
        if let requestID = body.requestId, !(1...64).contains(requestID.unicodeScalars.count) {
            throw Problem(.notValid, "requestId must have 1 to 64 characters")
        }
        let requestID = try body.requestId ?? newName("clerk", payment)
        let ledger = live.sandbox.ledger
        switch try ledger.refund(id: payment.id, requestID: requestID, amount, at: live.now) {
        case .entry(.inconsistent):
            throw Problem(.requestDiffers, "a refund of that requestId has asked for something else")
        case .refused(let refusal, let payment):
            throw Problem(.paymentRefuses, "nothing is refunded: \(payment.explanation(of: refusal))")
        case .entry: break
        }
        await live.flush()
        return try answer(try self.payment(context), live)
    }
}
