public import BlueTap
public import HID
internal import Synchronization
public import WireFormat

/// One BlueTap: joins the state machine, the wire format and a host, and keeps what happened.
///
/// A report is worked off on the thread that brought it, from decoding to the reply's way out. Where a journal is kept,
/// the command's line is written before the reply is sent; everyone else hears of it after.
public final class EmulatedDevice: Sendable {
    public let id: String
    public let profile: Profile
    private let clock: EmulatorClock
    private let core: Mutex<DeviceCore>
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
        core = Mutex(DeviceCore(id: id, profile: profile, codec: codec, journal: journal, generator: generator))
    }

    /// What a host learns when it enumerates the device.
    public var description: HIDDescription { profile.hidDescription }

    // MARK: Watching

    public var status: DeviceStatus {
        update { core, now in
            DeviceStatus(
                state: core.machine.state, now: now, link: core.machine.link, lastSequence: core.log.lastSequence,
                tally: core.tally,
                faults: core.faults.armed.filter { !$0.isSpent }, journalFailure: core.recorder?.shortcoming)
        }
    }

    /// At most `limit` of the events after `sequence`, oldest first.
    public func events(after sequence: UInt64, limit: Int = .max) -> [Event] {
        core.withLock { $0.log.events(after: sequence, limit: limit) }
    }

    /// Returns once there is an event after `sequence`, or when the task is cancelled.
    public func waitForEvent(after sequence: UInt64) async {
        await events.wait(past: sequence)
    }

    /// Whether a payment sandbox hears of what happens.
    public var isBesideSandbox: Bool { core.withLock { $0.sandboxNews != nil } }

    /// What happened for a payment sandbox since this was asked last, oldest first; the first time, nothing. From then on
    /// none is forgotten, so that whoever asks must ask again.
    public func takeSandboxNews() -> [SandboxNews] {
        update { core, _ in
            defer { core.sandboxNews = [] }
            return core.sandboxNews ?? []
        }
    }

    // MARK: Somebody without a POS

    /// A command that takes a host's way, with the profile's reports. Returns the events that it caused; the answer is one
    /// of them.
    public func perform(_ command: Command) throws(EmulatorError) -> [Event] {
        let (codec, isAttached) = core.withLock { ($0.codec, $0.machine.isAttached) }
        guard isAttached else {
            throw EmulatorError("the device is detached", code: .notAttached, remedy: "plug it in")
        }
        let stamp = Codec.Stamp(sequence: 1, time: clock.now.secondsSince1970)
        let reports: [[UInt8]]
        do throws(EncodingError) {
            reports = try codec.encode(command, stamp: stamp)
        } catch {
            throw EmulatorError(error.description, code: .notEncodable)
        }
        let type: ReportDescriptor.ReportType = profile.hid.outputReport.isFeature ? .feature : .output
        return steer { core, now in
            for report in reports { core.receive(report, as: type, from: Nobody(), at: now) }
        }
    }

    // MARK: Customers

    /// A customer holds a phone to the device. Returns the events that this caused.
    @discardableResult
    public func tap(_ customer: Customer) -> [Event] { steer { core, now in core.tap(customer, at: now) } }

    /// Those who come by themselves.
    public var crowd: Crowd { update { core, _ in core.crowd } }

    /// Puts customers at the end of the queue, of whom each link gets the first. Returns how many found a place.
    public func enqueue(_ customers: [Customer]) -> Int { update { core, now in core.enqueue(customers, at: now) } }

    /// Lets customers come at a rate; nil: no more.
    public func setArrivals(_ arrivals: Crowd.Arrivals?) { update { core, now in core.crowd.set(arrivals, at: now) } }

    /// Sends everybody away who waits, and lets nobody come.
    public func clearCrowd() { update { core, _ in core.clearCrowd() } }

    /// A reader begins to read the device's tag; false where it is not answered.
    func isFound(by customer: Customer) -> Bool { update { core, now in core.finds(customer, at: now) } }

    /// Hands a reader what is on the tag at this moment; nil: nothing. Where it has then read to the end, that is a tap of
    /// just this link.
    ///
    /// - Parameter known: the link that this reader has read before, which it may read again.
    func present<Response: Sendable>(
        to customer: Customer, knowing known: LinkToken?, _ read: (Link?) -> (response: Response, isWhole: Bool)
    ) -> Response {
        update { core, now in
            let (response, isWhole) = read(core.readableLink(knowing: known))
            if isWhole { core.read(customer, at: now) }
            return response
        }
    }

    /// Something for people to read beside the events.
    public func note(_ text: String) { update { core, now in core.record(.note(text), at: now) } }

    // MARK: Cable and faults

    /// Pulls the cable, and puts it back after a while, if so asked.
    @discardableResult
    public func unplug(replug: Duration? = nil) throws(EmulatorError) -> [Event] {
        try checkCable()
        return steer { core, now in core.unplug(replug: replug, at: now) }
    }

    /// Puts the cable back.
    @discardableResult
    public func plug() throws(EmulatorError) -> [Event] {
        try checkCable()
        return steer { core, now in core.plug(at: now) }
    }

    /// Pulls the cable and puts it back at once: the device begins anew.
    @discardableResult
    public func reset() throws(EmulatorError) -> [Event] {
        try checkCable()
        return steer { core, now in core.reset(at: now) }
    }

    private func checkCable() throws(EmulatorError) {
        let abilities = core.withLock { $0.cable?.abilities ?? .unplug }
        if !abilities.contains(.unplug) { throw EmulatorError("this transport has no cable to pull", code: .noCable) }
    }

    /// Sets a fault. Returns it with its number.
    public func add(_ fault: Fault) throws(EmulatorError) -> ArmedFault {
        let result: Result<ArmedFault, EmulatorError> = update { core, now in
            do throws(EmulatorError) {
                return .success(try core.add(fault, at: now))
            } catch {
                return .failure(error)
            }
        }
        return try result.get()
    }

    /// Ends all faults, or the one of that number; false where there is none.
    public func clearFaults(_ id: Int? = nil) -> Bool { update { core, now in core.clearFaults(id, at: now) } }

    // MARK: Script

    /// Puts a script beside the device, in the place of the one before; nil: none.
    ///
    /// - Parameter hearsAll: whether it hears of what has happened before as well.
    public func load(_ script: (any DeviceScript)?, hearsAll: Bool = false) {
        update { core, _ in core.load(script, hearsAll: hearsAll) }
    }

    /// Ends a script that does what it must not.
    func endScript(_ reason: String) { update { core, now in core.endScript(reason, at: now) } }

    /// The script as it stands, once it has heard of everything so far.
    public var script: (any DeviceScript)? { update { core, _ in core.script } }

    // MARK: Time

    /// When something happens by itself next.
    var nextDue: Instant? { core.withLock { $0.nextDue } }

    /// Lets everything happen that is due by `instant`, on the clock's word.
    func settle(upTo instant: Instant) {
        finish(
            core.withLock { core in
                if core.announcedDue <= instant { core.announcedDue = .distantFuture }
                core.settle(upTo: instant)
                return conclude(&core, at: instant)
            })
    }

    // MARK: Inside

    /// Does something and returns the events that it caused.
    private func steer(_ body: (inout DeviceCore, Instant) -> Void) -> [Event] {
        update { core, now in
            let before = core.log.lastSequence
            body(&core, now)
            core.settle(upTo: now)
            core.observeEvents(at: now)
            return core.log.events(after: before, limit: .max)
        }
    }

    /// What the watchers have to hear of.
    private struct Aftermath {
        let lastSequence: UInt64
        /// Whether something is due earlier than anything that the agenda knew.
        let isDueEarlier: Bool
        let advance: Duration
    }

    /// Runs `body` on the device once all that was due has happened, then tells the watchers.
    func update<Result: Sendable>(_ body: (inout DeviceCore, Instant) -> Result) -> Result {
        let (result, aftermath) = core.withLock { core in
            update(&core, at: clock.now, body)
        }
        finish(aftermath)
        return result
    }

    private func update<Result>(
        _ core: inout DeviceCore, at now: Instant, _ body: (inout DeviceCore, Instant) -> Result
    ) -> (Result, Aftermath) {
        core.settle(upTo: now)
        let result = body(&core, now)
        return (result, conclude(&core, at: now))
    }

    private func conclude(_ core: inout DeviceCore, at now: Instant) -> Aftermath {
        core.observeEvents(at: now)
        core.settle(upTo: now)
        core.writeJournal(at: now)
        var isDueEarlier = false
        if let next = core.nextDue, next < core.announcedDue {
            // Before anyone else can look: an advance that follows the reply must not miss it.
            core.announcedDue = next
            isDueEarlier = clock.agenda.add(next, at: place)
        }
        let advance = core.requestedAdvance
        core.requestedAdvance = .zero
        return Aftermath(lastSequence: core.log.lastSequence, isDueEarlier: isDueEarlier, advance: advance)
    }

    private func finish(_ aftermath: Aftermath) {
        events.announce(aftermath.lastSequence)
        if aftermath.isDueEarlier { clock.announceEarlierDue() }
        if aftermath.advance > .zero { clock.agenda.requestAdvance(aftermath.advance) }
    }
}

