internal import Glibc

/// A thread of its own for a loop that waits in the kernel, so that no report waits for a place in a thread pool.
public enum IOThread {
    /// Runs `body` on a new thread; returns when it has returned and what it held is gone.
    public static func run(_ body: @escaping @Sendable () -> Void) async {
        await withCheckedContinuation { continuation in
            let start = Start(body: body, continuation: continuation)
            var thread = pthread_t()
            let status = pthread_create(
                &thread, nil,
                { argument in
                    Unmanaged<Start>.fromOpaque(argument!).takeRetainedValue().run()
                    return nil
                }, Unmanaged.passRetained(start).toOpaque())
            precondition(status == 0, "no thread can be started: \(String(cString: strerror(status)))")
            pthread_detach(thread)
        }
    }

    /// What the new thread takes over.
    private final class Start {
        private var body: (() -> Void)?
        private let continuation: CheckedContinuation<Void, Never>

        init(body: @escaping () -> Void, continuation: CheckedContinuation<Void, Never>) {
            self.body = body
            self.continuation = continuation
        }

        func run() {
            body?()
            body = nil
            continuation.resume()
        }
    }
}
