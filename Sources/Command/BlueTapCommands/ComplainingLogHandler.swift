internal import Documents
internal import Logging

/// Writes warnings where errors go, one line each: `bluetap: what happened (key: value, …)`.
struct ComplainingLogHandler: LogHandler {
    var metadata: Logger.Metadata = [:]
    var logLevel = Logger.Level.warning

    static var logger: Logger {
        Logger(label: "bluetap") { _ in ComplainingLogHandler() }
    }

    subscript(metadataKey key: String) -> Logger.Metadata.Value? {
        get { metadata[key] }
        set { metadata[key] = newValue }
    }

    func log(event: LogEvent) {
        let details = metadata.merging(event.metadata ?? [:]) { _, new in new }
            .sorted { $0.key < $1.key }.map { "\($0.key): \($0.value)" }
        complain("\(event.message)\(details.isEmpty ? "" : " (\(details.joined(separator: ", ")))")".printable)
    }
}
