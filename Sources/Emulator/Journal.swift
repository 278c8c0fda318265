internal import SystemPackage
internal import VirtualHID

/// A file of events, one JSON object a line, handed to the kernel as they happen.
struct Journal: ~Copyable {
    private let descriptor: OwnedDescriptor
    private let path: String
    /// Why the last write failed.
    private(set) var failure: String?

    init(path: String) throws(EmulatorError) {
        self.path = path
        do {
            descriptor = OwnedDescriptor(
                try FileDescriptor.open(
                    FilePath(path), .writeOnly, options: [.create, .append, .closeOnExec],
                    permissions: [.ownerReadWrite]))
        } catch {
            throw EmulatorError("the journal \(path) cannot be written: \(error)")
        }
    }

    /// Writes the line with one system call.
    mutating func append(_ event: Event) {
        var line = event.json
        line += "\n"
        let written = line.withUTF8 {
            try? FileDescriptor(rawValue: descriptor.rawValue).write(UnsafeRawBufferPointer($0))
        }
        failure = written == line.utf8.count ? nil : "the journal \(path) cannot be written: \(Errno.last)"
    }
}
