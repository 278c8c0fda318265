internal import CLinuxUAPI
internal import Glibc
internal import HID
internal import LinuxIO
internal import Synchronization
internal import SystemPackage

/// The way of input reports to the host: through `/dev/hidgN`, one report at a time.
///
/// The kernel holds one report until the host fetches it. What comes meanwhile waits here, in order.
final class GadgetPort: Cable {
    /// Most reports that wait for a host that does not fetch them.
    static let capacity = 64

    private struct State {
        /// The node's descriptor while a host has configured the device.
        var descriptor: CInt?
        var waiting: [[UInt8]] = []
        var isReading = true
        var isPlugged = true
        /// Whether the cable was pulled since the serving thread looked.
        var wasPulled = false

        /// What to wait for at the node.
        var interest: EventPoll.Interest {
            var interest: EventPoll.Interest = .priority
            if isReading { interest.insert(.readable) }
            if !waiting.isEmpty { interest.insert(.writable) }
            return interest
        }
    }

    /// What the serving thread waits with.
    let poll: EventPoll
    private let state = Mutex(State())

    /// Becomes readable when the cable is to be pulled or put back.
    private let wish: OwnedDescriptor

    init() throws(Errno) {
        poll = try EventPoll()
        wish = try OwnedDescriptor(orThrow: eventfd(0, CInt(EFD_CLOEXEC) | CInt(EFD_NONBLOCK)))
        try poll.add(wish.rawValue, for: .readable)
    }

    // MARK: Cable

    /// The endpoints are the kernel's: it stalls none for us, and pads or cuts nothing beyond the report's size.
    let abilities: CableAbilities = [.unplug, .slowReader]

    func unplug() { setPlugged(false) }

    func plug() -> Bool {
        setPlugged(true)
        return false
    }

    func stall() {}

    func setReading(_ isReading: Bool) {
        state.withLock { state in
            state.isReading = isReading
            if let descriptor = state.descriptor { try? poll.modify(descriptor, for: state.interest) }
        }
    }

    private func setPlugged(_ isPlugged: Bool) {
        state.withLock { state in
            state.isPlugged = isPlugged
            if !isPlugged { state.wasPulled = true }
            state.isReading = true
        }
        // The serving thread does it: the kernel may take a while.
        eventfd_write(wish.rawValue, 1)
    }

    /// Whether the cable was pulled since this was asked last, and whether it shall be plugged now.
    func takeWish() -> (wasPulled: Bool, isPlugged: Bool) {
        var count: eventfd_t = 0
        eventfd_read(wish.rawValue, &count)
        return state.withLock { state in
            defer { state.wasPulled = false }
            return (state.wasPulled, state.isPlugged)
        }
    }

    var wishDescriptor: CInt { wish.rawValue }
    var isPlugged: Bool { state.withLock { $0.isPlugged } }

    // MARK: Reports

    /// Takes the node into use, and waits for it.
    func attach(_ descriptor: CInt) throws(Errno) {
        try state.withLock { state throws(Errno) in
            state.descriptor = descriptor
            try poll.add(descriptor, for: state.interest)
        }
    }

    /// Nothing goes to the node from now on. Returns what the host did not fetch.
    func detach() -> [[UInt8]] {
        state.withLock { state in
            // A node without a host is readable for ever in newer kernels.
            if let descriptor = state.descriptor { poll.remove(descriptor) }
            defer {
                state.descriptor = nil
                state.waiting = []
                state.isReading = true
            }
            return state.waiting
        }
    }

    func sendInputReport(_ report: [UInt8]) -> Delivery {
        state.withLock { state in
            guard let descriptor = state.descriptor else { return .dropped("no host has configured the device") }
            if state.waiting.isEmpty {
                if write(descriptor, report, report.count) == report.count { return .sent }
                guard errno == EAGAIN || errno == EINTR else {
                    return .dropped(
                        errno == ESHUTDOWN ? "the host has gone" : "the kernel does not take it: \(Errno.last)")
                }
            }
            guard state.waiting.count < Self.capacity else {
                return .dropped("the host has not fetched the \(Self.capacity) input reports before it")
            }
            state.waiting.append(report)
            try? poll.modify(descriptor, for: state.interest)
            return .sent
        }
    }

    /// The node is writable: sends what waits, as far as the kernel takes it.
    func flush() {
        state.withLock { state in
            guard let descriptor = state.descriptor else { return }
            while let report = state.waiting.first {
                // Where the host has gone the serving thread notices, and tells what became of those that wait.
                guard write(descriptor, report, report.count) == report.count else { return }
                state.waiting.removeFirst()
            }
            try? poll.modify(descriptor, for: state.interest)
        }
    }
}
