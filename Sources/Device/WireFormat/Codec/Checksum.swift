/// The integrity checks that a profile can name.
public enum ChecksumAlgorithm: Hashable, Sendable {
    /// The sum of the bytes, cut to so many bytes; negated, so that bytes and check add up to zero.
    case sum(size: Int, isNegated: Bool)
    /// All bytes XORed, also called LRC.
    case xor
    case crc(CRCParameters)
    /// A sum that has parameters: of words, from a start of its own, complemented.
    case words(SumParameters)
    /// Two sums, of which one adds up the other.
    case fletcher(FletcherParameters)

    public static let crc32 = Self.crc(CRCParameters(32, 0x04C1_1DB7, initial: 0xFFFF_FFFF, true, xor: 0xFFFF_FFFF))

    /// Size in bytes.
    public var size: Int {
        switch self {
        case .sum(let size, _): size
        case .xor: 1
        case .crc(let parameters): (parameters.width + 7) / 8
        case .words(let parameters): parameters.size
        case .fletcher(let parameters): parameters.size
        }
    }

    public init?(name: String) {
        guard let found = Self.catalogue.first(where: { $0.name == name }) else { return nil }
        self = found.algorithm
    }

    /// The name in ``catalogue``.
    public var name: String? { Self.catalogue.first { $0.algorithm == self }?.name }
}

/// A CRC by the parameters of Ross Williams's model.
public struct CRCParameters: Codable, Hashable, Sendable {
    /// In bits, 8 to 32.
    public var width: Int
    public var polynomial: UInt32
    public var initial: UInt32
    /// Whether bytes go in from the lowest bit, and the result is turned round.
    public var reflected: Bool
    public var xorOut: UInt32

    public init(
        _ width: Int, _ polynomial: UInt32, initial: UInt32 = 0, _ reflected: Bool = false, xor xorOut: UInt32 = 0
    ) {
        self.width = width
        self.polynomial = polynomial
        self.initial = initial
        self.reflected = reflected
        self.xorOut = xorOut
    }
}

extension ChecksumAlgorithm {
    /// What has a name. Parameters and names of the CRCs are those of the usual catalogue (reveng.sourceforge.io); the
    /// first ones of each size are the usual ones.
    public static let catalogue: [(name: String, algorithm: ChecksumAlgorithm)] =
        [
            ("sum-8", .sum(size: 1, isNegated: false)), ("sum-16", .sum(size: 2, isNegated: false)),
            ("sum-32", .sum(size: 4, isNegated: false)), ("negated-sum-8", .sum(size: 1, isNegated: true)),
            ("negated-sum-16", .sum(size: 2, isNegated: true)), ("xor-8", .xor),
        ] + sums + crcs.map { ($0.0, .crc($0.1)) }

