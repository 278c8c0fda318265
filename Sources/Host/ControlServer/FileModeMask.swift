internal import Glibc
internal import Synchronization

/// The process's file mode mask with nothing for others in it, until it is put back. It is the whole process's: whoever
/// makes files meanwhile makes them private as well.
final class FileModeMask: Sendable {
    private let previous: Mutex<mode_t?>

    init() {
        previous = Mutex(umask(0o077))
    }

    /// Puts the mask back that was there, the first time that this is asked for.
    func restore() {
        previous.withLock { previous in
            if let mask = previous.take() { umask(mask) }
        }
    }
}
