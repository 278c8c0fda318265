internal import CZlib

/// Unpacks gzip with zlib, member by member.
struct GzipStream: ~Copyable {
    private let stream: UnsafeMutablePointer<z_stream>

    /// The largest window, and gzip's header alone.
    private static let windowBits: Int32 = 15 + 16
    private static let chunk = 1 << 16

    init() throws(USBCaptureError) {
        stream = .allocate(capacity: 1)
        stream.initialize(to: z_stream())
        let size = Int32(MemoryLayout<z_stream>.size)
        guard inflateInit2_(stream, Self.windowBits, ZLIB_VERSION, size) == Z_OK else {
            throw USBCaptureError(.notACapture, "zlib cannot be used here: unpack the file with gunzip first")
        }
    }

    deinit {
        inflateEnd(stream)
        stream.deallocate()
    }

    /// - Throws: if more comes out than `capacity`.
    consuming func unpack(_ packed: [UInt8], atMost capacity: Int) throws(USBCaptureError) -> PackedFile.Unpacked {
        var packed = packed
        var bytes: [UInt8] = []
        var problem: String?
        var room = [UInt8](repeating: 0, count: Self.chunk)
        let count = packed.count
        packed.withUnsafeMutableBufferPointer { input in
            stream.pointee.next_in = input.baseAddress
            stream.pointee.avail_in = UInt32(clamping: count)
            while problem == nil, bytes.count <= capacity {
                let status = room.withUnsafeMutableBufferPointer { output in
                    stream.pointee.next_out = output.baseAddress
                    stream.pointee.avail_out = UInt32(output.count)
                    return inflate(stream, Z_NO_FLUSH)
                }
                bytes += room.prefix(Self.chunk - Int(stream.pointee.avail_out))
                switch status {
                case Z_OK: continue
                case Z_STREAM_END:
                    // What follows the last member is no gzip's.
                    let rest = input.suffix(Int(stream.pointee.avail_in))
                    guard rest.starts(with: [0x1F, 0x8B]), inflateReset(stream) == Z_OK else { return }
                case Z_BUF_ERROR: problem = "it ends too early"
                default: problem = stream.pointee.msg.map { String(cString: $0) } ?? "status \(status)"
                }
            }
        }
        guard bytes.count <= capacity else { throw PackedFile.tooLarge() }
        return (bytes, problem.map { PackedFile.damaged($0, after: bytes.count) })
    }
}
