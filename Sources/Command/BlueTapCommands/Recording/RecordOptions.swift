internal import ArgumentParser
internal import Documents
internal import Emulator

/// What hosts send is kept as samples to learn from.
struct RecordOptions: ParsableArguments {
    @Option(
        help: ArgumentHelp(
            "Keep what hosts send in this file, as samples for `profile learn`, with labels that say which command it was.",
            valueName: "file"))
    var record: String?

    @Option(
        help: ArgumentHelp(
            "The labels, a line each, as they would be typed: pay METHOD AMOUNT ORDER.", valueName: "file"))
    var labels: String?

    func validate() throws {
        if labels != nil, record == nil { throw ValidationError("--labels goes with --record") }
    }

    /// - Parameter devices: those that are served; one can be recorded.
    func recording(of devices: [EmulatedDevice]) throws -> Recording? {
        guard let record else { return nil }
        guard devices.count == 1 else { throw CommandError("--record is for one device: leave --devices out") }
        var lines: [String]?
        if let labels {
            do {
                let text = String(decoding: try WholeFile.read(labels, atMost: 1 << 20), as: UTF8.self)
                lines = text.split(omittingEmptySubsequences: false, whereSeparator: \.isNewline).map(String.init)
            } catch {
                throw CommandError("\(labels) cannot be read: \(error)")
            }
            // A label that is wrong is found before anything is sent.
            for (index, line) in (lines ?? []).enumerated() {
                do {
                    _ = try RecordingLabel(line)
                } catch {
                    throw CommandError("\(labels):\(index + 1): \(error)")
                }
            }
        }
        return try Recording(path: record, of: devices[0], labels: lines)
    }
}
