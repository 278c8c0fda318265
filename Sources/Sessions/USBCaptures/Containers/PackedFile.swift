/// A capture that was packed as a whole, as capture programs and people do.
enum PackedFile {
    /// What came out, and why no more did.
    typealias Unpacked = (bytes: [UInt8], damage: USBCaptureError?)

    /// Most bytes that come out: packed files may promise anything.
    static let capacity = 1 << 28

    /// Unpacks gzip and zstd; nil for a file that is not packed.
    ///
    /// - Throws: what it is packed with, where that is not unpacked here; or that it is too much.
    static func unpack(_ bytes: [UInt8]) throws(USBCaptureError) -> Unpacked? {
        guard let format = Format(bytes) else { return nil }
        switch format {
        case .gzip: return try GzipStream().unpack(bytes, atMost: capacity)
        case .zstandard:
            // Skippable frames have no content; what follows them has its own magic.
            return try ZstandardStream().unpack(bytes, atMost: capacity)
        case .other(let name, let tool):
            throw USBCaptureError(.notACapture, "the file is packed with \(name): unpack it with \(tool) first")
        }
    }

    static func tooLarge() -> USBCaptureError {
        USBCaptureError(.notACapture, "the file unpacks to more than \(capacity >> 20) MB: give a part of it")
    }

    static func damaged(_ reason: String, after count: Int) -> USBCaptureError {
        USBCaptureError(.damaged, "the packed file is broken after \(count) unpacked bytes (\(reason))")
    }

    private enum Format {
        case gzip
        case zstandard
        case other(String, tool: String)

        init?(_ bytes: [UInt8]) {
            if bytes.starts(with: [0x1F, 0x8B]) {
                self = .gzip
            } else if bytes.starts(with: [0x28, 0xB5, 0x2F, 0xFD]) || Self.isSkippable(bytes) {
                self = .zstandard
            } else if let known = Self.others.first(where: { bytes.starts(with: $0.magic) }) {
                self = .other(known.name, tool: known.tool)
            } else {
                return nil
            }
        }

        /// Source: RFC 8878, section 3.1.2.
        private static func isSkippable(_ bytes: [UInt8]) -> Bool {
            bytes.count >= 8 && bytes[0] & 0xF0 == 0x50 && Array(bytes[1...3]) == [0x2A, 0x4D, 0x18]
        }

        private static let others: [(magic: [UInt8], name: String, tool: String)] = [
            ([0x04, 0x22, 0x4D, 0x18], "lz4", "unlz4"), ([0xFD, 0x37, 0x7A, 0x58, 0x5A, 0x00], "xz", "unxz"),
            ([0x42, 0x5A, 0x68], "bzip2", "bunzip2"), ([0x50, 0x4B, 0x03, 0x04], "zip", "unzip"),
            ([0x37, 0x7A, 0xBC, 0xAF, 0x27, 0x1C], "7-Zip", "7z x"),
        ]
    }
}
