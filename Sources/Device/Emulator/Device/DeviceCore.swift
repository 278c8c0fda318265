internal import BlueTap
internal import HID
internal import WireFormat

/// The inside of an emulated device: a state machine whose inputs make a ``Plan``, which is carried out step by step.
///
/// Everything happens at an instant that is passed in. An input changes what the device is and plans what follows; it
/// touches neither host nor cable nor file. Whoever gave the input then asks for ``next(at:)`` until there is nothing left,
/// does each, and says what came of it. There is one of each device, never copied: a copy would take as long as a pay.
struct DeviceCore: ~Copyable, Sendable {
    let id: String
    let profile: Profile
    let codec: Codec
    var machine: Device
    var plan = Plan()
    private(set) var log = EventLog()
    var tally = EventTally()
    var generator: any RandomNumberGenerator & Sendable
    /// The token of the link that was paid last: a link is paid once.
    var paidToken: LinkToken?
    /// What a host reads that asks for the input report instead of waiting for it; empty before the first.
    var lastInputReport: [UInt8] = []
    /// Puts the host's reports together.
    var assembler: Assembler
    /// What the host has still to read, where it reads answers as feature reports.
    var featureAnswers: [[UInt8]] = []
    /// How many messages the device has made, for profiles that number them.
    private var messageCount: Int64 = 0
    /// The pay that the live link is of, for notifications that repeat what it said.
    var linkContext: Codec.Context?

    var faults = FaultBoard()
    var schedule = Schedule()
    /// Replies that wait for another command or reply.
    var held: [HeldReply] = []
    /// What the device's end of the cable can do; nil before there is one.
    var abilities: CableAbilities?
    /// Whether a fault, a script or a user has pulled the cable.
    var isUnplugged = false

    /// Customers who come by themselves.
    var crowd = Crowd()
    /// What those beside the device have not taken yet; nil: there is nobody.
    var outbox: [OutboxItem]?
    /// The kinds of event that they want to hear of.
    var outboxKinds: Set<Event.Kind> = []

    var script: (any DeviceScript)?
    /// The last event that the script has heard of.
    var heardSequence: UInt64 = 0
    /// How far a script wants time to be advanced.
    var requestedAdvance = Duration.zero

    init(id: String, profile: Profile, codec: Codec, generator: any RandomNumberGenerator & Sendable) {
        self.id = id
        self.profile = profile
        self.codec = codec
        self.generator = generator
        assembler = codec.assembler
        machine = Device(policy: profile.policy, templates: profile.links)
    }

    // MARK: What is to be done

    /// What the device cannot do by itself.
    enum Action: Sendable {
        /// Reports are to be sent; ``left(_:_:at:)`` is told what became of them.
        case send(Message)
        /// The cable is to do something; of ``CableMotion/plug`` ``plugged(isAttached:at:)`` is told what came.
        case move(CableMotion)
    }

    /// The next thing to be done; nil: all is done.
    mutating func next(at now: Instant) -> Action? {
        while let step = plan.next() {
            switch step {
            case .tell(let body): append(body, at: now)
            case .send(let message):
                guard profile.hid.inputReport.isFeature else { return .send(message) }
                left(message, keepFeatureAnswers(message), at: now)
            case .move(let motion): return .move(motion)
            case .unplug(let replug): unplug(replug: replug, at: now)
            case .reset: reset(at: now)
            case .hear(let turns): hear(turns: turns, at: now)
            case .act(let action): perform(action, at: now)
            case .decide(let course): decide(course, at: now)
            }
        }
        return nil
    }

    /// Plans that those beside the device are told; at once where nothing stands before it.
    mutating func tell(_ body: Event.Body, at now: Instant) {
        if plan.isAtFront { append(body, at: now) } else { plan.add(.tell(body)) }
    }

    private mutating func append(_ body: Event.Body, at time: Instant) {
        tally.count(body)
        log.append(body, device: id, at: time)
        if outbox != nil, outboxKinds.contains(body.kind) { post(.event(body), at: time) }
    }

    mutating func post(_ body: OutboxItem.Body, at time: Instant) {
        outbox?.append(OutboxItem(time: time, sequence: log.lastSequence, body: body))
    }

    /// The number of the next message to the host.
    mutating func nextCount() -> Int64 {
        messageCount = messageCount % 0xFF + 1
        return messageCount
    }

    // MARK: Time

    /// When something happens by itself next.
    var nextDue: Instant? {
        guard !schedule.isEmpty || script != nil || crowd.nextArrival != nil else { return machine.nextDue }
        return [machine.nextDue, schedule.nextDue, crowd.nextArrival, script?.nextDue].compactMap(\.self).min()
    }

    /// Begins the next thing that is due by `now`. Returns its instant, at which it is to be carried out; nil: nothing is.
    mutating func beginNextDue(by now: Instant) -> Instant? {
        guard let due = nextDue, due <= now else { return nil }
        // The first instant at which a link is dead is its expiry's, before anything else of that instant.
        if machine.nextDue == due {
            expireLink(at: due)
        } else if schedule.nextDue == due {
            begin(schedule.removeFirst(), at: due)
        } else if crowd.nextArrival == due {
            letCustomerArrive(at: due)
        } else {
            for action in script?.act(at: due) ?? [] { plan.add(.act(action)) }
        }
        planHearing()
        return due
    }

    private mutating func expireLink(at due: Instant) {
        guard case .linkExpired(let link) = machine.expire(at: due) else { return }
        tell(.linkExpired(link), at: due)
        notify(.linkExpired, at: due)
    }

    private mutating func begin(_ entry: Schedule.Entry, at now: Instant) {
        switch entry {
        case .send(let message): plan.add(.send(message))
        case .carryOut(let course): carryOut(course, at: now)
        case .plug: plug(at: now)
        case .fire(let id): fireByTime(id, at: now)
        case .flood(let id): flood(id, at: now)
        case .resumeReading: plan.add(.move(.setReading(true)))
        case .customer(let customer): carryOut(customer, at: now)
        }
    }
}
