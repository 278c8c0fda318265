internal import Glibc

/// A thread of its own for a loop that waits in the kernel, so that no report waits for a place in a thread pool.
public enum IOThread {
    /// Runs `body` on a new thread; returns when it has returned.
    public static func run(_ body: @escaping @Sendable () -> Void) async {
        await withCheckedContinuation { continuation in
            let start = Start {
                body()
                continuation.resume()
            }
            var thread = pthread_t()
            let status = pthread_create(
                &thread, nil,
                { argument in
                    Unmanaged<Start>.fromOpaque(argument!).takeRetainedValue().body()
                    return nil
                }, Unmanaged.passRetained(start).toOpaque())
            precondition(status == 0, "no thread can be started: \(String(cString: strerror(status)))")
            pthread_detach(thread)
        }
    }

    private final class Start: Sendable {
        let body: @Sendable () -> Void

        init(body: @escaping @Sendable () -> Void) {
            self.body = body
        }
    }
}
