import BlueTap
import Testing

@testable import Sandbox

@Suite("A payment")
struct PaymentTests {
    static let start = Instant(iso8601: "2026-01-01T12:00:00Z")!

    static func payment(_ state: Payment.State = .processing, at created: Instant = start) -> Payment {
        var payment = Payment(
            id: "P1", gateway: .alipayPlus, client: "C", requestID: "R1", terms: "", orderID: "A1",
            amount: Money(currency: "HKD", minorUnits: 1250)!, createdAt: created, expiresAt: created + .seconds(900),
            notifyURL: nil)
        switch state {
        case .processing: break
        case .succeeded: _ = payment.pay(by: "Alice", at: created + .seconds(1))
        case .failed: _ = payment.fail("RISK_REJECT", at: created + .seconds(1))
        case .closed: _ = payment.expire(at: created + .seconds(900))
        case .cancelled: _ = payment.cancel(at: created + .seconds(1))
        }
        return payment
    }

    @Test(
        "is paid once; money that comes when it has ended goes back",
        arguments: [
            (.processing, "Alice", .paid), (.succeeded, "Alice", .alreadyPaid), (.succeeded, "Bob", .returned),
            (.failed, "Alice", .returned), (.closed, "Alice", .returned), (.cancelled, "Alice", .returned),
        ] as [(Payment.State, String, Payment.PayAction)])
    func paying(_ state: Payment.State, _ wallet: String, _ action: Payment.PayAction) {
        var payment = Self.payment(state)
        let before = payment
        #expect(payment.pay(by: wallet, at: Self.start + .seconds(2)) == action)
        #expect(action == .paid ? payment.payer == wallet && payment.state == .succeeded : payment == before)
    }

    @Test("can be paid in the last nanosecond before it expires, and is closed from then on")
    func expiry() {
        let end = Self.start + .seconds(900)
        var early = Self.payment()
        #expect(early.expire(at: end.advanced(byNanoseconds: -1)) == false)
        #expect(early.pay(by: "Alice", at: end.advanced(byNanoseconds: -1)) == .paid)
        #expect(early.expire(at: end) == false)
        var late = Self.payment()
        #expect(late.pay(by: "Alice", at: end) == .returned)
        #expect(late.expire(at: end) == true)
        #expect(late.state == .closed && late.endedAt == end)
    }

    @Test(
        "is cancelled whatever its state, and what was paid goes back",
        arguments: [
            (.processing, .closed), (.succeeded, .reversed), (.failed, .closed), (.closed, .closed),
            (.cancelled, .alreadyCancelled),
        ] as [(Payment.State, Payment.CancelAction)])
    func cancelling(_ state: Payment.State, _ action: Payment.CancelAction) {
        var payment = Self.payment(state)
        #expect(payment.cancel(at: Self.start + .seconds(1000)) == action)
        #expect(payment.state == .cancelled)
        #expect(payment.refunded == (action == .reversed ? 1250 : 0))
    }

    @Test(
        "can be cancelled until 00:15 of the next day in UTC+8, and not in that second",
        arguments: [
            ("2026-01-01T12:00:00Z", "2026-01-01T16:15:00Z"), ("2026-01-01T15:59:59Z", "2026-01-01T16:15:00Z"),
            ("2026-01-01T16:00:00Z", "2026-01-02T16:15:00Z"), ("2026-02-28T23:00:00Z", "2026-03-01T16:15:00Z"),
        ])
    func cancelWindow(_ created: String, _ end: String) throws {
        let (created, end) = (try #require(Instant(iso8601: created)), try #require(Instant(iso8601: end)))
        var early = Self.payment(.succeeded, at: created)
        #expect(early.cancel(at: end.advanced(byNanoseconds: -1)) == .reversed)
        var late = Self.payment(.succeeded, at: created)
        #expect(late.cancel(at: end) == .refused(.tooLate))
        #expect(late.state == .succeeded)
    }

    static func money(_ minorUnits: Int64, _ currency: String = "HKD") -> Money {
        Money(currency: currency, minorUnits: minorUnits)!
    }

    @Test("is refunded in parts, never more than was paid, and then no longer cancelled")
    func refunding() throws {
        var payment = Self.payment(.succeeded)
        let now = Self.start + .seconds(60)
        try payment.refund(Self.money(250), within: PaymentWindows(), at: now)
        #expect(payment.refundable == 1000)
        #expect(payment.cancel(at: now) == .refused(.partlyRefunded))
        #expect(throws: Payment.Refusal.amount) {
            try payment.refund(Self.money(1001), within: PaymentWindows(), at: now)
        }
        #expect(throws: Payment.Refusal.amount) {
            try payment.refund(Self.money(0), within: PaymentWindows(), at: now)
        }
        #expect(throws: Payment.Refusal.currency) {
            try payment.refund(Self.money(1, "JPY"), within: PaymentWindows(), at: now)
        }
        try payment.refund(Self.money(1000), within: PaymentWindows(), at: now)
        #expect(payment.refundable == 0)
        #expect(throws: Payment.Refusal.amount) {
            try payment.refund(Self.money(1), within: PaymentWindows(), at: now)
        }
    }

    @Test("is refunded within 366 days of being paid, and not at their end")
    func refundWindow() throws {
        let end = Self.start + .seconds(1 + 366 * 86_400)
        var early = Self.payment(.succeeded)
        try early.refund(Self.money(1), within: PaymentWindows(), at: end.advanced(byNanoseconds: -1))
        var late = Self.payment(.succeeded)
        #expect(throws: Payment.Refusal.tooLate) {
            try late.refund(Self.money(1), within: PaymentWindows(), at: end)
        }
    }

    @Test(
        "that was not paid is not refunded",
        arguments: [
            (.processing, .processing), (.failed, .notPaid), (.closed, .notPaid), (.cancelled, .notPaid),
        ] as [(Payment.State, Payment.Refusal)])
    func refusedRefunds(_ state: Payment.State, _ refusal: Payment.Refusal) {
        var payment = Self.payment(state)
        #expect(throws: refusal) {
            try payment.refund(Self.money(1), within: PaymentWindows(), at: Self.start + .seconds(2))
        }
    }

    @Test(
        "is of money as Alipay+ writes it, or of none",
        arguments: [
            ("HKD", "50000", 50000), ("JPY", "100", 100), ("HKD", "0", 0), ("HKD", "1000000000000", 1_000_000_000_000),
            ("HKD", "", nil), ("HKD", "1.00", nil), ("HKD", "-1", nil), ("HKD", "+1", nil), ("HKD", "01", nil),
            ("HKD", " 1", nil), ("HKD", "1000000000001", nil), ("HKD", "99999999999999999999", nil), ("HKD", "١", nil),
            ("hkd", "1", nil), ("HK", "1", nil), ("HKDD", "1", nil), ("ＨKD", "1", nil), ("", "1", nil),
        ] as [(String, String, Int64?)])
    func money(_ currency: String, _ value: String, _ minorUnits: Int64?) {
        #expect(Money(currency: currency, value: value)?.minorUnits == minorUnits)
    }
}

extension Payment {
    /// Within Alipay+'s window.
    fileprivate mutating func cancel(at now: Instant) -> CancelAction {
        cancel(until: PaymentWindows().cancelEnd(of: createdAt), at: now)
    }
}
