internal import CLinuxUAPI
internal import Glibc
internal import HID
internal import LinuxIO
internal import Synchronization
internal import SystemPackage

/// Makes and destroys the device where the cable is put back and pulled: on a thread of its own, as a pull takes a moment.
final class UHIDCable: Sendable {
    /// How long a program may take to read what was sent before the cable was pulled.
    ///
    /// uhid does not tell when a report was read, and hidapi asks no more for it once the device has gone.
    private static let readTime = timespec(tv_sec: 0, tv_nsec: 100_000_000)

    private struct State {
        var isMade = true
        var wasPulled = false
        var isPlugged = true
        var isOver = false
    }

    private let state = Mutex(State())
    private let control: UHIDControl
    private let creation: [UInt8]
    /// Counts what was wished since it was looked at.
    private let wishes: OwnedDescriptor

    init(_ control: UHIDControl, creation: [UInt8]) throws(Errno) {
        self.control = control
        self.creation = creation
        wishes = try OwnedDescriptor(orThrow: eventfd(0, CInt(EFD_CLOEXEC)))
    }

    /// Whether the device is still to go.
    var isPullAhead: Bool { state.withLock { $0.wasPulled } }

    func pull() {
        wish { state in
            state.wasPulled = true
            state.isPlugged = false
        }
    }

    func putBack() { wish { $0.isPlugged = true } }

    /// Destroys the device for good, and at once.
    func cut() {
        wish { state in
            if state.isMade && !state.isOver { control.answer(UHIDRequest.destroy) }
            state.isOver = true
        }
    }

    private func wish(_ change: (inout State) -> Void) {
        state.withLock { change(&$0) }
        eventfd_write(wishes.rawValue, 1)
    }

    /// Does what is wished until the cable is cut.
    func follow() {
        while !state.withLock({ $0.isOver }) {
            var count: eventfd_t = 0
            eventfd_read(wishes.rawValue, &count)
            while takeStep() {}
        }
    }

    /// Does what is wished next; false where all is as it should be.
    private func takeStep() -> Bool {
        if state.withLock({ $0.wasPulled && $0.isMade && !$0.isOver }) {
            var time = Self.readTime
            nanosleep(&time, nil)
        }
        return state.withLock { state in
            guard !state.isOver else { return false }
            let isPulled = state.wasPulled
            state.wasPulled = false
            if isPulled && state.isMade {
                state.isMade = false
                control.answer(UHIDRequest.destroy)
                return true
            }
            guard state.isPlugged, !state.isMade else { return false }
            state.isMade = control.takes(creation)
            return state.isMade
        }
    }
}
