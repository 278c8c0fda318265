internal import Glibc
internal import LinuxIO
internal import SystemPackage

/// What of an ELF file tells how the program is linked. Source: the System V gABI, chapters 4 and 5; little-endian 64 bits.
struct ELFFile {
    /// `EM_X86_64`, `EM_AARCH64`, ….
    let machine: UInt16
    /// The dynamic linker; nil where the program needs none.
    let interpreter: String?
    /// The shared libraries that it names.
    let libraries: [String]

    private struct Segment {
        var type: UInt32
        var offset, address, size: UInt64
    }

    private enum Limit {
        static let segments = 128
        static let dynamicEntries = 4096
        static let name = 4096
    }

    /// Nil where the file is no such file, or cannot be read.
    init?(path: String) {
        let descriptor = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK)
        guard descriptor >= 0 else { return nil }
        defer { close(descriptor) }
        func bytes(_ count: Int, at offset: UInt64) -> [UInt8]? {
            guard let offset = off_t(exactly: offset) else { return nil }
            var buffer = [UInt8](repeating: 0, count: count)
            let read = pread(descriptor, &buffer, count, offset)
            return read > 0 ? Array(buffer.prefix(read)) : nil
        }
        guard let header = bytes(64, at: 0), header.count == 64, header.starts(with: [0x7F, 0x45, 0x4C, 0x46, 2, 1])
        else { return nil }
        machine = UInt16(header.number(2, at: 18))
        let size = Int(header.number(2, at: 54))
        let count = min(Int(header.number(2, at: 56)), Limit.segments)
        guard size >= 56, let table = bytes(size * count, at: header.number(8, at: 32)), table.count == size * count
        else { return nil }
        let segments = (0..<count).map { index in
            let start = index * size
            return Segment(
                type: UInt32(table.number(4, at: start)), offset: table.number(8, at: start + 8),
                address: table.number(8, at: start + 16), size: table.number(8, at: start + 32))
        }
        func text(at offset: UInt64) -> String? {
            bytes(Limit.name, at: offset).map { String(decoding: $0.prefix { $0 != 0 }, as: UTF8.self) }
        }
        interpreter = segments.first { $0.type == 3 }.flatMap { text(at: $0.offset) }
        libraries =
            segments.first { $0.type == 2 }.map { dynamic -> [String] in
                let entries =
                    bytes(min(Int(clamping: dynamic.size), Limit.dynamicEntries * 16), at: dynamic.offset) ?? []
                let pairs = stride(from: 0, to: entries.count - 15, by: 16).map {
                    (tag: entries.number(8, at: $0), value: entries.number(8, at: $0 + 8))
                }
                // The names' addresses are those in memory: the segment that is loaded there says where they are in the file.
                guard let names = pairs.first(where: { $0.tag == 5 })?.value,
                    let loaded = segments.first(where: {
                        $0.type == 1 && $0.address <= names && names - $0.address < $0.size
                    })
                else { return [] }
                let start = names - loaded.address &+ loaded.offset
                return pairs.filter { $0.tag == 1 }.compactMap { text(at: start &+ $0.value) }
            } ?? []
    }
}

extension [UInt8] {
    /// A little-endian number; 0 beyond the end.
    fileprivate func number(_ size: Int, at offset: Int) -> UInt64 {
        guard offset >= 0, offset + size <= count else { return 0 }
        return self[offset..<offset + size].reversed().reduce(0) { $0 << 8 | UInt64($1) }
    }
}
