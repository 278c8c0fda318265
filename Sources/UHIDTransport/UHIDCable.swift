internal import Glibc
internal import Synchronization
internal import VirtualHID

/// Makes and destroys the device where the cable is put back and pulled: on a thread that lives as long as there is
/// something to do, as a pull takes a moment.
final class UHIDCable: Sendable {
    /// How long a program may take to read what was sent before the cable was pulled.
    ///
    /// uhid does not tell when a report was read, and hidapi asks no more for it once the device has gone.
    private static let readTime = timespec(tv_sec: 0, tv_nsec: 100_000_000)

    private struct State {
        var isMade = true
        var wasPulled = false
        var isPlugged = true
        var isFollowed = false
        var isOver = false
    }

    private let state = Mutex(State())
    private let control: UHIDControl
    private let creation: [UInt8]

    init(_ control: UHIDControl, creation: [UInt8]) {
        self.control = control
        self.creation = creation
    }

    func pull() {
        follow { state in
            state.wasPulled = true
            state.isPlugged = false
        }
    }

    func putBack() { follow { $0.isPlugged = true } }

    /// Destroys the device for good, and at once.
    func cut() {
        state.withLock { state in
            state.isOver = true
            control.answer(UHIDRequest.destroy)
        }
    }

    private func follow(_ wish: (inout State) -> Void) {
        let isFollowed = state.withLock { state in
            defer { state.isFollowed = true }
            wish(&state)
            return state.isFollowed
        }
        if !isFollowed { Task.detached { await IOThread.run { while self.takeStep() {} } } }
    }

    /// Does what is wished next; false where all is as it should be.
    private func takeStep() -> Bool {
        if state.withLock({ $0.wasPulled && $0.isMade }) {
            var time = Self.readTime
            nanosleep(&time, nil)
        }
        return state.withLock { state in
            let isPulled = state.wasPulled
            state.wasPulled = false
            if !state.isOver && isPulled && state.isMade {
                state.isMade = false
                control.answer(UHIDRequest.destroy)
            } else if !state.isOver && state.isPlugged && !state.isMade {
                state.isMade = true
                control.answer(creation)
            } else {
                state.isFollowed = false
                return false
            }
            return true
        }
    }
}
