extension Duration {
    /// A hundred years: no length of time that a user gives is longer.
    public static let longest = Duration.seconds(3_155_760_000)

    /// A length of time as people write it: `900`, `900s`, `1h30m`, `250ms`. Nil where it is none, or longer than
    /// ``longest``.
    public init?(text: String) {
        let isPlain = !text.isEmpty && text.allSatisfy { $0.isASCII && ($0.isNumber || $0 == ".") }
        guard let seconds = isPlain ? Double(text) : Self.seconds(inUnits: text) else { return nil }
        self.init(finiteSeconds: seconds)
    }

    /// Nil where the number is negative, no number, or longer than ``longest``.
    public init?(finiteSeconds seconds: Double) {
        guard (0...3_155_760_000).contains(seconds) else { return nil }
        // Instants are whole nanoseconds: 7.999 s must not become one less.
        self = .nanoseconds(Int64((seconds * 1e9).rounded()))
    }

    /// In seconds.
    public var inSeconds: Double {
        Double(components.seconds) + Double(components.attoseconds) / 1e18
    }

    private static func seconds(inUnits text: String) -> Double? {
        let units: [(name: String, seconds: Double)] = [("ms", 0.001), ("d", 86_400), ("h", 3600), ("m", 60), ("s", 1)]
        var total: Double?
        var rest = text[...]
        while !rest.isEmpty {
            let number = rest.prefix { $0.isASCII && ($0.isNumber || $0 == ".") }
            rest = rest.dropFirst(number.count)
            guard let value = Double(number), let unit = units.first(where: { rest.hasPrefix($0.name) }) else {
                return nil
            }
            rest = rest.dropFirst(unit.name.count)
            total = (total ?? 0) + value * unit.seconds
        }
        return total
    }
}
