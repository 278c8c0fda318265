internal import Emulator
internal import ServiceLifecycle
internal import Synchronization

/// Something that happens once, and that others wait for.
final class Signpost<Value: Sendable>: Sendable {
    private let value = Mutex<Value?>(nil)
    private let changes = ChangeNotifier()

    func reach(_ value: Value) {
        self.value.withLock { $0 = value }
        changes.announce(1)
    }

    /// Waits for it; nil where the task is cancelled or the program told to stop before.
    func reached() async -> Value? {
        await cancelWhenGracefulShutdown { [changes] in await changes.wait(past: 0) }
        return value.withLock { $0 }
    }
}
