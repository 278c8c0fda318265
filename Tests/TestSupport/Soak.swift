import Glibc

/// How often a test repeats what gets better with repetition: a small count in `make test`, the full one in `make soak`.
public func rounds(_ small: Int, soak full: Int) -> Int {
    getenv("BLUETAP_SOAK") == nil ? small : full
}

/// The same for `for await`, from 0. Between two rounds other tests have their turn: all of them share a few threads, and
/// those that wait for something have a time limit.
public struct Rounds: AsyncSequence, AsyncIteratorProtocol, Sendable {
    public let count: Int
    private var done = 0

    public init(_ small: Int, soak full: Int) {
        count = rounds(small, soak: full)
    }

    public func makeAsyncIterator() -> Rounds { self }

    public mutating func next(isolation: isolated (any Actor)?) async -> Int? {
        guard done < count else { return nil }
        await Task.yield()
        defer { done += 1 }
        return done
    }
}
