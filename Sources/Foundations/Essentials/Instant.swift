/// A point in the device's time.
///
/// Counted in nanoseconds since 1970-01-01T00:00:00Z, which reaches the year 2262. Arithmetic saturates there, so that
/// no duration that a user can type makes it trap.
public struct Instant: Hashable, Comparable, Sendable {
    public let nanoseconds: Int64

    public init(nanoseconds: Int64) {
        self.nanoseconds = nanoseconds
    }

    public init(secondsSinceEpoch seconds: Int64) {
        let (product, overflow) = seconds.multipliedReportingOverflow(by: 1_000_000_000)
        nanoseconds = overflow ? (seconds < 0 ? .min : .max) : product
    }

    /// Whole seconds since 1970.
    public var secondsSince1970: Int64 { nanoseconds / 1_000_000_000 }

    public static let distantFuture = Instant(nanoseconds: .max)

    public static func < (left: Self, right: Self) -> Bool { left.nanoseconds < right.nanoseconds }

    public static func + (instant: Self, duration: Duration) -> Self {
        instant.advanced(byNanoseconds: duration.saturatedNanoseconds)
    }

    /// The instant so many seconds later. Quicker than the sum with a `Duration`, which counts with 128 bits.
    package func advanced(bySeconds seconds: Int64) -> Self {
        let (product, overflow) = seconds.multipliedReportingOverflow(by: 1_000_000_000)
        return advanced(byNanoseconds: overflow ? (seconds < 0 ? .min : .max) : product)
    }

    /// The instant so many nanoseconds later.
    public func advanced(byNanoseconds distance: Int64) -> Self {
        let (sum, overflow) = nanoseconds.addingReportingOverflow(distance)
        return Self(nanoseconds: overflow ? (distance < 0 ? .min : .max) : sum)
    }

    /// The time from `right` to `left`.
    public static func - (left: Self, right: Self) -> Duration {
        .seconds(left.nanoseconds / 1_000_000_000 - right.nanoseconds / 1_000_000_000)
            + .nanoseconds(left.nanoseconds % 1_000_000_000 - right.nanoseconds % 1_000_000_000)
    }
}

extension Duration {
    /// Whole nanoseconds, held at the ends of what 64 bits carry.
    package var saturatedNanoseconds: Int64 {
        let (seconds, attoseconds) = components
        let (product, overflow) = seconds.multipliedReportingOverflow(by: 1_000_000_000)
        if overflow { return seconds < 0 ? .min : .max }
        let (sum, carry) = product.addingReportingOverflow(attoseconds / 1_000_000_000)
        return carry ? (seconds < 0 ? .min : .max) : sum
    }
}
