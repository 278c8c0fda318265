internal import Glibc

#if canImport(FoundationEssentials)
    internal import FoundationEssentials
#else
    internal import Foundation
#endif

/// Files with keys.
enum Files {
    /// Makes a folder for its owner alone, with those above it.
    static func makeFolder(_ path: String) throws(CertificateError) {
        do {
            try FileManager.default.createDirectory(
                atPath: path, withIntermediateDirectories: true, attributes: [.posixPermissions: 0o700])
        } catch {
            throw CertificateError(.file, "the folder \(path) cannot be made: check its parent")
        }
        // Where anybody may make it, somebody else's authority would be believed.
        var status = stat()
        let isOwn = stat(path, &status) == 0 && status.st_uid == geteuid()
        guard isOwn || geteuid() == 0 && !path.hasPrefix("/tmp/") else {
            throw CertificateError(.file, "the folder \(path) is somebody else's: remove it, or set XDG_STATE_HOME")
        }
    }

    /// Nil where there is no such file.
    static func text(_ path: String) throws(CertificateError) -> String? {
        guard FileManager.default.fileExists(atPath: path) else { return nil }
        guard let text = try? String(contentsOfFile: path, encoding: .utf8) else {
            throw CertificateError(.file, "\(path) cannot be read: check its permissions")
        }
        return text
    }

    /// Writes a file at once: whoever reads it has the old one or the new one, whole.
    static func write(_ text: String, to path: String, mode: mode_t) throws(CertificateError) {
        let draft = "\(path).\(getpid()).new"
        let file = open(draft, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC | O_NOFOLLOW, mode)
        guard file >= 0 else { throw cannotWrite(path) }
        let isWritten = text.utf8.withContiguousStorageIfAvailable { bytes in
            Glibc.write(file, bytes.baseAddress, bytes.count) == bytes.count
        }
        guard fchmod(file, mode) == 0, close(file) == 0, isWritten == true, rename(draft, path) == 0 else {
            unlink(draft)
            throw cannotWrite(path)
        }
    }

    private static func cannotWrite(_ path: String) -> CertificateError {
        CertificateError(.file, "\(path) cannot be written (\(String(cString: strerror(errno)))): check its folder")
    }

    /// A file that one program at a time has.
    struct Lock {
        private let file: CInt

        init(_ path: String) throws(CertificateError) {
            file = open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0o600)
            guard file >= 0 else { throw Files.cannotWrite(path) }
            while flock(file, LOCK_EX) != 0, errno == EINTR {}
        }

        func release() { close(file) }
    }
}

/// Numeric addresses of the Internet.
enum IPAddress {
    /// 4 or 16 bytes; nil where it is none, such as a name.
    static func bytes(of text: String) -> [UInt8]? {
        var short = in_addr()
        if inet_pton(AF_INET, text, &short) == 1 { return withUnsafeBytes(of: short) { Array($0) } }
        var long = in6_addr()
        if inet_pton(AF_INET6, text, &long) == 1 { return withUnsafeBytes(of: long) { Array($0) } }
        return nil
    }
}
