internal import CQREncode
public import Essentials

/// A QR code: a square of dark and light modules. Made by libqrencode.
public struct QRCode: Hashable, Sendable {
    /// Text that no QR code holds.
    public struct TooLong: ReportableError, Hashable {
        public enum Code: String, Sendable {
            case tooLong = "text-too-long"
        }

        public let code = Code.tooLong
        public let bytes: Int

        public var problem: String { "\(bytes) bytes are more than a QR code holds" }
    }

    /// Modules on each side, without the margin.
    public let size: Int
    private let isDark: [Bool]

    /// Light modules that have to be around it. Source: ISO/IEC 18004, section 6.3.8.
    public static let margin = 4

    /// The smallest that holds the text in UTF-8, and can be read where up to 15 % of it is spoilt.
    public init(_ text: String) throws(TooLong) {
        let bytes = Array(text.utf8)
        // Fails for what is too long or empty, and where there is no memory.
        guard !bytes.isEmpty, let code = QRcode_encodeData(Int32(clamping: bytes.count), bytes, 0, QR_ECLEVEL_M) else {
            throw TooLong(bytes: bytes.count)
        }
        defer { QRcode_free(code) }
        let width = Int(code.pointee.width)
        let modules = UnsafeBufferPointer(start: code.pointee.data, count: width * width)
        size = width
        // The lowest bit is the colour.
        isDark = modules.map { $0 & 1 == 1 }
    }

    /// Whether a module is dark; those outside are light.
    public func isDark(column: Int, row: Int) -> Bool {
        guard (0..<size).contains(column), (0..<size).contains(row) else { return false }
        return isDark[row * size + column]
    }
}
