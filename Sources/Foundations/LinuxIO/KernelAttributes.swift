internal import Glibc
internal import SystemPackage

/// The names in a directory but "." and "..", sorted; none where it cannot be read.
public func directoryEntries(_ path: String) -> [String] {
    guard let directory = opendir(path) else { return [] }
    defer { closedir(directory) }
    var names: [String] = []
    while let entry = readdir(directory) {
        let name = withUnsafeBytes(of: entry.pointee.d_name) { bytes in
            String(decoding: bytes.prefix { $0 != 0 }, as: UTF8.self)
        }
        if name != "." && name != ".." { names.append(name) }
    }
    return names.sorted()
}

/// What a file of sysfs, configfs or procfs says, without the line break at its end; nil where it cannot be read.
public func fileContents(_ path: String) -> String? {
    guard let descriptor = try? OwnedDescriptor(orThrow: open(path, O_RDONLY | O_CLOEXEC)) else { return nil }
    return fileContents(descriptor.rawValue)
}

/// The same, from its beginning, of a file that is open.
public func fileContents(_ descriptor: CInt) -> String? {
    // Their attributes are at most a page long.
    withUnsafeTemporaryAllocation(byteCount: 4096, alignment: 1) { buffer in
        let count = pread(descriptor, buffer.baseAddress, buffer.count, 0)
        guard count >= 0 else { return nil }
        let text = String(decoding: buffer[..<count], as: UTF8.self)
        return text.hasSuffix("\n") ? String(text.dropLast()) : text
    }
}
