internal import BlueTap
internal import Documents
internal import Emulator
internal import Replay

/// The events of a journal.
enum JournalFile {
    /// - Parameter device: the one whose events they are; nil: all.
    static func events(of path: String, device: String?) throws -> [JSONValue] {
        try events(in: SessionFile.read(path), name: path, device: device)
    }

    private static func events(in bytes: [UInt8], name: String, device: String?) throws -> [JSONValue] {
        var events: [JSONValue] = []
        let lines = bytes.split(separator: UInt8(ascii: "\n"), omittingEmptySubsequences: false)
        for (index, line) in lines.enumerated() where !line.isEmpty {
            guard let event = try? JSONText.parse(String(decoding: line, as: UTF8.self)), event["kind"]?.text != nil
            else {
                // Of a device that was killed the last line may be half written.
                if index == lines.count - 1 { continue }
                throw CommandError("\(name), line \(index + 1) is no event")
            }
            if device == nil || event["device"]?.text == device { events.append(event) }
        }
        return events
    }

    /// The events of one device, where there are several.
    ///
    /// - Parameter device: the one that is meant; nil: there is only one.
    static func entries(in bytes: [UInt8], name: String, device: String?) throws -> [JournalEntry] {
        let entries = try events(in: bytes, name: name, device: device).map { event in
            guard let entry = JournalEntry(event) else {
                throw CommandError("\(name) has an event that is none of this version's: \(event["kind"]?.text ?? "")")
            }
            return entry
        }
        let devices = Set(entries.map(\.device)).sorted()
        guard devices.count <= 1 else {
            throw CommandError(
                "\(name) has several devices: say which with --device: \(devices.joined(separator: ", ").printable)")
        }
        if entries.isEmpty {
            throw CommandError("\(name) has no event" + (device.map { " of device \($0)" } ?? ""))
        }
        return entries
    }
}

extension JournalEntry {
    /// Nil where something that every event has is missing, or its kind is not known.
    fileprivate init?(_ event: JSONValue) {
        guard case .integer(let sequence)? = event["seq"],
            let time = event["time"]?.text.flatMap(Instant.init(iso8601:)),
            let device = event["device"]?.text, let kind = event["kind"]?.text.flatMap(Event.Kind.init(name:)),
            case .object(let members) = event
        else { return nil }
        self.init(
            sequence: sequence, time: time, device: device, kind: kind, fields: members.compactMapValues(\.text))
    }
}
