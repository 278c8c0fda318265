internal import Glibc
internal import SystemPackage

/// Writes a line at once: whoever reads it through a pipe waits for it. Ends the program, as a pipe's writer does, where
/// nobody reads any more.
func emit(_ line: some CustomStringConvertible) {
    emit(bytes: Array("\(line)\n".utf8))
}

/// Writes a line, or throws: for those who have something to put away before the program ends.
func announce(_ line: String) throws {
    do {
        try FileDescriptor.standardOutput.writeAll("\(line)\n".utf8)
    } catch {
        throw CommandError("standard output cannot be written: \(error)")
    }
}

/// Writes bytes as they are. Ends the program like ``emit(_:)``.
func emit(bytes: [UInt8]) {
    do {
        try FileDescriptor.standardOutput.writeAll(bytes)
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
