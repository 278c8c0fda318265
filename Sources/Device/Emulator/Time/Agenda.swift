internal import BlueTap
internal import HeapModule
internal import Synchronization

/// When which device has something to do, and how far scripts want time to be advanced.
///
/// An entry may be out of date: the device then has nothing to do, and says anew what is next.
final class Agenda: Sendable {
    private struct Entry: Comparable, Sendable {
        let due: Instant
        let place: Int

        // Of one instant the device first that was made first, so that runs are alike.
        static func < (left: Self, right: Self) -> Bool { (left.due, left.place) < (right.due, right.place) }
    }

    private struct State {
        var entries = Heap<Entry>()
        var placeCount = 0
        var requestedAdvance = Duration.zero
        var advance: (@Sendable () -> Void)?
    }

    private let state = Mutex(State())

    func makePlace() -> Int {
        state.withLock { state in
            defer { state.placeCount += 1 }
            return state.placeCount
        }
    }

    /// Returns whether nothing is due earlier.
    func add(_ due: Instant, at place: Int) -> Bool {
        state.withLock { state in
            let isFirst = state.entries.min.map { due < $0.due } ?? true
            state.entries.insert(Entry(due: due, place: place))
            return isFirst
        }
    }

    var nextDue: Instant? { state.withLock { $0.entries.min?.due } }

    /// Takes the next that is due by `instant`.
    func removeFirst(dueBy instant: Instant) -> (due: Instant, place: Int)? {
        state.withLock { state in
            guard let first = state.entries.min, first.due <= instant else { return nil }
            state.entries.removeMin()
            return (first.due, first.place)
        }
    }

    // MARK: Advances that scripts ask for

    /// Who carries them out.
    func onAdvance(_ advance: @escaping @Sendable () -> Void) {
        state.withLock { $0.advance = advance }
    }

    func requestAdvance(_ duration: Duration) {
        let advance = state.withLock { state in
            state.requestedAdvance += duration
            return state.advance
        }
        advance?()
    }

    var hasRequestedAdvance: Bool { state.withLock { $0.requestedAdvance > .zero } }

    func takeRequestedAdvance() -> Duration {
        state.withLock { state in
            defer { state.requestedAdvance = .zero }
            return state.requestedAdvance
        }
    }
}
