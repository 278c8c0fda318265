internal import SystemPackage
internal import VirtualHID

/// A file of events, one JSON object a line, handed to the kernel as they happen.
final class Journal: Sendable {
    private let descriptor: OwnedDescriptor
    private let path: String

    init(path: String) throws(EmulatorError) {
        self.path = path
        do {
            descriptor = OwnedDescriptor(
                try FileDescriptor.open(
                    FilePath(path), .writeOnly, options: [.create, .append, .closeOnExec],
                    permissions: [.ownerReadWrite]))
        } catch {
            throw EmulatorError("the journal \(path) cannot be written: \(error); name another with --journal")
        }
    }

    /// Writes the events' lines, with one system call where there is room. Returns why that failed.
    func append(_ events: some Collection<Event>) -> String? {
        var lines = ""
        for event in events {
            lines += event.json
            lines += "\n"
        }
        do {
            _ = try lines.withUTF8 { bytes in
                try FileDescriptor(rawValue: descriptor.rawValue).writeAll(bytes)
            }
            return nil
        } catch {
            return "the journal \(path) cannot be written: \(error)"
        }
    }
}
