public import BlueTap
internal import Synchronization

/// Devices and the clock that they share.
public final class Emulator: Sendable {
    public let clock: EmulatorClock
    /// None where the clock is what is wanted.
    public let devices: [EmulatedDevice]
    private let devicesByPlace: [Int: EmulatedDevice]
    private let devicesByID: [String: EmulatedDevice]
    /// Passed by whoever advances time, one at a time.
    private let turnstile = Turnstile()
    /// Whether the emulator has come to its end, and with it every advance.
    private let isStopped = Atomic(false)

    public init(devices: [EmulatedDevice], clock: EmulatorClock) {
        self.devices = devices
        self.clock = clock
        devicesByPlace = Dictionary(uniqueKeysWithValues: devices.map { ($0.place, $0) })
        devicesByID = Dictionary(uniqueKeysWithValues: devices.map { ($0.id, $0) })
        clock.agenda.onAdvance { [weak self] in self?.advanceAsRequested() }
    }

    public func device(_ id: String) -> EmulatedDevice? { devicesByID[id] }

    // MARK: Time

    /// Which side of the next thing that is due to advance to.
    public enum Side: String, CaseIterable, Codable, Sendable {
        /// The last nanosecond before it.
        case before
        /// Once it has happened.
        case after
    }

    /// Advances time, and returns when everything due on the way has happened, each thing at its own instant; false where
    /// so much happened that it stopped on the way.
    @discardableResult
    public func advance(by duration: Duration) -> Bool {
        conduct { travel(to: clock.now + duration) }
    }

    /// Advances time to an instant; one that is past changes nothing.
    @discardableResult
    public func advance(to instant: Instant) -> Bool {
        conduct { travel(to: instant) }
    }

    /// Advances time to just before or just after the next thing that is due; false where nothing is.
    public func advanceToNextDue(_ side: Side) -> Bool {
        conduct {
            // What is out of date is not due.
            catchUp(to: clock.now)
            guard let due = devices.compactMap(\.nextDue).min() else { return false }
            return travel(to: side == .before ? due.advanced(byNanoseconds: -1) : due)
        }
    }

    private func conduct<Result>(_ body: () -> Result) -> Result {
        turnstile.enter()
        let result = body()
        turnstile.leave()
        clock.advances.announceNext()
        // A script may have asked for more when nobody looked any longer.
        advanceAsRequested()
        return result
    }

    /// A script wants time to be advanced: whoever advances already goes on, else this thread does.
    private func advanceAsRequested() {
        while clock.agenda.hasRequestedAdvance && !isStopped.load(ordering: .relaxed) && turnstile.enterIfFree() {
            _ = travel(to: clock.now)
            turnstile.leave()
            clock.advances.announceNext()
        }
    }

    /// Most things that happen on one way, and most advances that scripts ask for on it: beyond that it is one without end.
    private static let maximumSteps = 5_000_000
    private static let maximumRequests = 10_000

    /// False where it came to one of these bounds.
    private func travel(to instant: Instant) -> Bool {
        var end = max(instant, clock.now)
        var steps = 0
        var requests = 0
        while !isStopped.load(ordering: .relaxed) && steps < Self.maximumSteps {
            steps += 1
            let requested = clock.agenda.takeRequestedAdvance()
            if requested > .zero {
                requests += 1
                if requests > Self.maximumRequests {
                    for device in devices { device.endScript("advances time without end") }
                    continue
                }
                end = max(end, clock.now + requested)
            }
            guard let (due, place) = clock.agenda.removeFirst(dueBy: end) else {
                clock.jump(to: end)
                if !clock.agenda.hasRequestedAdvance { return true }
                continue
            }
            clock.jump(to: due)
            devicesByPlace[place]?.catchUp(to: due)
        }
        return false
    }

    private func catchUp(to now: Instant) {
        while let (due, place) = clock.agenda.removeFirst(dueBy: now) { devicesByPlace[place]?.catchUp(to: due) }
    }

    /// Lets things happen at their time while the clock runs, until the task is cancelled.
    public func run() async {
        defer { isStopped.store(true, ordering: .relaxed) }
        while !Task.isCancelled {
            let seen = clock.scheduleChanges.value
            catchUp(to: clock.now)
            await withDiscardingTaskGroup { group in
                if let delay = clock.agenda.nextDue.flatMap(clock.realTime(until:)) {
                    group.addTask { [clock] in
                        if (try? await Task.sleep(for: delay)) != nil { clock.scheduleChanges.announceNext() }
                    }
                }
                await clock.scheduleChanges.wait(past: seen)
                group.cancelAll()
            }
        }
    }
}
