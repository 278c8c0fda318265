public import BlueTap
internal import Logging
internal import SandboxFaults

// `notify_verify`: a partner asks whether the gateway has sent a notification. The request is not signed, and its answer is
// one word.

extension LegacyGateway {
    static let notifyVerify = "notify_verify"
    /// The older address of the same.
    public static let notifyQueryPath = "/trade/notify_query.do"

    /// Whether a request asks for it.
    static func isNotifyVerify(_ request: Request) -> Bool {
        let wanted = Array("service=\(notifyVerify)".utf8)
        return [Array(request.query.utf8.prefix(maximumSize)), request.body].contains { form in
            form.count <= maximumSize
                && form.split(separator: UInt8(ascii: "&")).contains { $0.elementsEqual(wanted) }
        }
    }

    /// Answers `true`, `false`, or `invalid` where the request is none.
    ///
    /// Source: Alipay's samples: `true` while a notification is on its way and for a minute after an attempt, until it is
    /// acknowledged; `invalid` where partner or notify_id is missing or the partner unknown.
    public func verifyNotification(_ request: Request, at now: Instant) -> Response {
        var (word, reason): (String, String?) = ("false", nil)
        var delivery = Delivery.atOnce
        do {
            let parameters = try parameters(of: request, charset: "_input_charset", default: settings.defaultCharset)
            guard let partner = parameters["partner"], isKnown(partner) else {
                throw LegacyRefusal(.illegalPartner, "partner is missing, or there is none of that id")
            }
            let id = try parameters.required("notify_id", limit: 64)
            let effect =
                faults.isEmpty
                ? nil
                : faults.take(SandboxFault.Moment(occasion: .any, orderID: nil, amount: nil, time: now))
            delivery = effect?.delivery ?? .atOnce
            if effect != .unknown, try isOut(id, of: partner, at: now) {
                word = "true"
            } else {
                reason = "notify_id is of no notification that was sent in the last minute and is not acknowledged"
            }
        } catch let refusal as LegacyRefusal {
            (word, reason) = ("invalid", refusal.reason)
        } catch {
            logger.error("a notify_verify came to nothing: \(error)")
            reason = "\(error)"
        }
        return Response(
            contentType: "text/html; charset=UTF-8", body: Array(word.utf8), reason: reason, delivery: delivery)
    }

    private func isKnown(_ partner: String) -> Bool {
        switch partners {
        case .any: partner.utf8.count == 16 && partner.utf8.allSatisfy { (0x30...0x39).contains($0) }
        case .known(let partners): partners[partner] != nil
        }
    }

    /// Whether a notification of the partner's is on its way, or was sent just now.
    private func isOut(_ id: String, of partner: String, at now: Instant) throws -> Bool {
        guard let number = LegacyNotification.number(ofID: id),
            let sent = try ledger.notification(number, at: now), LegacyNotification.id(of: sent.notification) == id,
            let payment = try ledger.payment(id: sent.notification.paymentID, at: now), payment.gateway == .legacy,
            payment.client == partner, sent.notification.acknowledgedAt == nil
        else { return false }
        // It is on its way until its answer is in the ledger.
        if let due = sent.notification.dueAt, due <= now { return true }
        return sent.lastAttempt.map { now < $0 + settings.verifyLife } ?? false
    }
}
