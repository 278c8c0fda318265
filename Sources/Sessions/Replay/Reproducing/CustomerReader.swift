internal import BlueTap
internal import Emulator
internal import WireFormat

/// Finds out what customers did in a session, so that they can do it again.
///
/// A journal tells of them, but of one who was waited for in two places: they did it by themselves, whatever had become of
/// the link by then. A capture has what the device told its host of them, and no more.
enum CustomerReader {
    typealias Step = RecordedSession.Step

    /// The session's steps, with those of customers in place of what only hints at them.
    static func read(_ session: RecordedSession, _ interpreter: Interpreter) -> [Step] {
        let isTold = session.steps.contains { step in
            switch step.happening {
            case .tap, .pending, .payment, .refusal: true
            default: false
            }
        }
        return isTold ? resolved(session) : inferred(session, interpreter)
    }

    // MARK: What a journal tells

    /// Each who was waited for knows how long, and does not do it twice.
    private static func resolved(_ session: RecordedSession) -> [Step] {
        var steps = session.steps
        var resolutions: Set<Int> = []
        /// The ends of payments, by wallet, in order.
        var ends: [String: [Int]] = [:]
        for (index, step) in steps.enumerated() {
            switch step.happening {
            case .payment(let wallet), .refusal(let wallet, _): ends[wallet, default: []].append(index)
            default: break
            }
        }
        for (index, step) in steps.enumerated() {
            guard case .pending(let wallet, let outcome, nil) = step.happening else { continue }
            // Those before this step are nobody's any more.
            if let passed = ends[wallet]?.prefix(while: { $0 < index || resolutions.contains($0) }).count {
                ends[wallet]?.removeFirst(passed)
            }
            let candidates = (ends[wallet] ?? []).lazy.filter { !resolutions.contains($0) }
            // Of several the one that took as long as that usually takes.
            let usual = outcome.usualTime ?? .zero
            let found =
                candidates.prefix { steps[$0].time - step.time <= usual }
                .first { steps[$0].time - step.time == usual } ?? candidates.first
            // Who never did it did not by the recording's end.
            let duration = (found.map { steps[$0].time } ?? session.end + .seconds(86_400)) - step.time
            steps[index].happening = .pending(wallet: wallet, outcome, lasting: duration)
            if let found { resolutions.insert(found) }
        }
        return steps.enumerated().filter { !resolutions.contains($0.offset) }.map(\.element)
    }

    // MARK: What a host was told

    private static func inferred(_ session: RecordedSession, _ interpreter: Interpreter) -> [Step] {
        var interpreter = interpreter
        /// What each step tells of a customer, or of the link.
        let news = session.steps.map { News($0.happening, &interpreter) }
        let hasTaps = news.contains(.tap)
        var taps: [Tap] = []
        /// What customers did at each step.
        var deeds: [Int: [RecordedSession.Happening]] = [:]
        var link = 0
        for (index, step) in session.steps.enumerated() {
            guard let told = news[index] else { continue }
            switch told {
            case .tap: taps.append(Tap(step: index, time: step.time, link: link))
            case .linkEnd: link += 1
            case .success, .failure:
                let outcome = told == .success ? Customer.Outcome.losesNetwork : .paysLater
                if let tap = Tap.whoWasWaitedFor(taps, at: step.time, told, link: link) {
                    taps[tap].pending = .pending(wallet: wallet, outcome, lasting: step.time - taps[tap].time)
                    continue
                }
                if let tap = taps.lastIndex(where: { $0.link == link }) { taps[tap].isDone = told == .success }
                let deed: RecordedSession.Happening =
                    told == .success ? .payment(wallet: wallet) : .refusal(wallet: wallet, reason: "")
                // Who has paid has tapped, also where the profile has no words for that.
                deeds[index] = hasTaps ? [deed] : [.tap(wallet: wallet), deed]
            }
        }
        for tap in taps { deeds[tap.step] = [.tap(wallet: wallet)] + (tap.pending.map { [$0] } ?? []) }
        return session.steps.enumerated().flatMap { index, step in
            (deeds[index] ?? []).map { Step(time: step.time, place: step.place, $0) } + [step]
        }
    }

    /// A tap that a host was told of, and what came of it.
    private struct Tap {
        let step: Int
        let time: Duration
        /// The number of the link.
        let link: Int
        /// That the customer was waited for, where it took longer than the link lived.
        var pending: RecordedSession.Happening?
        /// Whether the customer has paid the live link.
        var isDone = false

        /// Of which tap a payment's end is that comes when that tap's link has ended; nil where it is of the live link.
        static func whoWasWaitedFor(_ taps: [Tap], at time: Duration, _ told: News, link: Int) -> Int? {
            let waiting = taps.indices.filter { taps[$0].link < link && taps[$0].pending == nil && !taps[$0].isDone }
            let usual: [Customer.Outcome] = told == .success ? [.losesNetwork] : [.paysLater, .needsPassword]
            let times = usual.compactMap(\.usualTime)
            if let exact = waiting.first(where: { times.contains(time - taps[$0].time) }) { return exact }
            return taps.contains { $0.link == link && !$0.isDone } ? nil : waiting.last
        }
    }

    private static let wallet = Customer().wallet

    private enum News {
        case tap, success, failure
        /// A command of the host's, or the device's word that the link has ended.
        case linkEnd

        init?(_ happening: RecordedSession.Happening, _ interpreter: inout Interpreter) {
            let interpretation: Interpreter.Interpretation
            switch happening {
            case .hostReport(let report, let isFeature):
                interpretation = interpreter.host(report, isFeature: isFeature)
            case .deviceReport(let report), .featureRead(_, let report): interpretation = interpreter.device(report)
            case .detached:
                interpreter.reset()
                self = .linkEnd
                return
            default: return nil
            }
            guard case .message(let meaning, _, _) = interpretation else { return nil }
            switch meaning {
            case .command, .notification(.linkExpired), .notification(.linkCancelled): self = .linkEnd
            case .notification(.linkTapped): self = .tap
            case .notification(.paymentSucceeded): self = .success
            case .notification(.paymentFailed): self = .failure
            case .reply, .acknowledgement: return nil
            }
        }
    }
}
