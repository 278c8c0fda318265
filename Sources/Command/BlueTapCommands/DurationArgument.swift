internal import ArgumentParser
internal import BlueTap

/// A length of time on the command line: `900`, `900s`, `1h30m`, `250ms`.
struct DurationArgument: ExpressibleByArgument {
    let duration: Duration

    init?(argument: String) {
        guard let duration = Duration(text: argument) else { return nil }
        self.duration = duration
    }

    init(_ duration: Duration) {
        self.duration = duration
    }

    var seconds: Double { duration.inSeconds }

    var defaultValueDescription: String {
        seconds == seconds.rounded() ? "\(Int64(seconds))s" : "\(seconds)s"
    }
}
