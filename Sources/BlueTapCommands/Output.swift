internal import Glibc
internal import SystemPackage

/// Writes a line at once: whoever reads it through a pipe waits for it. Ends the program, as a pipe's writer does, where
/// nobody reads any more.
func emit(_ line: some CustomStringConvertible) {
    do {
        try FileDescriptor.standardOutput.writeAll("\(line)\n".utf8)
    } catch Errno.brokenPipe {
        exit(EXIT_SUCCESS)
    } catch {
        complain("standard output cannot be written: \(error)")
        exit(EXIT_FAILURE)
    }
}

/// Writes an error where errors go.
func complain(_ line: String) {
    // Where even this fails there is nobody left to tell.
    _ = try? FileDescriptor.standardError.writeAll("bluetap: \(line)\n".utf8)
}
