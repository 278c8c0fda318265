internal import ArgumentParser

/// A length of time on the command line: `900`, `900s`, `1h30m`, `250ms`.
struct DurationArgument: ExpressibleByArgument {
    let seconds: Double

    /// A hundred years, in seconds.
    private static let longest = 3_155_760_000.0

    init?(argument: String) {
        guard let seconds = Self.seconds(argument), (0...Self.longest).contains(seconds) else { return nil }
        self.seconds = seconds
    }

    var defaultValueDescription: String {
        seconds == seconds.rounded() ? "\(Int64(seconds))s" : "\(seconds)s"
    }

    private static func seconds(_ argument: String) -> Double? {
        let isPlain = !argument.isEmpty && argument.allSatisfy { $0.isASCII && ($0.isNumber || $0 == ".") }
        if isPlain { return Double(argument) }
        let units: [(name: String, seconds: Double)] = [("ms", 0.001), ("d", 86_400), ("h", 3600), ("m", 60), ("s", 1)]
        var total: Double?
        var rest = argument[...]
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
