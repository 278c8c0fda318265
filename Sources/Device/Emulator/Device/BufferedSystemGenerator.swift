internal import Glibc

/// The system's random numbers, many for one system call: a POS waits for its reply while a link's token is drawn.
public struct BufferedSystemGenerator: RandomNumberGenerator, Sendable {
    /// As many as getentropy(3) gives at once.
    private static let capacity = 256 / MemoryLayout<UInt64>.size

    /// Numbers not yet used.
    private var numbers: [UInt64] = []

    public init() {}

    public mutating func next() -> UInt64 {
        if numbers.isEmpty {
            numbers = Array(repeating: 0, count: Self.capacity)
            let status = numbers.withUnsafeMutableBytes { getentropy($0.baseAddress!, $0.count) }
            precondition(status == 0, "the system gives no random numbers")
        }
        return numbers.removeLast()
    }
}
