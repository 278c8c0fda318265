/// The memory of an NFC Forum Type 2 tag that holds a link: what is written onto a sticker, or loaded into a tool that
/// plays one. Source: NFC Forum, Type 2 Tag Technical Specification 1.2; NXP, NTAG213/215/216 data sheet, section 8.5.
public struct Type2TagImage: Sendable {
    /// Chips that such stickers have, from the smallest.
    public enum Chip: String, CaseIterable, Sendable {
        case ntag213 = "NTAG213"
        case ntag215 = "NTAG215"
        case ntag216 = "NTAG216"

        /// Pages of four bytes.
        var pages: Int {
            switch self {
            case .ntag213: 45
            case .ntag215: 135
            case .ntag216: 231
            }
        }

        /// As the capability container tells it, in bytes.
        public var capacity: Int {
            switch self {
            case .ntag213: 144
            case .ntag215: 496
            case .ntag216: 872
            }
        }
    }

    /// A link that no such tag holds.
    public struct TooLarge: Error, Hashable, Sendable, CustomStringConvertible {
        public let bytes: Int

        public var description: String {
            "the message with its frame has \(bytes) bytes, and the largest of these tags holds \(Chip.ntag216.capacity)"
        }
    }

    public let chip: Chip
    public let bytes: [UInt8]

    /// The maker's byte, NXP's, and six of an FNV-1a hash.
    private static func uid(of content: [UInt8]) -> [UInt8] {
        let hash = content.reduce(0xCBF2_9CE4_8422_2325 as UInt64) { ($0 ^ UInt64($1)) &* 0x0000_0100_0000_01B3 }
        return [0x04] + (0..<6).map { UInt8(truncatingIfNeeded: hash >> ($0 * 8)) }
    }

    /// The smallest tag that holds it.
    ///
    /// - Parameters:
    ///   - content: the bytes of an NDEF message.
    ///   - uid: seven bytes; else made of the message, so that the same one makes the same image.
    public init(_ content: [UInt8], uid: [UInt8]? = nil) throws(TooLarge) {
        let uid = uid ?? Self.uid(of: content)
        let length: [UInt8] =
            content.count < 0xFF
            ? [UInt8(content.count)]
            : [0xFF, UInt8(truncatingIfNeeded: content.count >> 8), UInt8(content.count & 0xFF)]
        let data = [0x03] + length + content + [0xFE]
        guard let chip = Chip.allCases.first(where: { $0.capacity >= data.count }) else {
            throw TooLarge(bytes: data.count)
        }
        self.chip = chip
        // The UID of seven bytes with its two check bytes, an internal byte, and lock bytes that lock nothing.
        let check = [0x88 ^ uid[0] ^ uid[1] ^ uid[2], uid[3] ^ uid[4] ^ uid[5] ^ uid[6]]
        var bytes = Array(uid[0..<3]) + [check[0]] + Array(uid[3..<7]) + [check[1], 0x48, 0x00, 0x00]
        // Capability container: NDEF, version 1.0, the capacity in units of eight bytes, to be read and written by anyone.
        bytes += [0xE1, 0x10, UInt8(chip.capacity / 8), 0x00]
        bytes += data
        bytes += [UInt8](repeating: 0, count: 4 * (chip.pages - 5) - bytes.count)
        // Dynamic lock bytes, configuration without mirror and protection, password and its answer as they read: zero.
        bytes += [0x00, 0x00, 0x00, 0xBD, 0x04, 0x00, 0x00, 0xFF, 0x00, 0x05, 0x00, 0x00]
        bytes += [UInt8](repeating: 0, count: 8)
        self.bytes = bytes
    }
}
