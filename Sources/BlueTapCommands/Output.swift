internal import Glibc
internal import SystemPackage

/// Prints a line at once: whoever reads it through a pipe waits for it.
func emit(_ line: String) {
    print(line)
    fflush(nil)
}

/// Writes an error where errors go.
func complain(_ line: String) {
    // Where even this fails there is nobody left to tell.
    _ = try? FileDescriptor.standardError.writeAll("bluetap: \(line)\n".utf8)
}
