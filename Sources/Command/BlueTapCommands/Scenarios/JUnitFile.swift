internal import Scenario
internal import SystemPackage

/// A file for a report, made before anything runs: that it cannot be written shall not be found out at the end.
struct JUnitFile: Sendable {
    private let path: String

    init(_ path: String) throws(CommandError) {
        self.path = absolutePath(path)
        try write("")
    }

    func write(_ report: JUnitReport) throws(CommandError) {
        try write(report.xml)
    }

    private func write(_ text: String) throws(CommandError) {
        do {
            let descriptor = try FileDescriptor.open(
                FilePath(path), .writeOnly, options: [.create, .truncate, .closeOnExec],
                permissions: [.ownerReadWrite, .groupRead, .otherRead])
            _ = try descriptor.closeAfter { try descriptor.writeAll(text.utf8) }
        } catch {
            throw CommandError("the report \(path) cannot be written: \(error); name another with --junit")
        }
    }
}
