internal import CLinuxUAPI
internal import Glibc
public import SystemPackage

/// Waits for file descriptors, with epoll(7).
public struct EventPoll: ~Copyable, Sendable {
    /// What to wait for, and what came.
    public struct Interest: OptionSet, Hashable, Sendable {
        public let rawValue: UInt32

        public init(rawValue: UInt32) {
            self.rawValue = rawValue
        }

        public static let readable = Interest(rawValue: EPOLLIN.rawValue)
        public static let writable = Interest(rawValue: EPOLLOUT.rawValue)
        /// Something exceptional: a sysfs attribute that changed, say.
        public static let priority = Interest(rawValue: EPOLLPRI.rawValue)
        /// Comes unasked.
        public static let error = Interest(rawValue: EPOLLERR.rawValue)
        /// Comes unasked.
        public static let hangUp = Interest(rawValue: EPOLLHUP.rawValue)
    }

    private static let capacity = 64

    private let descriptor: OwnedDescriptor

    public init() throws(Errno) {
        descriptor = try OwnedDescriptor(orThrow: epoll_create1(CInt(EPOLL_CLOEXEC)))
    }

    public func add(_ descriptor: CInt, for interest: Interest) throws(Errno) {
        try control(EPOLL_CTL_ADD, descriptor, interest)
    }

    public func modify(_ descriptor: CInt, for interest: Interest) throws(Errno) {
        try control(EPOLL_CTL_MOD, descriptor, interest)
    }

    /// The descriptor of the epoll instance, for those who steer what is waited for from another thread.
    public var rawValue: CInt { descriptor.rawValue }

    public static func modify(_ descriptor: CInt, for interest: Interest, in poll: CInt) throws(Errno) {
        var event = epoll_event(events: interest.rawValue, data: epoll_data_t(fd: descriptor))
        guard epoll_ctl(poll, EPOLL_CTL_MOD, descriptor, &event) == 0 else { throw Errno.last }
    }

    /// A descriptor that is closed needs no removal.
    public func remove(_ descriptor: CInt) {
        try? control(EPOLL_CTL_DEL, descriptor, [])
    }

    private func control(_ operation: CInt, _ descriptor: CInt, _ interest: Interest) throws(Errno) {
        var event = epoll_event(events: interest.rawValue, data: epoll_data_t(fd: descriptor))
        guard epoll_ctl(self.descriptor.rawValue, operation, descriptor, &event) == 0 else { throw Errno.last }
    }

    /// Waits until something came or `timeout` has passed, and hands over what came.
    ///
    /// - Parameters:
    ///   - timeout: nil waits for ever.
    ///   - body: called for each descriptor; it ends the wait early by returning false.
    /// - Returns: false when `body` did.
    public func wait(timeout: Duration? = nil, _ body: (CInt, Interest) -> Bool) throws(Errno) -> Bool {
        let milliseconds = timeout.map { CInt(clamping: $0.milliseconds) } ?? -1
        return try withUnsafeTemporaryAllocation(of: epoll_event.self, capacity: Self.capacity) {
            events throws(Errno) in
            let count = epoll_wait(descriptor.rawValue, events.baseAddress, CInt(Self.capacity), milliseconds)
            if count < 0 {
                if errno == EINTR { return true }
                throw Errno.last
            }
            for event in events.prefix(Int(count)) where !body(event.data.fd, Interest(rawValue: event.events)) {
                return false
            }
            return true
        }
    }
}

extension Duration {
    /// Whole milliseconds, rounded up.
    fileprivate var milliseconds: Int64 {
        components.seconds * 1000 + (components.attoseconds + 999_999_999_999_999) / 1_000_000_000_000_000
    }
}
