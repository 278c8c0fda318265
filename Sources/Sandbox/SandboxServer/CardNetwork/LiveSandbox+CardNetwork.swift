internal import BlueTap
internal import Logging
public import Sandbox
internal import Synchronization

// Mastercard's network, which tells what becomes of an authorisation after the tap.

extension LiveSandbox {
    /// What Mastercard has to say of an authorisation.
    public enum NetworkMessage: Sendable {
        /// Of so much; nil: of all that is left.
        case reversal(Money?)
        case clearing(Money)
        /// The merchant's refund.
        case refund(Money)
    }

    /// Mastercard tells something of an authorisation. Returns in a word or two what became of it.
    public func tell(_ message: NetworkMessage, ofPayment id: String, requestID: String) throws -> String {
        defer { authorizationsChanged() }
        let nfc = sandbox.nfc
        switch message {
        case .reversal(let sum):
            return switch try nfc.reverse(id: id, requestID: requestID, sum, at: now) {
            case .cancelled: "cancelled"
            case .refunded(let refund): "refunded \(refund.amount)"
            case .nothing: "nothing to reverse"
            case .inconsistent:
                throw SandboxError(.requestDiffers, "a reversal of that requestId has asked for something else")
            case .refused(let refusal):
                throw SandboxError(.paymentRefuses, "nothing is reversed: \(refusal.explanation)")
            }
        case .clearing(let sum):
            return switch try nfc.clear(id: id, requestID: requestID, sum, at: now) {
            case .settled: "settled"
            case .refunded(let refund): "refunded \(refund.amount)"
            case .charged(let payment): "charged \(payment.amount)"
            case .notCharged(let payment): "not charged \(payment.amount)"
            case .inconsistent:
                throw SandboxError(.requestDiffers, "it was cleared before, by another requestId or with another sum")
            case .refused(let refusal):
                throw SandboxError(.paymentRefuses, "nothing is cleared: \(refusal.explanation)")
            }
        case .refund(let sum):
            return switch try nfc.refund(id: id, requestID: requestID, sum, at: now) {
            case .refunded(let refund): "refunded \(refund.amount)"
            case .exceeded(let refund, let excess):
                "refunded \(refund.map { "\($0.amount)" } ?? "nothing"), deposited \(excess.amount) beyond the payment"
            case .inconsistent:
                throw SandboxError(
                    .requestDiffers,
                    "a refund of that requestId has asked for something else, or the name is one of the network's own")
            case .refused(let refusal):
                throw SandboxError(.paymentRefuses, "nothing is refunded: \(refusal.explanation)")
            }
        }
    }

    /// Something may be due now for the network: payments without a result, authorisations that nobody clears.
    func authorizationsChanged() {
        nextAuthorization.withLock { next in
            do throws(LedgerError) {
                next = try sandbox.nfc.nextOwnDue
            } catch {
                logger.error("what is due of NFC authorisations is not known: \(error)")
            }
        }
        announceChange()
    }

    /// Settles what is due of authorisations; quickly where nothing is.
    func catchUpAuthorizations(to now: Instant) {
        guard let due = nextAuthorization.withLock({ $0 }), due <= now else { return }
        do throws(LedgerError) {
            try sandbox.nfc.catchUp(to: now)
        } catch {
            // A full disk, say: tried again a second later, so that nobody tries without end.
            logger.error("NFC authorisations wait: \(error)")
            return nextAuthorization.withLock { $0 = now + .seconds(1) }
        }
        authorizationsChanged()
    }
}
