internal import BlueTap
internal import Synchronization
public import VirtualHID
public import WireFormat

/// One BlueTap: joins the state machine, the wire format and a host, and keeps what happened.
///
/// A report is worked off on the thread that brought it, from decoding to the reply's way out. Where a journal is kept,
/// the command's line is written before the reply is sent; everyone else hears of it after.
public final class EmulatedDevice: Sendable {
    private struct State {
        var machine: Device
        var log = EventLog()
        var journal: Journal?
        /// The last event that the journal has.
        var journalledSequence: UInt64 = 0
        /// Why the journal is not complete: the first failure.
        var journalFailure: String?
        var generator: any RandomNumberGenerator & Sendable
        /// The token of the link that was paid last: a link is paid once.
        var paidToken: LinkToken?
        /// What a host reads that asks for the input report instead of waiting for it; empty before the first.
        var lastInputReport: [UInt8] = []
    }

    public let id: String
    public let profile: Profile
    private let codec: Codec
    private let clock: EmulatorClock
    private let state: Mutex<State>
    /// Announces the newest event's number.
    private let events = ChangeNotifier()

    /// - Parameters:
    ///   - journal: the file to which events are appended.
    ///   - generator: where tokens come from; the system, but for tests and reproducible runs.
    public init(
        id: String, profile: Profile, codec: Codec, clock: EmulatorClock, journal: String? = nil,
        generator: any RandomNumberGenerator & Sendable = BufferedSystemGenerator()
    ) throws(EmulatorError) {
        self.id = id
        self.profile = profile
        self.codec = codec
        self.clock = clock
        var opened: Journal?
        if let journal { opened = try Journal(path: journal) }
        state = Mutex(
            State(
                machine: Device(policy: profile.policy, templates: profile.links), journal: opened,
                generator: generator))
    }

    /// What a host learns when it enumerates the device.
    public var description: HIDDescription { profile.hidDescription }

    // MARK: Watching

    public var status: DeviceStatus {
        update { state, now in
            DeviceStatus(
                state: state.machine.state, now: now, link: state.machine.link, lastSequence: state.log.lastSequence,
                journalFailure: state.journalFailure)
        }
    }

    /// At most `limit` of the events after `sequence`, oldest first.
    public func events(after sequence: UInt64, limit: Int = .max) -> [Event] {
        state.withLock { $0.log.events(after: sequence, limit: limit) }
    }

    /// Returns once there is an event after `sequence`, or when the task is cancelled.
    public func waitForEvent(after sequence: UInt64) async {
        await events.wait(past: sequence)
    }

    // MARK: Customers

    /// A customer holds a phone to the device. Returns the events that this caused.
    @discardableResult
    public func tap(_ customer: Customer) -> [Event] {
        update { state, now in
            let before = state.log.lastSequence
            switch state.machine.tap(at: now) {
            case .nothingToRead(let reason):
                record(.tapMissed(wallet: customer.wallet, reason: reason), at: now, in: &state)
            case .opened(let link, let again):
                record(.linkTapped(link, wallet: customer.wallet, again: again), at: now, in: &state)
                settlePayment(of: link, by: customer, at: now, in: &state)
            }
            return state.log.events(after: before, limit: .max)
        }
    }

    private func settlePayment(of link: Link, by customer: Customer, at now: Instant, in state: inout State) {
        switch customer.outcome {
        case .walksAway: break
        case .declines:
            record(
                .paymentFailed(link, wallet: customer.wallet, reason: "the customer declined"), at: now, in: &state)
        case .pays where state.paidToken == link.token:
            record(
                .paymentFailed(link, wallet: customer.wallet, reason: "the link is paid already"), at: now, in: &state)
        case .pays:
            state.paidToken = link.token
            record(.paymentSucceeded(link, wallet: customer.wallet), at: now, in: &state)
        }
    }

    // MARK: Time

    /// When something happens by itself next.
    var nextDue: Instant? { state.withLock { $0.machine.nextDue } }

    /// Lets everything happen that is due by now.
    func settle() {
        update { _, _ in }
    }

    // MARK: Inside

    /// Runs `body` on the state once all that was due has happened, then tells the watchers.
    private func update<Result: Sendable>(_ body: (inout State, Instant) -> Result) -> Result {
        let (result, lastSequence, isDueEarlier) = state.withLock { state in
            let now = clock.now
            expireLink(at: now, in: &state)
            let due = state.machine.nextDue
            let result = body(&state, now)
            writeJournal(&state)
            let isDueEarlier = (state.machine.nextDue ?? .distantFuture) < (due ?? .distantFuture)
            return (result, state.log.lastSequence, isDueEarlier)
        }
        events.announce(lastSequence)
        if isDueEarlier { clock.scheduleChanges.announceNext() }
        return result
    }

    private func expireLink(at now: Instant, in state: inout State) {
        guard case .linkExpired(let link) = state.machine.expire(at: now) else { return }
        record(.linkExpired(link), at: link.expiresAt, in: &state)
    }

