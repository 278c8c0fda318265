/// What a reader asks of a card, taken apart. Source: ISO/IEC 7816-4, section 5.2.
struct CommandAPDU: Hashable, Sendable {
    let instructionClass: UInt8
    let instruction: UInt8
    let p1: UInt8
    let p2: UInt8
    let data: [UInt8]
    /// How many bytes the answer may have at most; nil: none.
    let expectedLength: Int?

    /// Short or extended; nil where the lengths do not fit the bytes.
    init?(_ bytes: [UInt8]) {
        guard bytes.count >= 4 else { return nil }
        (instructionClass, instruction, p1, p2) = (bytes[0], bytes[1], bytes[2], bytes[3])
        let body = bytes.dropFirst(4)
        switch body.count {
        case 0: (data, expectedLength) = ([], nil)
        case 1: (data, expectedLength) = ([], Self.length(body[4]))
        case 3 where body[4] == 0: (data, expectedLength) = ([], Self.length(body[5], body[6]))
        default:
            let isExtended = body[4] == 0
            guard !isExtended || body.count > 3 else { return nil }
            let size = isExtended ? Int(body[5]) << 8 | Int(body[6]) : Int(body[4])
            let rest = body.dropFirst(isExtended ? 3 : 1)
            guard size > 0, rest.count >= size else { return nil }
            data = Array(rest.prefix(size))
            let trailer = Array(rest.dropFirst(size))
            switch (trailer.count, isExtended) {
            case (0, _): expectedLength = nil
            case (1, false): expectedLength = Self.length(trailer[0])
            case (2, true): expectedLength = Self.length(trailer[0], trailer[1])
            default: return nil
            }
        }
    }

    private static func length(_ byte: UInt8) -> Int { byte == 0 ? 256 : Int(byte) }

    private static func length(_ high: UInt8, _ low: UInt8) -> Int {
        let length = Int(high) << 8 | Int(low)
        return length == 0 ? 65_536 : length
    }
}

/// What a card says at the end of each answer. Source: ISO/IEC 7816-4, section 5.6.
enum StatusWord: UInt16, Sendable {
    case success = 0x9000
    case wrongLength = 0x6700
    case securityNotSatisfied = 0x6982
    case conditionsNotSatisfied = 0x6985
    case noFileSelected = 0x6986
    case fileNotFound = 0x6A82
    case wrongParameters = 0x6A86
    case offsetOutside = 0x6B00
    case unknownInstruction = 0x6D00
    case unknownClass = 0x6E00

    var bytes: [UInt8] { [UInt8(rawValue >> 8), UInt8(rawValue & 0xFF)] }
}
