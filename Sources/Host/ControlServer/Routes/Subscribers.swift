internal import ControlAPI
internal import HTTPTypes
internal import Synchronization

/// Those who follow or wait for events, of whom there may only be so many.
final class Subscribers: Sendable {
    static let capacity = 256

    private let joined = Atomic(0)

    var count: Int { joined.load(ordering: .relaxed) }

    /// A subscriber's place, which is free again when it is let go.
    final class Place: Sendable {
        private let subscribers: Subscribers

        fileprivate init(_ subscribers: Subscribers) {
            self.subscribers = subscribers
        }

        deinit { subscribers.joined.subtract(1, ordering: .relaxed) }
    }

    func join() throws -> Place {
        guard joined.add(1, ordering: .relaxed).newValue <= Self.capacity else {
            joined.subtract(1, ordering: .relaxed)
            throw Problem(.tooManyClients, "\(Self.capacity) clients follow or wait for events already: end some")
        }
        return Place(self)
    }
}
