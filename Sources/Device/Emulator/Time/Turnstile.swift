internal import Glibc

/// Lets one pass at a time. Who holds it may ask again whether it is free, which it is not, and is not caught by that.
final class Turnstile: @unchecked Sendable {
    // The mutex guards all else, hence the unchecked Sendable.
    private let mutex = UnsafeMutablePointer<pthread_mutex_t>.allocate(capacity: 1)
    private let change = UnsafeMutablePointer<pthread_cond_t>.allocate(capacity: 1)
    private var isTaken = false

    init() {
        pthread_mutex_init(mutex, nil)
        pthread_cond_init(change, nil)
    }

    deinit {
        pthread_cond_destroy(change)
        pthread_mutex_destroy(mutex)
        change.deallocate()
        mutex.deallocate()
    }

    /// Waits until it is free.
    func enter() {
        pthread_mutex_lock(mutex)
        while isTaken { pthread_cond_wait(change, mutex) }
        isTaken = true
        pthread_mutex_unlock(mutex)
    }

    /// False where somebody is inside.
    func enterIfFree() -> Bool {
        pthread_mutex_lock(mutex)
        defer { pthread_mutex_unlock(mutex) }
        if isTaken { return false }
        isTaken = true
        return true
    }

    func leave() {
        pthread_mutex_lock(mutex)
        isTaken = false
        pthread_cond_signal(change)
        pthread_mutex_unlock(mutex)
    }
}
