public import BlueTap
internal import Synchronization

/// Devices and the clock that they share.
public final class Emulator: Sendable {
    public let clock: EmulatorClock
    /// Never empty.
    public let devices: [EmulatedDevice]
    private let devicesByPlace: [Int: EmulatedDevice]
    private let devicesByID: [String: EmulatedDevice]
    /// Held by whoever advances time from outside; others wait.
    private let conductor = Mutex<Void>(())
    /// How far the advance under way goes; nil where there is none.
    private let end = Mutex<Instant?>(nil)

    public init(devices: [EmulatedDevice], clock: EmulatorClock) {
        precondition(!devices.isEmpty)
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

    /// Advances time, and returns when everything due on the way has happened, each thing at its own instant.
    public func advance(by duration: Duration) {
        conductor.withLock { _ in travel(to: clock.now + duration) }
    }

    /// Advances time to an instant; one that is past changes nothing.
    public func advance(to instant: Instant) {
        conductor.withLock { _ in travel(to: instant) }
    }

    /// Advances time to just before or just after the next thing that is due; false where nothing is.
    public func advanceToNextDue(_ side: Side) -> Bool {
        conductor.withLock { _ in
            // What is out of date is not due.
            settle(upTo: clock.now)
            guard let due = devices.compactMap(\.nextDue).min() else { return false }
            travel(to: side == .before ? due.advanced(byNanoseconds: -1) : due)
            return true
        }
    }

    /// A script wants time to be advanced: whoever advances already goes on, else this thread does.
    private func advanceAsRequested() {
        let isTravelling = end.withLock { $0 != nil }
        if !isTravelling { travel(to: clock.now) }
    }

    private func travel(to instant: Instant) {
        end.withLock { $0 = max($0 ?? instant, instant) }
        while true {
            let target = end.withLock { end in
                let requested = clock.agenda.takeRequestedAdvance()
                if requested > .zero { end = max(end ?? clock.now, clock.now + requested) }
                return end ?? clock.now
            }
            if let (due, place) = clock.agenda.removeFirst(dueBy: target) {
                clock.jump(to: due)
                devicesByPlace[place]?.settle(upTo: due)
                continue
            }
            clock.jump(to: target)
            let isDone = end.withLock { end in
                guard end == target else { return false }
                end = nil
                return true
            }
            if isDone { return }
        }
    }

    private func settle(upTo now: Instant) {
        while let (due, place) = clock.agenda.removeFirst(dueBy: now) { devicesByPlace[place]?.settle(upTo: due) }
    }

    /// Lets things happen at their time while the clock runs, until the task is cancelled.
    public func run() async {
        while !Task.isCancelled {
            let seen = clock.scheduleChanges.value
            settle(upTo: clock.now)
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
