internal import SystemPackage

#if canImport(Glibc)
    internal import Glibc
#endif

/// Files that are read or written as a whole.
public enum WholeFile {
    /// Reads a file; of one that is longer than the limit one byte more than that.
    public static func read(_ path: String, atMost limit: Int) throws -> [UInt8] {
        let descriptor = try FileDescriptor.open(FilePath(path), .readOnly, options: [.closeOnExec])
        return try descriptor.closeAfter { try read(descriptor, atMost: limit) }
    }

    /// The same of standard input, to its end.
    public static func readStandardInput(atMost limit: Int) throws -> [UInt8] {
        try read(.standardInput, atMost: limit)
    }

    private static func read(_ descriptor: FileDescriptor, atMost limit: Int) throws -> [UInt8] {
        var bytes: [UInt8] = []
        var chunk = [UInt8](repeating: 0, count: 65_536)
        while bytes.count <= limit {
            let count = try chunk.withUnsafeMutableBytes { try descriptor.read(into: $0) }
            if count == 0 { break }
            bytes += chunk[..<count]
        }
        return bytes
    }

    /// Replaces what is in a file: whoever reads it sees the old text or the new, even where the disk is full.
    public static func write(_ text: String, to path: String) throws { try write(Array(text.utf8), to: path) }

    /// The same with bytes.
    public static func write(_ bytes: [UInt8], to path: String) throws {
        guard isReplaceable(path) else { return try write(bytes, to: path, options: [.truncate]) }
        let temporary = "\(path).\(getpid()).new"
        do {
            try write(bytes, to: temporary, options: [.create, .truncate])
            guard rename(temporary, path) == 0 else { throw Errno(rawValue: errno) }
        } catch {
            unlink(temporary)
            throw error
        }
    }

    private static func write(_ bytes: [UInt8], to path: String, options: FileDescriptor.OpenOptions) throws {
        let descriptor = try FileDescriptor.open(
            FilePath(path), .writeOnly, options: options.union(.closeOnExec),
            permissions: [.ownerReadWrite, .groupRead, .otherRead])
        _ = try descriptor.closeAfter { try descriptor.writeAll(bytes) }
    }

    /// Links, pipes and devices stay what they are.
    private static func isReplaceable(_ path: String) -> Bool {
        var status = stat()
        guard lstat(path, &status) == 0 else { return true }
        return status.st_mode & S_IFMT == S_IFREG
    }
}
