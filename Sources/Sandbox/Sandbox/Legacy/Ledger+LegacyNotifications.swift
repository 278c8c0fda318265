internal import BlueTap
internal import GRDB

// What of notifications the legacy gateway alone has.

extension Ledger {
    /// A notification, and when it was last sent; nil: there is none of that number.
    func notification(
        _ number: Int64, at now: Instant
    ) throws(LedgerError) -> (notification: PaymentNotification, lastAttempt: Instant?)? {
        try read { transaction in
            let row = try Row.fetchOne(
                transaction.database, sql: "SELECT * FROM notification WHERE number = ?", arguments: [number])
            guard let notification = try row.map(PaymentNotification.init(row:)) else { return nil }
            guard notification.attempts > 0 else { return (notification, nil) }
            let last = try Int64.fetchOne(
                transaction.database,
                sql: """
                    SELECT max(at) FROM change WHERE payment = ? AND kind = 'notificationSent' AND detail = ? AND at <= ?
                    """, arguments: [notification.paymentID, notification.url, now.nanoseconds])
            return (notification, last.map(Instant.init(nanoseconds:)))
        }
    }

    /// Who was told that a payment is paid will be told, once, that it can be refunded no more, where the payment's gateway
    /// tells that.
    func planFinish(of notification: PaymentNotification, at now: Instant) throws(LedgerError) {
        try write(at: now) { [windows] transaction in
            let payment = try transaction.existingPayment(notification.paymentID)
            guard payment.gateway.tells(.finished), let paidAt = payment.paidAt else { return }
            try transaction.database.execute(
                sql: """
                    INSERT INTO notification (payment, kind, url, due_at)
                    SELECT ?1, 'finished', ?2, ?3
                    WHERE NOT EXISTS (SELECT 1 FROM notification WHERE payment = ?1 AND kind = 'finished')
                    """, arguments: [payment.id, notification.url, windows.refundEnd(of: paidAt).nanoseconds])
        }
    }

    /// It has nothing to tell any more.
    func forgetNotification(_ number: Int64, at now: Instant) throws(LedgerError) {
        try write(at: now) { transaction in
            try transaction.database.execute(
                sql: "UPDATE notification SET due_at = NULL WHERE number = ?", arguments: [number])
        }
    }
}
