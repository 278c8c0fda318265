internal import BlueTap
internal import Synchronization
public import WireFormat

/// One BlueTap: joins the state machine, the wire format and a host, and keeps what happened.
///
/// A report is worked off on the thread that brought it, from decoding to the reply's way out. What a device tells is in
/// its journal before anything that follows from it leaves; everyone else hears of it after.
public final class EmulatedDevice: Sendable {
    public let id: String
    public let profile: Profile
    let clock: EmulatorClock
    let inside: Mutex<DeviceInside>
    /// Announces the newest event's number.
    private let events = ChangeNotifier()
    /// The device's place in the clock's agenda.
    let place: Int

    /// - Parameters:
    ///   - journal: where events are kept.
    ///   - generator: where tokens come from; the system, but for tests and reproducible runs.
    public init(
        id: String, profile: Profile, codec: Codec, clock: EmulatorClock, journal: Journal? = nil,
        generator: any RandomNumberGenerator & Sendable = BufferedSystemGenerator()
    ) {
        self.id = id
        self.profile = profile
        self.clock = clock
        place = clock.agenda.makePlace()
        let core = DeviceCore(id: id, profile: profile, codec: codec, generator: generator)
        inside = Mutex(DeviceInside(core: core, recorder: journal.map(JournalRecorder.init)))
    }

    // MARK: Watching

    /// The device as it stands. What has become due since it was last used has not happened yet: ``catchUp()`` sees to that.
    public var status: DeviceStatus { inside.withLock { DeviceStatus($0, now: clock.now) } }

    /// Lets everything happen that is due by now. Returns the device as it stands then; once that is known, everything that
    /// was under way when this was called has happened as well.
    @discardableResult
    public func catchUp() -> DeviceStatus {
        update { _, _ in }
        return status
    }

    /// At most `limit` of the events after `sequence`, oldest first.
    public func events(after sequence: UInt64, limit: Int = .max) -> [Event] {
        inside.withLock { $0.core.log.events(after: sequence, limit: limit) }
    }

    /// Returns once there is an event after `sequence`, or when the task is cancelled.
    public func waitForEvent(after sequence: UInt64) async {
        await events.wait(past: sequence)
    }

    // MARK: Those beside the device

    /// Whether somebody beside the device takes what is in its outbox.
    public var hasOutbox: Bool { inside.withLock { $0.core.outbox != nil } }

    /// Keeps, from now on, events of these kinds and what scripts ask for, until ``takeOutbox()``: whoever opens it must take
    /// it again and again.
    public func openOutbox(for kinds: Set<Event.Kind>) {
        update { core, _ in
            core.outbox = []
            core.outboxKinds = kinds
        }
    }

    /// What was kept since this was asked last, oldest first.
    public func takeOutbox() -> [OutboxItem] {
        update { core, _ in
            guard let items = core.outbox else { return [] }
            core.outbox = []
            return items
        }
    }

    // MARK: Script

    /// Puts a script beside the device, in the place of the one before; nil: none.
    ///
    /// - Parameter hearsAll: whether it hears of what has happened before as well.
    public func load(_ script: (any DeviceScript)?, hearsAll: Bool = false) {
        update { core, _ in core.load(script, hearsAll: hearsAll) }
    }

    /// Ends a script that does what it must not.
    func endScript(_ reason: String) { update { core, now in core.endScript(reason, at: now) } }

    /// The script as it stands. It has heard of every event; of what is due and has not happened yet it hears by
    /// ``catchUp()``.
    public var script: (any DeviceScript)? { inside.withLock { $0.core.script } }

    // MARK: Time

    /// When something happens by itself next.
    var nextDue: Instant? { inside.withLock { $0.core.nextDue } }

    /// Lets everything happen that is due by `instant`, on the clock's word.
    func catchUp(to instant: Instant) {
        let aftermath = inside.withLock { inside in
            if inside.announcedDue <= instant { inside.announcedDue = .distantFuture }
            inside.catchUp(to: instant)
            return conclude(&inside, at: instant)
        }
        finish(aftermath)
    }

    // MARK: Inputs

    /// What the watchers have to hear of.
    struct Aftermath {
        let lastSequence: UInt64
        /// Whether something is due earlier than anything that the agenda knew.
        let isDueEarlier: Bool
        let advance: Duration
    }

    /// Gives the device an input once all that was due has happened, carries out what comes of it, and tells the watchers.
    func update<Result: Sendable>(_ input: (inout DeviceCore, Instant) -> Result) -> Result {
        let (result, aftermath) = inside.withLock { inside in
            update(&inside, at: clock.now, input)
        }
        finish(aftermath)
        return result
    }

    func update<Result>(
        _ inside: inout DeviceInside, at now: Instant, _ input: (inout DeviceCore, Instant) -> Result
    ) -> (Result, Aftermath) {
        inside.catchUp(to: now)
        let result = input(&inside.core, now)
        inside.carryOut(at: now)
        return (result, conclude(&inside, at: now))
    }

    /// The same, and returns the events that it caused.
    func steer(_ input: (inout DeviceCore, Instant) -> Void) -> [Event] {
        let (events, aftermath) = inside.withLock { inside in
            let now = clock.now
            inside.catchUp(to: now)
            let before = inside.core.log.lastSequence
            input(&inside.core, now)
            inside.carryOut(at: now)
            let aftermath = conclude(&inside, at: now)
            return (inside.core.log.events(after: before, limit: .max), aftermath)
        }
        finish(aftermath)
        return events
    }

    func conclude(_ inside: inout DeviceInside, at now: Instant) -> Aftermath {
        inside.hear(at: now)
        inside.catchUp(to: now)
        inside.writeJournal(at: now)
        var isDueEarlier = false
        if let next = inside.core.nextDue, next < inside.announcedDue {
            // Before anyone else can look: an advance that follows the reply must not miss it.
            inside.announcedDue = next
            isDueEarlier = clock.agenda.add(next, at: place)
        }
        let advance = inside.core.requestedAdvance
        inside.core.requestedAdvance = .zero
        return Aftermath(
            lastSequence: inside.core.log.lastSequence, isDueEarlier: isDueEarlier, advance: advance)
    }

    func finish(_ aftermath: Aftermath) {
        events.announce(aftermath.lastSequence)
        if aftermath.isDueEarlier { clock.announceEarlierDue() }
        if aftermath.advance > .zero { clock.agenda.requestAdvance(aftermath.advance) }
    }
}