/// Takes what the device answers a command that no host has sent.
private struct Nobody: HostPort {
    func sendInputReport(_ report: [UInt8]) -> Delivery { .sent }
}

extension EmulatedDevice: HIDFunction {
    public func connected(to cable: any Cable) {
        core.withLock { $0.cable = cable }
    }

    public func hostAttached() {
        update { core, now in core.attach(at: now) }
    }

    public func hostDetached() {
        update { core, now in core.detach(at: now) }
    }

    public func outputReport(_ report: [UInt8], from host: any HostPort) {
        let (_, aftermath) = core.withLock { core in
            let (now, start) = clock.reading
            return update(&core, at: now) { core, now in
                core.receive(report, from: host, at: now)
                core.tally.count(duration: uptime() - start)
            }
        }
        finish(aftermath)
    }

    public func inputReportDropped(_ report: [UInt8], reason: String) {
        update { core, now in core.inputReportDropped(report, reason: reason, at: now) }
    }

    public func featureReport(id: UInt8) -> [UInt8]? {
        core.withLock { $0.featureReport(id: id) }
    }

    public func setFeatureReport(_ report: [UInt8]) -> Bool {
        guard profile.takesFeatureReports else { return false }
        update { core, now in
            if let cable = core.cable { core.receive(report, as: .feature, from: cable, at: now) }
        }
        return true
    }

    public func inputReport(id: UInt8) -> [UInt8]? {
        guard let size = description.reports.size(of: .input, id: id) else { return nil }
        let last = core.withLock { $0.lastInputReport }
        if !last.isEmpty && (id == 0 || last[0] == id) { return last }
        return id == 0 ? [UInt8](repeating: 0, count: size) : [id] + [UInt8](repeating: 0, count: size - 1)
    }
}
