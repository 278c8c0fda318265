internal import Glibc
internal import Synchronization
internal import SystemPackage
internal import VirtualHID

/// The way of input reports to the host: through `/dev/hidgN`, one report at a time.
///
/// The kernel holds one report until the host fetches it. What comes meanwhile waits here, in order.
final class GadgetPort: HostPort, Sendable {
    /// Most reports that wait for a host that does not fetch them.
    static let capacity = 64
    private static let idleInterest: EventPoll.Interest = [.readable, .priority]

    private struct State {
        /// The node's descriptor while a host has configured the device.
        var descriptor: CInt?
        var waiting: [[UInt8]] = []
    }

    /// What the serving thread waits with.
    let poll: EventPoll
    private let state = Mutex(State())

    init() throws(Errno) {
        poll = try EventPoll()
    }

    /// Takes the node into use, and waits for it.
    func attach(_ descriptor: CInt) throws(Errno) {
        try poll.add(descriptor, for: Self.idleInterest)
        state.withLock { $0.descriptor = descriptor }
    }

    /// Nothing goes to the node from now on. Returns what the host did not fetch.
    func detach() -> [[UInt8]] {
        state.withLock { state in
            // A node without a host is readable for ever in newer kernels.
            if let descriptor = state.descriptor { poll.remove(descriptor) }
            defer { state = State() }
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
                try? poll.modify(descriptor, for: Self.idleInterest.union(.writable))
            }
            guard state.waiting.count < Self.capacity else {
                return .dropped("the host has not fetched the \(Self.capacity) input reports before it")
            }
            state.waiting.append(report)
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
            try? poll.modify(descriptor, for: Self.idleInterest)
        }
    }
}
