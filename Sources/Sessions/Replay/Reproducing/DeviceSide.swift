public import BlueTap
public import Emulator
public import WireFormat

/// What happened at the recorded device beside what the host asked for, as a script that lets it happen again: each thing
/// so long after the command or the connection before it.
public struct DeviceSide: DeviceScript {
    /// An event of the device from which time is counted.
    struct Anchor: Hashable {
        let event: Event.Kind
        /// From 1.
        let number: Int
    }

    struct Rule {
        let anchor: Anchor
        /// Each with the time since the one before, or since the anchor.
        var actions: [(after: Duration, action: DeviceAction)]
    }

    /// In the order of their anchors.
    let rules: [Rule]

    private let indices: [Anchor: Int]
    private var counts: [Event.Kind: Int] = [:]
    /// The last is due next.
    private var planned: [(due: Instant, action: DeviceAction)] = []

    public init(of session: RecordedSession, codec: Codec) {
        var reader = Reader(codec)
        reader.read(session)
        rules = reader.rules
        indices = Dictionary(uniqueKeysWithValues: rules.enumerated().map { ($1.anchor, $0) })
    }

    // MARK: DeviceScript

    public mutating func observe(_ event: Event) -> [DeviceAction] {
        let number = counts[event.body.kind, default: 0] + 1
        counts[event.body.kind] = number
        guard let index = indices[Anchor(event: event.body.kind, number: number)] else { return [] }
        var actions: [DeviceAction] = []
        var due = event.time
        for (after, action) in rules[index].actions {
            due = due + after
            if due <= event.time {
                actions.append(action)
            } else {
                let place = planned.firstIndex { $0.due <= due } ?? planned.endIndex
                planned.insert((due, action), at: place)
            }
        }
        return actions
    }

    public var nextDue: Instant? { planned.last?.due }

    public mutating func act(at now: Instant) -> [DeviceAction] {
        var actions: [DeviceAction] = []
        while let next = planned.last, next.due <= now {
            planned.removeLast()
            actions.append(next.action)
        }
        return actions
    }

    // Whatever cannot be done shows in the answers.
    public mutating func actionFailed(_ reason: String) {}

    // MARK: Reading

    private struct Reader {
        private(set) var rules: [Rule] = []
        private var interpreter: Interpreter
        private var counts: [Event.Kind: Int] = [.attached: 1]
        /// The last command or connection, from which time is counted.
        private var start: (anchor: Anchor, time: Duration) = (Anchor(event: .attached, number: 1), .zero)
        /// The last reply since: what happens in its instant, happens behind it.
        private var reply: (anchor: Anchor, time: Duration)?
        /// When the last rule's last action was; nil where no rule is of this start.
        private var latest: Duration?
        /// Whether the cable has just been pulled.
        private var isPulled = false
        /// The steps that a tap before them has told of.
        private var pendingOfTap: Set<Int> = []

        init(_ codec: Codec) {
            interpreter = Interpreter(codec)
        }

        mutating func read(_ session: RecordedSession) {
            let steps = CustomerReader.read(session, interpreter)
            var returns = steps.filter { $0.happening == .attached }[...]
            for (index, step) in steps.enumerated() {
                switch step.happening {
                case .hostReport(let report, let isFeature):
                    if case .message(.command(let command), _, _) = interpreter.host(report, isFeature: isFeature) {
                        begin(command.kind == .pay ? .payReceived : .cancelReceived, at: step.time)
                    }
                case .deviceReport(let report), .featureRead(_, let report):
                    switch interpreter.device(report) {
                    // What is unreadable was meant as one.
                    case .message(.reply, _, _), .unreadable: reply = (count(.replySent), step.time)
                    case .message, .part, .exchange: break
                    }
                case .unheard, .unanswered, .failedWrite, .disturbed: break
                case .pulled: isPulled = true
                case .attached:
                    returns.removeFirst()
                    // The first is the device's start.
                    if index > 0 { begin(.attached, at: step.time) }
                case .detached:
                    interpreter.reset()
                    // That of the recording's end is nobody's.
                    if let back = returns.first {
                        act(.unplug(replug: back.time - step.time), at: step.time)
                    } else if isPulled {
                        act(.unplug(replug: nil), at: step.time)
                    }
                    isPulled = false
                case .tap(let wallet): act(.tap(customer(wallet, after: index, in: steps)), at: step.time)
                case .pending(let wallet, let outcome, let duration):
                    // Who has just tapped was told so then.
                    if pendingOfTap.remove(index) != nil { continue }
                    act(.useWallet(Customer(wallet: wallet, outcome: outcome, after: duration)), at: step.time)
                case .payment(let wallet): act(.useWallet(Customer(wallet: wallet)), at: step.time)
                case .refusal(let wallet, let reason):
                    let customer = Customer(
                        wallet: wallet, outcome: .declines, reason: Customer.Reason(rawValue: reason))
                    act(.useWallet(customer), at: step.time)
                }
            }
        }

        /// Who held a phone to the device: one who does nothing, and of whom other steps tell what they do; or one who was
        /// waited for, and does all of it by themselves.
        private mutating func customer(
            _ wallet: String, after index: Int, in steps: [RecordedSession.Step]
        ) -> Customer {
            for later in steps.indices[(index + 1)...] where steps[later].time == steps[index].time {
                switch steps[later].happening {
                case .pending(wallet, let outcome, let duration):
                    pendingOfTap.insert(later)
                    return Customer(wallet: wallet, outcome: outcome, after: duration)
                case .tap, .payment, .refusal, .hostReport: return Customer(wallet: wallet, outcome: .walksAway)
                default: continue
                }
            }
            return Customer(wallet: wallet, outcome: .walksAway)
        }

        private mutating func count(_ event: Event.Kind) -> Anchor {
            let number = counts[event, default: 0] + 1
            counts[event] = number
            return Anchor(event: event, number: number)
        }

        private mutating func begin(_ event: Event.Kind, at time: Duration) {
            start = (count(event), time)
            reply = nil
            latest = nil
        }

        private mutating func act(_ action: DeviceAction, at time: Duration) {
            if latest == nil {
                let origin = reply.flatMap { $0.time == time ? $0 : nil } ?? start
                rules.append(Rule(anchor: origin.anchor, actions: []))
                latest = origin.time
            }
            rules[rules.count - 1].actions.append((time - (latest ?? time), action))
            latest = time
        }
    }
}
