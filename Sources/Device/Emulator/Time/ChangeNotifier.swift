internal import Synchronization

/// Lets tasks wait until a number that only grows has grown past what they know.
///
/// Nothing is kept for a waiter but its place: who is slow finds out by the number how much it missed.
package final class ChangeNotifier: Sendable {
    private struct State {
        var value: UInt64 = 0
        var nextWaiter: UInt64 = 0
        var waiters: [UInt64: (value: UInt64, continuation: CheckedContinuation<Void, Never>)] = [:]
    }

    private let state = Mutex(State())

    package init() {}

    package func announce(_ value: UInt64) {
        let ready = state.withLock { state -> [CheckedContinuation<Void, Never>] in
            guard value > state.value else { return [] }
            state.value = value
            if state.waiters.isEmpty { return [] }
            let ready = state.waiters.filter { $0.value.value < value }
            for key in ready.keys { state.waiters[key] = nil }
            return ready.values.map(\.continuation)
        }
        for continuation in ready { continuation.resume() }
    }

    /// Announces the next number.
    package func announceNext() {
        announce(state.withLock { $0.value } + 1)
    }

    package var value: UInt64 { state.withLock { $0.value } }

    /// Returns once the number is greater than `value`, or when the task is cancelled.
    package func wait(past value: UInt64) async {
        let key = state.withLock { state in
            state.nextWaiter += 1
            return state.nextWaiter
        }
        await withTaskCancellationHandler {
            await withCheckedContinuation { continuation in
                let isReady = state.withLock { state in
                    if state.value > value || Task.isCancelled { return true }
                    state.waiters[key] = (value, continuation)
                    return false
                }
                if isReady { continuation.resume() }
            }
        } onCancel: {
            state.withLock { $0.waiters.removeValue(forKey: key) }?.continuation.resume()
        }
    }
}
