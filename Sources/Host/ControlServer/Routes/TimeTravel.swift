internal import ControlAPI
internal import HID
internal import HTTPTypes
internal import LinuxIO
internal import Synchronization

/// Advances of time, on threads of their own: what happens on the way may take long, and neither other requests nor the
/// end of the program are to wait for it.
final class TimeTravel: Sendable {
    /// Most that wait for each other.
    private static let capacity = 16

    private let count = Mutex(0)

    func run<Result: Sendable>(_ body: @escaping @Sendable () -> Result) async throws -> Result {
        try count.withLock { count in
            guard count < Self.capacity else {
                throw Problem(.tooManyClients, "\(count) requests advance time already: let them come to their end")
            }
            count += 1
        }
        defer { count.withLock { $0 -= 1 } }
        let result = Mutex<Result?>(nil)
        await IOThread.run {
            let value = body()
            result.withLock { $0 = value }
        }
        guard let value = result.withLock({ $0 }) else { preconditionFailure("the thread ended before its work") }
        return value
    }
}
