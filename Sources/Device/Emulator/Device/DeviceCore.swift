internal import BlueTap
internal import HID
internal import SandboxFaults
internal import WireFormat

/// The inside of an emulated device: all that one lock guards.
///
/// Everything happens at an instant that is passed in. What is due earlier than an input is settled before it. There is one
/// of each device, never copied: a copy would take as long as a pay.
struct DeviceCore: ~Copyable, Sendable {
    let id: String
    let profile: Profile
    let codec: Codec
    var machine: Device
    var log = EventLog()
    var tally = EventTally()
    var recorder: JournalRecorder?
    var generator: any RandomNumberGenerator & Sendable
    /// The token of the link that was paid last: a link is paid once.
    var paidToken: LinkToken?
    /// What a host reads that asks for the input report instead of waiting for it; empty before the first.
    var lastInputReport: [UInt8] = []
    /// Puts the host's reports together.
    var assembler: Assembler
    /// What the host has still to read, where it reads answers as feature reports.
    var featureAnswers: [[UInt8]] = []
    /// How many messages the device has sent, for profiles that number them.
    private var messageCount: Int64 = 0
    /// The pay that the live link is of, for notifications that repeat what it said.
    var linkContext: Codec.Context?

    var faults = FaultBoard()
    var schedule = Schedule()
    /// Replies that wait for another command or reply.
    var held: [HeldReply] = []
    var cable: (any Cable)?
    /// Whether a fault, a script or a user has pulled the cable.
    var isUnplugged = false

    /// Customers who come by themselves.
    var crowd = Crowd()
    /// What a payment sandbox beside the device has not taken yet; nil: there is none.
    var sandboxNews: [SandboxNews]?

    private(set) var script: (any DeviceScript)?
    /// The last event that the script has heard of.
    private var observedSequence: UInt64 = 0
    /// How far a script wants time to be advanced.
    var requestedAdvance = Duration.zero
    /// The earliest instant at which the device has asked to be settled.
    var announcedDue = Instant.distantFuture

    init(
        id: String, profile: Profile, codec: Codec, journal: Journal?, generator: any RandomNumberGenerator & Sendable
    ) {
        self.id = id
        self.profile = profile
        self.codec = codec
        self.generator = generator
        assembler = codec.assembler
        machine = Device(policy: profile.policy, templates: profile.links)
        recorder = journal.map(JournalRecorder.init)
    }

    // MARK: Events

    mutating func record(_ body: Event.Body, at time: Instant) {
        tally.count(body)
        log.append(body, device: id, at: time)
        if sandboxNews != nil { keepPayment(body, at: time) }
    }

    private mutating func keepPayment(_ body: Event.Body, at time: Instant) {
        switch body {
        case .paymentSucceeded, .paymentFailed: tellSandbox(.customer(body), at: time)
        default: break
        }
    }

    private mutating func tellSandbox(_ body: SandboxNews.Body, at time: Instant) {
        sandboxNews?.append(SandboxNews(time: time, sequence: log.lastSequence, body: body))
    }

    /// A script steers the sandbox, of which the events tell.
    private mutating func steerSandbox(_ body: SandboxNews.Body, _ text: String, at now: Instant) {
        guard sandboxNews != nil else {
            let reason = "there is no payment sandbox beside the device: start it with --sandbox HOST:PORT"
            record(.note("the scenario does nothing to a sandbox: \(reason)"), at: now)
            script?.actionFailed(reason)
            return
        }
        record(.note(text), at: now)
        tellSandbox(body, at: now)
    }

    /// Hands what was recorded to the journal. What that has to say of itself is recorded as well.
    mutating func writeJournal(at now: Instant) {
        guard recorder != nil else { return }
        if let change = recorder?.write(log) {
            record(change, at: now)
            // Of a journal that cannot be written the journal does not hear before it can.
            if case .journalRestored = change { _ = recorder?.write(log) }
        }
    }

    // MARK: Time

    /// When something happens by itself next.
    var nextDue: Instant? {
        guard !schedule.isEmpty || script != nil || crowd.nextArrival != nil else { return machine.nextDue }
        return [machine.nextDue, schedule.nextDue, crowd.nextArrival, script?.nextDue].compactMap(\.self).min()
    }

    /// Lets everything happen that is due by `now`, each thing at its own instant.
    mutating func settle(upTo now: Instant) {
        var turns = 0
        while let due = nextDue, due <= now {
            // The first instant at which a link is dead is its expiry's, before anything else of that instant.
            if machine.nextDue == due {
                expireLink(at: due)
            } else if schedule.nextDue == due {
                perform(schedule.removeFirst(), at: due)
            } else if crowd.nextArrival == due {
                letCustomerArrive(at: due)
            } else {
                let actions = script?.act(at: due) ?? []
                for action in actions { perform(action, at: due) }
                turns += 1
                if turns > Self.maximumTurns { return endScript("acts without end at \(due)", at: due) }
            }
            observeEvents(at: due)
        }
    }

