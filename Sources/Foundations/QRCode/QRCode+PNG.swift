internal import CPNG

extension QRCode {
    /// A PNG image, black on white.
    ///
    /// - Parameter scale: pixels a module, 1 to 64.
    public func png(scale: Int = 8) -> [UInt8] {
        precondition((1...64).contains(scale))
        let side = (size + 2 * Self.margin) * scale
        var pixels = [UInt8](repeating: 0xFF, count: side * side)
        for row in 0..<side {
            for column in 0..<side
            where isDark(column: column / scale - Self.margin, row: row / scale - Self.margin) {
                pixels[row * side + column] = 0
            }
        }
        var image = png_image()
        image.version = png_uint_32(PNG_IMAGE_VERSION)
        image.width = png_uint_32(side)
        image.height = png_uint_32(side)
        // PNG_FORMAT_GRAY
        image.format = 0
        // Deflate never makes more of it than this.
        var size = png_alloc_size_t(pixels.count + pixels.count / 100 + side + 4096)
        var bytes = [UInt8](repeating: 0, count: Int(size))
        let isWritten = png_image_write_to_memory(&image, &bytes, &size, 0, pixels, 0, nil)
        precondition(isWritten != 0, "libpng has no memory")
        return Array(bytes.prefix(Int(size)))
    }
}
