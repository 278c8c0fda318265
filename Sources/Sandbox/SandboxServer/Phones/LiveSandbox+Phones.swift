internal import BlueTap
internal import Logging
public import Sandbox
internal import SandboxFaults
internal import Synchronization

// Phones with the NFC wallet, and their taps: an authorisation of Mastercard's, which is a payment here.

extension LiveSandbox {
    /// Most phones.
    private static let mostPhones = 100

    /// The phones in the order in which they came, once all has happened to them that is due.
    public func caughtUpPhones() -> [NFCPhone] {
        let phones = phonesByName.withLock { $0 }
        for phone in phones { phone.catchUp(to: now) }
        return phones
    }

    /// The phone of that name; a new one where there is none yet.
    ///
    /// - Parameter isNew: whether it may be.
    public func phone(named name: String, orNew isNew: Bool) throws(SandboxError) -> NFCPhone {
        let found = phonesByName.withLock { phones -> NFCPhone? in
            if let phone = phones.first(where: { $0.name == name }) { return phone }
            guard isNew, phones.count < Self.mostPhones else { return nil }
            // The same phone does the same in each run.
            let phone = NFCPhone(name: name, seed: UInt64(phones.count + 1))
            phones.append(phone)
            return phone
        }
        guard let found else {
            throw isNew
                ? SandboxError(.limitReached, "there are \(Self.mostPhones) phones already")
                : SandboxError(.noSuchPhone, "there is no phone \(name.prefix(64))", remedy: "call init on it")
        }
        found.catchUp(to: now)
        return found
    }

    /// What became of a call: what was seen of the phone meanwhile, and the payment of a tap that came to one.
    public struct PhoneResult: Sendable {
        public let phone: NFCPhone
        public let sights: [NFCPhone.Sight]
        /// The name of the payment in the ledger; nil: there is none.
        public let paymentID: String?
    }

    /// Somebody does something with a phone.
    ///
    /// - Parameter call: what its own check has let pass.
    public func perform(_ call: NFCPhoneCall, on phone: NFCPhone) throws -> PhoneResult {
        let now = now
        let before = phone.sights().last?.number ?? 0
        var paymentID: String?
        switch call.call {
        case .initialize:
            let options = NFCWalletOptions(
                isSupportTransit: call.isSupportTransit ?? false,
                isSupportLockScreenPay: call.isSupportLockScreenPay ?? false)
            phone.perform(at: now) { $0.initialize(options, at: now) }
        case .connect: phone.perform(at: now) { $0.connect(at: now) }
        case .disconnect: phone.perform(at: now) { $0.disconnect(at: now) }
        case .configure:
            phone.perform(at: now) {
                $0.configure(
                    issue: call.issueConfiguration,
                    transaction: NFCTransactionConfiguration(
                        isSupportTransit: call.isSupportTransit,
                        isSupportTransitWithoutConsent: call.isSupportTransitWithoutConsent ?? false), at: now)
            }
        case .activatePayment:
            phone.perform(at: now) {
                $0.activatePayment(
                    silentActivate: call.silentActivate ?? false, doConfirm: call.doConfirm ?? false, at: now)
            }
        case .replenish: phone.perform(at: now) { $0.replenish(at: now) }
        case .lock: phone.perform(at: now) { $0.lock(at: now) }
        case .unlock: phone.perform(at: now) { $0.unlock(at: now) }
        case .deleteToken: phone.perform(at: now) { $0.deleteToken(at: now) }
        case .setCustomData: phone.perform(at: now) { $0.setCustomData(call.text, at: now) }
        case .authenticate: phone.perform(at: now) { $0.authenticate(at: now) }
        case .leaveField: phone.perform(at: now) { $0.leaveField(at: now) }
        case .tap: paymentID = try tap(call, phone, at: now)
        }
        return PhoneResult(phone: phone, sights: phone.sights(after: before), paymentID: paymentID)
    }

    /// Changes what a phone is like.
    public func change(_ conditions: NFCPhoneConditions, of phone: NFCPhone) { phone.change(conditions, at: now) }

    private func tap(_ call: NFCPhoneCall, _ phone: NFCPhone, at now: Instant) throws -> String? {
        let currency = call.currency ?? sandbox.settings.link.currency
        let kind = call.kind ?? .purchase
        let asked =
            call.amount.map { Money(currency: currency, decimal: $0) }
            ?? Money(currency: currency, value: call.value ?? "")
        guard let sum = asked, sum.minorUnits > 0,
            let tap = NFCTap(mcc: call.mcc ?? "5411", sum, range: call.range ?? .lowValue, kind: kind)
        else {
            throw SandboxError(
                .notValid,
                "amount must be more than 0, of a currency that terminals know: 12.50 THB"
            )
        }
        guard let presentment = phone.perform(at: now, { $0.tap(tap, at: now) }) else { return nil }
        let client = sandbox.settings.link.client
        let name = try call.requestId ?? newName("nfc-\(presentment.token)-\(presentment.counter)", of: client, at: now)
        defer { authorizationsChanged() }
        if kind == .refund {
            // The terminal gives money back that it knows no payment of.
            let entry = try sandbox.nfc.adjustRefund(
                .unlinkedRefund, client: client, requestID: name, sum, to: phone.name, at: now)
            switch entry {
            case .made?: phone.note("the wallet gets \(sum)", at: now)
            case .repeated?: phone.note("the wallet has got \(sum) already", at: now)
            case .inconsistent?:
                phone.note("the terminal: a request of this name has asked for something else", at: now)
            case nil: phone.note("the refund is refused", at: now)
            }
            return nil
        }
        let request = NFCAuthorization.Request(
            client: client, id: name, orderID: call.orderId, amount: sum, customData: presentment.customData)
        var wallet = sandbox.settings.wallets[phone.name] ?? SimulatedWallet(name: phone.name)
        let moment = SandboxFault.Moment(
            occasion: .pay, orderID: call.orderId ?? name, amount: sum.minorUnits, time: now)
        switch sandbox.faults.take(moment) {
        case .answer(let code)?, .failure(let code)?: wallet.behaviour = .declines(code)
        case .unknown?, .timeout?, .lost?, .down?: wallet.behaviour = .ignores
        case .slow(let delay)?: wallet.behaviour = .paysLater(delay)
        default: break
        }
        switch try sandbox.nfc.authorize(request, by: wallet, at: now) {
        case .approved(let payment):
            phone.note("the terminal: approved", at: now)
            return payment.id
        case .declined(let payment):
            phone.note("the terminal: declined, \(payment.failure ?? payment.state.rawValue)", at: now)
            return payment.id
        case .pending(let payment):
            phone.note("the terminal: no result yet", at: now)
            return payment.id
        case .inconsistent:
            phone.note("the terminal: a request of this name has asked for something else", at: now)
            return nil
        }
    }

    /// A name that no request has yet: a ledger outlives the phones, which begin anew.
    private func newName(_ name: String, of client: String, at now: Instant) throws -> String {
        var (candidate, number) = (name, 1)
        while try sandbox.ledger.payment(client: client, requestID: candidate, at: now) != nil
            || sandbox.ledger.adjustment(client: client, requestID: candidate) != nil
        {
            number += 1
            candidate = "\(name)-\(number)"
        }
        return candidate
    }
}
