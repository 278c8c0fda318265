internal import Glibc

/// What the processor did for somebody, as time.
public enum ProcessorTime {
    /// For the thread that asks.
    @Sendable public static func ofThread() -> Duration {
        var time = timespec()
        clock_gettime(CLOCK_THREAD_CPUTIME_ID, &time)
        return .seconds(time.tv_sec) + .nanoseconds(time.tv_nsec)
    }
}
