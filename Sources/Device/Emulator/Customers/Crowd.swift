internal import BlueTap
internal import Glibc

/// Customers who come by themselves: a queue, of whom each link gets the first, and those who join it at a rate.
public struct Crowd: Sendable {
    /// Who comes, and how often.
    public struct Arrivals: Hashable, Sendable {
        /// How many a minute, on average; above 0.
        public var rate: Double
        /// Names; empty: all customers with habits.
        public var names: [String]
        /// Two runs with the same seed are alike.
        public var seed: UInt64

        public init(rate: Double, names: [String] = [], seed: UInt64) {
            self.rate = rate
            self.names = names
            self.seed = seed
        }
    }

    /// Most who wait; who comes then goes away again.
    public static let capacity = 1000
    /// Most a minute.
    public static let maximumRate = 600.0
    /// From when a link is ready to when the next in the queue taps.
    static let approach = Duration.seconds(3)

    public private(set) var queue: [Customer] = []
    public private(set) var arrivals: Arrivals?
    private var generator = SeededGenerator(seed: 0)
    private(set) var nextArrival: Instant?
    /// The link that somebody has stepped up for.
    private var servedToken: LinkToken?

    /// Nil ends them; those who wait remain.
    mutating func set(_ arrivals: Arrivals?, at now: Instant) {
        self.arrivals = arrivals
        nextArrival = nil
        guard let arrivals else { return }
        generator = SeededGenerator(seed: arrivals.seed)
        nextArrival = now + interval(arrivals)
    }

    /// Puts somebody at the end of the queue; false where it is full.
    mutating func add(_ customer: Customer) -> Bool {
        guard queue.count < Self.capacity else { return false }
        queue.append(customer)
        return true
    }

    mutating func clear() {
        queue = []
        servedToken = nil
        arrivals = nil
        nextArrival = nil
    }

    /// Who comes at this instant.
    mutating func arrive(at now: Instant) -> Customer? {
        guard let arrivals else { return nil }
        nextArrival = now + interval(arrivals)
        let names = arrivals.names.isEmpty ? Customer.known.map(\.wallet) : arrivals.names
        return names.randomElement(using: &generator).map { Customer(named: $0) }
    }

    /// Who steps up for this link: the first for each. They wait until it is their turn.
    mutating func next(for link: Link) -> Customer? {
        guard servedToken != link.token, link.openedAt == nil, let first = queue.first else { return nil }
        servedToken = link.token
        return first
    }

    /// The first, who waits no longer.
    mutating func removeFirst() -> Customer? { queue.isEmpty ? nil : queue.removeFirst() }

    /// Exponential, as it is where everybody comes independently.
    private mutating func interval(_ arrivals: Arrivals) -> Duration {
        let share = Double.random(in: 0..<1, using: &generator)
        return .seconds(min(-log(1 - share) * 60 / arrivals.rate, 86_400))
    }
}
