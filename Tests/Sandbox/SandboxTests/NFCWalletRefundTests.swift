import BlueTap
import Testing

@testable import Sandbox

@Suite("Refunds of the NFC wallet")
struct NFCWalletRefundTests {
    typealias Bench = NFCWalletAuthorizationTests.Bench
    typealias Unexpected = NFCWalletAuthorizationTests.Unexpected

    static let later = Bench.start + .seconds(100)

    @Test("a refund of what was paid is made once for each refundRequestId")
    func plain() throws {
        let bench = try Bench()
        let payment = try bench.approved()
        let made = try bench.network.refund(id: payment.id, requestID: "F1", Bench.money(250), at: Self.later)
        guard case .refunded(let refund) = made else { throw Unexpected() }
        #expect(refund.amount == Bench.money(250))
        #expect(try bench.network.refund(id: payment.id, requestID: "F1", Bench.money(250), at: Self.later) == made)
        for other in [249, 251, 1001, 5000] as [Int64] {
            #expect(
                try bench.network.refund(id: payment.id, requestID: "F1", Bench.money(other), at: Self.later)
                    == .inconsistent)
        }
        #expect(try bench.alice == -1000 && bench.ledger.audit() == [])
    }

    @Test("one of more than was paid refunds the payment and deposits the rest, once")
    func excess() throws {
        let bench = try Bench()
        let payment = try bench.approved()
        let made = try bench.network.refund(id: payment.id, requestID: "F1", Bench.money(1500), at: Self.later)
        guard case .exceeded(let refund?, let rest) = made else { throw Unexpected() }
        #expect(refund.amount == Bench.money(1250) && rest.amount == Bench.money(250))
        #expect(rest.paymentID == payment.id && rest.wallet == "Alice")
        #expect(try bench.network.refund(id: payment.id, requestID: "F1", Bench.money(1500), at: Self.later) == made)
        #expect(
            try bench.network.refund(id: payment.id, requestID: "F1", Bench.money(1501), at: Self.later)
                == .inconsistent)
        #expect(try bench.kinds(payment) == [.created, .paid, .adjusted, .refunded])
        #expect(try bench.alice == 250)
        #expect(try bench.ledger.balance(ofClient: "C1", currency: "HKD") == -250)
        // Nothing is left of the payment: all of another one is deposited.
        guard
            case .exceeded(nil, let all) = try bench.network.refund(
                id: payment.id, requestID: "F2", Bench.money(100), at: Self.later)
        else { throw Unexpected() }
        #expect(all.amount == Bench.money(100))
        #expect(try bench.alice == 350 && bench.ledger.audit() == [])
    }

    @Test("one of more than is left refunds what is left")
    func excessOfTheRest() throws {
        let bench = try Bench()
        let payment = try bench.approved()
        _ = try bench.network.refund(id: payment.id, requestID: "F1", Bench.money(250), at: Self.later)
        guard
            case .exceeded(let refund?, let rest) = try bench.network.refund(
                id: payment.id, requestID: "F2", Bench.money(1250), at: Self.later)
        else { throw Unexpected() }
        #expect(refund.amount == Bench.money(1000) && rest.amount == Bench.money(250))
    }

    @Test("one that a crash cut in two is completed when it is asked for again")
    func cut() throws {
        let bench = try Bench()
        let payment = try bench.approved()
        _ = try bench.ledger.adjust(
            client: "C1", requestID: "F1", terms: "EXCEED_REFUND of 1500 HKD", Bench.money(250), to: "Alice",
            paymentID: payment.id, at: Self.later)
        guard
            case .exceeded(let refund?, _) = try bench.network.refund(
                id: payment.id, requestID: "F1", Bench.money(1500), at: Self.later)
        else { throw Unexpected() }
        #expect(refund.amount == Bench.money(1250))
        #expect(try bench.alice == 250)
    }

    @Test(
        "is refused where nothing was paid, in another currency, of nothing, after 366 days; and moves nothing",
        arguments: [
            (0, "HKD", 100, .amount), (1, "JPY", 100, .currency), (1500, "JPY", 100, .currency),
            (1, "HKD", 366 * 86_400, .tooLate), (1500, "HKD", 366 * 86_400, .tooLate),
        ] as [(Int64, String, Int64, Payment.Refusal)])
    func refused(_ amount: Int64, _ currency: String, _ seconds: Int64, _ refusal: Payment.Refusal) throws {
        var settings = NFCAuthorization.Settings()
        settings.authorizationExpiry = .seconds(1000 * 86_400)
        let bench = try Bench(settings)
        let payment = try bench.approved()
        let sum = Bench.money(amount, currency)
        #expect(
            try bench.network.refund(id: payment.id, requestID: "F1", sum, at: Bench.start + .seconds(seconds))
                == .refused(refusal))
        #expect(try bench.alice == -1250)

        guard case .declined(let failed) = try bench.authorize("R2", 1250, .declines("RISK_REJECT")) else {
            throw Unexpected()
        }
        #expect(
            try bench.network.refund(id: failed.id, requestID: "F2", Bench.money(1), at: Bench.start)
                == .refused(.notPaid))
    }

    @Test("a name that looks like one of the network's own is refused")
    func names() throws {
        let bench = try Bench()
        let payment = try bench.approved()
        for cause in ["reversal", "expiry", "clearing"] {
            #expect(
                try bench.network.refund(
                    id: payment.id, requestID: "\(cause):\(payment.id):1", Bench.money(1), at: Self.later)
                    == .inconsistent)
        }
    }

    @Test("adjustRefund deposits its sum once for each refundRequestId, with a payment or without")
    func adjusting() throws {
        let bench = try Bench()
        let payment = try bench.approved()
        func adjust(
            _ scenario: NFCAuthorization.AdjustScenario, _ amount: Int64, id: String = "F1", paymentID: String? = nil
        ) throws -> Ledger.Entry<Adjustment>? {
            try bench.network.adjustRefund(
                scenario, client: "C1", requestID: id, Bench.money(amount), to: "Alice", paymentID: paymentID,
                at: Self.later)
        }
        guard case .made(let adjustment)? = try adjust(.unlinkedRefund, 700) else { throw Unexpected() }
        #expect(adjustment.id == "2026010102000000000000000001" && adjustment.paymentID == nil)
        #expect(try adjust(.unlinkedRefund, 700) == .repeated(adjustment))
        #expect(try adjust(.unlinkedRefund, 701) == .inconsistent)
        #expect(try adjust(.exceedRefund, 700) == .inconsistent)
        #expect(try adjust(.unlinkedRefund, 700, paymentID: payment.id) == .inconsistent)
        #expect(try adjust(.unlinkedRefund, 0, id: "F2") == nil)
        guard case .made = try adjust(.exceedRefund, 50, id: "F3", paymentID: payment.id) else { throw Unexpected() }
        #expect(try bench.alice == -1250 + 750)
        #expect(try bench.ledger.changes().suffix(2).map(\.kind) == [.adjusted, .adjusted])
        #expect(try bench.ledger.changes().suffix(2).map(\.paymentID) == [nil, payment.id])
        #expect(throws: LedgerError.self) { try adjust(.exceedRefund, 50, id: "F4", paymentID: "X") }
        #expect(try bench.ledger.adjustment(client: "C1", requestID: "F4") == nil)
        #expect(try bench.ledger.audit() == [])
    }

    @Test("the audit tells an adjustment that the money does not show")
    func audit() throws {
        let folder = try TemporaryFolder()
        let path = "\(folder.path)/ledger.sqlite"
        let ledger = try Ledger(path: path)
        _ = try ledger.adjust(client: "C1", requestID: "F1", Bench.money(700), to: "Alice", at: Bench.start)
        #expect(try ledger.audit() == [])
        try folder.sqlite(path, "UPDATE adjustment SET amount = 701")
        #expect(try ledger.audit() == ["the adjustments are not what the postings say: wallet:Alice"])
    }
}
