public import BlueTap
public import SandboxFaults
internal import Synchronization

/// The faults of a sandbox that are set.
public final class SandboxFaultBoard: Sendable {
    public struct Armed: Hashable, Sendable {
        /// From 1.
        public let id: Int
        public internal(set) var fault: SandboxFault
        /// How often it was asked, and how often it happened.
        public internal(set) var seen = 0
        public internal(set) var fired = 0
        /// Whether somebody has ended it.
        var isEnded = false

        /// Whether it has happened as often as it was to.
        var isSpent: Bool { fault.count.map { fired >= $0 } ?? false }
    }

    /// Most that are set at a time.
    public static let capacity = 1000

    private struct State {
        var armed: [Armed] = []
        var lastID = 0
    }

    private let state = Mutex(State())

    public init(_ faults: [SandboxFault] = []) {
        for fault in faults { _ = add(fault) }
    }

    var isEmpty: Bool { state.withLock { $0.armed.isEmpty } }
    public var armed: [Armed] { state.withLock { $0.armed } }

    /// Sets a fault, in the place of those that happen no more where there is no other; nil where there are too many.
    public func add(_ fault: SandboxFault, at now: Instant? = nil) -> Armed? {
        state.withLock { state in
            if state.armed.count == Self.capacity {
                state.armed.removeAll { armed in
                    armed.isSpent || now.flatMap { now in armed.fault.ends.map { $0 <= now } } ?? false
                }
            }
            guard state.armed.count < Self.capacity else { return nil }
            state.lastID += 1
            let armed = Armed(id: state.lastID, fault: fault)
            state.armed.append(armed)
            return armed
        }
    }

    /// Ends all at an instant: what is due from before meets them still.
    public func end(at instant: Instant) {
        state.withLock { state in
            for index in state.armed.indices {
                state.armed[index].fault.ends = min(state.armed[index].fault.ends ?? instant, instant)
                state.armed[index].isEnded = true
            }
        }
    }

    /// Forgets those that were ended by an instant.
    public func forget(endedBy now: Instant) {
        state.withLock { state in
            state.armed.removeAll { armed in armed.isEnded && armed.fault.ends.map { $0 <= now } ?? false }
        }
    }

    /// Ends all, or the one of that number; false where there is none.
    public func clear(_ id: Int? = nil) -> Bool {
        state.withLock { state in
            guard let id else {
                state.armed = []
                return true
            }
            let count = state.armed.count
            state.armed.removeAll { $0.id == id }
            return state.armed.count < count
        }
    }

    /// What happens at a moment: of several faults the one that was set first.
    public func take(_ moment: SandboxFault.Moment) -> SandboxFault.Effect? {
        state.withLock { state in
            var effect: SandboxFault.Effect?
            for index in state.armed.indices where state.armed[index].fault.applies(to: moment) {
                let fault = state.armed[index].fault
                state.armed[index].seen += 1
                if effect == nil, state.armed[index].seen >= fault.nth, !state.armed[index].isSpent {
                    state.armed[index].fired += 1
                    effect = fault.effect
                }
            }
            return effect
        }
    }
}