    private static let crcs: [(String, CRCParameters)] = [
        ("crc-32", CRCParameters(32, 0x04C1_1DB7, initial: 0xFFFF_FFFF, true, xor: 0xFFFF_FFFF)),
        ("crc-32/bzip2", CRCParameters(32, 0x04C1_1DB7, initial: 0xFFFF_FFFF, xor: 0xFFFF_FFFF)),
        ("crc-32/mpeg-2", CRCParameters(32, 0x04C1_1DB7, initial: 0xFFFF_FFFF)),
        ("crc-32/cksum", CRCParameters(32, 0x04C1_1DB7, xor: 0xFFFF_FFFF)),
        ("crc-32/jamcrc", CRCParameters(32, 0x04C1_1DB7, initial: 0xFFFF_FFFF, true)),
        ("crc-32/iscsi", CRCParameters(32, 0x1EDC_6F41, initial: 0xFFFF_FFFF, true, xor: 0xFFFF_FFFF)),
        ("crc-32/base91-d", CRCParameters(32, 0xA833_982B, initial: 0xFFFF_FFFF, true, xor: 0xFFFF_FFFF)),
        ("crc-32/autosar", CRCParameters(32, 0xF4AC_FB13, initial: 0xFFFF_FFFF, true, xor: 0xFFFF_FFFF)),
        ("crc-32/xfer", CRCParameters(32, 0x0000_00AF)),
        ("crc-32/aixm", CRCParameters(32, 0x8141_41AB)),
        ("crc-16/modbus", CRCParameters(16, 0x8005, initial: 0xFFFF, true)),
        ("crc-16/ibm-3740", CRCParameters(16, 0x1021, initial: 0xFFFF)),
        ("crc-16/xmodem", CRCParameters(16, 0x1021)),
        ("crc-16/arc", CRCParameters(16, 0x8005, true)),
        ("crc-16/kermit", CRCParameters(16, 0x1021, true)),
        ("crc-16/ibm-sdlc", CRCParameters(16, 0x1021, initial: 0xFFFF, true, xor: 0xFFFF)),
        ("crc-16/mcrf4xx", CRCParameters(16, 0x1021, initial: 0xFFFF, true)),
        ("crc-16/usb", CRCParameters(16, 0x8005, initial: 0xFFFF, true, xor: 0xFFFF)),
        ("crc-16/maxim-dow", CRCParameters(16, 0x8005, true, xor: 0xFFFF)),
        ("crc-16/umts", CRCParameters(16, 0x8005)),
        ("crc-16/cms", CRCParameters(16, 0x8005, initial: 0xFFFF)),
        ("crc-16/dds-110", CRCParameters(16, 0x8005, initial: 0x800D)),
        ("crc-16/genibus", CRCParameters(16, 0x1021, initial: 0xFFFF, xor: 0xFFFF)),
        ("crc-16/gsm", CRCParameters(16, 0x1021, xor: 0xFFFF)),
        ("crc-16/spi-fujitsu", CRCParameters(16, 0x1021, initial: 0x1D0F)),
        ("crc-16/iso-iec-14443-3-a", CRCParameters(16, 0x1021, initial: 0xC6C6, true)),
        ("crc-16/tms37157", CRCParameters(16, 0x1021, initial: 0x89EC, true)),
        ("crc-16/riello", CRCParameters(16, 0x1021, initial: 0xB2AA, true)),
        ("crc-16/dnp", CRCParameters(16, 0x3D65, true, xor: 0xFFFF)),
        ("crc-16/en-13757", CRCParameters(16, 0x3D65, xor: 0xFFFF)),
        ("crc-16/t10-dif", CRCParameters(16, 0x8BB7)),
        ("crc-16/cdma2000", CRCParameters(16, 0xC867, initial: 0xFFFF)),
        ("crc-16/dect-x", CRCParameters(16, 0x0589)),
        ("crc-16/teledisk", CRCParameters(16, 0xA097)),
        ("crc-24/openpgp", CRCParameters(24, 0x86_4CFB, initial: 0xB7_04CE)),
        ("crc-24/ble", CRCParameters(24, 0x00_065B, initial: 0x55_5555, true)),
        ("crc-24/interlaken", CRCParameters(24, 0x32_8B63, initial: 0xFF_FFFF, xor: 0xFF_FFFF)),
        ("crc-24/os-9", CRCParameters(24, 0x80_0063, initial: 0xFF_FFFF, xor: 0xFF_FFFF)),
        ("crc-24/flexray-a", CRCParameters(24, 0x5D_6DCB, initial: 0xFE_DCBA)),
        ("crc-8/smbus", CRCParameters(8, 0x07)),
        ("crc-8/maxim-dow", CRCParameters(8, 0x31, true)),
        ("crc-8/i-432-1", CRCParameters(8, 0x07, xor: 0x55)),
        ("crc-8/rohc", CRCParameters(8, 0x07, initial: 0xFF, true)),
        ("crc-8/nrsc-5", CRCParameters(8, 0x31, initial: 0xFF)),
        ("crc-8/sae-j1850", CRCParameters(8, 0x1D, initial: 0xFF, xor: 0xFF)),
        ("crc-8/autosar", CRCParameters(8, 0x2F, initial: 0xFF, xor: 0xFF)),
        ("crc-8/cdma2000", CRCParameters(8, 0x9B, initial: 0xFF)),
        ("crc-8/dvb-s2", CRCParameters(8, 0xD5)),
        ("crc-8/darc", CRCParameters(8, 0x39, true)),
        ("crc-8/wcdma", CRCParameters(8, 0x9B, true)),
        ("crc-8/tech-3250", CRCParameters(8, 0x1D, initial: 0xFF, true)),
        ("crc-8/i-code", CRCParameters(8, 0x1D, initial: 0xFD)),
    ]
}

