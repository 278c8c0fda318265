internal import Glibc

/// Unpacks zstd with the machine's libzstd, which is loaded when there is something to unpack: Debian always has it.
struct ZstandardStream: ~Copyable {
    /// ZSTD_inBuffer and ZSTD_outBuffer.
    private struct Buffer {
        var bytes: UnsafeMutableRawPointer?
        var size: Int
        var position: Int
    }

    private typealias Create = @convention(c) () -> OpaquePointer?
    private typealias Free = @convention(c) (OpaquePointer?) -> Int
    private typealias Decompress =
        @convention(c) (OpaquePointer?, UnsafeMutableRawPointer, UnsafeMutableRawPointer) -> Int
    private typealias IsError = @convention(c) (Int) -> UInt32
    private typealias ErrorName = @convention(c) (Int) -> UnsafePointer<CChar>?

    private let stream: OpaquePointer
    private let free: Free
    private let decompress: Decompress
    private let isError: IsError
    private let errorName: ErrorName

    private static let chunk = 1 << 17

    init() throws(USBCaptureError) {
        // It stays loaded.
        guard let library = dlopen("libzstd.so.1", RTLD_NOW),
            let create = dlsym(library, "ZSTD_createDStream"), let free = dlsym(library, "ZSTD_freeDStream"),
            let decompress = dlsym(library, "ZSTD_decompressStream"), let isError = dlsym(library, "ZSTD_isError"),
            let errorName = dlsym(library, "ZSTD_getErrorName"),
            let stream = unsafeBitCast(create, to: Create.self)()
        else {
            throw USBCaptureError(
                .notACapture, "the file is packed with zstd, and libzstd.so.1 is not here: unpack it with unzstd first")
        }
        self.stream = stream
        self.free = unsafeBitCast(free, to: Free.self)
        self.decompress = unsafeBitCast(decompress, to: Decompress.self)
        self.isError = unsafeBitCast(isError, to: IsError.self)
        self.errorName = unsafeBitCast(errorName, to: ErrorName.self)
    }

    deinit { _ = free(stream) }

    /// - Throws: if more comes out than `capacity`.
    consuming func unpack(_ packed: [UInt8], atMost capacity: Int) throws(USBCaptureError) -> PackedFile.Unpacked {
        var packed = packed
        var bytes: [UInt8] = []
        var problem: String?
        var room = [UInt8](repeating: 0, count: Self.chunk)
        packed.withUnsafeMutableBytes { input in
            var source = Buffer(bytes: input.baseAddress, size: input.count, position: 0)
            while bytes.count <= capacity {
                let before = source.position
                let (status, written) = room.withUnsafeMutableBytes { output in
                    var target = Buffer(bytes: output.baseAddress, size: output.count, position: 0)
                    return (decompress(stream, &target, &source), target.position)
                }
                bytes += room.prefix(written)
                if isError(status) != 0 {
                    problem = errorName(status).map { String(cString: $0) } ?? "status \(status)"
                    return
                }
                // 0: a frame is over.
                if source.position == source.size, written < Self.chunk {
                    if status != 0 { problem = "it ends too early" }
                    return
                }
                if source.position == before, written == 0 {
                    problem = "it ends too early"
                    return
                }
            }
        }
        guard bytes.count <= capacity else { throw PackedFile.tooLarge() }
        return (bytes, problem.map { PackedFile.damaged($0, after: bytes.count) })
    }
}