    private func record(_ body: Event.Body, at time: Instant, in state: inout State) {
        state.log.append(body, device: id, at: time)
    }

    /// Hands what was recorded to the journal.
    private func writeJournal(_ state: inout State) {
        guard let journal = state.journal, state.journalledSequence < state.log.lastSequence else { return }
        let failure = journal.append(state.log.events(after: state.journalledSequence, limit: .max))
        state.journalledSequence = state.log.lastSequence
        if let failure, state.journalFailure == nil { state.journalFailure = failure }
    }

    /// What a command does to the device.
    private enum Decision {
        case pay(Device.PayAction)
        case cancel(Device.CancelAction)

        var result: ResultCode {
            switch self {
            case .pay(.refuse(let refusal)), .cancel(.refuse(let refusal)): refusal.result
            case .pay(.linkMade), .cancel(.linkCancelled), .cancel(.nothingToCancel): .success
            }
        }
    }

    private func decide(_ command: Command, at now: Instant, in state: inout State) -> Decision {
        switch command {
        case .pay(let pay): .pay(state.machine.pay(pay, token: LinkToken(using: &state.generator), at: now))
        case .cancel(let cancel): .cancel(state.machine.cancel(cancel))
        }
    }

    private func record(_ command: Command, report: [UInt8], at now: Instant, in state: inout State) {
        switch command {
        case .pay(let pay): record(.payReceived(pay, report: report), at: now, in: &state)
        case .cancel(let cancel): record(.cancelReceived(cancel, report: report), at: now, in: &state)
        }
    }

    private func record(_ decision: Decision, report: [UInt8], at now: Instant, in state: inout State) {
        switch decision {
        case .pay(.refuse(let refusal)): record(.commandRejected(.pay, refusal, report: report), at: now, in: &state)
        case .pay(.linkMade(let link, let replaced)):
            if let replaced { record(.linkReplaced(replaced, by: link), at: now, in: &state) }
            record(.linkReady(link), at: now, in: &state)
        case .cancel(.refuse(let refusal)):
            record(.commandRejected(.cancel, refusal, report: report), at: now, in: &state)
        case .cancel(.linkCancelled(let link)): record(.linkCancelled(link), at: now, in: &state)
        case .cancel(.nothingToCancel): break
        }
    }
}

extension EmulatedDevice: HIDFunction {
    public func hostAttached() {
        update { state, now in
            guard state.machine.attach() == .attached else { return }
            record(.attached, at: now, in: &state)
        }
    }

    public func hostDetached() {
        update { state, now in
            guard case .detached(let lost) = state.machine.detach() else { return }
            // It was for the host that has gone.
            state.lastInputReport = []
            if let lost { record(.linkLost(lost), at: now, in: &state) }
            record(.detached, at: now, in: &state)
        }
    }

    public func outputReport(_ report: [UInt8], from host: any HostPort) {
        update { state, now in
            do throws(Malformation) {
                let (command, context) = try codec.decode(report)
                // A process that is killed has lost no command that it answered: the journal has it before the reply goes
                // out. Whatever else there is to tell is told after.
                let isJournalled = state.journal != nil
                if isJournalled {
                    record(command, report: report, at: now, in: &state)
                    writeJournal(&state)
                }
                let decision = decide(command, at: now, in: &state)
                let result = decision.result
                let reply = codec.reply(to: context, result: result)
                let delivery = host.sendInputReport(reply)
                if !isJournalled { record(command, report: report, at: now, in: &state) }
                record(decision, report: report, at: now, in: &state)
                switch delivery {
                case .sent:
                    state.lastInputReport = reply
                    record(.replySent(context.command, result, report: reply), at: now, in: &state)
                case .dropped(let reason):
                    record(.replyDropped(context.command, result, reason: reason, report: reply), at: now, in: &state)
                }
            } catch {
                record(.reportMalformed(reason: error.description, report: report), at: now, in: &state)
            }
        }
    }

    public func inputReportDropped(_ report: [UInt8], reason: String) {
        update { state, now in
            if state.lastInputReport == report { state.lastInputReport = [] }
            let reply = try? codec.decodeReply(report)
            record(
                .replyDropped(reply?.context.command, reply?.result, reason: reason, report: report), at: now,
                in: &state)
        }
    }

    public func featureReport(id: UInt8) -> [UInt8]? { nil }

    public func setFeatureReport(_ report: [UInt8]) -> Bool { false }

    public func inputReport(id: UInt8) -> [UInt8]? {
        guard let size = description.reports.size(of: .input, id: id) else { return nil }
        let last = state.withLock { $0.lastInputReport }
        if !last.isEmpty && (id == 0 || last[0] == id) { return last }
        return id == 0 ? [UInt8](repeating: 0, count: size) : [id] + [UInt8](repeating: 0, count: size - 1)
    }
}
