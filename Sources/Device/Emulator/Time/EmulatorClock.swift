public import BlueTap
internal import Glibc
internal import Synchronization

/// The one clock of an emulator: real time, stopped time, and jumps.
public final class EmulatorClock: Sendable {
    public enum Mode: String, CaseIterable, Codable, Sendable {
        /// Time passes as it does outside.
        case running
        /// Time passes only when it is advanced.
        case frozen
    }

    private struct State {
        var mode: Mode
        /// The virtual time at `anchor`; while frozen, the virtual time.
        var base: Instant
        var anchor: Int64

        var now: Instant { now(at: uptime()) }

        func now(at uptime: @autoclosure () -> Int64) -> Instant {
            mode == .frozen ? base : base.advanced(byNanoseconds: uptime() - anchor)
        }
    }

    /// Where virtual time begins, so that two runs have the same times.
    public static let virtualStart = Instant(secondsSinceEpoch: 1_767_225_600)

    private let state: Mutex<State>
    /// Announces that something is due earlier than it was: in virtual time, or in real time.
    let scheduleChanges = ChangeNotifier()
    /// Announces that time has been advanced, once everything due on the way has happened.
    let advances = ChangeNotifier()
    /// What is due when, in this clock's time.
    let agenda = Agenda()

    public init(mode: Mode, startingAt start: Instant) {
        state = Mutex(State(mode: mode, base: start, anchor: uptime()))
    }

    public var now: Instant { state.withLock { $0.now } }

    /// Now, and the uptime in nanoseconds at which it was: reading a clock costs more than all else on some machines.
    var reading: (now: Instant, uptime: Int64) {
        state.withLock { state in
            let uptime = uptime()
            return (state.now(at: uptime), uptime)
        }
    }

    public var mode: Mode {
        get { state.withLock { $0.mode } }
        set {
            state.withLock { state in
                state.base = state.now
                state.anchor = uptime()
                state.mode = newValue
            }
            scheduleChanges.announceNext()
        }
    }

    /// Something is due earlier than anything before: whoever waits in real time waits less.
    func announceEarlierDue() {
        if mode == .running { scheduleChanges.announceNext() }
    }

    /// Jumps forward to `instant`; never back.
    func jump(to instant: Instant) {
        state.withLock { state in
            guard instant > state.now else { return }
            state.base = instant
            state.anchor = uptime()
        }
        if mode == .running { scheduleChanges.announceNext() }
    }

    /// Returns when it is `instant`, when `notifier` has grown past `value`, or when the task is cancelled. While time stands
    /// still, an instant comes when time is advanced so far.
    package func wait(until instant: Instant?, or notifier: ChangeNotifier? = nil, past value: UInt64 = 0) async {
        while !Task.isCancelled {
            let (changes, jumps) = (scheduleChanges.value, advances.value)
            if let instant, now >= instant { return }
            if let notifier, notifier.value > value { return }
            let delay = instant.flatMap(realTime(until:))
            await withTaskGroup(of: Void.self) { group in
                group.addTask { [scheduleChanges] in await scheduleChanges.wait(past: changes) }
                group.addTask { [advances] in await advances.wait(past: jumps) }
                if let notifier { group.addTask { await notifier.wait(past: value) } }
                if let delay { group.addTask { try? await Task.sleep(for: delay) } }
                // The first that ends is enough.
                await group.next()
                group.cancelAll()
            }
        }
    }

    /// How long to wait for `instant` in real time; nil while frozen, when waiting does not help.
    func realTime(until instant: Instant) -> Duration? {
        state.withLock { $0.mode == .frozen ? nil : instant - $0.now }
    }
}

/// Nanoseconds since the machine was started, suspended or not: what `ContinuousClock` has, without its 128 bits, for a
/// reply waits while it is read.
func uptime() -> Int64 {
    var time = timespec()
    clock_gettime(CLOCK_BOOTTIME, &time)
    return Int64(time.tv_sec) * 1_000_000_000 + Int64(time.tv_nsec)
}
