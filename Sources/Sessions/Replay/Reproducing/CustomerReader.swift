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
        for (index, step) in steps.enumerated() {
            guard case .pending(let wallet, let outcome, nil) = step.happening else { continue }
            let candidates = steps.indices.filter { later in
                guard later > index, !resolutions.contains(later) else { return false }
                switch steps[later].happening {
                case .payment(wallet), .refusal(wallet, _): return true
                default: return false
                }
            }
            // Of several the one that took as long as that usually takes.
            let found = candidates.first { steps[$0].time - step.time == outcome.usualTime } ?? candidates.first
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
        var steps: [Step] = []
        /// Those that a tap before them has told of.
        var told: Set<Int> = []
        for (index, step) in session.steps.enumerated() {
            let customer: [RecordedSession.Happening]
            switch news[index] {
            case .tap:
                let (happenings, end) = afterTap(index, news, session.steps)
                if let end { told.insert(end) }
                customer = happenings
            // Who has paid has tapped, also where the profile has no words for that.
            case .success where !told.contains(index):
                customer = (hasTaps ? [] : [.tap(wallet: wallet)]) + [.payment(wallet: wallet)]
            case .failure where !told.contains(index):
                customer = (hasTaps ? [] : [.tap(wallet: wallet)]) + [.refusal(wallet: wallet, reason: "")]
            case .success, .failure, .linkEnd, nil: customer = []
            }
            steps += customer.map { Step(time: step.time, place: step.place, $0) } + [step]
        }
        return steps
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

    /// What the customer of a tap did, and which step told of its end; nil where they do it at once, or nothing.
    private static func afterTap(
        _ index: Int, _ news: [News?], _ steps: [Step]
    ) -> (happenings: [RecordedSession.Happening], end: Int?) {
        let tap = RecordedSession.Happening.tap(wallet: wallet)
        var isLinkAlive = true
        for later in steps.indices[(index + 1)...] {
            let duration = steps[later].time - steps[index].time
            switch news[later] {
            case .tap: return ([tap], nil)
            case .linkEnd: isLinkAlive = false
            // At once, or as long as the link lived, a customer does it as it comes.
            case .success where isLinkAlive, .failure where isLinkAlive: return ([tap], nil)
            case .success: return ([tap, .pending(wallet: wallet, .losesNetwork, lasting: duration)], later)
            case .failure: return ([tap, .pending(wallet: wallet, .paysLater, lasting: duration)], later)
            case nil: continue
            }
        }
        return ([tap], nil)
    }
}
