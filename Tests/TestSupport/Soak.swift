import Glibc

/// How often a test repeats what gets better with repetition: a small count in `make test`, the full one in `make soak`.
public func rounds(_ small: Int, soak full: Int) -> Int {
    getenv("BLUETAP_SOAK") == nil ? small : full
}