/// A checksum ready to be computed: its tables are made once.
package struct Checksum: Hashable, Sendable {
    package let algorithm: ChecksumAlgorithm
    /// Of a reflected CRC, four tables of 256 entries, so that four bytes are taken at a step; of another, one.
    private let tables: [UInt32]
    private let initialState: UInt32

    package init(_ algorithm: ChecksumAlgorithm) {
        self.algorithm = algorithm
        if case .crc(let parameters) = algorithm {
            tables = parameters.reflected ? parameters.reflectedTables : parameters.table
            initialState = parameters.initialState
        } else {
            tables = []
            initialState = 0
        }
    }

    // All else follows from the algorithm: a thousand entries of tables need no comparing.
    package static func == (left: Checksum, right: Checksum) -> Bool { left.algorithm == right.algorithm }

    package func hash(into hasher: inout Hasher) { hasher.combine(algorithm) }

    /// The checksum of the bytes in `range`, which must lie within `bytes`.
    func callAsFunction(_ bytes: Span<UInt8>, over range: Range<Int>) -> UInt64 {
        precondition(range.upperBound <= bytes.count)
        switch algorithm {
        case .crc(let parameters):
            return UInt64(parameters.result(of: update(initialState, bytes, over: range)))
        case .xor: return range.reduce(0) { $0 ^ UInt64(bytes[$1]) }
        case .sum(let size, let isNegated):
            let sum = range.reduce(into: UInt64(0)) { $0 &+= UInt64(bytes[$1]) }
            return (isNegated ? 0 &- sum : sum) & (1 << UInt64(8 * size) - 1)
        case .words(let parameters):
            var sum = RunningSum(parameters)
            for index in range { sum.take(bytes[index]) }
            return sum.result
        case .fletcher(let parameters):
            var sums = RunningFletcher(parameters)
            for index in range { sums.take(bytes[index]) }
            return sums.result
        }
    }

    /// The checksums of the spans from one place, the shortest first.
    package func values(of bytes: [UInt8], from: Int) -> [UInt64] {
        var values: [UInt64] = []
        values.reserveCapacity(bytes.count - from)
        switch algorithm {
        case .crc(let parameters):
            var state = parameters.initialState
            let span = bytes.span
            for index in from..<bytes.count {
                state = update(state, span, over: index..<index + 1)
                values.append(UInt64(parameters.result(of: state)))
            }
        case .xor:
            var state: UInt64 = 0
            for index in from..<bytes.count {
                state ^= UInt64(bytes[index])
                values.append(state)
            }
        case .sum(let size, let isNegated):
            var state: UInt64 = 0
            let mask = UInt64(1) << UInt64(8 * size) - 1
            for index in from..<bytes.count {
                state &+= UInt64(bytes[index])
                values.append((isNegated ? 0 &- state : state) & mask)
            }
        case .words(let parameters):
            var sum = RunningSum(parameters)
            for index in from..<bytes.count {
                sum.take(bytes[index])
                values.append(sum.result)
            }
        case .fletcher(let parameters):
            var sums = RunningFletcher(parameters)
            for index in from..<bytes.count {
                sums.take(bytes[index])
                values.append(sums.result)
            }
        }
        return values
    }

    /// Takes more bytes into a CRC's register.
    private func update(_ state: UInt32, _ bytes: Span<UInt8>, over range: Range<Int>) -> UInt32 {
        var state = state
        let tables = tables.span
        var offset = range.lowerBound
        // Not reflected, the register is held at the upper end of the word.
        guard tables.count == 1024 else {
            while offset < range.upperBound {
                state = state << 8 ^ tables[Int(state >> 24) ^ Int(bytes[offset])]
                offset += 1
            }
            return state
        }
        let raw = bytes.bytes
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
        return state
    }
}

extension CRCParameters {
    /// The register before the first byte, as ``Checksum/update(_:_:over:)`` holds it.
    fileprivate var initialState: UInt32 { reflected ? initial.reflected(width) : initial << UInt32(32 - width) }

    fileprivate func result(of state: UInt32) -> UInt32 { (reflected ? state : state >> UInt32(32 - width)) ^ xorOut }

    fileprivate var reflectedTables: [UInt32] {
        let polynomial = polynomial.reflected(width)
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

    fileprivate var table: [UInt32] {
        let polynomial = polynomial << UInt32(32 - width)
        return (0..<256).map { byte in
            (0..<8).reduce(UInt32(byte) << 24) { value, _ in value << 1 ^ (value >> 31 == 1 ? polynomial : 0) }
        }
    }
}

extension UInt32 {
    /// The lowest `width` bits turned round.
    package func reflected(_ width: Int) -> UInt32 {
        (0..<UInt32(width)).reduce(0) { $0 | (self >> $1 & 1) << (UInt32(width) - 1 - $1) }
    }
}

extension Checksum {
    package func callAsFunction(_ bytes: [UInt8], over range: Range<Int>) -> UInt64 { self(bytes.span, over: range) }
}
