internal import Glibc

/// Nanoseconds of a clock that only goes forward.
func monotonicNanoseconds() -> UInt64 {
    var now = timespec()
    clock_gettime(CLOCK_MONOTONIC, &now)
    return UInt64(now.tv_sec) * 1_000_000_000 + UInt64(now.tv_nsec)
}

extension Array where Element: Comparable {
    /// The element that `share` of all are at or below. The array must not be empty.
    func quantile(_ share: Double) -> Element {
        sorted()[Swift.min(count - 1, Int(Double(count) * share))]
    }

    var median: Element { quantile(0.5) }
}

extension Double {
    /// With `places` decimals.
    func text(_ places: Int) -> String {
        let scale = pow(10, Double(places))
        let number = Int64((self * scale).rounded())
        if places == 0 { return String(number) }
        let digits = String(number.magnitude)
        let padded = String(repeating: "0", count: Swift.max(0, places + 1 - digits.count)) + digits
        return "\(number < 0 ? "-" : "")\(padded.dropLast(places)).\(padded.suffix(places))"
    }
}
