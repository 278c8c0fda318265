internal import BlueTap
internal import SandboxFaults

/// What a partner is told of a payment, as a form that is signed.
///
/// Source: "Asynchronous notification" of Antom's pages for the basic fields and actions. The names of the others are not
/// public, and chosen: those of the requests where they have one, and of Alipay's notifications in China.
struct LegacyNotification: Hashable {
    let fields: [String: String]

    /// - Parameters:
    ///   - refunds: the payment's until that of which it tells, that one last; none where it tells of none.
    ///   - scan: the merchant's code by which the payment came; nil: by none.
    ///   - now: when it is sent.
    init(_ notification: PaymentNotification, of payment: Payment, refunds: [Refund], scan: Scan?, at now: Instant) {
        var fields = [
            "notify_time": now.chineseText, "notify_type": "trade_status_sync",
            "notify_id": Self.id(of: notification), "notify_action_type": Self.action(of: notification.kind),
            "out_trade_no": payment.requestID, "trade_no": payment.id,
            "trade_status": Self.status(of: payment, after: notification.kind, refunds),
            "total_fee": payment.amount.decimal, "currency": payment.amount.currency, "seller_id": payment.client,
            "gmt_create": payment.createdAt.chineseText,
        ]
        fields["subject"] = LegacyTerms(payment.terms)?.subject
        if let payer = payment.payer {
            fields["buyer_id"] = LegacyBuyer.userID(of: payer)
            fields["buyer_login_id"] = LegacyBuyer.loginID(of: payer)
        }
        fields["gmt_payment"] = payment.paidAt?.chineseText
        // What has happened since does not change what this one tells.
        if notification.kind != .paid { fields["gmt_close"] = payment.endedAt?.chineseText }
        if let refund = refunds.last {
            fields["partner_refund_id"] = refund.requestID
            fields["refund_amount"] = refund.amount.decimal
            fields["gmt_refund"] = refund.createdAt.chineseText
        }
        fields["qrcode"] = scan?.code
        fields["passback_parameters"] = scan?.passback
        self.fields = fields
    }

    /// Of every attempt the same.
    private static func id(of notification: PaymentNotification) -> String {
        LegacySignType.digest(Array("\(notification.paymentID) \(notification.number)".utf8))
    }

    private static func action(of kind: Change.Kind) -> String {
        switch kind {
        case .refunded: "refundFPAction"
        case .reversed: "reverseAction"
        case .failed, .closed, .cancelled: "closeTradeAction"
        default: "payByAccountAction"
        }
    }

    private static func status(of payment: Payment, after kind: Change.Kind, _ refunds: [Refund]) -> String {
        switch kind {
        case .failed, .closed, .cancelled, .reversed: "TRADE_CLOSED"
        case .refunded:
            // Those of one payment are never of more than it: no sum overflows.
            refunds.reduce(0) { $0 + $1.amount.minorUnits } < payment.amount.minorUnits
                ? "TRADE_SUCCESS" : "TRADE_CLOSED"
        default: "TRADE_SUCCESS"
        }
    }

    /// The form in UTF-8, the fields sorted, then the signature.
    ///
    /// - Parameter sign: makes the signature of what is signed; nil: the form has none.
    func form(_ type: LegacySignType, signedBy sign: ([UInt8]) -> String?) -> [UInt8] {
        let text = LegacySignType.text(of: fields.map { ($0.key, Array($0.value.utf8)) }, without: [])
        var pairs = fields.sorted { $0.key < $1.key }.map { ($0.key, $0.value) }
        if let sign = sign(text) { pairs += [("sign", sign), ("sign_type", type.rawValue)] }
        return Array(pairs.map { "\($0)=\(Self.encoded($1))" }.joined(separator: "&").utf8)
    }

    private static func encoded(_ text: String) -> String {
        text.utf8.reduce(into: "") { encoded, byte in
            switch byte {
            case UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
                UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "-"), UInt8(ascii: "."), UInt8(ascii: "_"):
                encoded.unicodeScalars.append(Unicode.Scalar(byte))
            case UInt8(ascii: " "): encoded += "+"
            default: encoded += "%" + LegacySignType.hexadecimal([byte]).uppercased()
            }
        }
    }
}

extension LegacyGateway {
    /// What to POST for a notification of the ledger's; nil where it is of no payment of this gateway.
    ///
    /// - Parameter effect: what is done wrong with it.
    func message(
        for notification: PaymentNotification, _ effect: SandboxFault.Effect? = nil, at now: Instant
    ) throws(LedgerError) -> NotificationMessage? {
        guard let payment = try ledger.payment(id: notification.paymentID, at: now), payment.gateway == .legacy else {
            return nil
        }
        var refunds: [Refund] = []
        if let id = notification.refundID {
            let all = try ledger.refunds(ofPayment: payment.id)
            refunds = all.firstIndex { $0.id == id }.map { Array(all[...$0]) } ?? []
        }
        let told = LegacyNotification(
            notification, of: payment, refunds: refunds, scan: try ledger.scan(ofPayment: payment.id), at: now)
        let partner = partner(payment.client)
        let type = partner.notificationSignType ?? (partner.md5Key == nil ? .rsa2 : .md5)
        let spoil: [UInt8] = effect == .wrongSignature ? [UInt8(ascii: "&")] : []
        return NotificationMessage(
            url: notification.url,
            headers: [("Content-Type", "application/x-www-form-urlencoded; charset=UTF-8")],
            body: told.form(type) { sign($0 + spoil, type, partner) }, copies: effect == .doubled ? 2 : 1,
            gateway: .legacy)
    }

    private func partner(_ id: String) -> LegacyPartner {
        switch partners {
        case .any: LegacyPartner(md5Key: settings.sharedMD5Key)
        case .known(let partners): partners[id] ?? LegacyPartner()
        }
    }

    /// Whether a client that was notified says that it has heard: `success`, in any case.
    static func isAcknowledgement(_ body: some Collection<UInt8>) -> Bool {
        func isSpace(_ byte: UInt8) -> Bool { byte == 0x20 || (0x09...0x0D).contains(byte) }
        let start = body.drop(while: isSpace)
        let word = start.prefix(7).map { $0 | 0x20 }
        return word.elementsEqual("success".utf8) && start.dropFirst(7).allSatisfy(isSpace)
    }
}
