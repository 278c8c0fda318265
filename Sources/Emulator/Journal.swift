internal import Synchronization
internal import SystemPackage
internal import VirtualHID

/// A file of events, one JSON object a line, handed to the kernel as they happen.
final class Journal: Sendable {
    private let descriptor: OwnedDescriptor
    private let path: String
    private let hasFailed = Atomic(false)

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
        // A write that failed may have left half a line.
        var lines = hasFailed.load(ordering: .relaxed) ? "\n" : ""
        for event in events {
            lines += event.json
            lines += "\n"
        }
        do {
            _ = try lines.withUTF8 { bytes in
                try FileDescriptor(rawValue: descriptor.rawValue).writeAll(bytes)
            }
            hasFailed.store(false, ordering: .relaxed)
            return nil
        } catch {
            hasFailed.store(true, ordering: .relaxed)
            return "the journal \(path) cannot be written: \(error)"
        }
    }
}
