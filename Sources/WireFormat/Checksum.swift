/// The checksums that a profile can name.
public enum ChecksumAlgorithm: String, CaseIterable, Codable, Hashable, Sendable {
    /// IEEE 802.3, as in Ethernet and zip: reflected polynomial EDB88320, initial value and final XOR all ones.
    case crc32 = "crc-32"

    /// Size in bytes.
    public var size: Int {
        switch self {
        case .crc32: 4
        }
    }
}

/// A checksum ready to be computed: its tables are made once.
struct Checksum: Hashable, Sendable {
    let algorithm: ChecksumAlgorithm
    /// Four tables of 256 entries, so that four bytes are taken at a step.
    private let tables: [UInt32]

    init(_ algorithm: ChecksumAlgorithm) {
        self.algorithm = algorithm
        tables = Self.reflectedTables(polynomial: 0xEDB8_8320)
    }

    /// The checksum of the bytes in `range`, which must lie within `bytes`.
    func callAsFunction(_ bytes: Span<UInt8>, over range: Range<Int>) -> UInt64 {
        precondition(range.upperBound <= bytes.count)
        let raw = bytes.bytes
        let tables = tables.span
        var state: UInt32 = 0xFFFF_FFFF
        var offset = range.lowerBound
        while offset + 4 <= range.upperBound {
            state ^= UInt32(littleEndian: raw.unsafeLoadUnaligned(fromByteOffset: offset, as: UInt32.self))
            // No index is beyond the tables' 1,024 entries.
            state =
                tables[unchecked: 768 + Int(state & 0xFF)] ^ tables[unchecked: 512 + Int(state >> 8 & 0xFF)]
                ^ tables[unchecked: 256 + Int(state >> 16 & 0xFF)] ^ tables[unchecked: Int(state >> 24)]
            offset += 4
        }
        while offset < range.upperBound {
            state = state >> 8 ^ tables[Int((state ^ UInt32(bytes[offset])) & 0xFF)]
            offset += 1
        }
        return UInt64(state ^ 0xFFFF_FFFF)
    }

    private static func reflectedTables(polynomial: UInt32) -> [UInt32] {
        var tables = [UInt32](repeating: 0, count: 1024)
        for byte in 0..<256 {
            var value = UInt32(byte)
            for _ in 0..<8 { value = value >> 1 ^ (value & 1 == 1 ? polynomial : 0) }
            tables[byte] = value
        }
        for index in 256..<1024 {
            let previous = tables[index - 256]
            tables[index] = previous >> 8 ^ tables[Int(previous & 0xFF)]
        }
        return tables
    }
}
