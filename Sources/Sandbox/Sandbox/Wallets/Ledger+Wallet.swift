internal import BlueTap

extension Ledger {
    /// A wallet answers a payment that it was asked for, in its way. Returns the payment as it is then. One that is asked
    /// again, by a request that is repeated after a crash, answers as it would have done then.
    func answer(
        _ payment: Payment, by wallet: SimulatedWallet, at now: Instant
    ) throws(LedgerError) -> Payment {
        switch wallet.behaviour {
        case .pays: return try pay(id: payment.id, by: wallet.name, at: now).payment
        case .declines(let code): return try fail(id: payment.id, code, at: now)
        case .paysLater(let delay):
            try plan(id: payment.id, by: wallet.name, due: payment.createdAt + delay, at: now)
            return payment
        case .ignores: return payment
        }
    }
}
