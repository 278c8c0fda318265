import BlueTap
import Testing

@testable import Sandbox

@Suite("What a customer did with a device's link")
struct LinkPurchaseTests {
    private static let start = PaymentTests.start
    private static let terms = LinkTerms(client: "C1", currency: "THB", notifyURL: "http://till/notify")

    private static func purchase(
        _ deed: LinkPurchase.Deed = .paid, order: String? = "A1", amount: String? = "12.50"
    ) -> LinkPurchase {
        LinkPurchase(link: "link-1", orderID: order, amount: amount, wallet: "Alice", deed: deed, time: start)
    }

    @Test("makes and pays a payment where nobody has asked for one, once")
    func paid() throws {
        let ledger = try Ledger(path: nil)
        guard case .settled(.paid(let payment)) = try ledger.conclude(Self.purchase(), Self.terms) else {
            throw LedgerTests.Unexpected()
        }
        #expect(payment.requestID == "A1" && payment.amount.minorUnits == 1250)
        #expect(try ledger.conclude(Self.purchase(), Self.terms) == .settled(.alreadyPaid(payment)))
        #expect(try ledger.balance(ofClient: "C1", currency: "THB") == 1250)
        #expect(try LedgerTests.kinds(ledger) == [.created, .paid])
    }

    @Test("pays what a client has asked for, and fails it where the wallet gives a code")
    func asked() throws {
        let (ledger, payment) = try LedgerTests.ledger()
        guard
            case .settled(.failed(let failed)) = try ledger.conclude(
                Self.purchase(.refused("RISK_REJECT")), Self.terms)
        else { throw LedgerTests.Unexpected() }
        #expect(failed.id == payment.id && failed.failure == "RISK_REJECT")
        #expect(try ledger.conclude(Self.purchase(.refused("changed their mind")), Self.terms) == .nothing)
        #expect(try ledger.conclude(Self.purchase(.refused("RISK_REJECT"), order: "B2"), Self.terms) == .nothing)
        #expect(try ledger.conclude(Self.purchase(order: "B2", amount: "free"), Self.terms) == .noAmount)
        #expect(try LedgerTests.kinds(ledger) == [.created, .failed, .linkRefused])
    }

    /// Each table that a purchase writes to, in this order.
    private static let obstacles = [
        "INSERT ON payment", "INSERT ON change", "UPDATE ON payment", "INSERT ON posting", "INSERT ON account",
        "INSERT ON notification",
    ]

    @Test("is in the ledger as a whole or not at all, wherever it fails", arguments: obstacles)
    func atomicity(obstacle: String) throws {
        let folder = try TemporaryFolder()
        let path = folder.path + "/ledger"
        let ledger = try Ledger(path: path)
        try folder.sqlite(
            path, "CREATE TRIGGER obstacle BEFORE \(obstacle) BEGIN SELECT RAISE(ABORT, 'an obstacle'); END")
        let error = try #require(throws: LedgerError.self) { try ledger.conclude(Self.purchase(), Self.terms) }
        #expect(error.code == .storage && error.description.contains("an obstacle"))
        #expect(try ledger.payments(limit: 10).isEmpty)
        #expect(try LedgerTests.kinds(ledger).isEmpty)
        #expect(try ledger.balance(ofClient: "C1", currency: "THB") == 0)
        #expect(try ledger.nextDue == nil && ledger.audit().isEmpty)
        // Without it the same is done as if nothing had been.
        try folder.sqlite(path, "DROP TRIGGER obstacle")
        guard case .settled(.paid) = try ledger.conclude(Self.purchase(), Self.terms) else {
            throw LedgerTests.Unexpected()
        }
        #expect(try LedgerTests.kinds(ledger) == [.created, .paid])
    }
}
