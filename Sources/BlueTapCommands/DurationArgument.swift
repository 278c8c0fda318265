internal import ArgumentParser

/// A length of time on the command line: `900`, `900s`, `1h30m`, `250ms`.
struct DurationArgument: ExpressibleByArgument {
    let seconds: Double

    init?(argument: String) {
        if let seconds = Double(argument) {
            self.seconds = seconds
            guard seconds.isFinite, seconds >= 0 else { return nil }
            return
        }
        let units: [(name: String, seconds: Double)] = [("ms", 0.001), ("d", 86_400), ("h", 3600), ("m", 60), ("s", 1)]
        var total = 0.0
        var rest = argument[...]
        while !rest.isEmpty {
            let number = rest.prefix { $0.isASCII && ($0.isNumber || $0 == ".") }
            rest = rest.dropFirst(number.count)
            guard let value = Double(number), let unit = units.first(where: { rest.hasPrefix($0.name) }) else {
                return nil
            }
            rest = rest.dropFirst(unit.name.count)
            total += value * unit.seconds
        }
        guard total.isFinite else { return nil }
        seconds = total
    }
}
