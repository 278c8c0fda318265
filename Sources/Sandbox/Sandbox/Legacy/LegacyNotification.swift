internal import BlueTap
internal import SandboxFaults

/// What a partner is told of a payment, as a form that is signed.
///
/// Source: "Asynchronous notification" of Antom's pages for the basic fields and actions. The names of the others are not
/// public, and chosen: those of the requests where they have one, and of Alipay's notifications in China.
struct LegacyNotification: Hashable {
    let fields: [String: String]
    let charset: LegacyCharset

    /// - Parameters:
    ///   - refunds: the payment's until that of which it tells, that one last; none where it tells of none.
    ///   - scan: the merchant's code by which the payment came; nil: by none.
    ///   - charset: nil: that of the request which asked for the payment.
    ///   - now: when it is sent.
    init(
        _ notification: PaymentNotification, of payment: Payment, refunds: [Refund], scan: Scan?,
        charset: LegacyCharset? = nil, at now: Instant
    ) {
        let terms = LegacyTerms(payment.terms)
        self.charset = charset ?? terms?.charset ?? .utf8
        var fields = [
            "notify_time": now.chineseText, "notify_type": "trade_status_sync",
            "notify_id": Self.id(of: notification), "notify_action_type": Self.action(of: notification.kind),
            "out_trade_no": payment.requestID, "trade_no": payment.id,
            "trade_status": Self.status(of: payment, after: notification.kind, refunds),
            "total_fee": payment.amount.decimal, "currency": payment.amount.currency, "seller_id": payment.client,
            "gmt_create": payment.createdAt.chineseText,
        ]
        fields["subject"] = terms?.subject
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
        fields["passback_parameters"] = scan?.passback ?? terms?.passback
        self.fields = fields
    }

    /// Of every attempt the same: 24 hexadecimal digits, then the notification's number in ten, by which it is found.
    static func id(of notification: PaymentNotification) -> String {
        let digest = LegacySignType.digest(Array("\(notification.paymentID) \(notification.number)".utf8)).prefix(24)
        let number = String(notification.number)
        return digest + String(repeating: "0", count: max(0, 10 - number.utf8.count)) + number
    }

    /// Nil where it is none.
    static func number(ofID id: String) -> Int64? {
        guard id.utf8.count >= 34, id.utf8.dropFirst(24).allSatisfy({ (0x30...0x39).contains($0) }) else { return nil }
        return Int64(id.dropFirst(24))
    }

    private static func action(of kind: Change.Kind) -> String {
        switch kind {
        case .refunded: "refundFPAction"
        case .reversed: "reverseAction"
        case .failed, .closed, .cancelled: "closeTradeAction"
        case .finished: "finishFPAction"
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
        case .finished: "TRADE_FINISHED"
        default: "TRADE_SUCCESS"
        }
    }

    /// The form in its encoding, the fields sorted, then the signature.
    ///
    /// - Parameter sign: makes the signature of what is signed; nil: the form has none.
    func form(_ type: LegacySignType, signedBy sign: ([UInt8]) -> String?) -> [UInt8] {
        let signed = fields.map { (name: $0.key, bytes: charset.bytes(of: $0.value)) }
        let text = LegacySignType.text(of: signed, without: [])
        var pairs = signed.sorted { $0.name < $1.name }
        if let sign = sign(text) {
            pairs += [("sign", Array(sign.utf8)), ("sign_type", Array(type.rawValue.utf8))]
        }
        return Array(pairs.map { "\($0.name)=\(Self.encoded($0.bytes))" }.joined(separator: "&").utf8)
    }

    private static func encoded(_ bytes: [UInt8]) -> String {
        bytes.reduce(into: "") { encoded, byte in
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
            notification, of: payment, refunds: refunds, scan: try ledger.scan(ofPayment: payment.id),
            charset: settings.notificationCharset, at: now)
        let partner = partner(payment.client)
        // As the request was signed that asked for the payment, where there is a key for it.
        let asked = key == nil ? nil : LegacyTerms(payment.terms)?.signType
        let type = partner.notificationSignType ?? asked ?? (partner.md5Key == nil ? .rsa2 : .md5)
        let spoil: [UInt8] = effect == .wrongSignature ? [UInt8(ascii: "&")] : []
        return NotificationMessage(
            url: notification.url,
            headers: [("Content-Type", "application/x-www-form-urlencoded; charset=\(told.charset.rawValue)")],
            body: told.form(type) { effect == .unsigned ? nil : sign($0 + spoil, type, partner) },
            copies: effect == .doubled ? 2 : 1,
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
