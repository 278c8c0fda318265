internal import Documents
internal import Replay

/// The events of a journal.
enum JournalFile {
    /// - Parameter device: the one whose events they are; nil: all.
    static func events(of path: String, device: String?) throws -> [JSONValue] {
        try lines(of: SessionFile.read(path), name: path, device: device).map(\.event)
    }

    /// With their numbers, from 1.
    private static func lines(
        of bytes: [UInt8], name: String, device: String?
    ) throws -> [(number: Int, event: JSONValue)] {
        var events: [(number: Int, event: JSONValue)] = []
        let lines = bytes.split(separator: UInt8(ascii: "\n"), omittingEmptySubsequences: false)
        for (index, line) in lines.enumerated() where !line.allSatisfy(SessionFile.isBlank) {
            guard let event = try? JSONText.parse(String(decoding: line, as: UTF8.self)), event["kind"]?.text != nil
            else {
                // Of a device that was killed the last line may be half written.
                if index == lines.count - 1 { continue }
                throw CommandError("\(name), line \(index + 1) is no event")
            }
            if device == nil || event["device"]?.text == device { events.append((index + 1, event)) }
        }
        return events
    }

    /// The events of one device, where there are several.
    ///
    /// - Parameter device: the one that is meant; nil: there is only one.
    static func entries(in bytes: [UInt8], name: String, device: String?) throws -> [JournalEntry] {
        let entries = try lines(of: bytes, name: name, device: device).map { line in
            guard case .object(let members) = line.event else {
                throw CommandError("\(name), line \(line.number) is no event")
            }
            do throws(JournalEntryError) {
                return try JournalEntry(members: members.compactMapValues(\.text))
            } catch {
                throw CommandError("\(name), line \(line.number): \(error.description.printable)")
            }
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
