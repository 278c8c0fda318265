/// How a length is written that says its own size. All three are read. Source: ITU-T X.690, 8.1.3.
public enum BERLength: String, CaseIterable, Codable, Hashable, Sendable {
    /// In as few bytes as it takes.
    case shortest = "ber"
    /// With 81 before it, also where it is less than 128.
    case twoBytes = "ber81"
    /// With 82 before it, also where it is less than 256.
    case threeBytes = "ber82"

    /// The bytes of a length; nil where it does not fit.
    package func bytes(_ count: Int) -> [UInt8]? {
        if self == .shortest, count < 0x80 { return [UInt8(count)] }
        if self != .threeBytes, count < 0x100 { return [0x81, UInt8(count)] }
        return count < 0x10000 ? [0x82, UInt8(count >> 8), UInt8(count & 0xFF)] : nil
    }
}

/// Tags and lengths of the Basic Encoding Rules. Source: ITU-T X.690, 8.1.
package enum BER {
    /// The first offset behind a tag of one to three bytes; nil where there is none.
    package static func tagEnd(_ bytes: [UInt8], at start: Int, to end: Int) -> Int? {
        guard start < end else { return nil }
        guard bytes[start] & 0x1F == 0x1F else { return start + 1 }
        guard start + 1 < end else { return nil }
        guard bytes[start + 1] & 0x80 != 0 else { return start + 2 }
        guard start + 2 < end, bytes[start + 2] & 0x80 == 0 else { return nil }
        return start + 3
    }

    /// The length that stands there, and the first offset behind it; nil where there is none of up to two bytes.
    package static func length(_ bytes: [UInt8], at start: Int, to end: Int) -> (count: Int, next: Int)? {
        guard start < end else { return nil }
        switch bytes[start] {
        case 0..<0x80: return (Int(bytes[start]), start + 1)
        case 0x81 where start + 1 < end: return (Int(bytes[start + 1]), start + 2)
        case 0x82 where start + 2 < end: return (Int(bytes[start + 1]) << 8 | Int(bytes[start + 2]), start + 3)
        default: return nil
        }
    }

    /// Whether what a tag stands before is records in turn.
    package static func isConstructed(_ tag: [UInt8]) -> Bool { tag.first.map { $0 & 0x20 != 0 } ?? false }
}

extension RecordsLayout {
    /// Whether bytes are one whole tag of such records.
    func isTag(_ bytes: [UInt8]) -> Bool {
        hasBERTags ? BER.tagEnd(bytes, at: 0, to: bytes.count) == bytes.count : bytes.count == tagSize
    }

    /// Where the tag ends that begins at an offset, and where the value stands; nil where the record is not whole.
    func record(_ bytes: [UInt8], at start: Int, to end: Int) -> (tagEnd: Int, value: Range<Int>)? {
        guard let tagEnd = hasBERTags ? BER.tagEnd(bytes, at: start, to: end) : start + tagSize, tagEnd < end else {
            return nil
        }
        if berLengths != nil {
            guard let (count, next) = BER.length(bytes, at: tagEnd, to: end), count <= end - next else { return nil }
            return (tagEnd, next..<next + count)
        }
        let value = tagEnd + lengthSize
        guard value <= end else { return nil }
        let count = bytes.span.unsignedInteger(at: tagEnd, size: lengthSize, order: order)
        guard count <= UInt64(end - start) else { return nil }
        let valueEnd = (countsAll ? start : value) + Int(count)
        guard value <= valueEnd, valueEnd <= end else { return nil }
        return (tagEnd, value..<valueEnd)
    }
}
