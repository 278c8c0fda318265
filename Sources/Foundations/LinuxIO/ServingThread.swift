internal import CLinuxUAPI
internal import Glibc
internal import Synchronization
public import SystemPackage

/// A thread that serves hosts in the kernel's waits until the task that runs it is cancelled.
public final class ServingThread: Sendable {
    private let stop: OwnedDescriptor

    public init() throws(Errno) {
        stop = try OwnedDescriptor(orThrow: eventfd(0, CInt(EFD_CLOEXEC)))
    }

    /// Becomes readable when serving shall end.
    public var stopDescriptor: CInt { stop.rawValue }

    /// Runs `body` on a thread of its own; returns when it has returned, which it does once ``stopDescriptor`` is readable.
    ///
    /// - Parameter whenStopped: what else ends `body`'s waiting, called after ``stopDescriptor`` has become readable.
    public func run<Failure: Error>(
        whenStopped: @escaping @Sendable () -> Void = {},
        _ body: @escaping @Sendable () throws(Failure) -> Void
    ) async throws(Failure) {
        let failure = Outcome<Failure>()
        await withTaskCancellationHandler {
            await IOThread.run {
                do throws(Failure) {
                    try body()
                } catch {
                    failure.error.withLock { $0 = error }
                }
            }
        } onCancel: {
            eventfd_write(stop.rawValue, 1)
            whenStopped()
        }
        if let error = failure.error.withLock({ $0 }) { throw error }
    }

    /// What the thread hands back.
    private final class Outcome<Failure: Error>: Sendable {
        let error = Mutex<Failure?>(nil)
    }
}
