internal import Glibc
internal import HID
internal import LinuxIO

/// A directory for its owner alone, removed with all that is in it when it is no longer needed.
final class TemporaryDirectory: Sendable {
    let path: String

    init(prefix: String) throws(CommandError) {
        // The path goes into LD_PRELOAD, which spaces and colons cut, and into socket addresses, which are short.
        let wanted = Environment["TMPDIR"] ?? ""
        let isUsable =
            wanted.hasPrefix("/") && wanted.utf8.count <= 64 && !wanted.contains { $0.isWhitespace || $0 == ":" }
        let parent = isUsable ? wanted : "/tmp"
        var template = Array("\(parent)/\(prefix)-XXXXXX".utf8CString)
        guard mkdtemp(&template) != nil else {
            throw CommandError(
                "no directory can be made in \(parent): \(String(cString: strerror(errno))); set TMPDIR to another place"
            )
        }
        path = String(decoding: template.dropLast().map { UInt8(bitPattern: $0) }, as: UTF8.self)
    }

    deinit {
        Self.remove(path)
    }

    private static func remove(_ path: String) {
        for name in directoryEntries(path) {
            let child = "\(path)/\(name)"
            if unlink(child) != 0 { remove(child) }
        }
        rmdir(path)
    }
}