    private mutating func expireLink(at due: Instant) {
        guard case .linkExpired(let link) = machine.expire(at: due) else { return }
        record(.linkExpired(link), at: due)
        notify(.linkExpired, at: due)
    }

    // MARK: Script

    /// Most that a script does in one instant.
    private static let maximumTurns = 10_000

    /// Puts a script beside the device, which hears of what happens from now on; nil: none.
    mutating func load(_ script: (any DeviceScript)?, hearsAll: Bool) {
        self.script = script
        observedSequence = hearsAll ? 0 : log.lastSequence
    }

    /// Lets the script hear of what happened, and do what it will.
    mutating func observeEvents(at now: Instant) {
        guard script != nil else { return }
        var turns = 0
        while let event = log.event(after: observedSequence) {
            observedSequence = event.sequence
            guard let actions = script?.observe(event) else { return }
            for action in actions { perform(action, at: now) }
            turns += actions.count
            if turns > Self.maximumTurns { return endScript("acts without end", at: now) }
        }
    }

    mutating func endScript(_ reason: String, at now: Instant) {
        guard script != nil else { return }
        script = nil
        record(.note("the scenario \(reason), and is ended"), at: now)
    }

    private mutating func perform(_ action: DeviceAction, at now: Instant) {
        switch action {
        case .tap(let customer): tap(customer, at: now)
        case .settle(let customer): settlePayment(by: customer, at: now)
        case .unplug(let replug): unplug(replug: replug, at: now)
        case .plug: plug(at: now)
        case .reset: reset(at: now)
        case .fault(let fault):
            do throws(EmulatorError) {
                _ = try add(fault, at: now)
            } catch {
                record(.note("the scenario's fault is not set: \(error)"), at: now)
                script?.actionFailed(error.description)
            }
        case .clearFaults: _ = clearFaults(nil, at: now)
        case .sandboxFault(let fault):
            steerSandbox(
                .fault(fault), "the sandbox's fault \(SandboxFaultDescription(fault).name.rawValue) is set", at: now)
        case .clearSandboxFaults: steerSandbox(.clearFaults, "the sandbox's faults are ended", at: now)
        case .deposit(let sum, let currency, let wallet):
            steerSandbox(
                .deposit(sum, currency: currency, wallet: wallet), "the wallet \(wallet) has \(sum)", at: now)
        case .advance(let duration): requestedAdvance += duration
        case .note(let text): record(.note(text), at: now)
        }
    }

    private mutating func perform(_ entry: Schedule.Entry, at now: Instant) {
        switch entry {
        case .send(let reply): send(reply, at: now)
        case .carryOut(let course): carryOut(course, at: now)
        case .plug: plug(at: now)
        case .fire(let id): fireByTime(id, at: now)
        case .flood(let id): flood(id, at: now)
        case .resumeReading: cable?.setReading(true)
        case .customer(let plan): carryOut(plan, at: now)
        }
    }

    /// The number of the next message to the host.
    mutating func nextCount() -> Int64 {
        messageCount = messageCount % 0xFF + 1
        return messageCount
    }

    // MARK: Cable

    mutating func attach(at now: Instant) {
        guard !isUnplugged, machine.attach() == .attached else { return }
        record(.attached, at: now)
    }

    mutating func detach(at now: Instant) {
        dropWaitingReplies(at: now)
        guard case .detached(let lost) = machine.detach() else { return }
        // They were for the host that has gone.
        lastInputReport = []
        featureAnswers = []
        assembler.reset()
        if let lost { record(.linkLost(lost), at: now) }
        record(.detached, at: now)
    }

    /// Pulls the cable.
    mutating func unplug(replug: Duration?, at now: Instant) {
        if !isUnplugged {
            isUnplugged = true
            // With the device's power goes what it was busy with.
            _ = schedule.remove { $0.isResumption }
            cable?.unplug()
            detach(at: now)
        }
        _ = schedule.remove { $0.isPlug }
        if let replug { schedule.add(.plug, at: now + replug) }
    }

    /// Puts the cable back.
    mutating func plug(at now: Instant) {
        guard isUnplugged else { return }
        isUnplugged = false
        _ = schedule.remove { $0.isPlug }
        if cable?.plug() ?? true { attach(at: now) }
    }

    mutating func reset(at now: Instant) {
        unplug(replug: nil, at: now)
        plug(at: now)
    }
}
